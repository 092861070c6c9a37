#!/bin/sh
# The firmware of a VM: bios and uefi, what UEFI keeps, Secure Boot, and by what a guest knows itself.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup
V=$VMS/v
mkdir "$V"
put "$V/accel" tcg >/dev/null

# --- what does not go together ------------------------------------------------------------------

put "$V/machine" microvm >/dev/null
refused "$V/firmware" uefi EINVAL 'a microvm has a firmware of its own: set firmware to auto and secureboot to off, or another machine'
refused "$V/secureboot" on EINVAL 'a microvm has a firmware of its own: set firmware to auto and secureboot to off, or another machine'
put "$V/machine" pc >/dev/null
refused "$V/secureboot" on EINVAL 'secureboot needs memory .*: set machine to auto or q35'
put "$V/config" "machine=auto
firmware=bios" >/dev/null
refused "$V/secureboot" on EINVAL "secureboot is UEFI's: set firmware to auto or uefi"
put "$V/config" "firmware=auto
kernel=/vmlinuz" >/dev/null
refused "$V/secureboot" on EINVAL 'kernel is booted whoever signed it: set it to none'
put "$V/config" "kernel=none
secureboot=on" >/dev/null
refused "$V/kernel" /vmlinuz EINVAL 'kernel is booted whoever signed it: set it to none'
refused "$V/machine" pc EINVAL 'set machine to auto or q35'
refused "$V/firmware" bios EINVAL 'set firmware to auto or uefi'
is "$(put "$V/config" "secureboot=off
machine=pc
firmware=bios")" ok 'all change together'

# --- TPM, looked at in the Linux below ----------------------------------------------------------

