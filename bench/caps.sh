#!/bin/sh
# Caps: what is used under one in 10 s, beside a control group with the same limit written by hand, in
# which processes are as busy.
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

run() { # CASE...: all at once, which must fit on the machine
	each start "$@"
	sleep 1
	# shellcheck disable=SC2046  # several files
	"$BENCH/rate" 10 $(each counts "$@") >"$TMP/rates"
	each stop "$@"
	printf '%s\n' "$@" | paste - "$TMP/rates" >>"$(data cases)"
}

tell() { # KIND CAP
	_ours=$(awk -v c="$1:$2:ours" '$1 == c { print $2 }' "$(data cases)")
	_bare=$(awk -v c="$1:$2:bare" '$1 == c { print $2 }' "$(data cases)")
	awk -v kind="$1" -v cap="$2" -v a="$_ours" -v b="$_bare" '
		function off(x) { return (x / cap - 1) * 100 }
		function far(x) { return x < 0 ? -x : x }
		BEGIN {
			what = kind == "vm" ? "a busy vCPU" : kind == 1 ? "a busy thread" : kind " busy threads"
			printf "cap %d, %s: %.3f, off by %+.2f %%, by hand %+.2f %%; aim within 1 %%: %s; no worse (by 0.2): %s\n",
				cap, what, a, off(a), off(b), far(off(a)) <= 1 ? "met" : "MISSED",
				far(off(a)) <= far(off(b)) + 0.2 ? "met" : "MISSED" }'
}

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
