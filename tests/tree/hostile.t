#!/bin/sh
# A zone whose processes mean harm: each thing that it tries ends within it.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/bad N=$ZONES/good
mkdir "$Z" "$N"
lines() { inside "$Z" "$(printf %s "$1" | tr '\n' ';')"; } # SCRIPT: each line is a command
granted() { put "$Z/privileges" "$1" >/dev/null; }

# A neighbour, who must not feel any of it
put "$N/init" 'sleep 10000' >/dev/null
is "$(put "$N/ctl" boot)" ok 'a neighbour runs'
neighbour=$(pid_of "$N") monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$N")/status")
daemon=$(daemon_pid) helper=$(helper_pid)
# Nothing of these differs after an attack
outside() {
	cat /proc/sys/kernel/core_pattern /proc/sys/kernel/panic /proc/sys/kernel/hostname
	stat -c '%n %Y %a %u' /usr /usr/bin /usr/lib /usr/bin/env /dev/null /dev
	grep -v ' /tmp/' /proc/self/mountinfo | cut -d' ' -f3-6 # others' tests mount there
	cat "$N/state" /proc/sys/kernel/printk
	pid_of "$N"
	daemon_pid
}
outside >"$TMP/before"
unharmed() { is "$(outside | diff "$TMP/before" -)" '' "$1: nothing outside has changed"; }

# --- more and more of everything -------------------------------------------------------------

put "$Z/pids.max" 40 >/dev/null
put "$Z/init" "/bin/sh -c 'f() { f | f & f; }; f 2>/dev/null & exec sleep 10000'" >/dev/null
is "$(put "$Z/ctl" boot)" ok 'a fork bomb'
# shellcheck disable=SC2034  # it only counts
for i in 1 2 3 4 5 6 7 8 9 10; do
	n=$(cat "$Z/pids.current")
	[ "$n" -le 40 ] || break
	[ "$n" -lt 40 ] || full=yes
done
among 1 "$n" 40 "stays below pids.max${full:+, and comes up to it}"
ok 'while we have processes' sh -c true
is "$(put "$Z/ctl" halt)$(cat "$Z/state")" okhalted 'and halt ends it'
put "$Z/pids.max" none >/dev/null
unharmed 'fork bomb'

put "$Z/memory.max" 32M >/dev/null
is "$(lines 'exec 2>/dev/null
	perl -e "my @a; push @a, q(x) x 1e6 for 1..2000; print 1"
	echo $?')" '137' 'a hog is killed at memory.max'
is "$(lines 'dd if=/dev/zero of=/tmp/x bs=1M count=500 2>/dev/null || echo no')" no 'and so is one that fills /tmp'
is "$(lines 'dd if=/dev/zero of=/dev/shm/x bs=1M count=500 2>/dev/null || echo no')" no 'or /dev/shm'
put "$Z/memory.max" none >/dev/null
unharmed 'memory'

put "$Z/init" "/bin/sh -c 'while :; do echo flood flood flood flood flood flood; done'" >/dev/null
put "$Z/ctl" boot >/dev/null
exec 8<"$Z/console"
await 8 'flood' >/dev/null
is "$(cat "$N/state")" running 'during a console flood the tree answers'
among 1 "$(wc -c <"$Z/log")" 4194304 'and the log stays small'
is "$(put "$Z/ctl" halt)" ok 'halt ends it'
exec 8<&-
unharmed 'console flood'

granted +sys_admin
is "$(lines 'perl -e "my (\$s, \$t, \$n) = (q(none), q(tmpfs), 0); mkdir q(/tmp/m); for (1..1000) { my \$d = qq(/tmp/m/\$_); mkdir \$d; syscall(165, \$s, \$d, \$t, 0, 0) == 0 and \$n++ } print \$n"')" 1000 'a thousand mounts'
unharmed 'mounts'
# each doubles them, up to sysctl fs.mount-max
is "$(lines 'mkdir /tmp/a; mount -t tmpfs a /tmp/a; i=0
	while [ $i -lt 40 ] && mkdir /tmp/a/$i && mount --rbind /tmp/a /tmp/a/$i 2>/dev/null; do i=$((i+1)); done
	[ $i -lt 40 ] && echo bounded')" bounded 'and as many as the kernel allows'
unharmed 'more mounts'
granted default

