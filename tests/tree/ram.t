#!/bin/sh
# The memory of a VM that runs becomes more and less, seen by Debian's kernel in it.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
! why=$(linux_missing) || skip_all "$why"
setup
V=$VMS/v
mkdir "$V"
linux_typed virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_balloon virtio_mem
MIB=1048576

now() { echo "$(key "$V/status" ram) $(cat "$V/pending")"; }
waiting() { echo "$(cat "$V/pending") $(key "$V/status" reboot_needed)"; }
# What is in the limit besides ram and the tables of its pages
beside() { echo $(($(limit) - $(key "$V/status" ram) / 128 * 129)); }
limit() { cgroup_value "$(pid_of "$V")" memory memory.limit_in_bytes memory.max; }
# MIB: until the guest has as much
gets() { timeout 60 sh -c "until grep -q '^ram $(($1 * MIB))\$' '$V/status'; do sleep 0.1; done"; }
sizes() { # WRITTEN MIB DESCRIPTION: in force at once
	is "$(put "$V/ram" "$1") $(now)" "ok $(($2 * MIB)) " "$3" || diag "$(cat "$V/error")"
}

put "$V/config" "ram=256M
ram.max=1G
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3 memhp_default_state=online_movable" >/dev/null
up 'a guest with room for more memory'
is "$(now)" "$((256 * MIB)) " 'has what it was booted with'
if grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled; then
	skip 'the host has none: transparent_hugepage/enabled' 'in huge pages of the host'
else
	unlike "$(cat "$V/memory.stat")" '^(rss_huge|anon_thp) 0$' 'in huge pages of the host'
fi
had=$(guest 'kib MemTotal') beside=$(beside)

unlike "$(cat "$V/log")" 'qemu-system' 'and QEMU complains of nothing'

# More and less
sizes 512M 512 'more ram'
is "$(guest 'kib MemTotal')" $((had + 256 * 1024)) 'which the guest has'
is "$(beside)" "$beside" 'with it comes the limit of a memory.max that is none'
sizes 1G 1024 'up to ram.max'
refused "$V/ram" 1025M ERANGE 'ram.max of 1073741824 bytes is less than ram, 1074790400 bytes'
sizes 300M 300 'less'
is "$(guest 'kib MemTotal') $(beside)" "$((had + 44 * 1024)) $beside" 'which the guest has given back, and the limit follows'
sizes $((301 * MIB - 4096)) 302 'what is no whole block of 2M is more'
sizes 256M 256 'all is given back'
is "$(put "$V/ram" 200M) $(waiting)" "ok ram $((256 * MIB)) $((200 * MIB)) ram" 'less than at the boot waits'
is "$(beside)" "$beside" 'and so does the limit'
refused "$V/memory.max" 250M ERANGE 'has no room for what the guest has still, 268435456 bytes: give more than that or none, or reboot it'
sizes 256M 256 'and waits no longer'

# A limit that is set
put "$V/memory.max" 600M >/dev/null
refused "$V/ram" 601M ERANGE 'memory.max of 629145600 bytes has no room for ram, 630194176 bytes'
sizes 600M 600 'as much as memory.max'
is "$(limit)" $((600 * MIB)) 'which stays'
refused "$V/memory.max" 599M ERANGE 'has no room for ram'
put "$V/memory.max" none >/dev/null
is "$(beside)" "$beside" 'none is what it needs now'

# What a guest uses it does not give
guest 'mount -t tmpfs -o size=100% t /tmp; dd if=/dev/zero of=/tmp/x bs=1M count=300 2>/dev/null' >/dev/null
is "$(put "$V/ram" 256M)" ok 'less than it needs'
has=$(key "$V/status" ram)
among $((350 * MIB)) "$has" $((599 * MIB)) 'it keeps what it needs'
is "$(waiting)" "ram $has $((256 * MIB)) ram" 'which is told'
is "$(beside)" "$beside" 'and has it in its limit'
guest 'rm /tmp/x' >/dev/null
sizes 300M 300 'it gives what it needs no more when it is asked anew'

