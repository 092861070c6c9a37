#!/bin/sh
# Commands that are run in a zone that lies in wait for them: what enters is not to be seen, held,
# rewritten or followed out, and whatever it finds in its way ends that command alone.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/bad X=$ZONES/bad/exec
mkdir "$Z"
job() { # NAME COMMAND [FILE=VALUE...]: prints how the start went
	_j=$X/$1 _c=$2
	shift 2
	mkdir "$_j"
	for _s; do put "$_j/${_s%%=*}" "${_s#*=}" >/dev/null; done
	put "$_j/cmd" "$_c"
}
says() { # NAME COMMAND [FILE=VALUE...]: what it prints on both, or how it did not start
	_got=$(job "$@")
	cat "$X/$1/error" >"$TMP/why"
	[ "$_got" = ok ] || { echo "$_got" && rmdir "$X/$1" && return; }
	ended "$X/$1" >/dev/null
	cat "$X/$1/stdout" "$X/$1/stderr"
	rmdir "$X/$1"
}
put "$Z/init" 'sleep 10000' >/dev/null
put "$Z/privileges" '+sys_admin +sys_ptrace' >/dev/null # all that could help it
is "$(put "$Z/ctl" boot)" ok 'a zone with sys_admin and sys_ptrace'
sum=$(cat "$WARREN_BUILD/warren-monitor" "$WARREN_BUILD/warren-init" | cksum)

# --- what comes in with it --------------------------------------------------------------------

is "$(says fds 'for f in /proc/self/fd/*; do echo "${f##*/} $(readlink "$f" | sed "s/:.*//")"; done | grep pipe')" '0 pipe
1 pipe
2 pipe' 'a command has three descriptors'
is "$(says fds 'ls -l /proc/$$/fd | grep -cE "socket|memfd|anon|warren"')" 0 'and none of ours'
is "$(says fds 'readlink /proc/$$/cwd /proc/$$/root /proc/$$/exe' | tr '\n' ' ')" "/ / $(readlink -f /bin/sh) " "its directory, root and program are the zone's"
is "$(says env env | grep -cvE '^(HOME|USER|LOGNAME|PATH|TERM|PWD|container)=')" 0 'and its environment'
for d in /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 /proc/1/fd/3 /proc/thread-self/fd/64; do
	is "$(says dir pwd "dir=$d")" ENOENT "$d is no directory to begin in"
done
is "$(says dir 'pwd -P; ls -d ../../../root' dir=/proc/self/cwd/../..)" '/
../../../root' 'nor is there one above /'
like "$(says caps 'grep -E "NoNewPrivs|Seccomp:" /proc/self/status' | tr -d '\t\n')" 'NoNewPrivs:0Seccomp:2' 'it is under the filter'
want=/
! grep -q '^cgroup2 /sys/fs/cgroup ' /proc/mounts || want=/warren.jobs # its own part, for what comes from outside
is "$(says groups 'cat /proc/self/cgroup' | cut -d: -f3 | sort -u)" "$want" "in the zone's control groups"
is "$(says oom '(echo -500 >/proc/self/oom_score_adj) 2>/dev/null; cat /proc/self/oom_score_adj')" 0 'and not spared when memory is short'

# --- who waits for it -------------------------------------------------------------------------

# Each new process: is its program ours, can it be traced, its memory or descriptors be had?
cat >"$TMP/state/roots/$(key "$Z/status" id)/root/watch" <<'END'
my %seen;
$| = 1;
print "watching\n";
for (;;) {
	for my $p (glob "/proc/[0-9]*") {
		my ($n) = $p =~ /(\d+)/;
		next if $n == 1 || $n == $$;
		my $e = readlink "$p/exe";
		my $of = defined $e && $e =~ /warren/ ? "ours" : next;
		print "exe $e\n";
		print "write\n" if open my $f, "+<", "$p/exe";
		print "mem\n" if open my $m, "+<", "$p/mem";
		print "fd\n" if opendir my $d, "$p/fd" and grep { readlink "$p/fd/$_" } readdir $d;
	}
	for my $n (map { /(\d+)/ } glob "/proc/[0-9]*") {
		next if $n == 1 || $n == $$ || $seen{$n}++;
		next unless syscall(101, 0x4206, $n, 0, 0) == 0; # PTRACE_SEIZE: what runs the zone's sh only
		my $c = readlink "/proc/$n/exe";
		print "traced $c\n" if defined $c && $c =~ /warren/;
		print "saw one\n" unless $saw++;
		syscall(101, 0x4207, $n, 0, 0); # stop it, to let it go
		waitpid $n, 0x40000000;
		syscall(101, 17, $n, 0, 0);
	}
}
END
is "$(job watch 'exec perl /root/watch >&2')" ok 'a process of the zone watches all others'
exec 8<"$X/watch/stderr"
await 8 watching >/dev/null
n=0
# at least forty, and until it has seen one: that it looks is part of the test
while [ $((n += 1)) -le 40 ] || [ "$(stat -c %s "$X/watch/stderr") $((n < 1000))" = '9 1' ]; do says j$n true >/dev/null; done
is "$(put "$X/watch/ctl" 'kill KILL')$(ended "$X/watch")" 'okkilled 9' 'while commands come'
exec 8<&-
is "$(cat "$X/watch/stderr")" 'watching
saw one' 'and never gets hold of one that enters'
rmdir "$X/watch"

# A shell whose interpreter is whatever runs it: the zone's own program would be executed again
evil=$TMP/state/roots/$(key "$Z/status" id)/root/evil
printf '#!/proc/self/exe\n' >"$evil"
chmod 755 "$evil"
is "$(says mount 'mount --bind /root/evil /usr/bin/dash && echo bound')" bound "the zone's shell is #!/proc/self/exe"
says evil 'echo in; exec 3>>/proc/self/exe && echo writable' >"$TMP/evil"
unlike "$(cat "$TMP/evil")" 'in|writable' 'leads nowhere'
is "$(put "$Z/ctl" halt)$(put "$Z/ctl" boot)" okok 'and is gone with the next boot'
monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$Z")/status")
is "$(cat "$WARREN_BUILD/warren-monitor" "$WARREN_BUILD/warren-init" | cksum)" "$sum" 'our programs are as they were'