swtpm_pid() { # that of the VM: it is in its groups
	for _p in $(cat /sys/fs/cgroup/*/"$CG"/*/cgroup.procs /sys/fs/cgroup/"$CG"/*/cgroup.procs 2>/dev/null | sort -u); do
		[ "$(cat "/proc/$_p/comm" 2>/dev/null)" = swtpm ] && echo "$_p"
	done
	return 0
}
status_of() { awk -v k="$2:" '$1 == k { print $2 }' "/proc/$1/status"; } # PID KEY
tpm_look() {
	if [ "$(cat "$V/tpm")" = off ]; then
		skip 'no swtpm here' 'a TPM'
		return
	fi
	put "$V/console" 'cat /sys/class/tpm/tpm0/tpm_version_major /sys/class/tpm/tpm0/pcr-sha256/0
' >/dev/null
	ok 'it has a TPM 2.0, which measures its firmware' await 7 '^2\r?$' '^[0-9A-F]{64}'
	pid=$(swtpm_pid)
	like "$pid" '^[0-9]+$' 'by one swtpm'
	is "$(status_of "$pid" Uid)" $(($(status_of "$(pid_of "$V")" Uid) + 1)) "of a uid that is not QEMU's"
	is "$(status_of "$pid" CapEff)$(status_of "$pid" CapBnd) $(status_of "$pid" NoNewPrivs) $(status_of "$pid" Seccomp)" \
		'00000000000000000000000000000000 1 2' 'without rights'
	is "$(ls -A "/proc/$pid/root/" | tr '\n' ' ')" 'lib lib64 own usr ' 'in a root of its own'
	is "$(sed -n 's/^ *\([^ ]*\):.*/\1/p' "/proc/$pid/net/dev" | tr '\n' ' ')" 'lo ' 'without a network'
	is "$(find "/proc/$pid/fd" -type l -printf '%l\n' | grep -v '^socket:\|^pipe:\|^/dev/null$\|^anon_inode')" /own/.lock 'nothing else is open'
	is "$(wc -l <"$V/procs")" 1 'QEMU is the only process in the zone'
	kept=$(find "$TMP/state/roots" -name 'tpm2-00.permall')
	is "$(stat -c %a "$kept") $(stat -c %u "$kept")" "600 $(status_of "$pid" Uid)" 'what it keeps is its own'
	kill -9 "$(pid_of "$V")"
	ok 'it ends with QEMU' gone "$pid"
	ended "$V" >/dev/null
	cp "$kept" "$TMP/kept"
	is "$(put "$V/ctl" boot)" ok 'and begins with it again' || diag "$(cat "$V/error")"
	pid=$(swtpm_pid)
	among 0 "$(cmp -l "$kept" "$TMP/kept" | wc -l)" 100 'on what it has kept: a new one has other seeds'
	put "$V/ctl" halt >/dev/null
	ok 'halt ends it, too' gone "$pid"
	cp "$kept" "$TMP/kept"
	echo garbage >"$kept"
	is "$(put "$V/ctl" boot)" EIO 'what it keeps is damaged'
	like "$(cat "$V/error")" ': tpm: what it keeps is damaged' 'and named'
	cat "$TMP/kept" >"$kept"
	mv "$kept" "$kept.it"
	ln -s /etc/shadow "$kept"
	is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' 'a link in its place'
	like "$(cat "$V/error")" ': tpm: open tpm2-00.permall' 'is not followed'
	mv "$kept.it" "$kept"
}
put "$V/machine" microvm >/dev/null
refused "$V/tpm" on EINVAL 'a microvm has no place for a TPM: set tpm to off, or another machine'
put "$V/machine" auto >/dev/null
put "$V/tpm" on >/dev/null
refused "$V/machine" microvm EINVAL 'a microvm has no place for a TPM: set tpm to off, or another machine'
put "$V/tpm" off >/dev/null

# --- uuid ---------------------------------------------------------------------------------------

uuid=$(cat "$V/uuid")
like "$uuid" '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' 'a VM has a uuid'
mkdir "$VMS/w" "$ZONES/z"
is "$(cat "$V/uuid" "$VMS/w/uuid" "$ZONES/z/uuid" | sort -u | wc -l)" 3 'each its own, a zone as well'
before=$(cat "$VMS/w/uuid")
cat "$V/config" >"$VMS/w/config"
is "$(cat "$VMS/w/uuid") $(sed -n '/^generation /p' "$TMP"/state/objects/* | sort -u | wc -l)" "$before 2" 'a copy of its settings has a uuid and generation id of its own'
put "$VMS/w/config" "machine=auto
firmware=auto" >/dev/null
mv "$V" "$VMS/x"
is "$(cat "$VMS/x/uuid")" "$uuid" 'kept by mv'
mv "$VMS/x" "$V"
ok 'umount' unmount
sed -i '/^uuid /d; /^generation /d' "$(grep -l '^name w' "$TMP"/state/objects/*)"
ok 'and mount' mount_tree
is "$(cat "$V/uuid")" "$uuid" 'keep it, too'
new=$(cat "$VMS/w/uuid")
kill -9 "$(daemon_pid)"
is "$(cat "$VMS/w/uuid")" "$new" 'one of an older warren gets one, which stays'
rmdir "$VMS/w" "$ZONES/z"
if [ -s "$KERNEL/vmlinuz" ]; then
	put "$V/config" "firmware=auto
kernel=$KERNEL/vmlinuz
initrd=$KERNEL/initrd
append=console=ttyS0 quiet" >/dev/null
	command -v swtpm >/dev/null && put "$V/tpm" on >/dev/null
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok 'a Linux' || diag "$(cat "$V/error")"
	await 7 'is up with' >/dev/null
	put "$V/console" 'cat /sys/class/dmi/id/product_uuid; ls /sys/bus/acpi/devices
' >/dev/null
	ok 'reads it in SMBIOS, and has a generation id' await 7 "^$uuid" 'QEMUVGID'
	tpm_look
	put "$V/ctl" halt >/dev/null
	put "$V/config" "kernel=none
initrd=none
append=none
tpm=off" >/dev/null
else
	skip 'no kernel' 'a Linux that reads its uuid'
fi

# --- UEFI, and what it keeps --------------------------------------------------------------------

truncate -s 1M "$TMP/blank"
put "$V/config" "machine=auto
firmware=uefi
disk0=path=$TMP/blank" >/dev/null
if [ "$(put "$V/ctl" boot)" = EOPNOTSUPP ]; then
	like "$(cat "$V/error")" 'firmware: there is no UEFI here: install it \(ovmf\), or set firmware to bios' 'no UEFI: said so'
	skip 'no ovmf here' 'UEFI'
	finish
fi
put "$V/ctl" halt >/dev/null

# UEFI's shell, on a machine
shell() {
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot) $(cat "$V/state")" 'ok running' "UEFI on ${1}" || diag "$(cat "$V/error")"
	await 7 'any other key' >/dev/null && put "$V/console" "$cr" >/dev/null
	ok 'its shell is on the console' await 7 'Shell>'
}
cr=$(printf '\r')
guid=7b36f1b0-7a8c-4a6d-9f3e-0b1c2d3e4f50
put "$V/machine" pc >/dev/null
shell pc
put "$V/console" "setvar kept -guid $guid -bs -nv =cafe$cr" >/dev/null
ok 'a variable is set' await 7 'Shell>'
put "$V/ctl" halt >/dev/null
put "$V/machine" auto >/dev/null
shell q35
put "$V/console" "setvar kept -guid $guid$cr" >/dev/null
ok 'and there after a halt, on another machine' await 7 'CA FE' 'Shell>'
exec 7<&-
is "$(tr '\0' '\n' <"/proc/$(pid_of "$V")/cmdline" | grep -c "$TMP\|/usr/share")" 0 'QEMU is told no path of the host'
kept=$(find "$TMP/state/roots" -name uefi)
is "$(head -c 3 "$kept") $(stat -c %a "$kept")" 'QFI 600' 'the variables are a qcow2 disk'
like "$(stat -c %u "$kept")" "^$(awk '/^Uid/ { print $2 }' "/proc/$(pid_of "$V")/status")\$" "QEMU's own"
put "$V/ctl" halt >/dev/null
cp "$kept" "$TMP/whole"
head -c 1000 "$TMP/whole" >"$kept"
is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' 'variables that are cut off'
like "$(cat "$V/error")" ': firmware: its variables: it is cut off' 'are named'
qemu-img create -q -f qcow2 "$kept" 128K
is "$(put "$V/ctl" boot)" EIO 'variables of another firmware'
like "$(cat "$V/error")" ': firmware: its variables are 131072 bytes, of another firmware' 'too'
cat "$TMP/whole" >"$kept"
is "$(put "$V/ctl" boot)" ok 'whole again' || diag "$(cat "$V/error")"
put "$V/ctl" halt >/dev/null

