#!/bin/sh
# What a zone sees and may do: its own, and nothing of the host.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"

is "$(inside "$Z" 'id -u; id -g; echo $$')" '0
0
1' 'root, and process 1'
is "$(inside "$Z" 'cat /proc/sys/kernel/hostname')" a "the host name is the zone's"
put "$Z/hostname" box1.example >/dev/null
is "$(inside "$Z" 'hostname')" box1.example 'or the one that is set'
put "$Z/env" 'COLOUR=dark green
N=1' >/dev/null
is "$(inside "$Z" 'echo "$COLOUR/$N"')" 'dark green/1' 'env is in its environment'
is "$(MARK=host; export MARK; inside "$Z" 'echo "$MARK$TMP$WARREN_BUILD$SUDO_USER"')" '' "nothing of ours is"
# shellcheck disable=SC2016
is "$(inside "$Z" 'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminal' | tail -n 1)" terminal 'its console is a terminal'

# The host's files
all=$(inside "$Z" 'ls -1A /')
is "$(echo "$all" | grep -Evx 'bin|boot|dev|etc|home|lib|lib32|lib64|libx32|libo32|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|init')" \
	'' 'the root holds the usual folders and no others'
# What /usr needs of /etc to work at all, and nothing private
is "$(inside "$Z" 'ls -1A /run/host' | grep -Evx 'alternatives|certs|ld\.so\.cache')" '' '/run/host holds public things'
like "$(inside "$Z" 'ls -1A /run/host')" '^ld\.so\.cache$' 'and is there'
is "$(inside "$Z" 'cd /run/host && for f in * */.; do touch $f 2>/dev/null && echo wrote $f; done; awk "\$5 ~ /^.run.host./ && \$6 !~ /^ro,nosuid,nodev,noexec/" /proc/self/mountinfo')" '' 'which are read-only'
for d in root home boot opt srv mnt media tmp var/log var/tmp var/mail; do
	is "$(inside "$Z" "ls -1A /$d 2>/dev/null")" '' "/$d is its own: empty"
done
# shellcheck disable=SC2016
is "$(inside "$Z" 'for f in /var/lib/dpkg /var/lib/warren /etc/ssh /etc/ssl/private /etc/sudoers '"$TMP $MNT $HERE $WARREN_BUILD $TMP/state"'; do [ -e $f ] && echo $f; done')" \
	'' "nothing else of the host's is there, nor the state directory"
touch "$TMP/secret"
is "$(inside "$Z" "find / -xdev -name secret -path \"*$TMP*\" 2>/dev/null; ls $TMP/secret 2>/dev/null")" '' 'nor in /tmp'
if [ -r /etc/shadow ]; then
	is "$(inside "$Z" 'cat /etc/shadow 2>/dev/null' | grep -Fxf /etc/shadow | grep -v '^[^:]*:[*!]*:')" '' "not the host's passwords"
	host=$(stat -c %i /etc/shadow)
	unlike "$(inside "$Z" 'stat -c %i /etc/shadow 2>/dev/null')" "^$host\$" "not the host's /etc/shadow"
fi
like "$(inside "$Z" 'cat /etc/passwd')" '^root:' 'its own /etc/passwd names root'
is "$(inside "$Z" 'cat /etc/passwd' | grep -Ev '^(root|nobody|daemon|bin|sys|[a-z-]+):' )" '' 'and it is small'

# /usr is shared read-only
is "$(inside "$Z" 'for d in /usr /usr/bin /bin /lib /sbin; do touch $d/x 2>/dev/null && echo wrote to $d; done')" '' '/usr and the like are read-only'
is "$(inside "$Z" 'mount -o remount,rw /usr 2>/dev/null; mount -o remount,rw,bind /usr 2>/dev/null; touch /usr/x 2>/dev/null && echo wrote')" \
	'' 'and stay so'
is "$(inside "$Z" 'umount -l /usr 2>/dev/null; umount -l / 2>/dev/null; ls -1A /root /home')" '/home:

/root:' 'and nothing comes out below'
is "$(inside "$Z" 'for d in /root /tmp /var /etc /run; do touch $d/x || echo no $d; rm $d/x; done')" '' 'its own folders can be written'

