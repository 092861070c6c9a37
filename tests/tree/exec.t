#!/bin/sh
# exec/: commands in a zone, by files only.
. "$(dirname "$0")/lib.sh"
. "$HERE/jobs.inc"
setup
Z=$ZONES/a X=$ZONES/a/exec
mkdir "$Z"
put "$Z/pids.max" 60 >/dev/null
put "$Z/env" 'ZONE=of-zone
BOTH=of-zone' >/dev/null

size() { perl -e 'print((stat $ARGV[0])[7])' "$1"; }
run() { # NAME COMMAND: prints what it said and how it ended, and removes it
	job "$1" "$2" || { cat "$TMP/put"; return 1; }
	out "$1"
	how "$1"
	rmdir "$X/$1"
}

# The directory
is "$(stat -c '%a %U %h' "$X")" '700 root 2' 'exec is a directory for root'
is "$(try mkdir "$X/-x") $(try create "$X/f")" 'EINVAL ENOENT' 'only jobs with names are in it'
mkdir "$X/early"
is "$(put "$X/early/cmd" true) $(cat "$X/early/cmd")" 'ESRCH ' 'a zone that does not run takes no command'
like "$(cat "$X/early/error")" '^cmd: .*: boot it first$' 'error says why'
unlike "$(cat "$Z/error")" early "and the zone's error is left alone"
is "$(timeout 10 cat "$X/early/stdout")" '' 'and there is no output to wait for'
put "$Z/ctl" boot >/dev/null
is "$(cat "$Z/state") $(ls -I help "$X")" 'running early' 'a job that was not started is there after the boot'
is "$(put "$X/early/cmd" 'echo now') $(out early)" 'ok now' 'and can be started then'
rmdir "$X/early"

# How it ends, what it says
is "$(run j true)" 'exited 0' true
is "$(run j false)" 'exited 1' false
is "$(run j 'exit 77')" 'exited 77' 'exit 77'
is "$(run j 'kill -9 $$')" 'killed 9' 'a signal'
is "$(run j 'echo one
echo two')" 'one
two
exited 0' 'several lines are one script'
job j 'echo to-out; echo to-err >&2; exit 3'
is "$(how j) $(out j) $(err j)" 'exited 3 to-out to-err' 'stdout and stderr are apart'
is "$(out j)$(out j) $(err j)" 'to-outto-out to-err' 'and can be read again'
is "$(size "$X/j/stdout") $(size "$X/j/stderr") $(size "$X/j/wait")" '7 7 9' 'their sizes are true'
is "$(perl -e 'open F, "<", $ARGV[0]; for (3, 0, 0) { sysseek F, $_, 0; sysread F, my $t, 4; print "$t " }' "$X/j/stdout")" 'out
 to-o to-o ' 'and at any place'
at() { perl -e 'open F, "<", $ARGV[0] or die; for (@ARGV[1 .. $#ARGV]) { sysseek F, $_, 0 or die "$!\n"; sysread F, my $t, 4; print "$t|" }' "$@"; } # FILE OFFSET...
is "$(at "$X/j/wait" 0 7 4 100)" 'exit|3
|ed 3||' 'so can wait, as servers of network shares read'
is "$(dd bs=1 if="$X/j/wait" 2>/dev/null; read -r line <"$X/j/wait"; echo "$line")" 'exited 3
exited 3' 'and byte by byte, as sh does'
is "$(cat "$X/j/cmd")" 'echo to-out; echo to-err >&2; exit 3' 'cmd is what was written'
is "$(cat "$X/j/error")" '' 'nothing was refused'
rmdir "$X/j"
is "$(run j 'echo to-dev >/dev/stdout; echo -n; readlink /proc/self/fd/0 | sed s/:.*//')" 'to-dev
pipe
exited 0' 'it can open /dev/stdout'

# A reader before there is anything, and poll
mkdir "$X/j"
timeout 60 cat "$X/j/stdout" >"$TMP/early" & reader=$!
exec 7<"$X/j/stdout"
timeout 60 cat "$X/j/wait" >"$TMP/wait" & waiter=$!
put "$X/j/cmd" 'echo first; read x; echo "got $x"' >/dev/null
ok 'output is there before the end' await 7 first
is "$(perl -e 'open F, "<", $ARGV[0]; vec($r = "", fileno F, 1) = 1; print scalar select $r, undef, undef, 0' "$X/j/wait")" 0 'poll: wait is not ready'
is "$(put "$X/j/stdin" 'an answer
')" ok 'stdin takes bytes'
ok 'and the job gets them' await 7 'got an answer'
exec 7<&-
wait $reader $waiter
is "$(cat "$TMP/early" "$TMP/wait")" 'first
got an answer
exited 0' 'who waited from before the start has all'
is "$(put "$X/j/stdin" x)" ESRCH 'a job that has ended takes no input'
is "$(put "$X/j/ctl" eof)" ok 'and its input has an end, as eof asks for'
rmdir "$X/j"

