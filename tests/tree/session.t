#!/bin/sh
# The console as a terminal: by warren console, by socat, sizes, many readers, nothing lost.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a HELLO=$WARREN_BUILD/guests/hello
warren=$WARREN_BUILD/warren

# session STEP... -- COMMAND...: runs it at a terminal of 24 rows and 80 columns. A step is =TEXT, typed;
# /RE, waited for; #ROWS COLUMNS, a new size; !SIGNAL, sent. Prints what was seen, how it ended, and
# whether the terminal is as it was.
session() {
	perl -MPOSIX -MFcntl -e '
		my (@steps, $step);
		push @steps, shift while @ARGV && $ARGV[0] ne "--";
		shift;
		open my $m, "+<", "/dev/ptmx" or die;
		my $n = pack "i", 0;
		ioctl $m, 0x40045431, $n or die; # TIOCSPTLCK
		ioctl $m, 0x80045430, $n or die; # TIOCGPTN
		my $pts = "/dev/pts/" . unpack "i", $n;
		sub size { my ($t, @s) = @_; ioctl $t, 0x5414, pack "S4", @s, 0, 0 or die } # TIOCSWINSZ
		sysopen my $t, $pts, O_RDWR | O_NOCTTY or die;
		size($t, 24, 80);
		my $pid = fork;
		if (!$pid) {
			POSIX::setsid();
			open STDIN, "+<", $pts or die;
			open STDOUT, ">&STDIN" and open STDERR, ">&STDIN";
			exec @ARGV or die;
		}
		my ($seen, $left) = ("", "");
		sub more { sysread $m, $left, 65536, length $left }
		$SIG{ALRM} = sub { print "$seen$left\n# in vain: $step\n"; kill 9, $pid; exit 1 };
		alarm 60;
		for $step (@steps) {
			my ($how, $what) = $step =~ /^(.)(.*)$/s;
			if ($how eq "=") { $what =~ s/\\([0-7]{3})/chr oct $1/ge; syswrite $m, $what }
			elsif ($how eq "/") { until ($left =~ s/^(.*?(?:$what))/$seen .= $1; ""/es) { more() } }
			elsif ($how eq "#") { size($t, split " ", $what) }
			else { kill $what, $pid }
		}
		$step = "the end";
		waitpid $pid, 0;
		my ($s, $tio) = ($?, POSIX::Termios->new);
		$tio->getattr(fileno $t);
		my $cooked = ECHO | ICANON | ISIG;
		print "$seen$left\nexit ", $s >> 8, ($tio->getlflag & $cooked) == $cooked ? " cooked" : " raw", "\n"' -- "$@"
}
last() { printf '%s\n' "$1" | tail -n 1; }

is "$("$warren" --version)" "$(cat "$MNT/version")" 'warren --version'
like "$("$warren" --help)" '^usage: warren ' 'warren --help'
"$warren" console >/dev/null 2>"$TMP/err"
is "$? $(head -c 21 "$TMP/err")" '2 usage: warren console' 'warren console without a name' || :
"$warren" console -m "$MNT" nobody 2>"$TMP/err"
is "$? $(cat "$TMP/err")" "1 warren: there is no zone or VM nobody below $MNT: give a name as in list, or -m MOUNTPOINT" 'of nobody'

mkdir "$Z"
put "$Z/init" /bin/sh >/dev/null
"$warren" console -m "$MNT" a </dev/null >"$TMP/out" 2>&1
is "$? $(cat "$TMP/out")" "0 $Z is configured" 'of a zone that does not run: at its end, and it says why'
refused "$Z/ctl" 'size 24 80' ESRCH
put "$Z/ctl" boot >/dev/null
seen=$(session '/leaves' '=echo a$((40+2))\015' '/a42' '=sh -c "echo up\$((1+1)); exec sleep 1000"\015' '/up2' '=\003' '=echo b$((1+1))\015' '/b2' \
	'=stty size\015' '/24 80' '#50 132' '=\015' '=stty size\015' '/50 132' '=\035' -- "$warren" console -m "$MNT" a)
