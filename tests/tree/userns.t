#!/bin/sh
# privileges: userns. User namespaces in a zone give their makers all capabilities over what is made there, and
# nothing of the zone's or the host's.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/u
mkdir "$Z"
put "$Z/init" 'sleep 10000' >/dev/null
run() { # USER COMMANDS: in the zone; prints what they say and how they end
	mkdir "$Z/exec/j"
	put "$Z/exec/j/user" "$1" >/dev/null
	printf %s "$2" >"$Z/exec/j/cmd"
	timeout 60 cat "$Z/exec/j/stdout" "$Z/exec/j/wait"
	rmdir "$Z/exec/j"
}
boots() { # PRIVILEGES
	is "$(put "$Z/ctl" halt)$(put "$Z/privileges" "$1")$(put "$Z/ctl" boot)" okokok "a zone boots with $1" || diag "$(cat "$Z/error")"
}
skip_unless() { unshare -Ur true 2>/dev/null || skip_all 'this host makes no user namespaces'; }
skip_unless

boots default
is "$(run 1000 'for f in -U -Urm -Urpf; do unshare $f true 2>/dev/null && echo $f; done')" 'exited 1' 'by default it makes none'

boots +userns
is "$(run 1000 'unshare -Ur id -u; unshare -Ur unshare -Ur id -u; unshare -Urm sh -c "mount -t tmpfs x /mnt && touch /mnt/x && ls /mnt; mount --bind /mnt /srv && ls /srv"; unshare -Uru sh -c "hostname inner && hostname"; unshare -Urpf sh -c "echo \$\$"; unshare -Urn ip link set lo up && echo net')" \
	'0
0
x
x
inner
1
net
exited 0' 'with userns any user makes them, with all other namespaces'
is "$(run root 'for f in -m -p -n -u -i -C; do unshare $f true 2>/dev/null && echo unshare $f; done; mount -t tmpfs x /mnt 2>/dev/null && echo mount; hostname other 2>/dev/null && echo hostname; ip link set lo down 2>/dev/null && echo net; nsenter -t 1 -m true 2>/dev/null && echo nsenter; true')" \
	'exited 0' "but its root has no more over the zone's own"
# In them all that the zone may not is refused as before
nested() { run 1000 "unshare -UrmpfniuC sh -c '$1' 2>/dev/null"; } # COMMANDS without single quotes
is "$(nested 'for m in /proc/interrupts /proc/kcore /proc/sys /proc /sys/firmware /sys /usr /etc /; do umount -l $m && echo umount $m; done
	for m in /proc/sys /sys /usr; do mount -o remount,rw,bind $m && echo remount $m; done
	mkdir /tmp/p; for t in proc sysfs cgroup devpts2 ext4 bpf debugfs tracefs securityfs; do mount -t $t $t /tmp/p && echo mount $t && umount /tmp/p; done
	wc -c </proc/interrupts; wc -c </proc/keys; ls /sys/firmware | wc -l; echo x >/proc/sys/kernel/core_pattern && echo core; echo h >/proc/sysrq-trigger && echo sysrq; head -c 1 /proc/kcore
	for d in "mem c 1 1" "vda b 254 0"; do mknod /tmp/$d && echo made $d; done
	touch /usr/x && echo usr; date -s @0 >/dev/null && echo date; modprobe dummy && echo module; ip link show eth0 && echo eth0; true')" \
	'0
0
0
exited 0' "there the host's parts are as hidden and sealed as in the zone"
is "$(nested 'perl -e "for (246, 175, 321, 298, 425, 323, 304, 164, 172, 167, 163, 103, 154, 179, 300) { print qq(\$_ ) unless syscall(\$_, 0, 0, 0, 0, 0, 0) < 0 && \$! == 1 } print int(syscall(248, 0, 0, 0, 0, 0) < 0 ? \$! : 0)"
	perl -e "use Socket; for (38, 40, 29, 31) { print qq( family \$_) if socket S, \$_, SOCK_RAW, 0 }"')" '38exited 0' 'and its filter holds'
is "$(run 1000 "unshare -Ur sh -c 'ls -l /root; cat /etc/shadow; kill -0 1 && echo kill; chown 5 /tmp && echo chown; chroot /proc/1/root true && echo root; true' 2>/dev/null")" 'exited 0' "and it is a user's over the zone's files and processes"
# Its maker is root there, and nobody else's set-uid program makes him one of the zone's
is "$(run root 'cp /usr/bin/id /home/id && chmod 4755 /home/id')$(run 1000 'unshare -Ur /home/id -u; unshare -U /home/id -u')" 'exited 00
65534
exited 0' "a set-uid program of the zone's root counts for nothing in one that has not got its uid"
is "$(run root 'cd /proc/sys/user; cat max_user_namespaces max_net_namespaces max_mnt_namespaces; (echo 9999 >max_user_namespaces) 2>/dev/null || echo sealed')" '1024
1024
1024
sealed
exited 0' 'how many a user has is bounded'
is "$(run 2000 'ulimit -n 2000; unshare -Ur perl -e "for my \$n (1..1050) { syscall(272, 0x4000000) == 0 or last; open \$f[\$n], q(<), q(/proc/self/ns/uts) or die } print scalar(@f) - 1"')" '1024exited 0' 'and no more are made, be it in a namespace below'

# With sys_admin the zone's root mounts a whole /proc, and decides who sees it
boots +sys_admin
is "$(run root 'mkdir /tmp/p; unshare -Urpfm mount -t proc p /tmp/p 2>/dev/null || echo no; mount -t proc p /tmp/p && unshare -Urpfm mount -t proc p /mnt && echo whole')" 'no
whole
exited 0' 'with sys_admin masks can be lifted'
put "$Z/ctl" halt >/dev/null
finish
