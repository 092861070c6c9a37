#!/bin/sh
# Host paths that root wrote and that lead through what is another user's: he may change it at any time, and gains by
# none of it what is not his.
. "$(dirname "$0")/lib.sh"
setup
A=54321 O=54322
alice() { setpriv --reuid $A --regid $A --clear-groups "$@"; }
install -d -m 755 -o $A -g $A "$TMP/home" "$TMP/home/data" "$TMP/home/sub" "$TMP/home/sub/data"
install -d -m 755 -o $O -g $O "$TMP/other" "$TMP/other/data"
install -d -m 700 "$TMP/secret"
echo TOPSECRET >"$TMP/secret/key"
truncate -s 1M "$TMP/home/disk" "$TMP/secret/disk" && chown $A "$TMP/home/disk"
echo hers | alice tee "$TMP/home/data/key" >/dev/null

Z=$ZONES/web
mkdir "$Z"
chown $A "$Z/ctl" "$Z/exec"
echo 'sleep 1000' >"$Z/init"
seen() { inside "$Z" 'cat /mnt/key'; }
for how in ro rw; do
	is "$(put "$Z/mounts" "$TMP/home/data /mnt $how")" ok "root shows her directory to her zone, $how"
	is "$(AS=$A put "$Z/ctl" boot)" ok 'she boots it' || diag "$(cat "$Z/error")"
	put "$Z/ctl" halt >/dev/null
	for to in "$TMP/secret" /etc "$TMP/other" ../../../../../../etc "$TMP/home/sub/../../secret"; do
		alice mv "$TMP/home/data" "$TMP/home/away" && alice ln -s "$to" "$TMP/home/data"
		is "$(AS=$A put "$Z/ctl" boot) $(cat "$Z/state")" 'EIO failed' "but not when it is a link to ${to#"$TMP"/}"
		like "$(cat "$Z/error")" "mounts: open $TMP/home/data as user 0: .* lies behind a directory or link of another user's" 'and error says why'
		alice rm "$TMP/home/data" && alice mv "$TMP/home/away" "$TMP/home/data"
	done
	# a link of hers to what is hers is fine
	alice mv "$TMP/home/data" "$TMP/home/away" && alice ln -s away "$TMP/home/data"
	is "$(AS=$A put "$Z/ctl" boot)" ok 'a link within what is hers leads there' || diag "$(cat "$Z/error")"
	put "$Z/ctl" halt >/dev/null
	alice rm "$TMP/home/data" && alice mv "$TMP/home/away" "$TMP/home/data"
done
# on the way to it
is "$(put "$Z/mounts" "$TMP/home/sub/data /mnt ro")" ok 'a directory further down'
alice mv "$TMP/home/sub" "$TMP/home/away" && alice ln -s "$TMP/other" "$TMP/home/sub"
is "$(AS=$A put "$Z/ctl" boot)" EIO 'a link on the way to it is not followed either'
like "$(cat "$Z/error")" "another user's" 'and error says so'
alice rm "$TMP/home/sub" && alice mv "$TMP/home/away" "$TMP/home/sub"
# while it waits to come up again
is "$(put "$Z/init" none)$(put "$Z/mounts" "$TMP/home/data /mnt ro")$(put "$Z/ctl" boot)" okokok 'a zone that runs'
alice mv "$TMP/home/data" "$TMP/home/away" && alice ln -s "$TMP/secret" "$TMP/home/data"
is "$(AS=$A put "$Z/ctl" reboot) $(cat "$Z/state") $(put "$Z/ctl" halt)" 'EIO running ok' 'nor at a reboot, which is refused while it runs'
alice rm "$TMP/home/data" && alice mv "$TMP/home/away" "$TMP/home/data"

# What can't be kept from being swapped is refused as it is written
install -d -m 755 "$TMP/home/roots"
before=$(cat "$Z/mounts")
is "$(put "$Z/mounts" "$TMP/home/roots /mnt ro") $(cat "$Z/mounts")" "EPERM $before" "what is root's in her directory is refused at once"
alice ln -s "$TMP/secret" "$TMP/home/link"
is "$(put "$Z/mounts" "$TMP/home/link /mnt ro")" EPERM 'so is a link of hers'
ln -s "$TMP/secret" "$TMP/link"
is "$(put "$Z/mounts" "$TMP/link /mnt ro") $(seen)" 'ok TOPSECRET' 'a link of root leads wherever it says'
is "$(put "$Z/mounts" '/proc/self/cwd /mnt ro')" EINVAL 'those of /proc lead nowhere'
ln -s "$TMP/l2" "$TMP/l1" && ln -s "$TMP/l1" "$TMP/l2"
is "$(put "$Z/mounts" "$TMP/l1 /mnt ro")" ELOOP 'nor does a circle'

# An import, and what a VM gets
mkdir "$MNT/images/i"
is "$(put "$MNT/images/i/ctl" "import $TMP/home/link")" EPERM 'an import' || diag "$(cat "$MNT/images/i/error")"
if command -v "qemu-system-$(uname -m)" >/dev/null && [ -e "$WARREN_BUILD/guests/hello" ]; then
	V=$VMS/v
	mkdir "$V"
	chown $A "$V/ctl"
	echo tcg >"$V/accel" && echo "$WARREN_BUILD/guests/hello" >"$V/kernel" && echo echo >"$V/append"
	is "$(put "$V/disk0" "path=$TMP/home/disk") $(AS=$A put "$V/ctl" boot)" 'ok ok' 'a VM with a disk that is hers' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
	alice mv "$TMP/home/disk" "$TMP/home/away" && alice ln -s "$TMP/secret/disk" "$TMP/home/disk"
	is "$(AS=$A put "$V/ctl" boot)" EIO 'does not get another by a link'
	like "$(cat "$V/error")" "disk.*another user's" 'and error says why'
	alice rm "$TMP/home/disk"
	is "$(put "$V/disk0" "path=$TMP/home/link/new size=1M") $(AS=$A put "$V/ctl" boot)" 'ok EIO' 'nor is one made behind a link'
	ok 'nothing was made' [ ! -e "$TMP/secret/new" ]
	put "$V/disk0" none >/dev/null
	cp "$WARREN_BUILD/guests/hello" "$TMP/secret/kernel"
	is "$(put "$V/kernel" "$TMP/home/link/kernel") $(AS=$A put "$V/ctl" boot)" 'ok EIO' 'nor a kernel'
else
	skip 'no QEMU here' 'a VM'
fi
finish