report $? 'a session: an answer, ctrl-c, the size, a new size, ctrl-] leaves' || diag "$seen"
is "$(last "$seen")" 'exit 0 cooked' 'and the terminal is as it was'
seen=$(session '=echo c$((1+1))\015' '/c2' '!TERM' -- "$warren" console "zones/a" -m "$MNT")
is "$(last "$seen")" 'exit 143 cooked' 'SIGTERM ends it, too' || diag "$seen"
seen=$(session '=echo d$((1+1))\015' '/d2' '=kill -9 -1; exit 3\015' '/a is halt(?:ing|ed)' -- "$warren" console -m "$MNT/" a)
is "$(last "$seen")" 'exit 0 cooked' 'and so does the end of the zone, which is told' || diag "$seen"
mkdir "$VMS/a"
is "$(last "$(session -- "$warren" console -m "$MNT" a)")" 'exit 1 cooked' 'a name that is two is refused'
rmdir "$VMS/a"

# The size by ctl
put "$Z/ctl" boot >/dev/null
for bad in 'size' 'size 24' 'size a 80' 'size 24 80 1'; do refused "$Z/ctl" "$bad" EINVAL; done
for bad in 'size 0 80' 'size 24 65536'; do refused "$Z/ctl" "$bad" ERANGE; done
exec 7<"$Z/console"
is "$(put "$Z/ctl" 'size 33 111')$(put "$Z/console" 'stty size
')" okok 'a size'
ok 'is the one inside' await 7 '33 111'
exec 7<&-

# socat alone
if command -v socat >/dev/null; then
	seen=$(session '=echo e$((1+1))\015' '/e2' '=sh -c "echo up\$((1+1)); exec sleep 1000"\015' '/up2' '=\003' '=echo f$((1+1))\015' '/f2' '!TERM' -- \
		socat -,raw,echo=0 "FILE:$Z/console")
	report $? 'socat: a session with ctrl-c' || diag "$seen"
else
	skip 'no socat here' 'socat'
fi
put "$Z/ctl" halt >/dev/null

# A megabyte out, to three readers; and in, while daemons die
killed() { # kills the daemon and comes back when the next one answers
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null && [ "$(daemon_pid)" != "$_old" ]
}
put "$Z/init" "/bin/sh -c 'stty raw -echo; echo go; read x; seq 1 150000; head -c 1000000 | md5sum; read x'" >/dev/null
put "$Z/ctl" boot >/dev/null
exec 7<"$Z/console"
grep -q go "$Z/log" || await 7 go >/dev/null # until then it is no raw terminal, and a long line is cut
exec 7<&-
readers=
for n in 1 2; do
	timeout 100 cat "$Z/console" >"$TMP/r$n" & readers="$readers $!"
done
perl -e 'srand 7; print map { chr(33 + int rand 90) } 1 .. 1000000' >"$TMP/typed"
exec 7<"$Z/console"
(echo; cat "$TMP/typed"; echo) | timeout 100 "$warren" console -m "$MNT" a >"$TMP/r3" 2>"$TMP/err" & readers="$readers $!"
await 7 '\b999\b' >/dev/null
exec 7<&-
for _ in 1 2 3; do killed; done
is "$(ended "$Z")" 'exited 0' 'the zone ends'
# shellcheck disable=SC2086  # several pids
ok 'and its readers' wait $readers
sum=$(md5sum <"$TMP/typed")
is "$(tail -n 1 "$TMP/r3")" "$sum" 'a megabyte is typed, nothing of it lost or twice' || diag "$(cat "$TMP/err")"
is "$(head -n 150000 "$TMP/r3" | md5sum)" "$(seq 1 150000 | md5sum)" 'a megabyte is printed, and read'
for n in 1 2; do
	ok "reader $n sees the same" cmp "$TMP/r3" "$TMP/r$n"
done

# A VM's console is a serial line
V=$VMS/v
if command -v "qemu-system-$(uname -m)" >/dev/null && [ -e "$HELLO" ]; then
	mkdir "$V"
	put "$V/config" "accel=tcg
kernel=$HELLO
append=echo" >/dev/null
	put "$V/ctl" boot >/dev/null
	unlike "$(cat "$V/ctl")" size 'ctl of a VM lists no size'
	seen=$(session '=zyx\015' '/zyx' '=\035' -- "$warren" console -m "$MNT" v)
	is "$(last "$seen")$(cat "$V/error")" 'exit 0 cooked' 'a session at a VM, which is told no size' || diag "$seen"
	refused "$V/ctl" 'size 24 80' EINVAL '"size" is not a command: give one of boot, '
	put "$V/ctl" halt >/dev/null
else
	skip 'no QEMU here' 'a VM'
fi
finish
