#!/bin/sh
# The tests once more on a kernel with control groups v2 alone: in a VM of warren's own, whose disk
# disk.sh makes and whose process 1 is init. The kernel is Debian 12's, Linux 6.1,
# the oldest that we try; so this is the test on an old kernel, too. What is tested there is counted
# here, one by one, with the script's name before it. TESTS names the scripts.
. "$(dirname "$0")/../tree/lib.sh"
[ -n "${TESTS-}" ] || skip_all 'TESTS names none'
# The largest first, as they take longest
# shellcheck disable=SC2012,SC2086  # plain names
TESTS=$(cd "$HERE/../tree" && ls -S $TESTS | grep -vx refused.t | xargs)
[ -n "$TESTS" ] || skip_all 'none of these can run in the guest'
DISK=$WARREN_BUILD/guest/disk
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
[ "$(id -u)" -ne 0 ] || [ -e "$DISK" ] || {
	echo '1..1'
	echo "not ok 1 - $DISK is built: make guest"
	exit 1
}
setup
# As many scripts run beside each other as there are CPUs
cpus=$(nproc)
[ "$cpus" -ge 2 ] || cpus=2
[ "$cpus" -le 8 ] || cpus=8
V=$VMS/v2
mkdir "$V"
cp "$WARREN_BUILD/kernel/vmlinuz" "$TMP/vmlinuz"
chmod 644 "$TMP/vmlinuz"
# What the kernel can boot from without an initrd: Debian's is for clouds with NVMe disks
if grep -q virtio_blk "$WARREN_BUILD"/kernel/modules/*/modules.builtin; then
	bus=virtio root=/dev/vda
else
	bus=nvme root=/dev/nvme0n1
fi
# Under TCG a program costs its translation, which is kept by address: as long as the kernel puts each program
# where it was before, only the first run pays. Dear, too, are pages that the kernel clears for nothing, and the
# end of a block at each copy from or to a program (SMAP). The clock stays the kernel's choice: with tsc=reliable
# both CPUs stood still now and then, with interrupts off, for ever. Without XSAVE, of which
# QEMU's SVM gives wrong figures, its KVM runs a stock kernel.
CHEAP='norandmaps init_on_alloc=0 mitigations=off nosmap nosmep no5lvl noxsave apparmor=0 audit=0'
run() { # TESTS: in a guest with a disk of its own
	cp --sparse=always "$DISK" "$TMP/disk"
	is "$(put "$V/config" "kernel=$TMP/vmlinuz
append=console=ttyS0 loglevel=1 panic=-1 psi=1 $CHEAP root=$root rootflags=nobarrier rw init=/warren/tests/v2/init \"TESTS=$*\"
disk0=path=$TMP/disk bus=$bus
ram=${cpus}G
vcpus=$cpus")" ok 'a VM with the tests on its disk' || diag "$(cat "$V/error")"
	is "$(put "$V/ctl" boot)" ok 'boots' || diag "$(cat "$V/error")"
	rm -f "$TMP/sum"
	perl "$HERE/count" "$count" "$TMP/sum" <"$V/console"
	_rc=$? over=
	[ ! -e "$TMP/sum" ] || read -r count failed over <"$TMP/sum"
	put "$V/ctl" halt >/dev/null
	return $_rc
}

# QEMU's emulator may stand still with both CPUs, interrupts off: what had not ended is run once more then
# shellcheck disable=SC2086  # several names
run $TESTS
rc=$?
if [ $rc -eq 2 ]; then
	# shellcheck disable=SC2046,SC2086
	run $(printf '%s\n' $TESTS | grep -vxF "$(printf '%s\n' $over)")
	rc=$?
fi
[ $rc -eq 0 ] || report 1 'the guest came to its end'
finish
