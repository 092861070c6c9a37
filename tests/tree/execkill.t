#!/bin/sh
# exec/: kill -9 of the daemon while jobs run: they, who reads them and who starts them go on.
. "$(dirname "$0")/lib.sh"
. "$HERE/jobs.inc"
setup
Z=$ZONES/a X=$ZONES/a/exec
mkdir "$Z"
put "$Z/ctl" boot >/dev/null

# Jobs that run, that have ended, that were not started
job k 'echo before; read x; echo "after $x"; read y; exit 9' && job ended 'echo gone; exit 4'
how ended >/dev/null
mkdir "$X/new"
put "$X/new/dir" /tmp >/dev/null
exec 7<"$X/k/stdout"
await 7 before >/dev/null
timeout 60 cat "$X/k/wait" >"$TMP/wait" & waiter=$!
_old=$(daemon_pid)
kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null
is "$(ls -I help "$X" | tr '\n' ' ')" 'ended k new ' 'after kill -9 of the daemon the jobs are there'
is "$(how ended) $(out ended)" 'exited 4 gone' 'one that had ended before'
is "$(put "$X/k/stdin" 'all
')" ok 'one that runs takes input'
ok 'its reader goes on' await 7 'after all'
exec 7<&-
is "$(put "$X/k/stdin" '
') $(how k) $(out k | tr '\n' ' ')" 'ok exited 9 before after all ' 'and it ends as it should'
wait $waiter
is "$(cat "$TMP/wait")" 'exited 9' 'who waited knows'
is "$(put "$X/new/cmd" pwd) $(out new)" 'ok /tmp' 'a job that was not started kept its settings'
rmdir "$X/k" "$X/ended" "$X/new"
sum=$(seq 1 200000 | md5sum)
job f 'seq 1 200000'
out f >"$TMP/flood" & reader=$!
good=0
for _ in 1 2 3; do
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null && good=$((good + 1))
done
wait $reader
is "$good $(md5sum <"$TMP/flood")" "3 $sum" 'a reader of a flood loses nothing by it'
rmdir "$X/f"

# A client that runs job after job meanwhile sees nothing of it
what='a client that runs jobs sees nothing of it'
if uname -r | awk -F. '{ exit !($1 < 6 || $1 == 6 && $2 + 0 < 9) }'; then
	skip 'this kernel sends no request again (before 6.9)' "$what"
	skip 'this kernel sends no request again (before 6.9)' 'a command that was on disk when the daemon died begins'
else
	perl -e '
		my ($x, $stop) = @ARGV;
		my $want = join "", map { "$_\n" } 1 .. 20000;
		for my $i (1 .. 1000) {
			last if -e $stop;
			mkdir "$x/c" or die "mkdir: $!\n";
			open my $f, ">", "$x/c/cmd" or die; syswrite $f, "read a; echo \$a; seq 1 20000; exit 7" or die "cmd: $!\n";
			open my $in, ">", "$x/c/stdin" or die; syswrite $in, "hello $i\n" or die "stdin: $!\n";
			open my $o, "<", "$x/c/stdout" or die; my $text = "";
			while (1) { my $k = sysread $o, $text, 65536, length $text; die "read: $!\n" unless defined $k; last unless $k }
			open my $w, "<", "$x/c/wait" or die; sysread $w, my $how, 100;
			die "$i: $how, " . length($text) . " bytes\n" unless $text eq "hello $i\n$want" && $how eq "exited 7\n";
			rmdir "$x/c" or die "rmdir: $!\n";
		}' "$X" "$TMP/stop" 2>"$TMP/client" & client=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		_old=$(daemon_pid)
		perl -e 'select undef, undef, undef, rand 0.2'
		kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null
	done
	touch "$TMP/stop"
	wait $client
	is "$? $(cat "$TMP/client")" '0 ' "$what"

	# One that died when the command was on disk and nobody was told: the next one asks twice, and begins it
	mkdir "$X/j"
	writer=$(ps -o pid= --ppid "$(daemon_pid)")
	kill -STOP "$writer"
	printf 'echo once' >"$TMP/text"
	"$WARREN_BUILD/tests/try" write "$X/j/cmd" <"$TMP/text" >"$TMP/put" & client=$!
	until grep -qE 'request_wait|fuse' "/proc/$client/wchan"; do :; done
	cat "$MNT/version" >/dev/null # what was asked before is with the writer
	monitor=$(awk '{ print $4 }' "/proc/$(pid_of "$Z")/stat")
	kill -STOP "$monitor"
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old"
	kill -CONT "$writer"
	cat "$MNT/version" >/dev/null
	mkdir "$X/k" && rmdir "$X/k" # written behind it
	kill -CONT "$monitor"
	wait $client
	is "$(cat "$TMP/put") $(out j)" 'ok once' 'a command that was on disk when the daemon died begins'
	rmdir "$X/j"
fi
put "$Z/ctl" halt >/dev/null
finish