# --- others' processes -----------------------------------------------------------------------

is "$(lines "for p in $neighbour $monitor $daemon $helper $$; do kill -0 \$p 2>/dev/null && echo kill \$p; [ -e /proc/\$p/root/etc ] && echo see \$p; done
	perl -e \"for (@ARGV) { print qq(ptrace) if syscall(101, 16, \\\$_, 0, 0) == 0 }\" $neighbour $monitor $daemon $helper $$
	ls /proc | grep -c ^[0-9] >/dev/null")" '' 'nobody outside can be seen, signalled or traced'
is "$(lines 'perl -e "my \$p = fork || do { sleep 9; exit }; print syscall(101, 16, \$p, 0, 0) == 0 ? q(own) : q(no)"')" own 'its own can be traced'
is "$(lines 'perl -e "print syscall(438, 3, 0, 0) == 0 ? 1 : int \$!"')" 1 'descriptors of others are out of reach'

# --- what has no namespace -------------------------------------------------------------------

is "$(lines 'perl -e "my (\$t, \$d) = (q(user), q(warren:x)); print int(syscall(248, \$t, \$d, \$d, 8, -4) < 0 ? \$! : 0), q( ), int(syscall(250, 0, -4, 1) < 0 ? \$! : 0)"
	cat /proc/keys')" '38 38' 'there are no keyrings'
is "$(lines 'perl -e "for (38, 40, 29, 31) { print int(\$!), q( ) unless socket S, \$_, 2, 0 }"')" '97 97 97 97 ' 'sockets of ciphers, hypervisors, buses and radios too'
for call in '246 kexec_load' '175 init_module' '321 bpf' '298 perf_event_open' '425 io_uring_setup' '323 userfaultfd' '304 open_by_handle_at' \
	'164 settimeofday' '172 iopl' '167 swapon' '163 acct' '165 mount' '155 pivot_root' '308 setns' '103 syslog' '428 open_tree' '430 fsopen' '154 modify_ldt'; do
	is "$(lines "perl -e \"print syscall(${call% *}, 0, 0, 0, 0, 0, 0) < 0 ? int \\\$! : 0\"")" 1 "${call#* } is refused"
done
is "$(lines 'perl -e "print syscall(435, 0, 0) < 0 ? int \$! : 0, q( ), syscall(56, 0x10000011, 0, 0, 0, 0) < 0 ? int \$! : 0, q( ), syscall(999) < 0 ? int \$! : 0, q( ), syscall(135, 0x400000) < 0 ? int \$! : 0, q( ), syscall(135, 8), q( ), syscall(135, 0)"')" \
	'38 1 38 1 0 8' 'clone3, clone with namespaces, unknown calls, personalities'
is "$(lines 'perl -e "my \$c = qq(x); print ioctl(STDIN, 0x5412, \$c) ? 0 : int \$!"')" 1 'typing into a terminal is refused'
if [ "$(uname -m)" = x86_64 ]; then
	is "$(lines 'perl -e "print syscall(0x40000027) < 0 ? int \$! : 0"')" 38 'calls of x32 are unknown'
fi
# Not each machine answers int 0x80
printf '.globl _start\n_start: movl $20, %%eax\nint $0x80\nmovl $1, %%eax\nmovl $7, %%ebx\nint $0x80\n' >"$TMP/i.s"
if [ "$(uname -m)" = x86_64 ] && gcc -nostdlib -static -o "$TMP/i" "$TMP/i.s" 2>/dev/null && { (exec "$TMP/i" 2>/dev/null); [ $? = 7 ]; }; then
	mkdir -p "$TMP/state/roots/$(key "$Z/status" id)/root" && cp "$TMP/i" "$TMP/state/roots/$(key "$Z/status" id)/root/i"
	chmod 755 "$TMP/state/roots/$(key "$Z/status" id)/root/i"
	like "$(lines '/root/i; echo $?')" '159$' 'calls of i386 kill (SIGSYS)'
else
	skip 'no gcc, or this machine has no calls of i386' 'calls of i386'
fi
unharmed 'system calls'

# --- the network -----------------------------------------------------------------------------

listener=$(perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => 0) or die;
	my $pid = fork;
	if ($pid) { print $s->sockport, " $pid"; exit }
	close STDOUT; alarm 60; accept my $c, $s' 2>/dev/null)
port=${listener% *}
is "$(lines "perl -MIO::Socket::INET -e \"print IO::Socket::INET->new(q(127.0.0.1:$port)) ? q(reached) : q(refused)\"")" refused "our 127.0.0.1 is not its own"
kill "${listener#* }"
is "$(lines 'perl -e "use Socket; socket S, PF_INET, SOCK_RAW, 1 and print q(raw )"
	ls /sys/class/net')" 'raw lo' 'a raw socket has its own lo alone'