# stdin: bytes as they are, eof, a pipe that is full
mkdir "$X/j"
put "$X/j/cmd" 'md5sum' >/dev/null
head -c 300000 /dev/urandom >"$TMP/random"
dd if="$TMP/random" of="$X/j/stdin" bs=50000 2>/dev/null
is "$(put "$X/j/ctl" eof) $(out j | cut -d' ' -f1)" "ok $(md5sum <"$TMP/random" | cut -d' ' -f1)" 'all bytes go through, then eof'
rmdir "$X/j"
job j 'cat'
put "$X/j/ctl" eof >/dev/null
is "$(how j)" 'exited 0' 'eof at once'
rmdir "$X/j"
job j 'sleep 1000'
dd if=/dev/zero of="$X/j/stdin" bs=200000 count=1 2>/dev/null & writer=$!
is "$(perl -e 'select undef, undef, undef, 0.3'; kill -0 $writer && echo waits)" waits 'a full pipe holds the write'
kill -TERM $writer
wait $writer
is $? 143 'which can be interrupted'
rmdir "$X/j"
job j 'exec <&-; echo closed; read x </dev/null; sleep 1000'
exec 7<"$X/j/stdout"
await 7 closed >/dev/null
exec 7<&-
is "$(put "$X/j/stdin" x)" EIO 'a job that closed its stdin takes none'
like "$(cat "$X/j/error")" '^stdin: its input is closed: ' 'and error says so'

# kill
is "$(put "$X/j/ctl" 'kill TERM') $(how j)" 'ok killed 15' 'kill TERM'
is "$(put "$X/j/ctl" 'kill TERM')" ESRCH 'once it has ended there is none to kill'
rmdir "$X/j"
job j 'trap "echo caught; exit 5" USR1; echo ready; while :; do sleep 0.1; done'
exec 7<"$X/j/stdout"
await 7 ready >/dev/null
exec 7<&-
is "$(put "$X/j/ctl" 'kill USR1') $(how j) $(out j | tail -n 1)" 'ok exited 5 caught' 'a signal that it handles'
rmdir "$X/j"

# user, dir, env
is "$(run j 'id -u; pwd; echo $HOME $USER')" '0
/
/root root
exited 0' 'root, in /, unless told'
mkdir "$X/j"
accepted "$X/j/user" daemon
accepted "$X/j/dir" /tmp
accepted "$X/j/env" 'BOTH=of-job
MINE=my own'
put "$X/j/cmd" 'id -un; id -gn; id -G; pwd; echo "$ZONE $BOTH $MINE $HOME $USER"; : >file; ls -ln file | cut -d" " -f3; grep CapEff /proc/self/status' >/dev/null
is "$(out j)" "daemon
daemon
1
/tmp
of-zone of-job my own /usr/sbin daemon
1
CapEff:	0000000000000000" 'user, dir and env'
for f in user dir env tty; do
	is "$(put "$X/j/$f" "$(cat "$X/j/$f")")" EEXIST "$f is settled by the start"
done
is "$(put "$X/j/cmd" true)" EEXIST 'and so is cmd'
rmdir "$X/j"
run j 'echo "staff:x:50:daemon,other" >>/etc/group; echo "x:x:51:other" >>/etc/group' >/dev/null
mkdir "$X/j"
put "$X/j/user" 1 >/dev/null
put "$X/j/cmd" 'id -un; id -G' >/dev/null
is "$(out j)" 'daemon
1 50' "a number, and the zone's groups"
rmdir "$X/j"
mkdir "$X/j"
put "$X/j/user" 4242 >/dev/null
put "$X/j/cmd" 'id -u; id -G; echo $HOME' >/dev/null
is "$(out j)" '4242
4242
/' 'a number without a name'
rmdir "$X/j"

