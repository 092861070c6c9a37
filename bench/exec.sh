#!/bin/sh
# /bin/true as a job of a running zone, beside the peers' ways into a running container.
. "${0%/*}/lib.sh"
. "${0%/*}/peers.inc"
bench_begin
ROUNDS=${ROUNDS:-100}
heading 'A job: mkdir exec/JOB, its cmd, its wait, rmdir; a peer from its spawn to its end'
boot "$Z"
zone=$(pid_of "$Z")
peers_make
container=$CG.up

enter() { # PEER: prints the microseconds it took
	case $1 in
	nsenter) set -- nsenter -t "$zone" -a /usr/bin/true ;;
	lxc-attach) set -- lxc-attach -P "$peer/lxc" -n bench -- /usr/bin/true ;;
	*) set -- "$1" --root "$peer/state.$1" exec "$container.$1" /usr/bin/true ;;
	esac
	apart "$BENCH/batch" 1 1 "$@" 2>"$TMP/$1.err" </dev/null
}

start() { # PEER: what it enters
	case $1 in
	nsenter) ;;
	lxc-attach)
		lxc-execute -d -P "$peer/lxc" -n bench -f "$peer/lxc.conf" -s "lxc.cgroup.dir.container=$CG.lxc/zone" \
			-s "lxc.cgroup.dir.monitor=$CG.lxc/monitor" -s "lxc.cgroup.dir.monitor.pivot=$CG.lxc/pivot" \
			-- /usr/bin/sleep 600 && lxc-wait -P "$peer/lxc" -n bench -s RUNNING
		;;
	*) apart "$1" --root "$peer/state.$1" run -d -b "$peer/up" "$container.$1" ;;
	esac >"$TMP/$1.err" 2>&1 </dev/null
}

stop_all() {
	for _p in crun runc; do apart $_p --root "$peer/state.$_p" delete -f "$container.$_p"; done
	lxc-stop -k -P "$peer/lxc" -n bench
}
on_end=stop_all

found=
for p in nsenter crun runc lxc-attach; do
	have "$p" || continue
	if start $p && enter $p >/dev/null; then
		found="$found $p"
	else
		echo "$p does not run here: $(tail -n 1 "$TMP/$p.err")"
	fi
done
for _ in $(seq "$ROUNDS"); do
	"$BENCH/job" "$Z/exec" /usr/bin/true 1 >>"$(data job)"
	for p in $found; do enter "$p" >>"$(data "$p")"; done
done
for p in $found; do figure 'a job, /bin/true' job ms 1000 "$p" "$p" 1; done
