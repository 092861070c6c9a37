#!/bin/sh
# The guest agent of Debian, in a Linux in a VM.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
linux_agent
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
! why=$(linux_missing) || skip_all "$why"
! why=$(linux_agent_missing) || skip_all "$why"
setup
V=$VMS/v
mkdir "$V"
linux_typed virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_console
linux_agent_root
{
	sed '/^stty/i \
mkdir -p /var/run\
ga() { qemu-ga -p /dev/vport*p1 -t /tmp "$@" >/dev/null 2>\&1 \& pid=$!; }' "$TMP/root/init" >"$TMP/init"
	cp "$TMP/init" "$TMP/root/init"
	(cd "$TMP/root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$TMP/initrd"
	chmod 644 "$TMP/initrd"
}
put "$V/config" "accel=tcg
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3" >/dev/null

is "$(cat "$V/agent")" none 'without a guest there is no agent'
exec 8<"$V/event"
up 'a guest with an agent in it'
is "$(cat "$V/agent")" none 'which does not run yet'
guest ga >/dev/null
ok 'it begins: an event' await 8 ' agent version=7\.2'
like "$(cat "$V/agent")" '^connected 7\.2' 'and its version'
mtime=$(stat -c %Y "$V/agent")
kill -9 "$(daemon_pid)"
like "$(timeout 30 cat "$V/agent")" '^connected 7\.2' 'the next daemon knows it'
is "$(stat -c %Y "$V/agent")" "$mtime" 'since when it did'
guest 'kill $pid' >/dev/null
ok 'it ends: an event' await 8 ' agent version=none'
is "$(cat "$V/agent")" none 'none again'
finish