# What can't be started: refused, and can be mended
mkdir "$X/j"
put "$X/j/user" nobody-here >/dev/null
is "$(put "$X/j/cmd" true) $(cat "$X/j/cmd")" 'EINVAL ' 'an unknown user is refused'
like "$(cat "$X/j/error")" '^cmd: user: there is no "nobody-here" in .*: give ' 'and error says so'
put "$X/j/user" root >/dev/null
put "$X/j/dir" /no/such >/dev/null
is "$(put "$X/j/cmd" true)" ENOENT 'a directory that is not there'
like "$(cat "$X/j/error")" '^cmd: dir: .*/no/such: No such file or directory: give ' 'and error says so'
put "$X/j/dir" / >/dev/null
is "$(put "$X/j/cmd" true) $(how j)" 'ok exited 0' 'mended, it runs'
rmdir "$X/j"
run j 'mv /etc/passwd /etc/p; mkfifo /etc/passwd' >/dev/null
mkdir "$X/j"
is "$(put "$X/j/cmd" true)" EIO 'a zone with something odd for its /etc/passwd holds up nobody'
rmdir "$X/j"
put "$Z/ctl" halt >/dev/null
rm "$TMP/state/roots/$(key "$Z/status" id)/etc/passwd"
mv "$TMP/state/roots/$(key "$Z/status" id)/etc/p" "$TMP/state/roots/$(key "$Z/status" id)/etc/passwd"
put "$Z/ctl" boot >/dev/null

# Bad input
mkdir "$X/j"
refused "$X/j/user" 'a b' EINVAL ': give a user'
refused "$X/j/user" '-x' EINVAL ': give a user'
refused "$X/j/user" none EINVAL ': give a user'
refused "$X/j/user" 65535 ERANGE ': give a user'
refused "$X/j/user" 99999999999999999999999 ERANGE ': give a user'
refused "$X/j/user" "$(printf '%064d' 0)" ERANGE ': give a user'
refused "$X/j/dir" tmp EINVAL ': give a whole path'
refused "$X/j/dir" none EINVAL ': give a whole path'
refused "$X/j/dir" '/a
/b' EINVAL ': give a whole path'
refused "$X/j/env" 'no equals' EINVAL ': give lines of KEY=value'
refused "$X/j/env" '=x' EINVAL ': give lines of KEY=value'
refused "$X/j/env" "$(seq 1 1025 | sed s/^/K=/)" ERANGE ': give lines of KEY=value'
refused "$X/j/tty" yes EINVAL ': give on or off'
refused "$X/j/cmd" "$(printf 'a\001b')" EINVAL ': give a command line'
refused "$X/j/ctl" 'size 0 80' ERANGE ': give rows and columns'
refused "$X/j/ctl" 'size x 80' EINVAL ': give rows and columns'
refused "$X/j/ctl" 'size 24 80' EINVAL ': write on to tty'
refused "$X/j/ctl" 'size 24' EINVAL ': give size ROWS COLS'
refused "$X/j/ctl" 'kill NOSUCH' EINVAL
refused "$X/j/ctl" 'kill TERM' ESRCH ': write a command line'
refused "$X/j/ctl" eof ESRCH ': write a command line'
refused "$X/j/ctl" explode EINVAL ': give one of'
is "$(put "$X/j/wait" x) $(put "$X/j/stdout" x)" 'EPERM EPERM' 'what only tells takes no writes'
is "$(put "$X/j/stdin" x)" ESRCH 'stdin of a job that was not started'
is "$(try rename "$X/j" "$X/k")" EPERM 'a job keeps its name'
is "$(head -c 65537 /dev/zero | tr '\0' x | try write "$X/j/cmd")" EMSGSIZE 'a command line of more than 64 KiB'
long=$(head -c 65000 /dev/zero | tr '\0' y)
is "$(put "$X/j/cmd" ": $long; echo long") $(out j)" 'ok long' 'one of nearly 64 KiB'
rmdir "$X/j"

