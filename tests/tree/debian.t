#!/bin/sh
# A whole distribution as an image: dpkg and apt work in a zone on it.
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
run() { # COMMANDS: in the zone; prints what they say and how they end
	mkdir "$D/exec/j"
	printf %s "$1" >"$D/exec/j/cmd"
	timeout 60 cat "$D/exec/j/stdout" "$D/exec/j/wait"
	rmdir "$D/exec/j"
}
is "$(run 'stat -c "%u %g %a" /etc/shadow /usr/bin/passwd | sort -u; dpkg --audit; dpkg --verify' | tr '\n' '|')" \
	'0 0 4755|0 42 640|exited 0|' 'owners and modes are right, and all files are whole'
is "$(run 'set -e
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
is "$(run 'rm -rf /usr/share/doc; mkdir /usr/share/doc; ls /usr/share/doc; mv /var/lib/apt /var/lib/apt2 && ls /var/lib/apt2 | grep -c lists')" \
	'1
exited 0' 'directories of the image can be replaced and moved'
put "$D/ctl" halt >/dev/null
finish
