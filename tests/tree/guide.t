#!/bin/sh
# The transcripts of README and of the manual, the guide above all, played from the first line to the last in
# a host of their own: namespaces with an empty /mnt, /srv and /home, a user alice, and no network but what
# they make.
if [ "${1-}" != inside ]; then exec unshare -m -n sh "$0" inside; fi
. "$(dirname "$0")/lib.sh"
TOP=${HERE%/tests/tree}
[ -e "$TOP/man/warren-guide.7" ] || skip_all 'no manual came along'
command -v bash >/dev/null || skip_all 'no bash here'
command -v busybox >/dev/null || skip_all 'no busybox here'
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
command -v qemu-img >/dev/null || skip_all 'no qemu-img here'
setup

# --- the host that the guide speaks of ---
for d in /mnt /srv /home; do mount -t tmpfs -o mode=755 none "$d"; done
for f in passwd group shadow; do
	cp -p "/etc/$f" "$TMP/$f"
	mount --bind "$TMP/$f" "/etc/$f"
done
echo 'alice:x:2001:2001::/home/alice:/bin/sh' >>/etc/passwd
echo 'alice:x:2001:' >>/etc/group
echo 'alice:*:19000:0:99999:7:::' >>/etc/shadow
install -d -o 2001 -g 2001 /home/alice
mkdir /mnt/warren
mount --bind "$MNT" /mnt/warren
ip link set lo up

# what stands for a Debian, for a disk with settings, and a disk whose boot sector does nothing: cli; hlt; and back to the hlt
mkdir -p "$TMP/root/bin" "$TMP/root/etc" "$TMP/root/dev" "$TMP/root/proc" "$TMP/root/sys" "$TMP/root/run" "$TMP/root/tmp"
for p in sh tar; do
	p=$(command -v $p)
	cp "$p" "$TMP/root/bin/${p##*/}"
	for l in $(ldd "$p" | grep -o '/[^ ]*'); do
		mkdir -p "$TMP/root${l%/*}"
		cp "$l" "$TMP/root$l"
	done
done
init_libraries "$TMP/root"
tar -C "$TMP/root" -cf /srv/debian.tar .
printf '\372\364\353\375' | dd of="$TMP/sector" bs=1M count=1 conv=sync status=none
printf '\125\252' | dd of="$TMP/sector" bs=1 seek=510 conv=notrunc status=none
qemu-img convert -f raw -O qcow2 "$TMP/sector" /srv/lin.qcow2
truncate -s 1M /srv/seed.img

play_step() { # STEP: its command, by a shell of its own in the tree, as root or alice
	case $(cat "$1.how") in \#*) _as=root ;; *) _as=alice ;; esac
	(cd /mnt/warren && timeout 60 runuser -u "$_as" -- bash -c "$(cat "$1.cmd")") 2>&1 </dev/null |
		sed "s/^bash: line [0-9]*: /bash: /; $_loose"
}

# play FILE: its transcripts, in order
play() {
	rm -rf "$TMP/steps"
	mkdir "$TMP/steps"
	ok "${1##*/} is understood" perl "$HERE/transcript.pl" "$1" "$TMP/steps"
	for _step in "$TMP"/steps/*.cmd; do
		_step=${_step%.cmd}
		_loose='' _tries=1
		case $(cat "$_step.how") in *numbers*) _loose='s/[0-9][0-9.]*[KMG]*/N/g; s/  */ /g' ;; esac
		case $(cat "$_step.how") in *eventually*) _tries=300 ;; esac
		_want=$(sed "$_loose" "$_step.want")
		until _got=$(play_step "$_step") && [ "$_got" = "$_want" ] || [ $((_tries -= 1)) -eq 0 ]; do sleep 0.1; done
		is "$_got" "$_want" "$(head -n 1 "$_step.cmd")"
	done
}

play "$TOP/README.md"
is "$(ls -I help "$ZONES")$(ls -I help "$VMS")" '' 'README leaves nothing'
play "$TOP/man/warren-guide.7"
play "$TOP/man/warren.7"
play "$TOP/man/warren-rctl.7"
if command -v mandoc >/dev/null; then
	for f in "$TOP"/man/*; do
		is "$(mandoc -Tlint "$f" 2>/dev/null | grep -v 'referenced manual not found')" '' "mandoc has nothing to say about ${f##*/}"
	done
else
	skip 'no mandoc here' 'mandoc'
fi
umount /mnt/warren /etc/passwd /etc/group /etc/shadow
finish
