#!/bin/sh
# kill -9 of the daemon, and of the helper with it: clients see nothing, zones go on.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z" "$ZONES/b"
put "$Z/init" /bin/sh >/dev/null
put "$Z/cpu.cap" 70 >/dev/null
put "$Z/pids.max" 50 >/dev/null
put "$Z/ctl" boot >/dev/null
pid=$(pid_of "$Z")

killed() { # kills the daemon and comes back when the next one answers
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null && [ "$(daemon_pid)" != "$_old" ]
}

ok 'kill -9 of the daemon: the next one answers' killed
is "$(cat "$Z/state") $(pid_of "$Z") $(cat "$Z/cpu.cap")" "running $pid 70" 'the zone runs on, and is known'

# The helper forks a worker ahead, which may be killed
for who in waiting next; do
	worker=$(children "$(helper_pid)" warren-worker)
	kill -9 "$worker" && gone "$worker"
	is "$(put "$ZONES/b/ctl" boot) $(put "$ZONES/b/ctl" halt)" 'ok ok' "kill -9 of the $who worker: the next boot is done by another"
done

# One that is killed over a boot: who asked hears of it. What is booted meanwhile was asked later
mkdir "$ZONES/d"
worker=$(children "$(helper_pid)" warren-worker)
kill -STOP "$worker"
put "$ZONES/d/ctl" boot >"$TMP/answer" & asks=$!
until_state "$ZONES/d" booting
put "$ZONES/b/ctl" boot >/dev/null
kill -9 "$worker" && gone "$worker" && put "$ZONES/b/ctl" halt >/dev/null
wait $asks
is "$(cat "$TMP/answer") $(cat "$ZONES/d/state")" 'EIO failed' 'the worker of a boot is killed: the boot has failed'
like "$(cat "$ZONES/d/error")" ' was killed: try again$' '... and says why'
is "$(put "$ZONES/d/ctl" boot)$(cat "$ZONES/d/state")" okrunning 'the next succeeds'
put "$ZONES/d/ctl" halt >/dev/null

# A client in a loop sees no error. Where the kernel can't send requests again (before 6.9), EINTR
# is what it gets, and what it asks for again
client() { # FILE TEXT-A TEXT-B
	perl -MErrno=EINTR -e '
		my ($stop, $zones, $eintr, $file, @texts) = @ARGV;
		my ($n, $bad) = (0, "");
		sub again { my $r; do { $r = $_[0]->() } until defined $r && $r || !($eintr && $! == EINTR); $r }
		until (-e $stop) {
			my $t = $texts[$n++ % 2];
			again(sub { open F, ">", $file or return; my $r = syswrite F, $t; close F; $r }) or $bad = "write: $!", last;
			again(sub { open F, "<", $file or return; sysread F, $got, 100 }) or $bad = "read: $!", last;
			again(sub { stat $file }) or $bad = "stat: $!", last;
			again(sub { opendir D, $zones or return; my @n = readdir D; closedir D; @n >= 4 }) or $bad = "readdir: $!", last;
			$got eq "$t\n" or $bad = "wrote $t, read $got", last;
		}
		print "$n rounds\n";
		die "after $n rounds $bad\n" if $bad || $n < 20;' "$TMP/stop" "$ZONES" "$eintr" "$@"
}
eintr=$(uname -r | awk -F. '{ print ($1 < 6 || $1 == 6 && $2 + 0 < 9) ? 1 : 0 }')
client "$Z/cpu.cap" 71 72 >"$TMP/c1" 2>&1 & clients=$!
client "$ZONES/b/cpu.cap" 30 31 >"$TMP/c2" 2>&1 & clients="$clients $!"
client "$ZONES/b/env" A=1 B=2 >"$TMP/c3" 2>&1 & clients="$clients $!"
i=0
while [ $i -lt 20 ] && killed; do i=$((i + 1)); done
is $i 20 'kill -9, 20 times'
# let the clients come through at least 20 rounds after the last of them
exec 9<"$ZONES/b/event"
# shellcheck disable=SC2046  # 20 patterns
await 9 $(yes config | head -n 20) >/dev/null
exec 9<&-
touch "$TMP/stop"
n=0
for c in $clients; do
	n=$((n + 1))
	wait "$c"
	report $? "client $n saw no error" || diag "$(cat "$TMP/c$n")"
done
is "$(cat "$Z/state") $(pid_of "$Z")" "running $pid" 'the zone runs on'
put "$Z/cpu.cap" 70 >/dev/null