unharmed 'network'

# --- the kernel's files ----------------------------------------------------------------------

is "$(lines 'for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/drop_caches /proc/irq/default_smp_affinity /sys/kernel/uevent_helper /sys/power/state; do (echo 0 >$f) 2>/dev/null && echo wrote $f; done
	for f in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts /proc/sched_debug /dev/mem /dev/kmsg /proc/kmsg; do head -c 1 $f 2>/dev/null; done | wc -c
	ls -A /proc/acpi /proc/scsi /sys/firmware /sys/devices/virtual/powercap 2>/dev/null | grep -v :$')" 0 'neither written nor read'
is "$(lines 'for d in "mem c 1 1" "kmsg c 1 11" "sda b 8 0" "vda b 254 0" "kvm c 10 232"; do mknod /tmp/$d 2>/dev/null && echo made $d; mknod /dev/x$d 2>/dev/null && echo made $d; done')" '' 'and no device is made'
is "$(lines 'for f in /sys/fs/cgroup /sys/kernel/debug /sys/kernel/security /sys/fs/bpf; do touch $f/x 2>/dev/null && echo wrote $f; done')" '' '/sys is read-only'
granted +sys_admin
is "$(lines 'umount -l /proc/sysrq-trigger /proc/sys /proc/kcore 2>/dev/null; mkdir /tmp/p; mount -t proc proc /tmp/p
	for f in /proc /tmp/p; do (echo h >$f/sysrq-trigger) 2>/dev/null && echo sysrq; (echo x >$f/sys/kernel/core_pattern) 2>/dev/null && echo core; head -c 1 $f/kcore 2>/dev/null; done
	mount -t sysfs sysfs /tmp/p 2>/dev/null && (echo x >/tmp/p/kernel/uevent_helper) 2>/dev/null && echo uevent')" '' 'with sys_admin they are refused by their owner'
unharmed "the kernel's files"

# --- control groups --------------------------------------------------------------------------

# What it has of v2 for its own is tried in systemd.t
is "$(lines 'mkdir /tmp/g; for t in "cgroup -o pids" "cgroup -o memory" "cgroup -o rdma" "cgroup -o cpu" cgroup2; do mount -t $t none /tmp/g 2>/dev/null || continue
	(echo /tmp/agent >/tmp/g/release_agent) 2>/dev/null && echo agent
	(echo 1 >/tmp/g/notify_on_release) 2>/dev/null && echo notify
	(echo max >/tmp/g/pids.max) 2>/dev/null && echo pids
	(echo -1 >/tmp/g/memory.limit_in_bytes) 2>/dev/null && echo memory
	(echo 1000000 >/tmp/g/memory.max) 2>/dev/null && echo memory
	[ -e /sys/fs/cgroup/cgroup.procs ] || { (echo 1 >/tmp/g/cgroup.procs) 2>/dev/null && echo procs; }
	[ -e /sys/fs/cgroup/cgroup.procs ] || { mkdir /tmp/g/x 2>/dev/null && echo group; }
	umount /tmp/g
	done
	mount -t cgroup -o none,name=w,release_agent=/x none /tmp/g 2>/dev/null && echo hierarchy')" '' 'neither its limits nor release_agent can be written'
unharmed 'control groups'

# --- again and again -------------------------------------------------------------------------

granted default
is "$(lines 'for f in -U -m -p -n -u -i -C; do unshare $f true 2>/dev/null && echo $f; done')" '' 'no namespaces by default'
granted +sys_admin
is "$(lines 'unshare -Urm sh -c "umount -l /usr; mount -o remount,bind,rw /usr; touch /usr/x; mknod /tmp/m c 1 1; head -c 4 /proc/kcore | grep -q ELF" >/dev/null 2>&1 && echo done
	ls /usr/x 2>/dev/null
	unshare -Ur sh -c "for i in 1 2 3 4 5 6 7 8; do exec unshare -Ur sh -c id; done" >/dev/null && echo deep')" deep 'and those that it has with sys_admin are no way out'
