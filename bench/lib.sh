# What the benches share: measurements collected in files, figures made of them, a zone, a minimal FUSE
# server, a control group by hand. A bench is bench/NAME.sh: it sources this, calls `bench_begin`, measures.
# Ours and theirs take turns, A B A B, so that a change of the machine's load meets both; every figure is
# a median, and every ratio the median of the ratios of pairs that were measured one after the other.
# shellcheck shell=sh disable=SC2034  # the variables are for the scripts
: "${WARREN_BUILD:?is to say where the programs are}"
. "${0%/*}/../tests/tree/lib.sh"
BENCH=$WARREN_BUILD/bench

# --- figures ---------------------------------------------------------------------------------

data() { echo "$TMP/$1.data"; } # NAME: the file that collects its measurements, one a line

column() { # NAME[:COLUMN]
	_c=${1#*:}
	[ "$_c" != "$1" ] || _c=1
	awk -v c="$_c" '{ print $c }' "$(data "${1%%:*}")" 2>/dev/null
}

middle() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
median() { column "$1" | middle; } # NAME[:COLUMN]

# WHAT OURS UNIT DIVISOR PEER THEIRS [AIM]: one line; OURS and THEIRS are NAME[:COLUMN], the aim is what
# the ratio may be at most
figure() {
	if [ -z "$(median "$2")" ] || [ -z "$(median "$6")" ]; then
		echo "$1: no figure beside $5"
		return
	fi
	column "$2" >"$TMP/ours"
	column "$6" >"$TMP/theirs"
	_ratio=$(paste "$TMP/ours" "$TMP/theirs" | awk 'NF == 2 && $2 > 0 { print $1 / $2 }' | middle)
	awk -v what="$1" -v a="$(median "$2")" -v u="$3" -v d="$4" -v peer="$5" -v b="$(median "$6")" \
		-v r="$_ratio" -v aim="${7-}" 'BEGIN {
		met = aim == "" ? "" : sprintf("; aim at most %s: %s", aim, r <= aim ? "met" : "MISSED")
		printf "%s: %.4g %s, %s %.4g %s, ratio %.3f%s\n", what, a / d, u, peer, b / d, u, r, met }'
}

# WHAT GOT UNIT WANTED WANT AIM OTHERS: how far it is off; the aim is how far it may be
off() {
	_off=$(awk -v a="$2" -v b="$5" 'BEGIN { printf "%+.3f", a - b }')
	echo "$1: $2 $3, $4 $5, off by $_off; aim within $6: $(verdict "${_off#?}" "$6" "$7")"
}

# WHAT GOT UNIT AIM: the aim is what it may be at most
at_most() {
	awk -v what="$1" -v a="$2" -v u="$3" -v aim="$4" 'BEGIN {
		printf "%s: %.3f %s; aim at most %s: %s\n", what, a, u, aim, a <= aim ? "met" : "MISSED" }'
}

# A figure that misses its aim while others took more than OTHERS percent of one CPU is measured again, TRIES
# times in all; the last counts, and is no verdict if others still did.
OTHERS=5
TRIES=3
tries() { seq "$TRIES"; }

# OFF AIM OTHERS: the verdict on what may be off by AIM
verdict() {
	awk -v a="$1" -v aim="$2" -v others="$3" -v most="$OTHERS" 'BEGIN {
		if (a <= aim)
			print "met"
		else if (others > most)
			printf "no verdict, as others took %.0f %% of a CPU\n", others
		else
			print "MISSED" }'
}

heading() { printf '\n%s (load %s)\n' "$*" "$(cut -d' ' -f1 /proc/loadavg)"; }
have() { command -v "$1" >/dev/null || { echo "$1 is absent: no figure beside it" && return 1; }; }
pin() { taskset -p "$1" "$2" >/dev/null; } # MASK PID

# --- a minimal FUSE server ------------------------------------------------------------------

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

# --- zones -----------------------------------------------------------------------------------

