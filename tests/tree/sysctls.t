#!/bin/sh
# sysctls: the kernel's settings of a zone's own network and IPC, at the boot and live, and none of the host's.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
said() { mkdir "$Z/exec/t" && put "$Z/exec/t/cmd" "$1" >"$TMP/put" && cat "$Z/exec/t/stdout"; rmdir "$Z/exec/t"; }
value() { said "cd /proc/sys && cat $*" | tr '\t\n' '  '; }
ours() { (cd /proc/sys && cat net/ipv4/ip_unprivileged_port_start net/ipv4/ip_forward net/ipv4/ip_default_ttl kernel/shmmax kernel/sem fs/mqueue/msg_max); }
mkdir "$Z"
host=$(ours)
port=net/ipv4/ip_unprivileged_port_start ttl=net/ipv4/ip_default_ttl
is "$(cat "$Z/sysctls") $(stat -c %a "$Z/sysctls")" ' 644' 'none at first'
if [ "$(put "$Z/sysctls" 'kernel.shmmax=1000000')" = EOPNOTSUPP ]; then
	like "$(cat "$Z/error")" 'kernel.shmmax is for the host.s root alone on this kernel' 'a kernel before 5.19 says so of IPC'
	ipc=
else
	ipc='kernel.shmmax=1000000
kernel.sem=250 32000 32 200
kernel.shmall=9999
fs.mqueue.msg_max=20'
fi
accepted "$Z/sysctls" "net.ipv4.ip_unprivileged_port_start=80
net/ipv4/ip_default_ttl=77${ipc:+
$ipc}"
is "$(put "$Z/ctl" boot) $(value $port $ttl)" 'ok 80 77 ' 'a zone boots with its own' || diag "$(cat "$Z/error")"
if [ -n "$ipc" ]; then
	is "$(value kernel/shmmax kernel/sem kernel/shmall fs/mqueue/msg_max)" '1000000 250 32000 32 200 9999 20 ' 'those of IPC, too'
else
	skip 'this kernel is before 5.19' 'those of IPC, too'
fi
is "$(said "echo 1 >/proc/sys/$port; cat /proc/sys/$port")" 80 'which it does not set itself'
is "$(ours)" "$host" "the host's are as they were"
pid=$(pid_of "$Z")
accepted "$Z/sysctls" 'net.ipv4.ip_forward=1
net.ipv4.ip_default_ttl=78'
is "$(value $port $ttl net/ipv4/ip_forward) $(pid_of "$Z")" "$(cat /proc/sys/$port 2>/dev/null || echo 1024) 78 1  $pid" 'another list, live: what is no longer in it is as in a new zone'
refused "$Z/sysctls" 'net.ipv4.ip_default_ttl=79
net.ipv4.ip_forward=x' EINVAL 'net.ipv4.ip_forward does not take "x"'
refused "$Z/config" 'sysctls=net.ipv4.ip_default_ttl=79
cpu.shares=x' EINVAL
is "$(value $ttl net/ipv4/ip_forward)" '78 1 ' 'a refused one changes nothing'
refused "$Z/sysctls" 'net.core.rmem_max=1' 'EINVAL EOPNOTSUPP'
refused "$Z/sysctls" 'net.ipv4.conf.eth0.rp_filter=1' EINVAL 'net.ipv4.conf.eth0.rp_filter is not in the zone: set its NIC'
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(put "$Z/sysctls" 'net.ipv4.ip_forward=1') $(value $ttl net/ipv4/ip_forward)" 'ok 64 1 ' 'the daemon after a killed one knows what was set'
put "$Z/sysctls" none >"$TMP/put"
is "$(put "$Z/ctl" 'reboot 0') $(value net/ipv4/ip_forward)" 'ok 0 ' 'none'
before=$(value net/ipv4/ping_group_range kernel/shmall)
put "$Z/sysctls" "net.ipv4.ping_group_range=5 6${ipc:+
kernel.shmall=77}" >"$TMP/put"
is "$(value net/ipv4/ping_group_range)" '5 6 ' 'one that every zone has otherwise than a new namespace'
put "$Z/sysctls" none >"$TMP/put"
is "$(value net/ipv4/ping_group_range kernel/shmall)" "$before" 'is as in a new zone again'
put "$Z/ctl" halt >"$TMP/put"
accepted "$Z/sysctls" 'net.ipv4.conf.eth0.rp_filter=2'
is "$(put "$Z/ctl" boot)" EIO 'one of an interface that is not there refuses the boot'
like "$(cat "$Z/error")" 'boot: sysctls: net.ipv4.conf.eth0.rp_filter is not in the zone: set its NIC' 'and says what is missing'
if ip link add "wt$$" type bridge 2>/dev/null; then
	put "$Z/nic0" "bridge=wt$$" >"$TMP/put"
	is "$(put "$Z/ctl" boot) $(value net/ipv4/conf/eth0/rp_filter)" 'ok 2 ' 'with its NIC it is set' || diag "$(cat "$Z/error")"
	put "$Z/ctl" halt >"$TMP/put"
	ip link del "wt$$"
else
	skip 'no bridges here' 'one of an interface'
fi
(put "$Z/sysctls" 'net.ipv4.ip_default_ttl=33' >"$TMP/put1") &
(put "$Z/sysctls" 'net.ipv4.ip_default_ttl=34' >"$TMP/put2") &
(put "$Z/ctl" boot >"$TMP/put3") &
wait
is "$(cat "$TMP"/put[12] "$TMP/put3")" okokok 'two writes and a boot at once'
is "$(value $ttl)" "$(sed 's/.*=//' "$Z/sysctls") " 'what the file says'
is "$(ours)" "$host" "the host's are as they were"
finish