# Who is blocked goes on
exec 7<"$Z/console"
exec 8<"$Z/event"
cat "$Z/event" >"$TMP/events" 2>/dev/null & reader=$!
cat "$Z/wait" >"$TMP/wait" 2>/dev/null & waiter=$!
ok 'kill -9' killed
put "$Z/cpu.shares" 150 >/dev/null
ok 'a reader of event goes on' await 8 ' config .*cpu.shares'
put "$Z/console" 'echo still$((1+1))
' >/dev/null
ok 'a reader of console too' await 7 still2

# Who waits in select or epoll is woken, when there is something to read and not before
poller() { # DIR: changes its cpu.shares, reads of it, then polls for the next event. How often it woke, and for what
	exec perl -MFcntl -e '
		open my $event, "<", "$ARGV[0]/event" or die "event: $!";
		open my $shares, ">", "$ARGV[0]/cpu.shares" or die "cpu.shares: $!";
		syswrite $shares, "160" and close $shares and sysread $event, $got, 4096 or die "its event: $!";
		fcntl $event, F_SETFL, O_NONBLOCK;
		vec(my $set = "", fileno $event, 1) = 1;
		alarm 60;
		do { select my $s = $set, undef, undef, undef; $woken++ } until defined sysread $event, $got, 4096;
		print "$woken $got"' "$1"
}
polls() { # PID...: until they wait in the kernel
	for _p; do timeout 30 sh -c "until grep -qE 'poll|select' /proc/$_p/wchan; do sleep 0.05; done" || return; done
}
poller "$Z" >"$TMP/p1" & pollers=$!
poller "$ZONES/b" >"$TMP/p2" & pollers="$pollers $!"
"$WARREN_BUILD/tests/try" epoll "$Z/console" >"$TMP/p3" & pollers="$pollers $!"
# shellcheck disable=SC2086  # three pids
ok 'three poll' polls $pollers
ok 'kill -9' killed
ok 'kill -9 again' killed
# shellcheck disable=SC2086
ok 'they do still' polls $pollers
put "$Z/cpu.shares" 170 >/dev/null
put "$ZONES/b/cpu.shares" 170 >/dev/null
put "$Z/console" 'echo polled$((1+1))
' >/dev/null
# shellcheck disable=SC2086
wait $pollers
like "$(cat "$TMP/p1")" '^1 [0-9]+ [0-9]+ zones/a config ' 'select wakes'
like "$(cat "$TMP/p2")" '^1 [0-9]+ [0-9]+ zones/b config ' 'for another, too'
is "$(cat "$TMP/p3")" ok 'so does epoll'
put "$Z/cpu.shares" 150 >/dev/null

# A command under way is done once, and answered. Who gets EINTR instead asks again, and may hear by ERRNO
# that it is done
asked() { # FILE TEXT ERRNO
	_r=$(put "$1" "$2")
	if [ $eintr$_r = 1EINTR ]; then
		_r=$(put "$1" "$2")
		[ "$_r" != "$3" ] || _r=ok
	fi
	echo "$_r"
}
put "$ZONES/b/init" '/bin/sh -c "trap : TERM INT HUP PWR USR1 USR2; while :; do sleep 1000; done"' >/dev/null
put "$ZONES/b/ctl" boot >/dev/null
exec 9<"$ZONES/b/event"
asked "$ZONES/b/ctl" 'shutdown 1' ESRCH >"$TMP/shutdown" & writer=$!
await 9 ' halting' >/dev/null
ok 'kill -9 during a shutdown' killed
wait $writer
is "$(cat "$TMP/shutdown") $(cat "$ZONES/b/state")" 'ok halted' 'it is done, and answered'
exec 9<&-
put "$ZONES/b/init" '/bin/sleep 1000' >/dev/null
good=0
for _ in 1 2 3 4 5; do
	asked "$ZONES/b/ctl" boot EEXIST >"$TMP/boot" & writer=$!
	killed
	wait $writer
	[ $eintr = 0 ] || until_state "$ZONES/b" running # who asked again did not wait for it
	if [ "$(cat "$TMP/boot") $(cat "$ZONES/b/state")" = 'ok running' ]; then
		good=$((good + 1))
	else
		diag "boot: $(cat "$TMP/boot"), $(cat "$ZONES/b/state"), $(cat "$ZONES/b/error")"
	fi
	put "$ZONES/b/ctl" halt >/dev/null