boot() { # DIR [SETTINGS]: makes it, and boots it
	mkdir "$1" && _r=$(put "$1/config" "${2:-# as it is}")$(put "$1/ctl" boot)
	[ "$_r" = okok ] || { echo "$1 does not boot: $_r: $(cat "$1/error")" >&2 && exit 1; }
}
settings_size() { find "$TMP/state" -type f -size -8 -exec stat -c %s {} + | sort -n | tail -n 1; } # the largest
memory() { # KEYS PID: the KiB of all keys that match
	awk -v k="^($1):" '$1 ~ k { n += $2 } END { print n }' "/proc/$2/smaps_rollup"
}

# DIR FILE: lays FILE into the zone's private directory /root; it has run once, then
install_into() {
	_root=$TMP/state/roots/$(key "$1/status" id)/root
	install -m 755 "$2" "$_root/"
}

# DIR COMMAND: runs it in the zone, prints what it said
inside_zone() {
	mkdir "$1/exec/bench" && put "$1/exec/bench/cmd" "$2" >"$TMP/put" && cat "$1/exec/bench/stdout"
	rmdir "$1/exec/bench"
}

loops() { # [N]: a script that is busy in N processes, 1 unless told
	for _ in $(seq 2 "${1:-1}"); do printf 'while :; do :; done & '; done
	printf 'while :; do :; done'
}

spinning() { # DIR: a VM whose guest is busy from now on
	boot "$1" "accel=tcg
kernel=$WARREN_BUILD/guests/hello
append=spin
${2-}" || return
	until grep -q 'tick 3' "$1/log"; do sleep 0.05; done
}

# --- a control group by hand ----------------------------------------------------------------

bare_dir() { # NAME CONTROLLER: of v1; or v2's
	_v1=$(awk -v c="$2" '$3 == "cgroup" && index("," $4 ",", "," c ",") { print $2; exit }' /proc/mounts)
	echo "${_v1:-$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)}/$CG.bare.$1"
}

bare_make() { # NAME PERCENT: capped
	_cpu=$(bare_dir "$1" cpu)
	mkdir -p "$_cpu" "$(bare_dir "$1" cpuacct)"
	if [ -e "$_cpu/cpu.max" ]; then
		echo "$(($2 * 1000)) 100000" >"$_cpu/cpu.max"
	else
		echo $(($2 * 1000)) >"$_cpu/cpu.cfs_quota_us"
	fi
}

bare_counts() { # NAME: the file that counts its CPU time
	_acct=$(bare_dir "$1" cpuacct)
	[ -e "$_acct/cpuacct.usage" ] && echo "$_acct/cpuacct.usage" || echo "$_acct/cpu.stat"
}

bare_run() { # NAME COMMAND...: in the background, until bare_end
	(
		for _c in cpu cpuacct; do
			# shellcheck disable=SC2016  # for the inner shell
			sh -c 'echo $PPID' >"$(bare_dir "$1" $_c)/cgroup.procs"
		done
		shift
		exec "$@"
	) &
}

bare_end() { # NAME
	# shellcheck disable=SC2046  # several pids
	kill -9 $(cat "$(bare_dir "$1" cpu)/cgroup.procs")
}

forget_all() { # without rmdir, 1000 times: what is on disk goes with the scratch tree
	_pids="$(helper_pid) $(daemon_pid)"
	# shellcheck disable=SC2086  # several pids
	umount "$MNT" && gone $_pids
}

# --- begin and end ---------------------------------------------------------------------------

bench_cleanup() {
	[ -z "${on_end-}" ] || $on_end >/dev/null 2>&1
	floor_stop
	# shellcheck disable=SC2086  # several pids
	[ -z "${pauses-}" ] || kill $pauses 2>/dev/null
	cleanup
}

bench_begin() {
	setup
	Z=$ZONES/a
	trap bench_cleanup EXIT
	trap 'exit 1' PIPE
}
