#!/bin/sh
# What warren costs, each figure beside its floor or a peer in the same run: `make bench`, or this with
# WARREN_BUILD set. Ours and theirs take turns, A B A B, and every figure is a median, since a machine's
# load and its disk vary more than what is measured. The scratch tree is that of the behaviour tests.
. "${0%/*}/../tests/tree/lib.sh"
BENCH=$WARREN_BUILD/bench
HELLO=$WARREN_BUILD/guests/hello
ZONE_ROUNDS=40 CAT_ROUNDS=15 CAP_ROUNDS=10 HELLO_ROUNDS=25 LINUX_ROUNDS=15 LOOK_ROUNDS=7

# --- figures ---------------------------------------------------------------------------------

data() { echo "$TMP/$1.data"; } # NAME: the file that collects its measurements, one a line

median() { # NAME [COLUMN [DIVISOR]]
	awk -v c="${2:-1}" '{ print $c }' "$(data "$1")" | sort -g |
		awk -v d="${3:-1}" '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 / d }'
}

figure() { # WHAT OURS UNIT PEER THEIRS [AIM]
	if [ -z "$2" ] || [ -z "$5" ]; then
		echo "$1: no figure: ours '$2', $4 '$5'"
		return
	fi
	awk -v what="$1" -v a="$2" -v u="$3" -v peer="$4" -v b="$5" -v aim="${6:+ (aim $6)}" 'BEGIN {
		printf "%s: %.4g %s, %s %.4g %s, ratio %.3g%s\n", what, a, u, peer, b, u, a / b, aim }'
}

heading() { printf '\n%s\n' "$*"; }
have() { command -v "$1" >/dev/null || { echo "$1 is absent: no figure beside it" && return 1; }; }

# --- zones -----------------------------------------------------------------------------------