# --- what lies in its way ---------------------------------------------------------------------

etc=$TMP/state/roots/$(key "$Z/status" id)/etc
for do in 'ln -s /dev/zero' mkfifo mkdir 'ln -s passwd' 'ln -s /proc/1/mem' 'ln -s /dev/tty' 'truncate -s 2M' 'ln -s /none' \
	'perl -e "open F, q(>), pop; fcntl F, 1024, 1; \$|=1; print qq(leased\n); kill STOP => \$\$"'; do
	mv "$etc/passwd" "$etc/passwd.old"
	case $do in
	perl*) # opening it without waiting is EAGAIN then
		job lease "$do /etc/passwd" >/dev/null
		exec 8<"$X/lease/stdout"
		perl -e 'alarm 20; sysread STDIN, my $b, 1' <&8
		exec 8<&-
		;;
	*) says lay "$do /etc/passwd" user=0 >/dev/null ;;
	esac
	like "$(says by true user=daemon)" '^(EIO|EINVAL)$' "/etc/passwd made by $(printf %.12s "$do"): refused"
	like "$(cat "$TMP/why")" '^cmd: user: ' 'as its error says'
	rmdir "$X/lease" 2>/dev/null
	rm -rf "$etc/passwd"
	mv "$etc/passwd.old" "$etc/passwd"
done
printf 'x:%s:99999999999:0::/:\ny::-1:0::/:\n:::::::\nz:x:1\nlong:x:1:1::%s:\n' "$(printf %05000d 0)" "$(printf %05000d 0)" \
	>"$etc/passwd"
for u in x y z long; do is "$(says by id "user=$u")" EINVAL "the user $u of a broken line is none"; done
is "$(says by 'id -u; id -g' user=4242)" '4242
4242' 'a number is its own'

# Stopped or killed by the zone as it comes
is "$(job stopper 'exec perl -e "my %n = map { \$_ => 1 } glob q(/proc/[0-9]*); \$| = 1; print qq(up\n); for (;;) { for (grep { !\$n{\$_} } glob q(/proc/[0-9]*)) { /(\d+)/ and kill STOP => \$1 } }"')" ok 'a process of the zone stops all that come'
exec 8<"$X/stopper/stdout"
await 8 up >/dev/null
exec 8<&-
mkdir "$X/s"
(put "$X/s/cmd" 'echo through' >"$TMP/stopped") &
putter=$!
is "$(cat "$Z/state")$(put "$Z/cpu.cap" 100)" runningok 'the tree answers meanwhile'
is "$(put "$X/stopper/ctl" 'kill KILL')" ok 'once that is gone'
is "$(put "$Z/ctl" 'kill CONT')$(rmdir "$X/s" && echo gone)" okgone 'what it stopped can be removed'
wait $putter
rmdir "$X/stopper"
is "$(says after 'echo well')" well 'and others come in'

# --- terminals, names and floods --------------------------------------------------------------

is "$(says tty 'perl -e "my \$c = qq(x); print ioctl(STDIN, 0x5412, \$c) ? q(typed) : int \$!; \$c = chr 3; print q( ), ioctl(STDIN, 0x541c, \$c) ? q(pasted) : int \$!"' tty=on)" '1 1' 'nothing can be typed into a terminal from within'
is "$(job name 'exec perl -e "\$0 = qq(a\n99999 1 sshd\e[2J); \$| = 1; print qq(named\n); sleep 1000"')" ok 'a process with a name of two lines'
exec 8<"$X/name/stdout"
await 8 named >/dev/null
exec 8<&-
like "$(cat "$Z/procs")" '^[0-9]+ [0-9]+ a.n?99999 1 sshd' 'has one in procs'
is "$(grep -c '^99999' "$Z/procs") $(grep -c "$(printf '\033')" "$Z/procs")" '0 0' 'and without control characters'
rmdir "$X/name"
is "$(job flood 'yes flood')" ok 'a command that prints for ever'
is "$(head -c 3000000 "$X/flood/stdout" | wc -c)" 3000000 'can be read'
among 1 "$(du -sk "$TMP/state/logs" | cut -f1)" 36864 'and does not fill the disk'
is "$(rmdir "$X/flood" && echo gone)" gone 'and goes'
is "$(says all 'kill -9 -1 2>/dev/null; kill -9 1 2>/dev/null; echo here')$(cat "$Z/state")" hererunning 'who kills all reaches neither process 1'
kill -0 "$monitor"
report $? 'nor the monitor'
is "$(put "$Z/ctl" halt)" ok 'halt ends it'
finish