unharmed 'namespaces'

# --- setuid ----------------------------------------------------------------------------------

granted default
raised='cp /usr/bin/id /root/id; cp /usr/bin/id /tmp/id; chmod 6755 /root/id /tmp/id; chmod 755 /root
	setpriv --reuid 1000 --regid 1000 --clear-groups /root/id -u; setpriv --reuid 1000 --regid 1000 --clear-groups /tmp/id -u'
is "$(lines "$raised")" '0
1000' "a set-uid file raises to the zone's own root"
file=$TMP/state/roots/$(key "$Z/status" id)/root/id
among 1879179264 "$(stat -c %u "$file")" 2147418112 "on the host it is the zone's uid"
is "$(AS=1234 try read "$file")" EACCES 'and no user of the host reaches it'
granted -suid
is "$(lines "$raised")" '1000
1000' 'without suid to nobody'
granted default

# What its spawner could execute, which is without no_new_privs where its zone has suid: to its mount namespace
# programs of the host's are foreign
cp /usr/bin/id "$TMP/id" && chmod 6755 "$TMP/id"
as_nobody='$( = $) = "4321 4321"; $< = $> = 4321; exec @ARGV'
if [ "$(perl -e "$as_nobody" "$TMP/id" -u)" = 0 ]; then
	# shellcheck disable=SC2016
	is "$(perl -e 'my ($pid) = shift; open my $root, "<", "/"; open my $ns, "<", "/proc/$pid/ns/mnt"; syscall(308, fileno $ns, 0) == 0 && chdir $root && chroot "." or die; '"$as_nobody" \
		"$(children "$monitor" warren-spawner)" "$TMP/id" -u)" 4321 "a set-uid program of the host's raises nobody in a spawner's mount namespace"
else
	skip "$TMP lies on a file system without set-uid programs" "a set-uid program of the host's in a spawner"
fi

# --- the shared /usr -------------------------------------------------------------------------

ways='for d in /usr /proc/self/root/usr /proc/1/root/usr /proc/1/cwd/usr /bin/..; do touch $d/warren-x && echo new $d; (echo >$d/bin/env) && echo write $d; rm $d/bin/env && echo rm $d; mv $d/bin/env $d/bin/env2 && echo mv $d
	chmod 777 $d/bin/env && echo chmod $d; chown 0 $d/bin/env && echo chown $d; touch -d 2001-01-01 $d/bin/env && echo time $d; ln $d/bin/env /tmp/env && echo ln $d
	setfattr -n user.x -v 1 $d/bin/env && echo xattr $d; truncate -s 0 $d/bin/env && echo truncate $d
	done
	exec 5</usr/bin/env; (echo >/proc/self/fd/5) && echo fd; exec 5<&-
	perl -e "open F, q(+<), q(/usr/bin/env) and print q(rw)"'
is "$(lines "{ $ways
	} 2>/dev/null")" '' '/usr takes nothing, by any path'
granted '+sys_admin +dac_read_search +linux_immutable +sys_resource'
is "$(lines "mkdir -p /tmp/b /tmp/u /tmp/w
	{ mount -o remount,rw /usr; mount -o remount,rw,bind /usr; mount --bind /usr /tmp/b && mount -o remount,rw,bind /tmp/b; touch /tmp/b/x && echo bind
	umount /tmp/b; mount --rbind / /tmp/b && mount -o remount,rw,bind /tmp/b/usr; touch /tmp/b/usr/x && echo rbind
	mount -t overlay -o lowerdir=/usr,upperdir=/tmp/u,workdir=/tmp/w o /mnt; touch /mnt/warren-x && ls /usr/warren-x
	umount -l /usr; umount -l /; mount --move /usr /mnt; chattr +i /usr/bin/env && echo immutable
	mount -t ext4 /dev/vda /tmp/w && echo disk
	$ways
	} 2>/dev/null")" '' 'with sys_admin neither'
is "$(find /usr /usr/bin /usr/lib -maxdepth 1 -newer "$TMP/mount.out" -name '*warren-x*')" '' 'nothing was made there'
unharmed '/usr'

is "$(put "$N/ctl" halt)" ok 'the neighbour is well'
finish
