#!/bin/sh
# privileges: suid. Set-uid, set-gid and file capabilities count in a zone, against its own users alone.
# Those of a whole distribution are tried in debian.t.
. "$(dirname "$0")/lib.sh"
setup
S=$ZONES/s
mkdir "$S"
run() { # ZONE USER COMMANDS: in the zone; prints what they say and how they end
	mkdir "$1/exec/j"
	put "$1/exec/j/user" "$2" >/dev/null
	printf %s "$3" >"$1/exec/j/cmd"
	timeout 60 cat "$1/exec/j/stdout" "$1/exec/j/wait"
	rmdir "$1/exec/j"
}

put "$S/init" 'sleep 10000' >/dev/null
install -d -o 1234 -g 1234 "$TMP/share"
put "$S/mounts" "$TMP/share /srv/share rw" >/dev/null
is "$(put "$S/ctl" boot)" ok 'a zone boots' || diag "$(cat "$S/error")"
base=$(awk '{ print $2 }' "/proc/$(pid_of "$S")/uid_map")
is "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$(pid_of "$S")/status")" 0 'its programs may gain rights'
is "$(run "$S" root 'for d in /root /etc /var /home /tmp /run /srv/share; do cp /usr/bin/id $d/id; chmod 6755 $d/id; done; chmod 755 /root')" \
	'exited 0' 'it makes set-uid programs'
is "$(run "$S" 1000 'for d in /root /etc /var /home /tmp /run /srv/share; do echo $d $($d/id -u) $($d/id -g); done')" \
	'/root 0 0
/etc 0 0
/var 0 0
/home 0 0
/tmp 1000 1000
/run 1000 1000
/srv/share 1000 1000
exited 0' 'they raise its users, but where no programs belong, and in what is shared'
if [ -u /usr/bin/su ] && [ ! -d /bin/su ]; then
	is "$(run "$S" root 'mkdir /etc/pam.d; for t in auth account session; do echo "$t required pam_permit.so"; done >/etc/pam.d/su')$(run "$S" 1000 'su -c "id -u"')" \
		'exited 00
exited 0' "a set-uid program of the host's root makes one the zone's root"
else
	skip 'there is no set-uid su' "a set-uid program of the host's"
fi
# What it could not be is not raised to, whoever runs it, in the zone or on the host
is "$(run "$S" root 'cd /srv/share; for u in 1 1234 65534; do cp id id$u; chown $u:$u id$u; chmod 6755 id$u; done')" 'exited 0' 'set-uid to all of its users on a host mount'
is "$(stat -c '%n %u' "$TMP"/share/id* | sed "s/.*\///; s/ $((base + 1))\$/ zone/; s/ $((base + 1234))\$/ zone/; s/ $((base + 65534))\$/ zone/")" \
	'id 1234
id1 zone
id1234 zone
id65534 zone' 'on the host they belong to the owner of the host mount, or to nobody'
chmod 755 "$TMP/share"
is "$(for u in '' 1 1234 65534; do setpriv --reuid 4321 --regid 4321 --clear-groups "$TMP/share/id$u" -u; done | grep -cx 0)" 0 "and make nobody the host's root"
if command -v setcap >/dev/null; then
	is "$(run "$S" root 'setcap cap_net_raw,cap_sys_admin+ep /root/id 2>&1; getcap /root/id')" '/root/id cap_net_raw,cap_sys_admin=ep
exited 0' 'file capabilities are set'
else
	skip 'there is no setcap' 'file capabilities'
fi
put "$S/ctl" halt >/dev/null

put "$S/privileges" -suid >/dev/null
is "$(put "$S/ctl" boot)$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$(pid_of "$S")/status")" ok1 'without suid it boots with no_new_privs'
is "$(run "$S" 1000 'echo $(/var/id -u) $(/home/id -u)')" '1000 1000
exited 0' 'and they raise nobody'
is "$(run "$S" root 'grep NoNewPrivs /proc/self/status; grep -E " (/|/usr|/var|/home|/etc|/root) " /proc/self/mountinfo | grep -vc nosuid')" 'NoNewPrivs:	1
0
exited 1' 'nor can a job, nor would a mount let them'
put "$S/ctl" halt >/dev/null
finish