# A terminal
mkdir "$X/t"
put "$X/t/tty" on >/dev/null
is "$(put "$X/t/ctl" 'size 33 111')" ok 'the size before the start'
put "$X/t/cmd" 'tty; stty size; trap "stty size" WINCH; echo ready; while ! read x; do :; done; echo "read $x"; read y; echo end; id -u >/dev/tty' >/dev/null
exec 7<"$X/t/stdout"
seen=$(await 7 ready)
like "$seen" '^/dev/pts/' 'it has a terminal'
like "$seen" '^33 111' 'of the size that was told'
is "$(put "$X/t/ctl" 'size 44 122')" ok 'a new size'
ok 'is told at once' await 7 '44 122'
put "$X/t/stdin" 'hello
' >/dev/null
ok 'typing, with an echo' await 7 'hello' 'read hello'
is "$(put "$X/t/ctl" eof)" ok eof
ok 'is its end of file' await 7 end
is "$(how t) $(err t)" 'exited 0 ' 'and stderr is empty'
exec 7<&-
like "$(out t | tr -d '\r' | tail -n 1)" '^0$' 'all of it can be read again'
rmdir "$X/t"
mkdir "$X/t"
put "$X/t/tty" on >/dev/null
put "$X/t/user" daemon >/dev/null
put "$X/t/cmd" 'exec sh -c "echo up; exec sleep 1000"' >/dev/null
exec 7<"$X/t/stdout"
await 7 up >/dev/null
exec 7<&-
put "$X/t/stdin" "$(printf '\003')" >/dev/null
is "$(how t)" 'killed 2' 'ctrl-C'
rmdir "$X/t"