# The balloon lends part of what it has
is "$(put "$V/ctl" 'balloon 200M') $(now)" "ok $((300 * MIB)) " 'of that it lends'
free=$(guest 'kib MemFree')
sizes 400M 400 'while it lends it gets more'
among $((free + 80 * 1024)) "$(guest 'kib MemFree')" $((free + 101 * 1024)) 'and lends as much as before'
is "$(put "$V/ctl" 'balloon 143M')" ERANGE 'what came later is not lent'
like "$(cat "$V/error")" 'give 152043520 to 419430400$' 'which error tells'
is "$(put "$V/ctl" 'balloon 400M')" ok 'it has all of it again'

# The daemon dies
kill -9 "$(daemon_pid)"
exec 7<"$V/console"
is "$(cat "$V/ram")" $((400 * MIB)) 'the next daemon knows ram'
ok 'and asks what the guest has' gets 400
is "$(waiting)" ' ' 'nothing waits'
pid=$(pid_of "$V")
kill -STOP "$pid"
put "$V/ram" 700M >"$TMP/result" &
becomes "$V/ram" -eq $((700 * MIB))
kill -9 "$(daemon_pid)"
kill -CONT "$pid"
wait $!
exec 7<"$V/console"
is "$(cat "$TMP/result") $(cat "$V/ram")" "ok $((700 * MIB))" 'a write that a daemon died of'
ok 'is done by the next' gets 700
is "$(beside)" "$beside" 'with the limit'

# Its own reset; a pause
put "$V/console" 'echo b >/proc/sysrq-trigger
' >/dev/null
ok 'a guest that resets itself' await 7 'it is up'
ok 'gets again what it had' gets 700
is "$(waiting) $(key "$V/status" resets)" '  1' 'nothing waits'
put "$V/ctl" pause >/dev/null
is "$(put "$V/ram" 500M) $(waiting)" "ok ram $((700 * MIB)) $((500 * MIB)) ram" 'while it is paused a size waits'
put "$V/ctl" resume >/dev/null
ok 'until it is resumed' gets 500
ok 'then no longer' no_longer "$V/pending"

# Without its driver
guest 'rmmod virtio_mem' >/dev/null
is "$(put "$V/ram" 800M) $(waiting)" "ok ram $((500 * MIB)) $((800 * MIB)) ram" 'without its driver it waits'
kill -9 "$pid"
ok 'QEMU is killed' until_state "$V" failed
is "$(cat "$V/ram") $(key "$V/status" ram)" "$((800 * MIB)) -" 'what waits stays'

# A guest whose memory is shared with a virtiofsd
if [ -x /usr/lib/qemu/virtiofsd ] || [ -x /usr/libexec/virtiofsd ]; then
	mkdir "$TMP/web"
	put "$V/config" "mounts=$TMP/web web ro
ram=256M" >/dev/null
	up 'a guest with a mount'
	sizes 512M 512 'gets more, too'
	guest 'mount -t tmpfs -o size=100% t /tmp; dd if=/dev/zero of=/tmp/x bs=1M count=300 2>/dev/null; rm /tmp/x' >/dev/null
	sizes 256M 256 'and gives it back'
	put "$V/ctl" halt >/dev/null
	put "$V/mounts" none >/dev/null
else
	skip 'there is no virtiofsd' 'a guest with a mount'
fi

# Machines
put "$V/config" "machine=pc
ram=256M" >/dev/null
up 'on pc'
sizes 512M 512 'it is the same'
put "$V/ctl" halt >/dev/null
put "$V/config" "machine=microvm
ram=256M
append=console=ttyS0 loglevel=3 tsc_early_khz=2600000 no_timer_check" >/dev/null
up 'on a microvm'
is "$(put "$V/ram" 512M) $(waiting)" "ok ram $((256 * MIB)) $((512 * MIB)) ram" 'it waits'
put "$V/ctl" halt >/dev/null
put "$V/config" "machine=auto
ram.max=none" >/dev/null
up 'without ram.max'
is "$(put "$V/ram" 300M) $(waiting)" "ok ram $((512 * MIB)) $((300 * MIB)) ram" 'it waits'
is "$(put "$V/ram.max" 4G) $(key "$V/status" reboot_needed)" 'ok ram ram.max' 'and so does ram.max'
put "$V/ctl" halt >/dev/null
exec 7<&-
put "$V/ram.max" 16T >/dev/null
is "$(put "$V/ctl" boot)" EIO 'more room than the host has memory'
like "$(cat "$V/error")" '^ctl: boot: ram.max: the host has not so much memory: give less, or none' 'is told'
finish