done
is $good 5 'kill -9 during a boot, 5 times: it runs, and the write succeeded'
put "$ZONES/b/ctl" boot >/dev/null
good=0
exec 9<"$ZONES/b/event"
for on in halting halted booting; do
	asked "$ZONES/b/ctl" 'reboot 0' EEXIST >"$TMP/reboot" & writer=$!
	await 9 " $on" >/dev/null
	killed
	wait $writer
	[ $eintr = 0 ] || until_state "$ZONES/b" running
	case "$on $(cat "$TMP/reboot") $(cat "$ZONES/b/state")" in *' ok running') good=$((good + 1)) ;; *) diag "$on: $(cat "$TMP/reboot"), $(cat "$ZONES/b/state"), $(cat "$ZONES/b/error")" ;; esac
	await 9 ' running' >/dev/null
done
exec 9<&-
put "$ZONES/b/ctl" halt >/dev/null
is $good 3 'kill -9 during a reboot, at three places: it runs again'

# The helper and the daemon together; the mount is dead then
put "$ZONES/b/init" "/bin/sh -c 'read x; exit 6'" >/dev/null
put "$ZONES/b/ctl" boot >/dev/null
bpid=$(pid_of "$ZONES/b")
both="$(helper_pid) $(daemon_pid)"
exec 7<&- 8<&-
# shellcheck disable=SC2086  # two pids
{
	kill -9 $both
	ok 'kill -9 of helper and daemon' gone $both
}
wait $reader $waiter
ok 'the zones go on' [ -d "/proc/$pid" ]
# One of them ends while nobody looks: its monitor keeps how
kill -9 "$bpid"
gone "$bpid"
ok 'mount again, over the dead one' mount_tree
is "$(grep -cF " $MNT " /proc/self/mountinfo)" 1 'which is replaced'
is "$(cat "$Z/state") $(pid_of "$Z")" "running $pid" 'the zone is found running'
is "$(cat "$Z/cpu.cap" "$Z/cpu.shares" "$Z/pids.max" | tr '\n' ' ')" '70 150 50 ' 'its settings are what they were'
is "$(cgroup_value "$pid" pids pids.max)" 50 'its limits are in force'
is "$(put "$Z/pids.max" 60) $(cgroup_value "$pid" pids pids.max)" 'ok 60' 'and can be changed'
is "$(ended "$ZONES/b") $(key "$ZONES/b/status" exit)" 'killed 9 killed 9' 'how the other one ended is known'
# A worker of the dead helper that has yet to notice holds what the helper held
both="$(helper_pid) $(daemon_pid)"
worker=$(ps -o pid=,comm= --ppid "$(helper_pid)" | awk '$2 == "warren-worker" { print $1 }')
# shellcheck disable=SC2086  # several pids
kill -STOP $worker && kill -9 $both && gone $both
"$WARREN_BUILD/mount.warren" warren "$MNT" -o "state=$TMP/state,run=$TMP/run,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null &
successor=$!
ok 'a mount waits for a worker that the dead helper left' timeout 5 sh -c "until grep -qs sleep /proc/\$(ps -o pid= --ppid $successor | tr -d ' ')/wchan; do sleep 0.05; done"
# shellcheck disable=SC2086  # several pids
kill -CONT $worker
ok 'and goes on when that has gone' wait $successor || diag "$(cat "$TMP/mount.out")"
is "$(cat "$Z/state") $(pid_of "$Z")" "running $pid" 'the zone is found there, too'
exec 7<"$Z/console"
put "$Z/console" 'echo found$((1+1))
' >/dev/null
ok 'its console works' await 7 found2
like "$(cat "$Z/log")" still2 'its log has all since the boot'
exec 7<&-

# umount alone
ok 'umount and mount' remount
is "$(cat "$Z/state") $(pid_of "$Z")" "running $pid" 'found again'
is "$(put "$Z/ctl" halt) $(cat "$Z/state")" 'ok halted' 'halt works'
ok 'its process is gone' [ ! -e "/proc/$pid" ]

# A mount beside a living one is refused or takes its place; two trees with dirs of their own live side by side
mkdir "$TMP/mnt2"
ok 'another tree' timeout 30 "$WARREN_BUILD/mount.warren" warren "$TMP/mnt2" \
	-o "state=$TMP/state2,run=$TMP/run2,cgroup=$CG.2"
is "$(find "$TMP/mnt2/zones" -mindepth 1 -maxdepth 1 -type d)" '' 'has zones of its own'
ok 'and goes alone' umount "$TMP/mnt2"
is "$(cat "$Z/state")" halted 'the first is still there'
finish
