#!/bin/sh
# Why a VM does not boot is said in the words of who wrote its settings, never in QEMU's.
. "$(dirname "$0")/lib.sh"
HELLO=$WARREN_BUILD/guests/hello
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
[ -e "$HELLO" ] || skip_all 'no guest of ours'
setup
V=$VMS/v W=$VMS/w
mkdir "$V" "$W"
put "$W/config" "accel=tcg
kernel=$HELLO" >/dev/null

says() { # ERE DESCRIPTION LINE...: w does not boot with these settings, and error begins with the file
	_re=$1 _what=$2
	shift 2
	put "$W/config" "$(printf '%s\n' "$@")" >/dev/null || diag "$(cat "$W/error")"
	_got=$(put "$W/ctl" boot)
	[ "$_got" != ok ] || until_state "$W" failed
	is "$(cat "$W/state")" failed "$_what: no boot"
	_why=$(cat "$W/error")
	like "$_why" "^[a-z: ]*: $_re\$" 'and why'
	_why="$_why $(key "$W/status" reason)"
	put "$W/ctl" halt >/dev/null
	unlike "$_why" 'qemu-|blockdev|node-name|fdset|chardev|/kernel:|/initrd:|drive=' 'in plain words'
}
no_kernel='it is no kernel: give a Linux kernel, or one for multiboot or PVH'
echo text >"$TMP/text"
: >"$TMP/empty"
truncate -s 1M "$TMP/zeros"
seq 9999 >"$TMP/long-text"
(umask 077 && cp "$TMP/long-text" "$TMP/own-text") # which is copied for QEMU
for k in text empty zeros long-text own-text; do
	says "kernel: $TMP/$k: $no_kernel" "a kernel of $k" "kernel=$TMP/$k" 'initrd=none'
	says "kernel: $TMP/$k: $no_kernel" 'with an initrd' "kernel=$TMP/$k" "initrd=$TMP/text"
done
multiboot() { # MACHINE FLAGS: an ELF header and one of multiboot
	perl -e 'my ($m, $f) = @ARGV; print pack("a4 C3 x11 v", "\x7fELF", 2, 1, 1, $m), "\0" x 44,
		pack("V4", 0x1badb002, $f, -(0x1badb002 + $f) & 0xffffffff, 0), "\xff" x 4000' "$1" "$2"
}
multiboot 62 0 >"$TMP/long"
says "kernel: $TMP/long: it is for multiboot and a 64-bit ELF file, .* objcopy -O elf32-i386" 'a kernel of 64 bits for multiboot' "kernel=$TMP/long" 'initrd=none'
multiboot 3 0 >"$TMP/bad"
says "kernel: $TMP/bad: $no_kernel" 'half a kernel for multiboot' "kernel=$TMP/bad"
multiboot 3 65536 >"$TMP/bad"
says "kernel: $TMP/bad: $no_kernel" 'one whose addresses make no sense' "kernel=$TMP/bad"
truncate -s 200M "$TMP/big"
says "initrd: $TMP/big: it is larger than what ram leaves for it: give more ram" 'a large initrd' "kernel=$HELLO" "initrd=$TMP/big" 'ram=64M'
says 'ram: the host has not so much memory: give less' 'ram of 16T' 'initrd=none' 'ram=16T'
says "pids.max: QEMU can't have all its threads: give more, or none" 'few processes' 'ram=64M' 'pids.max=2'
truncate -s 1M "$TMP/disk" "$TMP/raw"
put "$V/config" "accel=tcg
kernel=$HELLO
disk0=path=$TMP/disk" >/dev/null
is "$(put "$V/ctl" boot)" ok 'a VM has a disk'
says "disk2: $TMP/disk: another disk of this VM, another VM or a process of the host's has it open: halt that, or give readonly=on to both" 'the same disk' 'pids.max=none' "disk2=path=$TMP/disk"
says "disk2: $TMP/disk: another disk .*" 'to read only' "disk2=path=$TMP/disk readonly=on"
put "$V/ctl" halt >/dev/null
says "disk4: $TMP/disk: another disk of this VM, disk2, has it: give another file, or readonly=on to both" 'one file as two disks' "disk2=path=$TMP/disk" "disk4=path=$TMP/disk"
ln "$TMP/disk" "$TMP/link"
says "disk4: $TMP/link: another disk of this VM, disk2, .*" 'by a hard link, one to read only' "disk2=path=$TMP/disk readonly=on" "disk4=path=$TMP/link"
says "cdrom: $TMP/link: another disk of this VM, disk2, .*" 'one as a CD-ROM' "disk2=path=$TMP/disk" 'disk4=none' "cdrom=$TMP/link"
put "$W/config" "cdrom=$TMP/disk
disk2=path=$TMP/disk readonly=on
disk4=path=$TMP/link readonly=on" >/dev/null
is "$(put "$W/ctl" boot) $(cat "$W/error")" 'ok ' 'all of them to read only'
put "$W/ctl" halt >/dev/null
put "$W/config" 'cdrom=none' >/dev/null
put "$W/config" "disk2=none
disk4=none
disk1=path=$TMP/disk" >/dev/null
is "$(put "$W/ctl" boot) $(cat "$W/error")" 'ok ' 'with nothing wrong it boots'
put "$W/ctl" halt >/dev/null
finish
