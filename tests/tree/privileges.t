#!/bin/sh
# privileges: what is taken and refused, what a zone then holds and may do, and when.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a P=$ZONES/a/privileges
mkdir "$Z"

is "$(cat "$P")" default 'the default'
is "$(stat -c '%a %U' "$P")" '644 root' 'root decides'
accepted "$P" none
accepted "$P" +sys_admin
accepted "$P" 'default +CAP_SYS_ADMIN' +sys_admin
accepted "$P" '-mknod  +sys_time -cap_net_raw' '+sys_time -net_raw -mknod'
accepted "$P" 'net_raw CAP_CHOWN' 'chown net_raw'
accepted "$P" 'none +kill' kill
accepted "$P" -suid
accepted "$P" 'default +suid' default
accepted "$P" 'SUID net_raw' 'net_raw suid'
accepted "$P" '+userns -suid +sys_admin' '+sys_admin +userns -suid'
accepted "$P" 'none +kill' kill
cat "$P" >"$TMP/text"
ok 'what is read can be written' cp "$TMP/text" "$P"
is "$(cat "$P")" kill 'and changes nothing'
for v in all nosuch + - cap_ 21 chown,kill cap_suid nosuid '+suid -suid' '+kill chown' 'kill -chown' 'kill kill' '+kill -kill' 'none kill' "'kill" 'kill
chown'; do refused "$P" "$v" EINVAL; done
refused "$P" "$(printf %04100d 0)" 'EINVAL ERANGE'
refused "$Z/config" 'privileges=root' EINVAL
is "$(put "$Z/config" 'privileges=+net_admin')$(cat "$P")" ok+net_admin 'config sets it'
chown -R 1234 "$Z" 2>/dev/null
chown 0 "$P"
is "$(printf +sys_admin | AS=1234 try write "$P")" EACCES "a zone's owner does not"
is "$(printf privileges=+sys_admin | AS=1234 try write "$Z/config")" EPERM 'not by config either'
is "$(cat "$P")" +net_admin 'and it is as it was'

# The bits, and what they are good for
caps() { inside "$Z" 'sed -n "s/^CapBnd:.//p; s/^CapEff:.//p; s/^CapPrm:.//p" /proc/self/status' | sort -u; }
put "$P" default >/dev/null
is "$(caps)" 00000000a84425fb "the default is Docker's and sys_boot"
put "$P" none >/dev/null
is "$(caps)" 0000000000000000 'none is none'
is "$(inside "$Z" 'echo x >/root/x && cat /root/x; chown 5 /root/x 2>/dev/null || echo no')" 'x
no' 'and root is an ordinary user in it'
put "$P" '+sys_admin -chown' >/dev/null
is "$(caps)" 00000000a86425fa 'more and less'
put "$P" 'chown checkpoint_restore' >/dev/null
is "$(caps)" 0000010000000001 'the first and the last'

# By the capability and the filter of system calls together
lines() { inside "$Z" "$(printf %s "$1" | tr '\n' ';')"; } # SCRIPT: each line is a command
# shellcheck disable=SC2016  # for the inner shell
acts='mount -t tmpfs x /mnt 2>/dev/null && echo mount
	unshare -U true 2>/dev/null && echo unshare
	hostname other 2>/dev/null && echo hostname
	perl -e "use Socket; socket S, 17, SOCK_RAW, 0 and print qq(packet\n)"
	setpriv --reuid 1000 --regid 1000 --clear-groups perl -e "use Socket; socket S, PF_INET, SOCK_DGRAM, 1 and print qq(ping\n)"
	perl -e "syscall(162); print qq(sync\n)"
	echo 1 2>/dev/null >/proc/sys/net/ipv4/ip_forward && echo forward'
put "$P" default >/dev/null
is "$(lines "$acts" | tr '\n' ' ')" 'packet ping sync ' 'by default'
put "$P" -net_raw >/dev/null
is "$(lines "$acts" | tr '\n' ' ')" 'sync ' 'without net_raw'
put "$P" +sys_admin >/dev/null
is "$(lines "$acts" | tr '\n' ' ')" 'mount unshare hostname packet ping sync ' 'with sys_admin'
put "$P" +net_admin >/dev/null
is "$(lines "$acts" | tr '\n' ' ')" 'packet ping sync forward ' 'with net_admin'
# a zone with all of them is still a zone
put "$P" "$(perl -e 'print join " ", map { "+$_" } qw(dac_read_search linux_immutable net_admin ipc_lock sys_module sys_rawio sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mac_override mac_admin syslog wake_alarm bpf perfmon audit_control)')" >/dev/null
is "$(lines 'mount -o remount,rw,bind /usr 2>/dev/null; umount -l /usr 2>/dev/null; touch /usr/x 2>/dev/null && echo wrote to /usr
	umount /proc/sysrq-trigger /proc/kcore 2>/dev/null; (echo h >/proc/sysrq-trigger) 2>/dev/null && echo sysrq
	umount /proc/sys 2>/dev/null; (cat /proc/sys/kernel/panic >/proc/sys/kernel/panic) 2>/dev/null && echo panic
	head -c 1 /proc/kcore 2>/dev/null | wc -c; date -s "@$(date +%s)" >/dev/null 2>&1 && echo clock
	modprobe dummy 2>/dev/null && echo module; dmesg >/dev/null 2>&1 && echo dmesg
	mount -t ext4 /dev/vda /mnt 2>/dev/null && echo disk
	mknod /dev/mem2 c 1 1 2>/dev/null && echo mem')" 0 'with every one of them the host is out of reach'

# At the next boot
put "$P" default >/dev/null
put "$Z/init" 'sleep 1000' >/dev/null
put "$Z/ctl" boot >/dev/null
bounds() { sed -n 's/^CapBnd:.//p' "/proc/$(pid_of "$Z")/status"; }
mkdir "$Z/exec/j"
put "$Z/exec/j/cmd" 'sed -n "s/^CapEff:.//p; s/^NoNewPrivs:.//p; s/^Seccomp:.//p" /proc/self/status; unshare -U true 2>/dev/null || echo no' >/dev/null
is "$(cat "$Z/exec/j/stdout")" '00000000a84425fb
0
2
no' 'a job has no more'
rmdir "$Z/exec/j"
put "$P" none >/dev/null
is "$(bounds)" 00000000a84425fb 'a running zone keeps its own'
like "$(key "$Z/status" reboot_needed)" '(^| )privileges( |$)' 'status tells'
put "$Z/ctl" 'reboot 0' >/dev/null
is "$(bounds)" 0000000000000000 'and the next boot takes it'
put "$Z/ctl" halt >/dev/null
remount
is "$(cat "$P")" none 'it persists'
finish
