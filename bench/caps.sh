#!/bin/sh
# Caps: what is used under one in 10 s, beside a control group with the same limit written by hand, in
# which processes are as busy. Where others disturb it is measured again (lib.sh). They can't excuse more than
# the cap and one of the kernel's periods, 1 in 100, which may fall into the 10 s or beside them.
. "${0%/*}/lib.sh"
bench_begin
heading 'Caps over 10 s: busy threads and a busy vCPU, beside a control group by hand'

# A case is KIND:CAP:WHO, with KIND the number of busy threads, or vm, and WHO ours or bare

start() { # KIND CAP WHO
	case $3:$1 in
	ours:vm) spinning "$VMS/$1.$2" && put "$VMS/$1.$2/cpu.cap" "$2" >/dev/null ;;
	ours:*) boot "$ZONES/$1.$2" "init=/bin/sh -c \"$(loops "$1")\"
cpu.cap=$2" ;;
	bare:*)
		bare_make "$1.$2" "$2"
		bare_run "$1.$2" sh -c "$(loops "${1%vm}")"
		;;
	esac
}

dir_of() { [ "$1" = vm ] && echo "$VMS/$1.$2" || echo "$ZONES/$1.$2"; } # KIND CAP
counts() { [ "$3" = ours ] && echo "$(dir_of "$1" "$2")/cpu.stat" || bare_counts "$1.$2"; }
stop() { if [ "$3" = ours ]; then put "$(dir_of "$1" "$2")/ctl" halt >/dev/null; else bare_end "$1.$2"; fi; }

each() { # FUNCTION CASE...
	_do=$1
	shift
	for _case; do
		_kind=${_case%%:*} _who=${_case##*:} _cap=${_case#*:}
		$_do "$_kind" "${_cap%:*}" "$_who"
	done
}

# CASE...: how far the worst is off its cap, in percent of it; and what others took
worst() {
	printf '%s\n' "$@" idle | paste - "$TMP/rates" | awk -v cpus="$CPUS" '
		$1 == "idle" { printf "%.2f %.1f\n", worst, (100 * cpus - $2 - sum > 0 ? 100 * cpus - $2 - sum : 0); exit }
		{ split($1, c, ":"); sum += $2; d = 100 * (1 - $2 / c[2]); d = (d < 0 ? -d : d); worst = (d > worst ? d : worst) }'
}

run() { # CASE...: all at once, which must fit on the machine
	each start "$@"
	sleep 1
	for _ in $(tries); do
		# shellcheck disable=SC2046  # several files
		"$BENCH/rate" 10 $(each counts "$@") "idle=$all" >"$TMP/rates"
		worst "$@" >"$TMP/worst"
		read -r _worst _others <"$TMP/worst"
		case $(verdict "$_worst" 1 "$_others") in no*) ;; *) break ;; esac
	done
	each stop "$@"
	printf '%s\n' "$@" | paste - "$TMP/rates" | awk -v o="$_others" 'NF == 2 && $1 ~ /:/ { print $0, o }' >>"$(data cases)"
}

of() { awk -v c="$1" '$1 == c { print $2, $3 }' "$(data cases)"; } # CASE: what it used, what others took

tell() { # KIND CAP
	echo "$1 $2 $(of "$1:$2:ours") $(of "$1:$2:bare")" | awk -v most="$OTHERS" '
		function off(x) { return (x / cap - 1) * 100 }
		function far(x) { return x < 0 ? -x : x }
		function verdict(good, others) {
			return good ? "met" : a < 2 && others > most ? "no verdict" : "MISSED"
		}
		{
			cap = $2
			what = ($1 == "vm" ? "a busy vCPU" : $1 == 1 ? "a busy thread" : $1 " busy threads")
			a = off($3)
			b = off($5)
			printf "cap %d, %s: %.3f, off by %+.2f %%, by hand %+.2f %%; aim within 1 %%: %s; no worse (by 0.2): %s; others took %.0f and %.0f %%\n",
				cap, what, $3, a, b, verdict(far(a) <= 1, $4), verdict(far(a) <= far(b) + 0.2, $4 > $6 ? $4 : $6), $4, $6
		}'
}

CPUS=$(nproc)
all=$(seq -s , 0 $((CPUS - 1)))
vm=vm
have "qemu-system-$(uname -m)" || vm=
both() { for _k in 1 8 $vm; do echo "$_k:$1:ours" "$_k:$1:bare"; done; } # CAP
# shellcheck disable=SC2046  # several cases
run $(both 5) $(both 10)
# shellcheck disable=SC2046
run $(both 20)
for k in 1 8 $vm; do run "$k:50:ours" "$k:50:bare"; done
for w in ours bare; do
	for k in 8 $vm; do run "$k:100:$w"; done
	run 8:150:$w
done
for c in 5 10 20 50 100 150; do
	for k in 1 8 $vm; do
		! grep -q "^$k:$c:" "$(data cases)" || tell "$k" "$c"
	done
done