crun_bundle() { # a zone's namespaces and mounts, and the same program that only waits
	for _dir in proc sys dev tmp run usr; do mkdir -p "$TMP/crun/rootfs/$_dir"; done
	chmod -R 755 "$TMP/crun"
	cp "$BENCH/clone_floor" "$TMP/crun/rootfs/init"
	cat >"$TMP/crun/config.json" <<-END
		{"ociVersion": "1.0.0", "root": {"path": "rootfs", "readonly": true}, "hostname": "bench",
		 "process": {"args": ["/init", "pause"], "cwd": "/", "user": {"uid": 0, "gid": 0},
		  "noNewPrivileges": true, "env": ["PATH=/bin"]},
		 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		  {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro", "nosuid", "nodev", "noexec"]},
		  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
		  {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance"]},
		  {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"},
		  {"destination": "/run", "type": "tmpfs", "source": "tmpfs"},
		  {"destination": "/usr", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]}],
		 "linux": {"cgroupsPath": "/$CG.crun/zone",
		  "uidMappings": [{"containerID": 0, "hostID": 16777216, "size": 65536}],
		  "gidMappings": [{"containerID": 0, "hostID": 16777216, "size": 65536}],
		  "namespaces": [{"type": "user"}, {"type": "pid"}, {"type": "mount"}, {"type": "uts"},
		   {"type": "ipc"}, {"type": "network"}, {"type": "cgroup"}]}}
	END
}

# crun refuses a v2 hierarchy beside v1's: it gets mounts of its own without it
crun_timed() { # ARGUMENT...
	# shellcheck disable=SC2016  # for the inner shell
	unshare -m sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null
		timed=$1 root=$2; shift 2; exec "$timed" crun --root "$root" "$@"' sh "$BENCH/timed" "$TMP/crun/state" "$@" 2>"$TMP/crun.err"
}

crun_once() {
	_boot=$(crun_timed run -d -b "$TMP/crun" "$CG") && _halt=$(crun_timed delete -f "$CG") &&
		echo "$_boot $_halt"
}

zone_figures() { # FLOOR-OR-PEER NAME [AIM]
	figure 'boot a zone' "$(median zone 1 1000)" ms "$1" "$(median "$2" 1 1000)" "${3-}"
	figure 'halt a zone' "$(median zone 2 1000)" ms "$1" "$(median "$2" 2 1000)"
}

bench_zone() {
	heading 'A zone: each until its write has returned; clone3 until the program is in its main'
	crun_bundle
	crun=
	if have crun; then
		crun_once >/dev/null && crun=yes || echo "crun does not run here: $(tail -n 1 "$TMP/crun.err")"
	fi
	"$BENCH/zone_boot" "$ZONES/a/ctl" 3 >/dev/null
	for _ in $(seq $ZONE_ROUNDS); do
		"$BENCH/zone_boot" "$ZONES/a/ctl" 2 >>"$(data zone)"
		"$BENCH/clone_floor" 2 >>"$(data clone)"
		[ -z "$crun" ] || crun_once >>"$(data crun)"
	done
	zone_figures 'clone3 with its namespaces + exec' clone 'at most 1.5'
	[ -z "$crun" ] || zone_figures 'crun run -d, delete -f' crun 'below 1'
}

# --- cat -------------------------------------------------------------------------------------

floor_start() {
	mkdir "$TMP/floor"
	"$BENCH/fuse_floor" "$TMP/floor" &
	floor_pid=$!
	for _ in $(seq 100); do
		grep -qF " $TMP/floor " /proc/self/mountinfo && return
		sleep 0.05
	done
	echo 'the minimal FUSE server does not start' >&2
	exit 1
}

floor_stop() {
	[ -n "${floor_pid-}" ] || return 0
	umount "$TMP/floor" 2>/dev/null
	gone "$floor_pid"
	floor_pid=
}

pin() { taskset -p "$1" "$2" >/dev/null; } # MASK PID

bench_cat() {
	heading 'cat of a small file: open, read, close by one client; it and both servers on CPU 0 alone'
	pin 1 "$(daemon_pid)"
	pin 1 "$floor_pid"
	for _ in $(seq $CAT_ROUNDS); do
		taskset 1 "$BENCH/cat" "$ZONES/a/cpu.cap" 2000 >>"$(data cat)"
		taskset 1 "$BENCH/cat" "$TMP/floor/zones/a/cpu.cap" 2000 >>"$(data cat.floor)"
		(cd "$ZONES/a" && taskset 1 "$BENCH/cat" cpu.cap 2000) >>"$(data cat.in)"
		(cd "$TMP/floor/zones/a" && taskset 1 "$BENCH/cat" cpu.cap 2000) >>"$(data cat.in.floor)"
	done
	figure 'cat zones/a/cpu.cap' "$(median cat)" us 'minimal FUSE server' "$(median cat.floor)" 'at most 1.3'
	figure 'cat cpu.cap, in zones/a' "$(median cat.in)" us 'minimal FUSE server' "$(median cat.in.floor)" 'at most 1.3'
	pin ffffffff "$(daemon_pid)"
	pin ffffffff "$floor_pid"
}

# --- echo ------------------------------------------------------------------------------------

quota_file() { # one to write beside ours: of a group of our own
	_v1=$(awk '$3 == "cgroup" && index("," $4 ",", ",cpu,") { print $2; exit }' /proc/mounts)
	_v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	_group=${_v1:-$_v2}/$CG/floor
	mkdir -p "$_group" && echo "$_group/$([ -n "$_v1" ] && echo cpu.cfs_quota_us || echo cpu.max)"
}

bench_cap() {
	heading 'echo into the cpu.cap of a running zone: in force and on disk when the write has returned'
	put "$ZONES/a/ctl" boot >/dev/null
	quota=$(quota_file)
	size=$(find "$TMP/state" -type f -size -8 -exec stat -c %s {} + | sort -n | tail -n 1)
	for _ in $(seq $CAP_ROUNDS); do
		"$BENCH/write" "$ZONES/a/cpu.cap" 10 50 60 >>"$(data cap)"
		"$BENCH/write" "$quota" 10 50000 60000 >>"$(data quota)"
		"$BENCH/durable" "$TMP" "$size" 10 >>"$(data disk)"
	done
	rmdir "${quota%/*}"
	put "$ZONES/a/ctl" halt >/dev/null
	figure 'echo > cpu.cap' "$(median cap 1 1000)" ms 'writing the cgroup file' "$(median quota 1 1000)"
	figure 'echo > cpu.cap' "$(median cap 1 1000)" ms 'write, fsync, rename on the same disk' "$(median disk 1 1000)"
	figure 'echo > cpu.cap' "$(median cap 1 1000)" ms 'the same, and fsync of the directory' "$(median disk 2 1000)"
}

# --- VMs -------------------------------------------------------------------------------------

bench_vm() { # WHAT ROUNDS KERNEL APPEND: to the first byte on the serial console, under TCG
	_r=$(put "$VMS/v/config" "accel=tcg
kernel=$3
append=$4")$(put "$VMS/v/ctl" boot)
	[ "$_r" = okok ] || { echo "$1: no boot: $_r: $(cat "$VMS/v/error")" && return; }
	cat "/proc/$(pid_of "$VMS/v")/cmdline" >"$TMP/qemu.args"
	put "$VMS/v/ctl" halt >/dev/null
	for _ in $(seq "$2"); do
		timeout 60 "$BENCH/vm_boot" "$VMS/v" >>"$(data "$1")"
		put "$VMS/v/ctl" halt >/dev/null
		timeout 60 "$BENCH/vm_floor" "$TMP/qemu.args" "$3" none >>"$(data "$1.floor")"
	done
	figure "boot a VM ($1) to its first byte" "$(median "$1" 1 1000)" ms 'the same QEMU by hand' \
		"$(median "$1.floor" 1 1000)" 'at most 1.03'
}

bench_vms() {
	heading 'A VM: from the write of boot to the first byte on its console, under TCG'
	have "qemu-system-$(uname -m)" || return 0
	mkdir "$VMS/v"
	bench_vm hello $HELLO_ROUNDS "$HELLO" echo
	linux=$(find /boot -name 'vmlinuz-*cloud*' | sort | tail -n 1)
	if [ -n "$linux" ]; then
		bench_vm linux $LINUX_ROUNDS "$linux" 'console=ttyS0 tsc_early_khz=2600000'
	else
		echo "no cloud kernel in /boot: no figure for Linux"
	fi
	rmdir "$VMS/v"
}

# --- memory, and many ------------------------------------------------------------------------

memory() { # KEYS PID: the KiB of all keys that match
	awk -v k="^($1):" '$1 ~ k { n += $2 } END { print n }' "/proc/$2/smaps_rollup"
}

bench_monitor() {
	heading 'A monitor: private memory, of 10 running zones'
	pauses=
	for i in 0 1 2 3 4 5 6 7 8 9; do
		mkdir "$ZONES/m$i" && put "$ZONES/m$i/ctl" boot >/dev/null
		"$BENCH/clone_floor" pause &
		pauses="$pauses $!"
	done
	for i in 0 1 2 3 4 5 6 7 8 9; do
		monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$ZONES/m$i")/status")
		memory 'Private_(Clean|Dirty)' "$monitor" >>"$(data monitor)"
		memory Pss "$monitor" >>"$(data monitor.pss)"
	done
	for p in $pauses; do
		memory 'Private_(Clean|Dirty)' "$p" >>"$(data pause)"
		memory Pss "$p" >>"$(data pause.pss)"
	done
	figure 'a monitor, private' "$(median monitor)" KiB 'a static program that only waits' "$(median pause)"
	figure 'a monitor, Pss' "$(median monitor.pss)" KiB 'a static program that only waits' "$(median pause.pss)"
	# shellcheck disable=SC2086  # several pids
	kill $pauses
	# shellcheck disable=SC2086
	gone $pauses
	pauses=
	for i in 0 1 2 3 4 5 6 7 8 9; do
		put "$ZONES/m$i/ctl" halt >/dev/null && rmdir "$ZONES/m$i"
	done
}

grown() { # KEY: "PER-1000 AT-0" in KiB
	_now=$(memory "$1" "$(daemon_pid)")
	_before=$(cat "$(data "before.$1")")
	echo "daemon, $1: $_before KiB without zones, $_now KiB with 1000, $((_now - _before)) KiB for 1000 zones; minimal FUSE server $(memory "$1" "$floor_pid") KiB"
}

look() { # WHAT OURS-DIR FLOOR-DIR
	for _ in $(seq $LOOK_ROUNDS); do
		taskset 1 "$BENCH/timed" ls "$1" "$2" 2>/dev/null >>"$(data "ls$1")"
		taskset 1 "$BENCH/timed" ls "$1" "$3" 2>/dev/null >>"$(data "ls$1.floor")"
	done
	figure "ls $1" "$(median "ls$1" 1 1000)" ms 'minimal FUSE server' "$(median "ls$1.floor" 1 1000)"
}

bench_many() {
	heading '1000 configured zones; those who look and both servers on CPU 0 alone'
	umount "$MNT"
	# shellcheck disable=SC2046  # several pids
	gone $(helper_pid)
	rm -rf "$TMP/state"
	mount_tree || exit 1
	for k in Rss Pss; do memory $k "$(daemon_pid)" >"$(data before.$k)"; done
	for i in $(seq 0 100 900); do
		# shellcheck disable=SC2046  # 100 names
		"$BENCH/timed" mkdir $(seq -f "$ZONES/z%04.0f" $((i + 1)) $((i + 100))) >>"$(data mkdir)"
		"$BENCH/durable" "$TMP" "$size" 100 >>"$(data mkdir.disk)"
	done
	figure 'mkdir of a zone' "$(median mkdir 1 100000)" ms 'write, fsync, rename, fsync of the directory' \
		"$(median mkdir.disk 2 1000)"
	pin 1 "$(daemon_pid)"
	pin 1 "$floor_pid"
	for _ in $(seq $LOOK_ROUNDS); do
		taskset 1 "$BENCH/stat" "$ZONES" 1000 3 >>"$(data stat)"
		taskset 1 "$BENCH/stat" "$TMP/floor/zones" 1000 3 >>"$(data stat.floor)"
	done
	figure 'stat of a zone' "$(median stat)" us 'minimal FUSE server' "$(median stat.floor)"
	look -f "$ZONES" "$TMP/floor/zones"
	look -l "$ZONES" "$TMP/floor/zones"
	grown Rss
	grown Pss
}

# --- all -------------------------------------------------------------------------------------

bench_cleanup() {
	[ ! -d "$TMP/crun/state/$CG" ] || crun_timed delete -f "$CG" >/dev/null 2>&1
	floor_stop
	# shellcheck disable=SC2086  # several pids
	[ -z "${pauses-}" ] || kill $pauses 2>/dev/null
	cleanup
}

setup
trap bench_cleanup EXIT
trap 'exit 1' PIPE
echo "$(nproc) CPUs, Linux $(uname -r), load $(cut -d' ' -f1 /proc/loadavg), $(df --output=source,fstype "$TMP" | tail -n 1)"
mkdir "$ZONES/a"
floor_start
bench_zone
bench_cat
bench_cap
bench_vms
bench_monitor
bench_many
heading "load at the end $(cut -d' ' -f1 /proc/loadavg); above the number of CPUs others take part in the figures"
umount "$MNT"
rm -rf "$TMP/state" # without rmdir, 1000 times
