#!/bin/sh
# The guest agent of Debian, in a Linux in a VM.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
linux_agent
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
! why=$(linux_missing) || skip_all "$why"
! why=$(linux_agent_missing) || skip_all "$why"
setup
V=$VMS/v
mkdir "$V"
linux_typed virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_console
linux_agent_root
{
	sed '/^stty/i \
mkdir -p /var/run /sbin\
printf "#!/bin/sh\\npoweroff -f\\n" >/sbin/shutdown\
chmod 755 /sbin/shutdown\
ln -s /bin/busybox /sbin/hwclock\
ga() { qemu-ga -p /dev/vport*p1 -t /tmp "$@" >/dev/null 2>\&1 \& pid=$!; }' "$TMP/root/init" >"$TMP/init"
	cp "$TMP/init" "$TMP/root/init"
	(cd "$TMP/root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$TMP/initrd"
	chmod 644 "$TMP/initrd"
}
put "$V/config" "accel=tcg
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3" >/dev/null

is "$(cat "$V/agent")" none 'without a guest there is no agent'
exec 8<"$V/event"
up 'a guest with an agent in it'
is "$(cat "$V/agent")" none 'which does not run yet'
guest ga >/dev/null
ok 'it begins: an event' await 8 ' agent version=7\.2'
like "$(cat "$V/agent")" '^connected 7\.2' 'and its version'

# Jobs
job() { # NAME COMMAND: its output, its errors, its end
	mkdir "$V/exec/$1"
	put "$V/exec/$1/cmd" "$2" | grep -v '^ok' || true
	timeout 60 cat "$V/exec/$1/stdout" "$V/exec/$1/stderr" "$V/exec/$1/wait"
}
is "$(job one 'echo out; echo err >&2; exit 3')" 'out
err
exited 3' 'a command: what it prints, and its end'
is "$(cat "$V/exec/one/stdout")" out 'which is kept'
is "$(put "$V/exec/one/cmd" again)" EEXIST 'once'
is "$(job killed 'kill -9 $$')" 'killed 9' 'a signal ends one'
mkdir "$V/exec/with"
is "$(put "$V/exec/with/dir" /proc) $(put "$V/exec/with/env" "A=b c
Q='\"")" 'ok ok' 'a directory, and variables'
put "$V/exec/with/cmd" 'pwd; echo "$A $Q"; cat <<EOF
in
EOF' >/dev/null
is "$(timeout 60 cat "$V/exec/with/stdout")" "/proc
b c '\"
in" 'it has them, and its input'
is "$(job large 'dd if=/dev/zero bs=1M count=5 2>/dev/null' | wc -c)" $((5 * 1048576 + 9)) 'much that it prints'
is "$(job none true)" 'exited 0' 'one that prints nothing'
mkdir "$V/exec/long"
is "$(put "$V/exec/long/cmd" 'sleep 1000 & sleep 1000; echo never')" ok 'a long one'
is "$(put "$V/exec/long/ctl" 'kill TERM') $(timeout 60 cat "$V/exec/long/wait")" 'ok killed 15' 'a signal from outside'
is "$(guest 'pgrep sleep | wc -l' | tail -n 1)" 0 'to all that it started'
is "$(put "$V/exec/long/ctl" 'kill TERM')" ESRCH 'not to one that has ended'
mkdir "$V/exec/gone"
put "$V/exec/gone/cmd" 'sleep 1000' >/dev/null
is "$(try rmdir "$V/exec/gone")" ok 'one that runs is removed'
sleeps() { guest 'until ! pgrep sleep >/dev/null; do usleep 100000; done; echo none'; }
is "$(sleeps | tail -n 1)" none 'and killed'
mkdir "$V/exec/bad"
for what in tty=on user=nobody user=7 stdin=x; do
	refused "$V/exec/bad/${what%=*}" "${what#*=}" EOPNOTSUPP 'agent' "$V/exec/bad/error"
done

# Its clock
guest 'date -s @1000000000' >/dev/null
is "$(put "$V/ctl" pause) $(put "$V/ctl" resume)" 'ok ok' 'it is paused, and goes on'
clock() { guest 'for i in $(seq 100); do [ $(date +%s) -lt 1500000000 ] || break; usleep 100000; done; date +%s'; }
now=$(date +%s)
among $((now - 1)) "$(clock | grep -x "[0-9]*" | tail -n 1 || echo 0)" $((now + 60)) 'its clock is set'
mkdir "$V/exec/through"
put "$V/exec/through/cmd" 'mkfifo /tmp/f; cat /tmp/f' >/dev/null

mtime=$(stat -c %Y "$V/agent")
kill -9 "$(daemon_pid)"
like "$(timeout 30 cat "$V/agent")" '^connected 7\.2' 'the next daemon knows it'
is "$(stat -c %Y "$V/agent")" "$mtime" 'since when it did'
guest 'echo survived >/tmp/f' >/dev/null
is "$(timeout 60 cat "$V/exec/through/stdout" "$V/exec/through/wait")" 'survived
exited 0' 'and its jobs went on'
mkdir "$V/exec/lost"
put "$V/exec/lost/cmd" 'sleep 1000' >/dev/null
guest 'kill $pid' >/dev/null
ok 'it ends: an event' await 8 ' agent version=none'
is "$(cat "$V/agent")" none 'none again'
mkdir "$V/exec/late"
is "$(put "$V/exec/late/cmd" true)" EOPNOTSUPP 'without an agent there are no jobs'
like "$(cat "$V/exec/late/error")" '^cmd: no guest agent answers in it: install qemu-guest-agent' 'which says how there would be'
guest ga >/dev/null
ok 'another agent' await 8 ' agent version=7\.2'
is "$(timeout 60 cat "$V/exec/lost/wait")" 'killed 9' 'what an agent ran is lost with it'
like "$(cat "$V/exec/lost/stderr")" '^\[how it ended is not known: the guest agent that ran it has ended\]$' 'which it says'
is "$(put "$V/exec/late/cmd" 'sleep 1000') $(put "$V/ctl" 'shutdown 60')" 'ok ok' 'shutdown asks the agent, where nobody heeds the button'
is "$(key "$V/status" exit)" 'exited 0' 'it has powered off by itself'
is "$(timeout 30 cat "$V/exec/late/wait")" 'killed 9' 'ends with it'
finish
