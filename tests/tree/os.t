#!/bin/sh
# What os= gives a guest: QEMU's line has what the manual promises, and a Linux that has no other drivers
# finds all. Windows itself can't be tried here.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel-real linux-image-amd64
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup
V=$VMS/v
mkdir "$V"
truncate -s 1M "$TMP/a" "$TMP/b"
put "$V/config" "accel=tcg
disk0=path=$TMP/a
disk1=path=$TMP/b bus=virtio" >/dev/null
line() { tr '\0' ' ' <"/proc/$(pid_of "$V")/cmdline"; }
promised() { # OS: QEMU's words in the manual
	sed -n "/^\.It Cm $1\$/,/^\.It Cm\|^\.El/p" "$HERE/../../man/warren.7" | sed -n 's/.*Li \([^ ]*\).*/\1/p'
}
boot_as() { # OS
	put "$V/os" "$1" >/dev/null
	is "$(put "$V/ctl" boot)" ok "os=$1" || diag "$(cat "$V/error")"
	got=$(line)
	for w in $(promised "$1"); do like "$got" "[ -]$w[ ,]" "has $w, as the manual says"; done
	unlike "$got" "hv-" 'no enlightenment under tcg'
}

# --- the line ---------------------------------------------------------------------------------

nic=none
if command -v pasta >/dev/null && put "$V/nic0" user | grep -q ok; then nic=user; fi
[ $nic = user ] || put "$V/nic0" "bridge=wt$$" >/dev/null
is "$(promised windows | tr '\n' ' ')" 'ide-hd e1000e rtc ' 'the manual promises'
boot_as windows
like "$got" 'ide-hd,id=disk0,drive=disk0,' 'a disk without bus= is on sata'
like "$got" 'virtio-blk-pci,id=disk1,drive=disk1,' 'one with it stays there'
like "$got" "rtc base=$(date +%Y-%m)-[0-9]+T[0-9:]{8} " 'the clock is in local time'
unlike "$got" 'pvpanic|virtio-net|graphics=on' 'nothing that it has no driver for'
put "$V/ctl" halt >/dev/null
boot_as other
unlike "$got" 'virtio-net|rtc base' 'as any system knows'
put "$V/ctl" halt >/dev/null
put "$V/machine" pc >/dev/null
boot_as other
like "$got" 'ide-hd,id=disk0,drive=disk0,[^ ]*bus=ide.0' 'ide on pc'
put "$V/ctl" halt >/dev/null
boot_as linux
like "$got" 'virtio-blk-pci,id=disk0,drive=disk0,' 'virtio for Linux'
put "$V/ctl" halt >/dev/null

# --- what does not fit ------------------------------------------------------------------------

put "$V/machine" microvm >/dev/null
for os in windows other; do
	refused "$V/os" $os EINVAL 'only Linux has drivers for a microvm: set os to linux, or another machine'
done
put "$V/machine" auto >/dev/null
put "$V/os" windows >/dev/null
refused "$V/machine" microvm EINVAL 'only Linux has drivers for a microvm'
refused "$V/disk2" 'path=/x readonly=on' EINVAL 'bus=sata has no disks that are readonly'
for n in 2 3 4 5 6; do put "$V/disk$n" path=/x >/dev/null; done
refused "$V/disk7" path=/x EINVAL 'bus=sata has room for 6 disks: give bus=virtio or bus=nvme'
for n in 2 3 4 5 6; do put "$V/disk$n" none >/dev/null; done

# --- the guide's Windows, without its CD ---------------------------------------------------------

for p in swtpm /usr/share/OVMF/OVMF_CODE_4M.secboot.fd; do
	command -v $p >/dev/null || [ -e $p ] || missing=$p
done
if [ -n "${missing-}" ] || [ $nic = none ]; then
	skip "no ${missing-pasta}" "the guide's Windows"
else
	truncate -s 1M "$TMP/win11.iso"
	W=$VMS/win
	mkdir "$W"
	config=$(sed -n '/^os=windows$/,/^end$/p' "$HERE/../../man/warren-guide.7" | sed "/^end\$/d; s,/srv,$TMP,; s/^ram=.*/ram=512M/")
	is "$(put "$W/config" "$config
accel=tcg")" ok "the guide's config of a Windows" || diag "$(cat "$W/error")"
	is "$(put "$W/ctl" boot)" ok 'boots' || diag "$(cat "$W/error")"
	got=$(tr '\0' ' ' <"/proc/$(pid_of "$W")/cmdline")
	for w in 'ide-hd,id=disk0,drive=disk0,' 'ide-cd,' 'e1000e,' 'usb-tablet' 'VGA' 'tpm-crb' 'pflash0=.*smm=on' 'cfi.pflash01,property=secure,value=on' 'rtc base='; do
		like "$got" "$w" "has $w"
	done
	unlike "$got" 'virtio|pvpanic' 'and nothing that Windows has no driver for'
	put "$W/ctl" halt >/dev/null
fi

# --- a Linux without virtio -------------------------------------------------------------------

export AWAIT=120 # seconds: a kernel for all machines is slow under TCG
if why=$(linux_missing); then
	skip "$why" 'a Linux with the drivers of a real machine alone'
	finish
fi
linux_root scsi_common scsi_mod libata libahci ahci crct10dif_common crc-t10dif crc64 crc64-rocksoft t10-pi sd_mod ptp pps_core e1000e e1000
linux_initrd <<'INIT'
n=0 # disks come by and by
while [ ! -e /sys/block/sda ] && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done
echo "disk $(cat /sys/block/sda/size) $(readlink /sys/block/sda | grep -o 'ata[0-9]*' | head -n 1)"
echo "nic $(cat /sys/class/net/eth0/address) $(readlink /sys/class/net/eth0/device/driver)"
echo "clock $(cat /sys/class/rtc/rtc0/date)"
echo "that is all"
while :; do sleep 1000; done
INIT
put "$V/config" "kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 quiet
disk1=none" >/dev/null
for os in windows other; do
	put "$V/os" $os >/dev/null
	driver=$([ $os = windows ] && echo e1000e || echo e1000)
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok "a Linux on the machine of os=$os" || diag "$(cat "$V/error")"
	said=$(await 7 'that is all' | tr -d '\r')
	exec 7<&-
	like "$said" 'disk 2048 ata' 'finds its disk'
	like "$said" "^nic $(sed -n 's/.*mac=\([^ ]*\).*/\1/p' "$V/nic0") .*/$driver\$" 'and its NIC'
	like "$said" '^clock 20' 'and its clock'
	put "$V/ctl" halt >/dev/null
done
finish