# A flood is held back, and all of it is there
sum=$(seq 1 2500000 | md5sum)
job f 'seq 1 2500000; echo done >&2'
perl -e 'my ($f, $last, $same) = ($ARGV[0], -1, 0); while ($same < 5) { my $s = (stat $f)[7]; $same = $s == $last ? $same + 1 : 0; $last = $s; select undef, undef, undef, 0.1 } ' "$X/f/stdout"
among 16777216 "$(size "$X/f/stdout")" 16908288 'a flood that nobody reads is held back'
perl -e 'open F, "<", $ARGV[0]; sysseek F, 16000000, 0; sysread F, my $t, 65536 for 1 .. 10' "$X/f/stdout"
is "$(size "$X/f/wait")" 0 'the job waits'
is "$(out f | md5sum)" "$sum" 'a reader gets all of it'
is "$(how f) $(err f)" 'exited 0 done' 'and then it has ended'
like "$(out f | head -n 1)" '^\[lost [0-9]+ bytes\]$' 'a second reader is told what is gone'
is "$(out f | tail -n 1)" 2500000 'and has the rest'
is "$(out f | wc -c)" "$(size "$X/f/stdout")" 'its size is true'
among 0 "$(du -sk "$TMP/state/logs" | cut -f1)" 20000 'what it takes is bounded'
rmdir "$X/f"
job f 'seq 1 2500000'
out f >"$TMP/f1" & one=$!
out f >"$TMP/f2" & two=$!
wait $one; wait $two
# The quickest at any time counts: where they take turns at that, both may have missed something
told() { # FILE: what is in its place before the lines about what is lost, and as much as they say
	seq 1 2500000 | perl -0777 -e 'open F, "<", $ARGV[0]; my ($all, $got, $at) = (scalar <STDIN>, scalar <F>, 0);
		for (split /(\[lost \d+ bytes\]\n)/, $got) {
			if (/^\[lost (\d+) bytes/) { $at += $1; next }
			substr($all, $at, length) eq $_ or print("differs at $at\n"), exit;
			$at += length;
		}
		print $at == length $all ? "all\n" : "$at\n"' "$1"
}
is "$(told "$TMP/f1") $(told "$TMP/f2")" 'all all' 'of two readers at once each has all, or is told at its place how much is gone'
rmdir "$X/f"
job f 'head -c 16000000 /dev/zero'
is "$(how f) $(out f | wc -c) $(out f | wc -c)" 'exited 0 16000000 16000000' 'a job with 16 MB ends unread, and can be read twice'
rmdir "$X/f"

# Two at once; what is removed is killed
job a 'read x; echo a-$x' && job b 'read x; echo b-$x'
put "$X/b/stdin" '2
' >/dev/null
put "$X/a/stdin" '1
' >/dev/null
is "$(out a) $(out b)" 'a-1 b-2' 'two jobs at once'
rmdir "$X/a" "$X/b"
job j 'sleep 1001 & sleep 1002 & set -m; sleep 1003 & echo up; wait'
exec 7<"$X/j/stdout"
await 7 up >/dev/null
exec 7<&-
procs=$(awk '$3 ~ /sleep|sh/ { print $1 }' "$Z/procs")
is "$(printf '%s\n' "$procs" | wc -l)" 4 'a job with children'
ok 'rmdir of a job that runs' rmdir "$X/j"
# shellcheck disable=SC2086  # several pids
ok 'kills all of it' gone $procs
job j 'echo one; sleep 1001'
ends() { exec perl -e 'my $n; 1 while $n = sysread STDIN, my $t, 100; print defined $n ? "end\n" : "$!\n"'; }
exec 6<"$X/j/stdout" 7<"$X/j/stdout" 8<"$X/j/wait"
await 6 one >/dev/null
await 7 one >/dev/null
ends <&6 >"$TMP/six" & six=$!
ends <&8 >"$TMP/eight" & eight=$!
for p in $six $eight; do
	timeout 30 sh -c 'until grep -qE "request_wait|fuse" "/proc/$1/wchan"; do :; done' sh "$p"
done
rmdir "$X/j"
wait $six $eight
is "$(cat "$TMP/six" "$TMP/eight") $(ends <&7)" 'end
end end' 'who reads what is removed reads its end, blocked or not'
exec 6<&- 7<&- 8<&-
job j 'sleep 1001 & echo $!'
is "$(how j)" 'exited 0' 'a job that leaves something behind has ended'
procs=$(awk '$3 ~ /sleep/ { print $1 }' "$Z/procs")
is "$(timeout 10 cat "$X/j/stdout" | wc -l)" 1 'and so has its output'
rmdir "$X/j"
ok 'what it left goes with it' gone "$procs"

# It is in the zone: its processes, limits, groups
is "$(run j 'tr "\0" " " </proc/1/cmdline; hostname')" 'init a
exited 0' "the zone's processes, the zone's name"
job j 'read x'
pid=$(awk '$3 ~ /sh/ { print $1 }' "$Z/procs")
is "$(cgroup_value "$pid" pids pids.max)" 60 "the zone's limits"
is "$(awk -v cg="$CG" -F: '$2 == "cpu" || $2 == "memory" || $2 == "pids" || $2 == "" || $2 == "cpu,cpuacct" { if (index($3, "/" cg "/")) n++; else print } END { exit n < 1 }' "/proc/$pid/cgroup" | grep -v '^0::/$')" '' 'of all its groups'
is "$(for n in user pid mnt net uts ipc cgroup; do [ "$(readlink /proc/$pid/ns/$n)" = "$(readlink "/proc/$(pid_of "$Z")/ns/$n")" ] || echo $n; done)" '' 'all its namespaces'
rights() { sed -n 's/^CapBnd:\t//p; s/^Seccomp:\t//p; s/^NoNewPrivs:\t//p' "/proc/$1/status"; } # PID
is "$(rights "$pid")" "$(rights "$(pid_of "$Z")")" 'no more rights than process 1, and ways to gain them'
rmdir "$X/j"
like "$(run j 'for i in $(seq 1 70); do sleep 100 & done; echo survived')" 'exited' 'a job at pids.max'
put "$Z/pids.max" none >/dev/null

# A thousand, one after another, leave nothing
daemon=$(daemon_pid) monitor=$(awk '{ print $4 }' "/proc/$(pid_of "$Z")/stat")
count_all() { echo "$(ls "/proc/$daemon/fd" | wc -l) $(ls "/proc/$monitor/fd" | wc -l) $(wc -l <"$Z/procs") $(ls "$TMP/state/logs" | wc -l) $(ls "$TMP/state/objects" | wc -l)"; }
before=$(count_all)
jobs=1000
! emulated || jobs=100
perl -e '
	my ($x, $n) = @ARGV;
	for my $i (1 .. $n) {
		mkdir "$x/m" or die "mkdir $i: $!\n";
		open my $f, ">", "$x/m/cmd" or die "open $i: $!\n";
		syswrite $f, "echo $i; exit $i" or die "write $i: $!\n";
		open my $w, "<", "$x/m/wait" or die;
		sysread $w, my $how, 100;
		open my $o, "<", "$x/m/stdout" or die;
		sysread $o, my $text, 100;
		die "$i: $how $text" unless $text eq "$i\n" && $how eq "exited " . $i % 256 . "\n";
		rmdir "$x/m" or die "rmdir $i: $!\n";
	}' "$X" $jobs 2>"$TMP/thousand"
is "$(cat "$TMP/thousand")" '' "$jobs jobs, one after another"
is "$(count_all)" "$before" 'leave no descriptor, process or file'
if grep -q __asan_init "$WARREN_BUILD/warren-monitor"; then
	skip 'sanitizers take memory of their own' 'and a monitor of less than 1 MiB'
else
	among 0 "$(awk '/^Private/ { s += $2 } END { print s }' "/proc/$monitor/smaps_rollup")" 1024 'and a monitor of less than 1 MiB'
fi
i=0
while [ $i -lt 1024 ]; do i=$((i + 1)); echo "$X/n$i"; done | xargs mkdir
is "$(try mkdir "$X/more") $(ls -I help "$X" | wc -l)" 'ENOSPC 1024' 'a zone has 1024 jobs at most'
rmdir "$X"/n*

# A monitor that runs out of descriptors: the start is refused, the zone runs on
few() { # FREE: the limit that leaves it so many
	perl -e '
		my ($pid, $free) = @ARGV;
		my %used = map { m{(\d+)$} ? ($1 => 1) : () } glob "/proc/$pid/fd/*";
		my $n = 0;
		for (; $free > 0; $n++) { $free-- unless $used{$n} }
		$n++ while $used{$n};
		print $n' "$monitor" "$1"
}
limit() { setpriv --reuid "$uid" --regid "$uid" --clear-groups prlimit --pid "$monitor" "--nofile=$1:"; } # as itself
uid=$(awk '/^Uid:/ { print $2 }' "/proc/$monitor/status")
soft=$(awk '/^Max open files/ { print $4 }' "/proc/$monitor/limits")
# not below what its poll(2) takes: two jobs have the numbers up to there
for j in low lower; do
	mkdir "$X/$j"
	put "$X/$j/cmd" 'exec tail -f /dev/null' >/dev/null
done
mkdir "$X/j"
for free in 1 3 4 5 6; do
	limit "$(few $free)"
	like "$(put "$X/j/cmd" 'sleep 1000') $(cat "$Z/state" "$X/j/cmd") $(awk '$3 ~ /sleep|sh/' "$Z/procs")" '^(ENOSPC|EIO) running $' "a start with $free descriptors is refused whole"
done
limit "$soft"
is "$(put "$X/j/cmd" 'echo here') $(out j) $(how j)" 'ok here exited 0' 'and may be tried again'
rmdir "$X/j" "$X/low" "$X/lower"

# Jobs and the zone's end
job j 'echo last words; sleep 1000' && job e 'exit 2'
how e >/dev/null
mkdir "$X/new"
exec 7<"$X/j/stdout"
await 7 words >/dev/null
exec 7<&-
timeout 60 cat "$X/j/stdout" >/dev/null & reader=$!
put "$Z/ctl" halt >/dev/null
ok 'halt ends a reader' wait $reader
is "$(how j) $(how e) $(out j)" 'killed 9 exited 2 last words' 'and the jobs; what they said is kept'
is "$(put "$X/j/stdin" x) $(put "$X/j/ctl" 'kill TERM') $(put "$X/new/cmd" true)" 'ESRCH ESRCH ESRCH' 'nothing is to be told to them'
rmdir "$X/e"
put "$Z/ctl" boot >/dev/null
is "$(ls -I help "$X")" new 'the next boot removes them'
rmdir "$X/new"
job j 'exit 1'
how j >/dev/null
ok 'umount and mount' remount
is "$(how j)" 'exited 1' 'a mount that finds the zone running finds its jobs'
put "$Z/ctl" halt >/dev/null
touch "$TMP/state/logs/999999.out" "$TMP/state/logs/999999.err"
ok 'umount and mount' remount
is "$(ls -I help "$X")" '' 'one that finds it halted does not'
is "$(ls "$TMP/state/logs" | grep 999999)" '' 'nor keeps what jobs printed before the host went down'
put "$Z/ctl" boot >/dev/null

# Who made it may use it
chown 1234 "$X"
is "$(AS=1234 try mkdir "$X/u")" ok 'exec given to a user: the user makes a job'
is "$(printf 'id -u' | AS=1234 try write "$X/u/cmd") $(AS=1234 try read "$X/u/stdout")" 'ok ok' 'and uses it'
is "$(stat -c %u "$X/u" "$X/u/cmd" "$X/u/stdout" | sort -u)" 1234 'it belongs to its maker'
is "$(AS=1234 try rmdir "$X/u")" ok 'and goes by its maker'
put "$Z/ctl" halt >/dev/null
mkdir "$X/j"
is "$(try rmdir "$Z")" ok 'rmdir of the zone takes its jobs'
is "$(find "$TMP/state/objects" -name '[1-9]*' | wc -l) $(ls "$TMP/state/logs" | wc -l)" '0 0' 'with all their files'
finish