# Everything is as little as it can be
programs='/(bin|etc|home|lib[0-9x]*|root|sbin|usr|var)' # where the zone's own set-uid programs count
is "$(inside "$Z" "awk \"(\\\$6 !~ /nosuid/ && \\\$5 !~ \\\"^$programs\\\$\\\") || (\\\$6 !~ /nodev/ && !/ - (tmpfs|devpts) /)\" /proc/self/mountinfo")" '' 'no other mount heeds set-uid, and no disk devices'
is "$(inside "$Z" 'awk "\$6 ~ /^rw/ { print \$5 }" /proc/self/mountinfo' | grep -Evx '/(tmp|run|run/lock|dev|dev/shm|dev/pts|dev/console|etc|var|root|home|proc|proc/(interrupts|kcore|keys|latency_stats|sched_debug|timer_list|timer_stats)|sys/fs/cgroup)')" \
	'' 'and only its own can be written'
# what a sysctl's own namespace would let its root write
is "$(inside "$Z" 'cd /proc/sys; for f in user/max_uts_namespaces kernel/sem kernel/msgmax fs/mqueue/msg_max net/ipv4/ip_forward; do [ ! -e $f ] || { cat $f >$f; } 2>/dev/null && [ -e $f ] && echo wrote $f; done; [ -e kernel/sem ] && echo there')" \
	there '/proc/sys is read-only'

# Power. The bits: sys_module 16, sys_rawio 17, sys_time 25, mac_override 32, mac_admin 33, syslog 34, wake_alarm 35
caps=$(inside "$Z" 'grep ^Cap /proc/self/status')
for set in CapEff CapPrm CapBnd CapInh; do
	bits=$(echo "$caps" | sed -n "s/^$set:[[:space:]]*//p")
	is "$((0x${bits:-ffffffffff} & 0xf02030000))" 0 "$set lacks what would reach the host"
done
is "$(inside "$Z" 'mknod /tmp/sda b 8 0 2>/dev/null && head -c 1 /tmp/sda >/dev/null 2>&1 && echo read')" '' 'no device of the host is opened'
is "$(inside "$Z" 'ls -1 /dev' | grep -Evx 'console|core|fd|full|log|mqueue|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero')" \
	'' '/dev holds the harmless ones only'
is "$(inside "$Z" 'for d in null zero full random urandom tty ptmx; do [ -c /dev/$d ] || echo no $d; done; echo >/dev/null && head -c 1 /dev/urandom | wc -c')" \
	1 'and those work'
# (what is written is what is there: harmless where the test fails)
is "$(inside "$Z" 'v=/proc/sys/kernel/panic; cat $v | sh -c "cat >$v" 2>/dev/null && echo wrote')" '' "the kernel's settings are out of reach"
is "$(inside "$Z" 'date -s "@$(date +%s)" >/dev/null 2>&1 && echo set')" '' 'and the clock'

# Its own network and processes
is "$(inside "$Z" 'sed -n "s/^ *\([^ ]*\):.*/\1/p" /proc/net/dev')" lo 'there is only lo'
among 1 "$(inside "$Z" 'ls -1 /proc | grep -c "^[0-9]"')" 5 'it sees its own processes only'
is "$(inside "$Z" 'cat /proc/1/comm')" sh 'process 1 is its init'
is "$(inside "$Z" 'kill -0 '$$' 2>/dev/null && echo reached')" '' 'ours is out of reach'
# What it inherits: three descriptors, all of its terminal
is "$(inside "$Z" 'ls -1 /proc/1/fd' | tr '\n' ' ')" '0 1 2 ' 'no descriptor of ours'
unlike "$(inside "$Z" 'cat /proc/self/cgroup')" "$CG" 'the names of its control groups are hidden'
is "$(inside "$Z" 'for f in $(find /sys/fs/cgroup -name cpu.cfs_quota_us -o -name cpu.max -o -name memory.limit_in_bytes 2>/dev/null); do echo -1 2>/dev/null >$f && echo wrote $f; done')" \
	'' 'and its limits not its own'
finish
