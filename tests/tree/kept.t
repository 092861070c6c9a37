#!/bin/sh
# A restart by systemd: it keeps the mount's descriptors, and the next helper goes on behind the same mount as the
# next daemon would after a crash. A script plays systemd's part (sd_notify(3), sd_listen_fds(3)).
. "$(dirname "$0")/lib.sh"
setup
ok 'umount' unmount
# manager FIFO COMMAND...: runs it as a service, keeps what it sends, and does so again at each word from FIFO: the
# word is its new mount point, perhaps with options behind it. Tells in $TMP/told what it was sent and how the command ended.
cat >"$TMP/manager" <<'PERL'
use Socket;
my ($orders, $told, @command) = @ARGV;
my (@fds, @names);
my $path = "$told.socket";
$^F = 255; # what is kept is inherited
socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die;
bind $s, sockaddr_un($path) or die;
chmod 0600, $path;
sub receive { # as many as there are
	while (1) {
		my $text = "\0" x 256;
		my $control = "\0" x 64;
		my $iov = pack 'Pq', $text, 256;
		my $msg = pack 'qlx4PqPqlx4', 0, 0, $iov, 1, $control, 64, 0;
		my $n = syscall 47, fileno $s, $msg, 0x40; # recvmsg, MSG_DONTWAIT
		last if $n < 0;
		$text = substr $text, 0, $n;
		push @fds, unpack 'x16l', $control;
		push @names, $text =~ /^FDNAME=(.*)$/m;
	}
}
sub run {
	my $pid = fork;
	if ($pid == 0) {
		$ENV{SYSTEMD_EXEC_PID} = $$;
		$ENV{NOTIFY_SOCKET} = $path;
		if (@fds) { # from 3 on
			@high = map { syscall 72, $_, 0, 100 } @fds; # fcntl, F_DUPFD
			syscall 33, $high[$_], 3 + $_ for 0 .. $#high; # dup2
			@ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, scalar @high, join ':', @names);
		}
		exec @command;
	}
	waitpid $pid, 0;
	my $status = $? >> 8;
	receive();
	open my $t, '>>', $told or die;
	print $t "$status @names\n";
	close $t;
}
run();
open my $in, '<', $orders or die;
while (<$in>) { my ($at, $options) = split; $command[2] = $at; $command[4] = $options if $options; run(); }
PERL
mkfifo "$TMP/orders" "$TMP/told" "$TMP/events"
exec 5<>"$TMP/told"
perl "$TMP/manager" "$TMP/orders" "$TMP/told" "$WARREN_BUILD/mount.warren" warren "$MNT" \
	-o "state=$TMP/state,run=$TMP/run,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null &
manager=$!
exec 6>"$TMP/orders"
told() { timeout 30 sh -c 'read -r line && echo "$line"' <&5; } # its next line
like "$(told)" '^0 fuse-0(-[0-9]+){3} handover-0(-[0-9]+){3}$' 'a service has its mount kept' || diag "$(cat "$TMP/mount.out")"
Z=$ZONES/a
mkdir "$Z"
is "$(put "$Z/ctl" boot)" ok 'a zone'
pid=$(pid_of "$Z") inode=$(stat -c %i "$Z/ctl") mounted=$(grep -F " $MNT " /proc/self/mountinfo)
cat "$MNT/event" >"$TMP/events" &
reader=$!
exec 8<"$TMP/events"
exec 7<"$Z/status"
helper=$(helper_pid) daemon=$(daemon_pid)
kill -USR2 "$helper"
kill -TERM "$helper" # as systemd does after its ExecStop=
ok 'the service stops' gone "$helper" "$daemon"
is "$(grep -F " $MNT " /proc/self/mountinfo)" "$mounted" 'and the mount is still there'
cat "$Z/state" >"$TMP/state-of" &
waits=$!
echo "$MNT" >&6
like "$(told)" '^0 ' 'it starts'
wait "$waits"
is "$(cat "$TMP/state-of")" running 'who asked meanwhile has his answer'
is "$(grep -F " $MNT " /proc/self/mountinfo)" "$mounted" 'the mount is the same'
is "$(cat "$Z/state") $(pid_of "$Z") $(stat -c %i "$Z/ctl")" "running $pid $inode" 'and so is all in it'
like "$(cat <&7)" "^pid $pid\$" 'a file that was open goes on'
is "$(put "$Z/ctl" halt)" ok 'and commands'
case $(uname -r) in
[1-5].* | 6.[0-8].*) skip 'this kernel sends no requests again' 'a reader that waited goes on' ;;
*) ok 'a reader that waited goes on' await 8 ' zones/a halted' ;;
esac
kill "$reader" 2>/dev/null
wait "$reader" 2>/dev/null
exec 7<&- 8<&-

# A unit that has other directories by then, or another mount point
helper=$(helper_pid) daemon=$(daemon_pid)
kill -USR2 "$helper"
gone "$helper" "$daemon"
echo "$MNT state=$TMP/state2,run=$TMP/run2,cgroup=$CG" >&6
like "$(told)" '^0 ' 'it starts with another state='
is "$(ls -I help "$ZONES") $(grep -cF " $MNT " /proc/self/mountinfo)" ' 1' 'and shows that, alone'
mkdir "$TMP/other"
helper=$(helper_pid) daemon=$(daemon_pid)
kill -USR2 "$helper"
gone "$helper" "$daemon"
echo "$TMP/other state=$TMP/state,run=$TMP/run,cgroup=$CG" >&6
like "$(told)" '^0 ' 'it starts elsewhere'
is "$(cat "$TMP/other/zones/a/state")$(grep -cF " $MNT " /proc/self/mountinfo)" halted0 'and is there alone'
MNT=$TMP/other
pids="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # several pids
ok 'umount' sh -c 'umount "$1"' sh "$TMP/other" && gone $pids
MNT=$TMP/mnt
exec 5<&- 6>&-
wait "$manager"

ok 'mount by hand' mount_tree
kill -USR2 "$(helper_pid)"
is "$(cat "$Z/state")" halted 'by hand nothing is kept'
finish
