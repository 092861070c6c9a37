#!/bin/sh
# A whole distribution as an image: dpkg and apt work in a zone on it, and its set-uid programs.
. "$(dirname "$0")/lib.sh"
TAR=$WARREN_BUILD/debian.tar
why=$(timeout 150 sh "$HERE/../debian.sh" "$TAR" 2>&1 | tail -n 1)
[ -s "$TAR" ] || skip_all "no Debian root: $(printf %.200s "${why:-it took too long}" | tr '#' ' ')"
setup
mkdir "$MNT/images/deb" "$ZONES/d"
D=$ZONES/d
is "$(put "$MNT/images/deb/ctl" "import $TAR")" ok 'its tar archive is imported' || diag "$(cat "$MNT/images/deb/error")"
like "$(cat "$MNT/images/deb/status")" '^skipped [1-9][0-9]* devices 0 sockets 0 attributes$' 'but for its device nodes'
at=$TMP/state/images/$(key "$MNT/images/deb/status" id)
case $(try getxattr system.posix_acl_default "$at/var/log/journal") in
02000000*) true ;;
ENOENT) true ;; # no systemd there
*) false ;;
esac
report $? "with its journal's access control list"
put "$D/image" deb >/dev/null
put "$D/init" '/usr/bin/sleep 1000' >/dev/null
is "$(put "$D/ctl" boot)" ok 'a zone boots from it'
run() { # USER COMMANDS: in the zone; prints what they say and how they end
	mkdir "$D/exec/j"
	put "$D/exec/j/user" "$1" >/dev/null
	printf %s "$2" >"$D/exec/j/cmd"
	timeout 60 cat "$D/exec/j/stdout" "$D/exec/j/wait"
	rmdir "$D/exec/j"
}
is "$(run root 'stat -c "%u %g %a" /etc/shadow /usr/bin/passwd | sort -u; dpkg --audit; dpkg --verify' | tr '\n' '|')" \
	'0 0 4755|0 42 640|exited 0|' 'owners and modes are right, and all files are whole'
is "$(run root 'set -e
mkdir -p /tmp/p/DEBIAN /tmp/p/usr/bin
printf "Package: warren-test\nVersion: 1\nArchitecture: all\nMaintainer: a <a@localhost>\nDescription: a test\n" >/tmp/p/DEBIAN/control
printf "#!/bin/sh\necho it works\n" >/tmp/p/usr/bin/warren-test
chmod 755 /tmp/p/usr/bin/warren-test
dpkg-deb -b /tmp/p /tmp/t.deb >/dev/null
apt-get -qq install /tmp/t.deb >/dev/null 2>&1
warren-test
dpkg -s warren-test | grep ^Status
apt-get -qq remove warren-test >/dev/null 2>&1
test ! -e /usr/bin/warren-test')" 'it works
Status: install ok installed
exited 0' 'apt installs and removes a package'
is "$(run root 'rm -rf /usr/share/doc; mkdir /usr/share/doc; ls /usr/share/doc; mv /var/lib/apt /var/lib/apt2 && ls /var/lib/apt2 | grep -c lists')" \
	'1
exited 0' 'directories of the image can be replaced and moved'

# --- set-uid, set-gid, file capabilities ---
is "$(run root 'useradd -m bob; echo bob:secret | chpasswd; echo root:secret | chpasswd; echo "bob ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/bob')" 'exited 0' 'a user bob'
is "$(run bob 'sudo -n id -u; sudo -n -u daemon id -un')" '0
daemon
exited 0' 'sudo'
is "$(run root 'su - bob -c "sudo -n id -u"')" '0
exited 0' 'down by su, up by sudo'
is "$(run bob 'echo secret | su -c "id -u" 2>/dev/null; echo wrong | su -c "id -u" 2>/dev/null')" '0
exited 1' 'su asks for the password'
is "$(run bob 'printf "%s\n" secret moresecret1 moresecret1 | passwd >/dev/null 2>&1; echo $?; echo moresecret1 | su bob -c "id -un" 2>/dev/null')" '0
bob
exited 0' 'passwd'
is "$(run bob 'echo "1 2 3 4 5 true" | crontab - && crontab -l')" '1 2 3 4 5 true
exited 0' 'crontab, which is set-gid'
is "$(run bob 'chage -l bob >/dev/null && cat /etc/shadow 2>/dev/null')" 'exited 1' 'chage, too; and that is all it gives'
is "$(run bob 'getcap /usr/bin/ping; ping -n -q -c 1 127.0.0.1 | grep -c "1 received"')" '/usr/bin/ping cap_net_raw=ep
1
exited 0' "ping, by the image's file capabilities"
is "$(run root 'cd /usr/local/bin; cp /bin/cat peek; setcap cap_dac_read_search,cap_dac_override+ep peek && getcap peek; cp /bin/cat admin; setcap cap_sys_admin+ep admin; setcap -q -v cap_net_raw+ep /usr/bin/ping; mv /usr/bin/ping /usr/bin/ping2; getcap /usr/bin/ping2')" \
	'peek cap_dac_override,cap_dac_read_search=ep
/usr/bin/ping2 cap_net_raw=ep
exited 0' 'setcap, and a file that moves keeps its own'
is "$(run bob '(peek /etc/shadow; admin /etc/hostname) 2>&1 | grep -o "denied\|not permitted"; exec 2>/dev/null; setcap cap_chown+ep /home/bob/.profile || echo no')" \
	'not permitted
not permitted
no
exited 0' 'but not past what the zone holds'
is "$(run root 'setcap cap_dac_override+ep /usr/local/bin/peek')$(run bob 'peek /etc/shadow | grep -c ^bob')" 'exited 01
exited 0' 'within that they count'
is "$(put "$D/ctl" 'reboot 0')$(run bob 'ping2 -n -q -c 1 127.0.0.1 | grep -c "1 received"; peek /etc/shadow | grep -c ^bob')" 'ok1
1
exited 0' 'after a reboot, too'
put "$D/ctl" halt >/dev/null
finish
