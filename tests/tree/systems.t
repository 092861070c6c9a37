#!/bin/sh
# Systems as others made them, none of which knows of us: each comes up and says so on the console.
SYSTEMS=${WARREN_BUILD:-build}/systems
packages='memtest86+ ipxe grub-rescue-pc gnumach-image-1.8-486 xen-hypervisor-4.17-amd64 debian-installer-12-netboot-amd64'
[ "$(id -u)" -ne 0 ] || for p in $packages; do
	flock "$SYSTEMS.lock" timeout 120 sh "$(dirname "$0")/../systems.sh" "$SYSTEMS" "$p" 2>/dev/null
done
. "$(dirname "$0")/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip_all 'the systems are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup

# Each in a VM of its own: a console that is opened later could miss its words
comes_up() { # WHAT FILE SETTINGS PERL_RE...: with these settings the console has all of these
	_what=$1 _file=$2 _settings=$3
	shift 3
	if [ ! -e "$_file" ]; then
		skip "apt gives no ${_file##*/}" "$_what"
		return
	fi
	V=$VMS/v
	mkdir "$V"
	is "$(put "$V/config" "accel=tcg
$_settings")" ok "$_what" || diag "$(cat "$V/error")"
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok 'boots' || diag "$(cat "$V/error")"
	ok "and says $*" await 7 "$@"
	exec 7<&-
	put "$V/ctl" halt >/dev/null
	rmdir "$V"
}
unpacked() { # FILE: without its gzip
	[ ! -e "$1.gz" ] || zcat "$1.gz" >"$TMP/${1##*/}"
	echo "$TMP/${1##*/}"
}

m=$SYSTEMS/memtest86+/boot/memtest86+x64.bin
comes_up 'memtest86+' "$m" "ram=64M
kernel=$m
append=console=ttyS0,115200" 'Memtest86' 'Testing' 'walking ones'
i=$SYSTEMS/ipxe/boot/ipxe.lkrn
comes_up 'iPXE as a kernel' "$i" "ram=64M
kernel=$i" 'Open Source Network Boot' 'command line'
i=$SYSTEMS/ipxe/usr/lib/ipxe/ipxe.iso
comes_up 'iPXE on a CD' "$i" "ram=64M
disk0=path=$i readonly=on" 'Open Source Network Boot' 'command line'
g=$SYSTEMS/grub-rescue-pc/usr/lib/grub-rescue/grub-rescue-cdrom.iso
comes_up "GRUB's rescue CD" "$g" "ram=64M
disk0=path=$g readonly=on" 'GNU GRUB' 'OpenBSD' 'executed automatically in'
h=$(unpacked "$SYSTEMS/gnumach-image-1.8-486/boot/gnumach-1.8-486")
[ ! -e "$h" ] || ! command -v objcopy >/dev/null || objcopy -I elf64-x86-64 -O elf32-i386 "$h" 2>/dev/null
comes_up 'GNU Mach, by multiboot' "$h" "ram=128M
kernel=$h
append=console=com0" 'vm_page: ' 'No bootstrap code loaded'
x=$(unpacked "$SYSTEMS/xen-hypervisor-4.17-amd64/boot/xen-4.17-amd64")
echo text >"$TMP/module"
comes_up 'Xen, by multiboot with a module' "$x" "ram=256M
kernel=$x
initrd=$TMP/module
append=com1=115200 console=com1 noreboot" 'Xen version 4' 'com1=115200 console=com1' 'ELF: not an ELF binary'
d=$SYSTEMS/debian-installer-12-netboot-amd64/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64
truncate -s 4G "$TMP/target"
export AWAIT=400 # seconds: it unpacks a large initrd
comes_up "Debian's installer" "$d/linux" "ram=1G
kernel=$d/linux
initrd=$d/initrd.gz
append=console=ttyS0 quiet DEBIAN_FRONTEND=text
disk0=path=$TMP/target" 'Select a language'
finish