# --- Secure Boot --------------------------------------------------------------------------------

if ! command -v mcopy >/dev/null || ! command -v mkfs.vfat >/dev/null || ! [ -d /usr/lib/grub/x86_64-efi ]; then
	skip 'no mtools, dosfstools or grub-efi-amd64-bin' 'Secure Boot'
	finish
fi
printf 'echo GRUB is here\n' >"$TMP/grub.cfg"
grub-mkimage -O x86_64-efi -p / -c "$TMP/grub.cfg" -o "$TMP/unsigned.efi" echo serial
truncate -s 64M "$TMP/esp"
mkfs.vfat "$TMP/esp" >/dev/null
mmd -i "$TMP/esp" ::/EFI ::/EFI/BOOT
mcopy -i "$TMP/esp" "$TMP/unsigned.efi" ::/EFI/BOOT/BOOTX64.EFI
put "$V/disk0" "path=$TMP/esp" >/dev/null
exec 7<"$V/console"
put "$V/ctl" boot >/dev/null
ok 'an unsigned GRUB is booted' await 7 'GRUB is here'
put "$V/ctl" halt >/dev/null
put "$V/config" "firmware=auto
secureboot=on" >/dev/null
exec 7<"$V/console"
is "$(put "$V/ctl" boot)" ok 'with secureboot=on' || diag "$(cat "$V/error")"
ok 'it is refused' await 7 'Access Denied'
exec 7<&-
is "$(find "$TMP/state/roots" -name 'uefi*' | sort | sed 's,.*/,,' | tr '\n' ' ')" 'uefi uefi-secure ' 'each has its own variables'
if [ "$(key "$V/status" accel)" = tcg ]; then
	is "$(put "$V/vcpus" 2) $(cat "$V/pending")" 'ok vcpus 1 2' 'CPUs wait for the next boot there'
	put "$V/vcpus" 1 >/dev/null
fi
put "$V/ctl" halt >/dev/null

# What Debian has signed, by a shim that Microsoft has
SHIM=$WARREN_BUILD/shim
if ! [ -s "$SHIM/shim" ]; then
	mkdir -p "$SHIM"
	(cd "$SHIM" && apt-get download -q shim-signed grub-efi-amd64-signed >/dev/null 2>&1 && for d in ./*.deb; do dpkg -x "$d" .; done &&
		cp usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed grub && cp usr/lib/shim/shimx64.efi.signed shim)
fi
signed_disk() { # KERNEL
	truncate -s 0 "$TMP/esp"
	truncate -s 64M "$TMP/esp"
	mkfs.vfat "$TMP/esp" >/dev/null
	mmd -i "$TMP/esp" ::/EFI ::/EFI/BOOT ::/EFI/debian
	printf 'search --file /vmlinuz --set root\nlinux /vmlinuz console=ttyS0\nboot\n' >"$TMP/grub.cfg"
	mcopy -i "$TMP/esp" "$SHIM/shim" ::/EFI/BOOT/BOOTX64.EFI
	mcopy -i "$TMP/esp" "$SHIM/grub" ::/EFI/BOOT/grubx64.efi
	mcopy -i "$TMP/esp" "$TMP/grub.cfg" ::/EFI/debian/grub.cfg
	mcopy -i "$TMP/esp" "$1" ::/vmlinuz
}
if [ -s "$SHIM/shim" ] && [ -s "$KERNEL/vmlinuz" ]; then
	export AWAIT=120 # seconds
	put "$V/ram" 512M >/dev/null
	signed_disk "$KERNEL/vmlinuz"
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok "Debian's shim, GRUB and kernel" || diag "$(cat "$V/error")"
	ok 'boot, and the kernel knows' await 7 'secureboot: Secure boot enabled'
	put "$V/ctl" halt >/dev/null
	cp "$KERNEL/vmlinuz" "$TMP/changed"
	printf 'x' | dd of="$TMP/changed" bs=1 seek=100000 conv=notrunc 2>/dev/null
	signed_disk "$TMP/changed"
	exec 7<"$V/console"
	put "$V/ctl" boot >/dev/null
	ok 'a kernel that was changed is refused by GRUB' await 7 'bad shim signature'
	exec 7<&-
	put "$V/ctl" halt >/dev/null
else
	skip 'no signed shim, or no kernel' 'what Debian has signed'
fi
is "$(try rmdir "$V") $(find "$TMP/state/roots" -name 'uefi*')" 'ok ' 'they go with the VM' || diag "$(cat "$MNT/vms/error")"
finish
