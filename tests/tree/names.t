#!/bin/sh
# localhost and a zone's own name resolve in it, whatever its /etc has or has not; what was written there by hand stays.
. "$(dirname "$0")/lib.sh"
BB=$(command -v busybox) || skip_all 'no busybox here'
setup
IMAGES=$MNT/images S=$TMP/src
said() { mkdir "$ZONES/$1/exec/t" && put "$ZONES/$1/exec/t/cmd" "$2" >"$TMP/put" && cat "$ZONES/$1/exec/t/stdout"; rmdir "$ZONES/$1/exec/t"; }
hosts() { said "$1" 'cat /etc/hosts' | tr '\t' ' '; }
LOCAL='127.0.0.1 localhost # by warren
::1 localhost ip6-localhost ip6-loopback # by warren'
mine() { echo "127.0.1.1 $1 # by warren"; }
boot() {
	_r=$(put "$ZONES/$1/ctl" boot)
	is "$_r" ok "$2" || diag "$(cat "$ZONES/$1/error")"
}

# --- on the host's /usr ---
mkdir "$ZONES/a"
boot a 'a zone on the host'\''s /usr'
is "$(hosts a)
$(said a 'cat /etc/hostname')" "$LOCAL
$(mine a)
a" 'has its names'
is "$(said a 'getent hosts a localhost | wc -l')" 2 'and finds them'
is "$(put "$ZONES/a/hostname" web.example) $(said a 'cat /etc/hostname; getent hosts web web.example | sort -u | wc -l')" 'ok web.example
1' 'another name, live, with its domain and without'
is "$(hosts a)" "$LOCAL
$(mine 'web.example web')" 'instead of the one before'
said a 'printf "10.0.0.1 db\n\n# note\n10.0.0.2 web.example\n" >>/etc/hosts; chmod 640 /etc/hosts; chgrp 1 /etc/hosts' >/dev/null
put "$ZONES/a/ctl" 'reboot 0' >/dev/null
is "$(hosts a)" "10.0.0.1 db

# note
10.0.0.2 web.example
$LOCAL" 'what was written by hand stays, and names it'
put "$ZONES/a/hostname" other >/dev/null
is "$(hosts a | sed '4,5d') $(said a 'stat -c "%a %g" /etc/hosts; ls /etc | grep -c "[.]warren"')" "10.0.0.1 db

# note
::1 localhost ip6-localhost ip6-loopback # by warren
$(mine other) 640 1
0" 'so do mode and owner'
put "$ZONES/a/ctl" halt >/dev/null
is "$(try rename "$ZONES/a" "$ZONES/b") $(put "$ZONES/b/hostname" none)" 'ok ok' 'mv'
boot b 'it boots by its new name'
is "$(hosts b | tail -n 1) $(said b 'cat /etc/hostname')" "$(mine b) b" 'which it has there, too'
for what in 'rm /etc/hosts; mkfifo /etc/hosts' 'rm /etc/hosts; mkdir /etc/hosts' 'rmdir /etc/hosts; ln -s /etc/passwd /etc/hosts'; do
	said b "$what" >/dev/null
	is "$(put "$ZONES/b/hostname" odd) $(said b 'uname -n; wc -l </etc/passwd')" 'ok odd
3' "after $what nothing waits, and nothing else is written"
	put "$ZONES/b/hostname" none >/dev/null
done
put "$ZONES/b/ctl" halt >/dev/null
boot b 'a zone whose /etc/hosts is a link boots'
ok 'and says so' timeout 30 sh -c "until grep -q '^warren: .*/etc/hosts' '$ZONES/b/log'; do sleep 0.1; done"
said b 'rm /etc/hosts; mount | grep -c nothing' >/dev/null
put "$ZONES/b/ctl" 'reboot 0' >/dev/null
is "$(hosts b)" "$LOCAL
$(mine b)" 'without, all is as at first'

# --- on images ---
image() { # NAME: what is in $S becomes an image, and a zone on it boots
	tar -C "$S" -cf "$TMP/$1.tar" .
	mkdir "$IMAGES/$1" "$ZONES/$1"
	put "$IMAGES/$1/ctl" "import $TMP/$1.tar" >/dev/null
	put "$ZONES/$1/image" "$1" >/dev/null
	boot "$1" "a zone on an image $2"
}
mkdir -p "$S/bin"
cp "$BB" "$S/bin/busybox"
for a in sh cat ls; do ln -s busybox "$S/bin/$a"; done
init_libraries "$S"
image bare 'without /etc'
is "$(hosts bare) $(said bare 'cat /etc/hostname')" "$LOCAL
$(mine bare) bare" 'has its names'
mkdir "$S/etc"
printf '127.0.0.1\tlocalhost.localdomain localhost\n127.0.1.1\tvm' >"$S/etc/hosts"
echo vm >"$S/etc/hostname"
image made 'that has those of who made it'
is "$(hosts made) $(said made 'cat /etc/hostname')" "127.0.0.1 localhost.localdomain localhost
127.0.1.1 vm
$(mine made) made" 'has its own'
is "$(cat "$TMP/state/images/$(key "$IMAGES/made/status" id)/etc/hostname")" vm 'the image stays'
finish
