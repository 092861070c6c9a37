#!/bin/sh
# io.weight holds: of two zones that read from the same slow disk for all they can, the one of four times the
# weight gets more. The disk is a null_blk of memory, 8 MB a second, with BFQ and the state directory on it.
. "$(dirname "$0")/lib.sh"
NULL=/sys/kernel/config/nullb/warren$$ DEV=/dev/warren$$
[ -d "${NULL%/*}" ] || skip_all 'null_blk is not there with its configfs'
[ -d /sys/module/bfq ] || skip_all 'BFQ is not there'
setup
end_disk() {
	umount "$TMP/state" 2>/dev/null
	[ ! -d "$NULL" ] || rmdir "$NULL"
}
trap 'cleanup; end_disk' EXIT
mkdir "$NULL"
for setting in memory_backed=1 size=256 mbps=8 hw_queue_depth=32 power=1; do
	echo "${setting#*=}" >"$NULL/${setting%=*}" || exit 1
done
udevadm settle 2>/dev/null
echo bfq >"/sys/block/${DEV#/dev/}/queue/scheduler"
mke2fs -q -t ext4 -O ^has_journal -E nodiscard,lazy_itable_init=1 "$DEV" 32M
_pids="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # several pids
umount "$MNT" && gone $_pids && mount "$DEV" "$TMP/state" && mount_tree
report $? 'a tree whose state is on that disk'

Z=$ZONES/a Y=$ZONES/b
read='for i in 1 2 3; do while :; do dd if=/root/x of=/dev/null bs=128k iflag=direct 2>/dev/null || exit; done & done; wait'
mkdir "$Z" "$Y"
accepted "$Z/io.weight" 400
accepted "$Y/io.weight" 100
for z in "$Z" "$Y"; do
	put "$z/init" "/bin/sh -c 'dd if=/dev/zero of=/root/x bs=128k count=48 oflag=direct && echo written; $read'" >/dev/null
	is "$(put "$z/ctl" boot)" ok "${z##*/} boots" || diag "$(cat "$z/error")"
	exec 8<"$z/console"
	grep -q written "$z/log" || await 8 written >/dev/null
	report $? 'and has its file'
done
pid=$(pid_of "$Z")
is "$(cgroup_value "$pid" blkio blkio.bfq.weight io.bfq.weight | sed 's/^default //')" 400 'its weight is in the kernel'

number=$(stat -c '%Hr:%Lr' "$DEV")
read_by() { sed -n "s/^$number .*rbytes=\([0-9]*\).*/\1/p" "$1/io.stat"; } # ZONE: bytes
# What both read meanwhile until it is 32 MiB together, in percent of b's
share_of_a() {
	_a=$(read_by "$Z") _b=$(read_by "$Y")
	until _da=$(($(read_by "$Z") - _a)) _db=$(($(read_by "$Y") - _b)); [ $((_da + _db)) -ge 33554432 ]; do
		[ "$(cat "$Z/state" "$Y/state" | tr '\n' ' ')" = 'running running ' ] || return
	done
	echo $((100 * _da / (_db + 1)))
}
share_of_a >/dev/null # BFQ favours who has just begun (low_latency in Documentation/block/bfq-iosched.rst)
among 200 "$(share_of_a)" 1000 'four times the weight reads more than twice as much'
is "$(put "$Z/io.weight" 100)$(put "$Y/io.weight" 400)" okok 'the other way round, live'
share_of_a >/dev/null # what was begun before
among 10 "$(share_of_a)" 50 'and it is so'
for z in "$Z" "$Y"; do put "$z/ctl" halt >/dev/null; done
rmdir "$Z" "$Y"
exec 8<&-
_pids="$(helper_pid) $(daemon_pid)"
ok 'umount' umount "$MNT"
# shellcheck disable=SC2086  # several pids
gone $_pids
ok 'the disk is given back' end_disk
mount_tree
finish
