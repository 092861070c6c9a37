#!/bin/sh
# A Debian with systemd on a disk with GRUB, to its login: the same disk by bios and by uefi. systemd under
# TCG takes its time.
if [ "$(id -u)" -eq 0 ]; then
	flock "$WARREN_BUILD/debian.lock" sh "$(dirname "$0")/../debian.sh" "$WARREN_BUILD/debian.tar" >/dev/null 2>&1
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
for p in qemu-system-x86_64 grub-mkimage mcopy mkfs.vfat mke2fs sfdisk; do
	command -v $p >/dev/null || skip_all "no $p here"
done
for d in i386-pc x86_64-efi; do
	[ -d /usr/lib/grub/$d ] || skip_all "no GRUB for $d here"
done
DEBIAN=$WARREN_BUILD/debian.tar
[ -s "$KERNEL/vmlinuz" ] && [ -s "$DEBIAN" ] || skip_all 'no kernel, or no Debian'
setup

# The disk: GRUB behind the partition table, for bios; a partition for UEFI, with the kernel; the root
D=$TMP/disk ESP=64 ROOT=700 # MiB
truncate -s $((1 + ESP + ROOT))M "$D"
printf 'label: dos\nstart=1MiB size=%dMiB type=ef\nstart=%dMiB type=83\n' $ESP $((1 + ESP)) | sfdisk -q "$D"
cat >"$TMP/grub.cfg" <<'CFG'
search --file /vmlinuz --set root
linux /vmlinuz root=/dev/nvme0n1p2 rw console=ttyS0 systemd.mask=redis-server.service systemd.mask=serial-getty@ttyS0.service
boot
CFG
core() { grub-mkimage -O "$1" -p / -c "$TMP/grub.cfg" -o "$2" search search_fs_file part_msdos fat linux $3; }
core i386-pc "$TMP/core" biosdisk
core x86_64-efi "$TMP/efi" ''
dd if=/usr/lib/grub/i386-pc/boot.img of="$D" bs=440 count=1 conv=notrunc 2>/dev/null
dd if="$TMP/core" of="$D" bs=512 seek=1 conv=notrunc 2>/dev/null
truncate -s ${ESP}M "$TMP/esp"
mkfs.vfat "$TMP/esp" >/dev/null
mmd -i "$TMP/esp" ::/EFI ::/EFI/BOOT
mcopy -i "$TMP/esp" "$TMP/efi" ::/EFI/BOOT/BOOTX64.EFI
mcopy -i "$TMP/esp" "$KERNEL/vmlinuz" ::/vmlinuz
dd if="$TMP/esp" of="$D" bs=1M seek=1 conv=notrunc,sparse 2>/dev/null
mkdir "$TMP/root"
tar -C "$TMP/root" -xf "$DEBIAN"
echo grubbed >"$TMP/root/etc/hostname"
# there is no udev in it, which the getty of a serial line waits for
ln -s /lib/systemd/system/console-getty.service "$TMP/root/etc/systemd/system/getty.target.wants/"
truncate -s ${ROOT}M "$TMP/ext4"
mke2fs -q -t ext4 -d "$TMP/root" "$TMP/ext4"
dd if="$TMP/ext4" of="$D" bs=1M seek=$((1 + ESP)) conv=notrunc,sparse 2>/dev/null
rm -rf "$TMP/root" "$TMP/ext4" "$TMP/esp"

V=$VMS/v
mkdir "$V"
put "$V/config" "accel=tcg
ram=512M
disk0=path=$D bus=nvme" >/dev/null
export AWAIT=240 # seconds
for firmware in bios uefi; do
	put "$V/firmware" $firmware >/dev/null
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok "by $firmware" || diag "$(cat "$V/error")"
	ok "to GRUB's kernel" await 7 'Linux version'
	ok 'and to a login' await 7 'grubbed login:'
	is "$(grep -c 'efi: EFI v' "$V/log")" "$([ $firmware = uefi ] && echo 1 || echo 0)" 'which knows whether it is UEFI'
	exec 7<&-
	put "$V/ctl" halt >/dev/null
done
finish
