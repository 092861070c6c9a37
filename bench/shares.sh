#!/bin/sh
# Shares: what busy zones of unequal shares get of what they get together, beside their shares of it; with
# the host busy, too, its processes are of 100 shares each. Where others disturb it is measured again (lib.sh).
. "${0%/*}/lib.sh"
bench_begin
SECONDS_EACH=5 AIM=3
heading 'Shares: busy zones (and VMs) against their part by shares, in percent of one CPU'
CPUS=$(nproc)
shares_2='100 300'
shares_4='50 100 150 300'
shares_8='20 40 60 80 100 150 250 300'
host_group=$(dirname "$(bare_dir host cpu)")

one_boot() { # DIR SHARES CPUS: a zone is busy on as many CPUs as there are, a VM on one
	case $1 in
	"$VMS"/*) spinning "$1" "cpu.shares=$2
cpu.set=$3" ;;
	*) boot "$1" "init=/bin/sh -c \"$(loops "$CPUS")\"
cpu.shares=$2
cpu.set=$3" ;;
	esac
}

names() { # COUNT KIND: mixed: every second one, beginning with the smallest, is a VM
	for _i in $(seq "$1"); do
		[ "$2" = mixed ] && [ $((_i % 2)) = 1 ] && echo "$VMS/s$_i" || echo "$ZONES/s$_i"
	done
}

boot_all() { # CPUS: those of the file zones; guests first, which take long to begin where others are busy
	for _kind in "$VMS" "$ZONES"; do
		grep -F "$_kind/" "$TMP/zones" | while read -r _d _s; do one_boot "$_d" "$_s" "$1"; done
	done
}

host_busy() { # CPUS: a busy process of the host on each, of a session each: they may weigh as one (sched(7))
	for _cpu in $(echo "$1" | tr , ' '); do
		setsid taskset -c "$_cpu" sh -c 'while :; do :; done' &
		echo $! >"$host_group/cgroup.procs"
		pauses="$pauses $!"
	done
}

entitled() { # cpu.entitlement is what the shares say: whole percent, of all CPUs
	_sum=$(awk '{ n += $2 } END { print n }' "$TMP/zones")
	while read -r _d _s; do
		_want=$((_s * CPUS * 100 / _sum))
		[ "$(cat "$_d/cpu.entitlement")" = $_want ] || echo "$_d: its cpu.entitlement is not $_want: MISSED"
	done <"$TMP/zones"
}

look() { # CPUS: prints the furthest off, what others took, what nobody wanted, and what each got
	while read -r _d _s; do echo "$_s $_d/cpu.stat"; done <"$TMP/zones" >"$TMP/looked"
	for _p in $pauses; do echo "100 /proc/$_p/schedstat"; done >>"$TMP/looked"
	# shellcheck disable=SC2046  # several files
	"$BENCH/rate" $SECONDS_EACH $(cut -d' ' -f2 "$TMP/looked") "idle=$1" >"$TMP/rates"
	paste "$TMP/rates" "$TMP/looked" | awk -v cpus="$(echo "$1" | tr , '\n' | wc -l)" '
		NF == 1 { idle = $1; next }
		{ got[NR] = $1; want[NR] = $2; host[NR] = $3 ~ /schedstat/; a += $1; b += $2 }
		END {
			for (i = 1; i in got; i++) {
				d = got[i] - want[i] * a / b
				text = text sprintf(" %s%.1f(%+.1f)", host[i] ? "host " : "", got[i], d)
				d = d < 0 ? -d : d
				worst = d > worst ? d : worst
			}
			others = 100 * cpus - idle - a
			printf "%.2f %.1f %.1f%s\n", worst, (others > 0 ? others : 0), idle, text }'
}

shares() { # COUNT KIND CPUS HOST
	_what="$1 $2, CPU $3$([ "$4" = busy ] && echo ', the host busy, too')"
	names "$1" "$2" >"$TMP/names"
	eval echo "\$shares_$1" | tr ' ' '\n' | paste -d' ' "$TMP/names" - >"$TMP/zones"
	boot_all "$3"
	[ "$4" != busy ] || host_busy "$3"
	entitled
	sleep 1
	for _ in $(tries); do
		look "$3" >"$TMP/look"
		read -r _off _others _idle _text <"$TMP/look"
		_verdict=$(verdict "$_off" $AIM "$_others")
		case $_verdict in no*) ;; *) break ;; esac
	done
	echo "$_what: they got $_text; others took $_others, idle $_idle; furthest off $_off; aim within $AIM: $_verdict"
	# shellcheck disable=SC2086  # several pids
	[ -z "$pauses" ] || kill $pauses
	pauses=
	while read -r _d _s; do put "$_d/ctl" halt >/dev/null && rmdir "$_d"; done <"$TMP/zones"
}

pauses=
kinds='zones mixed'
have "qemu-system-$(uname -m)" || kinds=zones
all=$(seq -s , 0 $((CPUS - 1)))
for n in 2 4 8; do
	for kind in $kinds; do
		for cpus in 0 "$all"; do
			shares $n $kind "$cpus" calm
		done
	done
done
for kind in $kinds; do
	for cpus in 0 "$all"; do
		shares 4 $kind "$cpus" busy
	done
done
