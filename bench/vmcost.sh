#!/bin/sh
# What each device of a VM costs a Linux under TCG: time and QEMU's CPU time to user space, and QEMU's memory
# beside the guest's RAM.
# With and without take turns. What every VM has is left out of QEMU's line by hand.
. "${0%/*}/lib.sh"
. "${0%/*}/vm.inc"
linux_fetch
bench_begin
heading 'Devices of a VM, under TCG'
have "qemu-system-$(uname -m)" || exit 0
[ -s "$KERNEL/vmlinuz" ] || { echo 'no kernel: no figures' && exit; }
vm_make
truncate -s 64M "$TMP/raw"
rounds() { seq "${ROUNDS:-7}"; }

differences() { # WITH WITHOUT COLUMN DIVISOR: the median of those of pairs
	column "$1:$3" >"$TMP/with"
	column "$2:$3" >"$TMP/without"
	paste "$TMP/with" "$TMP/without" | awk -v d="$4" 'NF == 2 { print ($1 - $2) / d }' | middle
}
cost() { # WHAT NAME
	awk -v what="$1" -v t="$(differences "$2.with" "$2.without" 3 1000)" -v all="$(median "$2.without:3")" \
		-v m="$(differences "$2.with" "$2.without" 4 1024)" -v cpu="$(differences "$2.with" "$2.without" 5 1000)" 'BEGIN {
		printf "%s: %+.0f ms to user space, without %.0f ms, ratio %.3f; %+.0f ms of CPU; %+.1f MiB\n", what, t, all / 1000, 1 + t * 1000 / all, cpu, m }'
}
given() { # WHAT NAME LINES UNDO: it is in a VM's settings
	settings "$3" || return
	for _ in $(rounds); do
		put "$V/config" "$4" >/dev/null
		ours "$2.without" "$up"
		put "$V/config" "$3" >/dev/null
		ours "$2.with" "$up"
	done
	put "$V/config" "$4" >/dev/null
	cost "$1" "$2"
}
built_in() { # WHAT NAME PERL_RE: the devices of every VM that it matches
	# shellcheck disable=SC2016  # perl's
	perl -0ne 'BEGIN { $re = shift } if ($held) { print "-device\0", $_ unless /$re/; $held = 0 } elsif ($_ eq "-device\0") { $held = 1 } else { print }' \
		"$3" "$TMP/all.args" >"$TMP/less.args"
	for _ in $(rounds); do
		theirs "$2.without" less.args "$KERNEL/vmlinuz" "$KERNEL/initrd" "$up"
		theirs "$2.with" all.args "$KERNEL/vmlinuz" "$KERNEL/initrd" "$up"
	done
	cost "$1" "$2"
}

settings "accel=tcg
ram=${RAM}M
$linux" || exit 1
cp "$TMP/qemu.args" "$TMP/all.args"
built_in 'balloon' balloon '^virtio-balloon'
built_in 'guest agent'\''s port' agent '^virtserialport|^virtio-serial'
built_in 'pvpanic' panic '^pvpanic'
built_in 'generation id' generation '^vmgenid'
built_in '16 places on the PCI bus (root ports)' ports '^pcie-root-port'
given 'disk, virtio' virtio "disk0=path=$TMP/raw" disk0=none
given 'disk, nvme' nvme "disk0=path=$TMP/raw bus=nvme" disk0=none
given 'disk, sata' sata "disk0=path=$TMP/raw bus=sata" disk0=none
given 'NIC (user)' nic nic0=user nic0=none
given 'display (vnc, with VGA, USB keyboard and tablet)' vnc display=vnc display=none
given 'watchdog' watchdog watchdog=reset watchdog=none
given 'TPM' tpm tpm=on tpm=off
given 'three virtual CPUs more' vcpus vcpus=4 vcpus=1
given 'UEFI in the place of bios' uefi firmware=uefi firmware=auto
