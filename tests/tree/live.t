#!/bin/sh
# CPUs and memory of a VM that runs, seen by Debian's kernel in it.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
! why=$(linux_missing) || skip_all "$why"
setup
V=$VMS/v
mkdir "$V"

linux_typed virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_balloon

# A model of CPU that QEMU has here, as its guest names it, and another. KVM in a guest of TCG's has no VME,
# which all have but qemu64
if [ "$(key "$MNT/host" accel)" = kvm ]; then
	model=auto seen=. other=host
else
	model=Nehalem seen=Nehalem other=Westmere
fi
put "$V/config" "ram=512M
cpu=$model
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3" >/dev/null
up 'a guest with a model of CPU'
like "$(guest 'grep -m 1 "model name" /proc/cpuinfo')" "$seen" 'sees it'

# What it frees goes back
before=$(cat "$V/memory.current")
guest 'dd if=/dev/zero of=/tmp/x bs=1M count=160 2>/dev/null' >/dev/null
full=$(cat "$V/memory.current")
ok 'memory that it uses is counted' [ "$full" -gt $((before + 50000000)) ]
guest 'rm /tmp/x' >/dev/null
ok 'what it frees goes back to the host' becomes "$V/memory.current" -lt $((full - 100000000)) ||
	diag "before $before, full $full, now $(cat "$V/memory.current")"

# What it lends
had=$(guest 'kib MemFree')
like "$(cat "$V/ctl")" '^# balloon SIZE$' 'ctl has balloon'
is "$(put "$V/ctl" 'balloon 300M')" ok 'the guest lends all but 300M' || diag "$(cat "$V/error")"
among $((had - 240000)) "$(guest 'kib MemFree')" $((had - 190000)) 'which it misses'
is "$(put "$V/ctl" 'balloon 512M')" ok 'and gets back'
among $((had - 20000)) "$(guest 'kib MemFree')" $((had + 20000)) 'all of it'
refused_ctl() { # COMMAND ERRNO ERE
	is "$(put "$V/ctl" "$1")" "$2" "$1 is refused"
	like "$(cat "$V/error")" "$3" 'with the reason'
}
refused_ctl 'balloon 513M' ERANGE '^ctl: its memory can.t have 537919488 bytes now: give 1048576 to 536870912$'
refused_ctl 'balloon 0' ERANGE 'give 1048576 to'
refused_ctl 'balloon much' EINVAL '"much" is not a number: give bytes'
refused_ctl balloon EINVAL 'give balloon SIZE'
put "$V/ctl" pause >/dev/null
refused_ctl 'balloon 300M' ESRCH 'it is paused: a balloon needs a guest that runs'
put "$V/ctl" resume >/dev/null
guest 'rmmod virtio_balloon' >/dev/null
refused_ctl 'balloon 300M' EIO 'after 10 s the guest has 536870912 bytes, not 314572800: .*see whether it has a driver'

# CPUs come and go. A distribution's udev brings them online
online() { # N: how many it has once it has found them
	guest "until [ -e /sys/devices/system/cpu/cpu$(($1 - 1))/online ]; do sleep 0.1; done; for c in /sys/devices/system/cpu/cpu*/online; do echo 1 >\$c; done; nproc"
}
is "$(put "$V/vcpus" 3) $(cat "$V/vcpus") $(key "$V/status" reboot_needed) $(cat "$V/pending")" 'ok 3  ' 'more vcpus' || diag "$(cat "$V/error")"
is "$(online 3)" 3 'which the guest has'
if [ "$(key "$V/status" accel)" = kvm ]; then
	is "$(put "$V/vcpus" 1) $(cat "$V/pending")" 'ok ' 'fewer' || diag "$(cat "$V/error")"
	is "$(guest nproc)" 1 'which the guest gave back'
	is "$(put "$V/vcpus" 2) $(online 2)" 'ok 2' 'and more again'
else
	is "$(put "$V/vcpus" 1) $(cat "$V/pending")" 'ok vcpus 3 1' 'fewer wait under tcg'
	put "$V/ctl" halt >/dev/null
	up 'until the next boot'
	is "$(put "$V/vcpus" 2) $(online 2)" 'ok 2' 'which one is added to'
fi
kill -9 "$(daemon_pid)"
exec 7<"$V/console"
is "$(cat "$V/vcpus") $(key "$V/status" reboot_needed)" '2 ' 'the next daemon knows them'
is "$(put "$V/vcpus" 200) $(cat "$V/pending")" 'ok vcpus 2 200' 'more than there are places for wait'
is "$(put "$V/vcpus" 2) $(cat "$V/pending")" 'ok ' 'and no longer'
put "$V/ctl" pause >/dev/null
is "$(put "$V/vcpus" 3) $(cat "$V/pending")" 'ok vcpus 2 3' 'while it is paused they wait'
put "$V/ctl" resume >/dev/null
ok 'until it is resumed' no_longer "$V/pending"
is "$(online 3)" 3 'then the guest has them'
put "$V/pids.max" "$(cat "$V/pids.current")" >/dev/null
refused "$V/vcpus" 4 EINVAL 'pids.max leaves no room for another: raise it first'
is "$(guest nproc)" 3 'QEMU runs on'
put "$V/pids.max" none >/dev/null

# Models of CPU are looked at before a reboot
refused "$V/cpu" Nehalen EINVAL 'QEMU has no model Nehalen: give auto'
refused "$V/cpu" Skylake-Server EOPNOTSUPP 'this host lacks what Skylake-Server has \(.*avx512f.*\): give auto'
accepted "$V/cpu" $other
is "$(key "$V/status" reboot_needed)" cpu 'one that is fit waits'
put "$V/ctl" halt >/dev/null
refused_ctl 'balloon 300M' ESRCH 'it is halted'
exec 7<&-
put "$V/cpu" Nehalen >/dev/null
is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' 'a model that is none'
like "$(cat "$V/error")" '^ctl: boot: cpu: Nehalen: QEMU has no such model: give auto' 'is told'
put "$V/cpu" Skylake-Server >/dev/null
is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' 'a model that is more than there is'
like "$(cat "$V/error")" '^ctl: boot: cpu: Skylake-Server: this host lacks what the model has, log names it' 'too'
like "$(cat "$V/log")" 'avx512f' 'by name'
put "$V/cpu" host >/dev/null
if [ "$other" = host ]; then
	is "$(put "$V/ctl" boot)" ok 'host is KVM'
else
	is "$(put "$V/ctl" boot) $(cat "$V/error")" 'EIO ctl: boot: cpu: host: it needs KVM: give auto' 'host is KVM'
fi
finish
