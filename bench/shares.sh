#!/bin/sh
# Shares: what busy zones of unequal shares get of what they get together, beside their entitlement.
. "${0%/*}/lib.sh"
bench_begin
SECONDS_EACH=5
heading 'Shares: busy zones (and VMs) against their cpu.entitlement, in percent of one CPU'
CPUS=$(nproc)
shares_2='100 300'
shares_4='50 100 150 300'
shares_8='20 40 60 80 100 150 250 300'

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

tell() { # WHAT: the file rates beside the file wanted
	paste "$TMP/rates" "$TMP/wanted" | awk -v what="$1" '
		{ got[NR] = $1; want[NR] = $2; a += $1; b += $2 }
		END {
			for (i = 1; i <= NR; i++) {
				d = got[i] - want[i] * a / b
				text = text sprintf(" %.1f(%+.1f)", got[i], d)
				d = d < 0 ? -d : d
				worst = d > worst ? d : worst
			}
			printf "%s: they got%s; furthest off %.2f; aim within 3: %s\n", what, text, worst,
				worst <= 3 ? "met" : "MISSED" }'
}

host_busy() { # MASK-OF-CPUS: as many busy processes of the host
	hosts=
	for _cpu in $(echo "$1" | tr , ' '); do
		taskset -c "$_cpu" sh -c 'while :; do :; done' &
		hosts="$hosts $!"
	done
	pauses=$hosts
}

shares() { # COUNT KIND CPUS HOST
	_dirs=$(names "$1" "$2")
	# shellcheck disable=SC2046,SC2086  # several
	set -- "$1" "$2" "$3" "$4" $(eval echo "\$shares_$1")
	_what="$1 $2, CPU $3$([ "$4" = busy ] && echo ', the host busy, too')"
	_cpus=$3 _host=$4
	shift 4
	for _d in $_dirs; do # guests first, which take long to begin where others are busy
		case $_d in "$VMS"/*) one_boot "$_d" "$1" "$_cpus" ;; *) echo "$_d $1" ;; esac
		shift
	done >"$TMP/zones"
	while read -r _d _s; do one_boot "$_d" "$_s" "$_cpus"; done <"$TMP/zones"
	[ "$_host" != busy ] || host_busy "$_cpus"
	sleep 1
	for _d in $_dirs; do cat "$_d/cpu.entitlement"; done >"$TMP/wanted"
	# shellcheck disable=SC2046  # several files
	"$BENCH/rate" $SECONDS_EACH $(for _d in $_dirs; do echo "$_d/cpu.stat"; done) >"$TMP/rates"
	# shellcheck disable=SC2086  # several pids
	[ "$_host" != busy ] || kill $hosts
	pauses=
	tell "$_what"
	for _d in $_dirs; do put "$_d/ctl" halt >/dev/null && rmdir "$_d"; done
}

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
