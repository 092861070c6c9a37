#!/bin/sh
# The tree itself: names, modes, sizes, numbers, and what can be made, removed and renamed.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a V=$VMS/b

names() { find "$1" -mindepth 1 -maxdepth 1 ! -name help -printf '%f\n' | LC_ALL=C sort | tr '\n' ' '; }
modes() { # DIR MODE NAME...
	_dir=$1 _mode=$2
	shift 2
	for _f; do
		_m=$(stat -c '%a %u %g' "$_dir/$_f")
		[ "$_m" = "$_mode 0 0" ] || echo "$_f: $_m, not $_mode"
	done
}

# What is there
is "$(names "$MNT")" 'ctl error event host images list version vms zones ' 'the root has its files and no others'
is "$(modes "$MNT" 444 help version host list event error
	modes "$MNT" 600 ctl
	modes "$MNT" 755 zones vms images)" '' 'modes in the root'
like "$(cat "$MNT/version")" '^warren [0-9]+\.[0-9]+\.[0-9]+$' 'version is: warren X.Y.Z'
among 3 "$(wc -l <"$MNT/help")" 39 'help has under 40 lines'
is "$(cut -d' ' -f1 "$MNT/host" | tr '\n' ' ')" \
	'cpus memory kernel cgroup kvm accel network images lxcfs zones vms running uptime ' 'host has its keys'
is "$(key "$MNT/host" kernel)" "$(uname -r)" 'host tells the kernel'
like "$(key "$MNT/host" cgroup)" '^(v1|v2|hybrid)$' 'host tells the control groups'
like "$(key "$MNT/host" kvm)" '^(usable|unusable: .+)$' 'host tells whether KVM is usable, or why not'
i=0
while key "$MNT/host" network | grep -q 'not through' && [ $i -lt 2000 ]; do i=$((i + 1)); done
like "$(key "$MNT/host" network)" '^(usable|limited: no [a-zA-Z/].*)$' 'host tells what it lacks for networks'
like "$(key "$MNT/host" lxcfs)" '^(no|/.*)$' 'host tells where lxcfs is'
like "$(key "$MNT/host" accel)" '^(kvm|tcg)' 'host tells what auto means'
for verb in halt-all shutdown-all boot-all log; do
	like "$(cat "$MNT/ctl")" "^# $verb( |\$)" "cat ctl lists $verb"
done

# mkdir makes
is "$(try mkdir "$Z")" ok 'mkdir makes a zone'
is "$(try mkdir "$V")" ok 'mkdir makes a VM'
is "$(cat "$Z/state" "$V/state")" "configured
configured" 'they are configured'
common='autoboot config console cpu.baseline cpu.burst_time cpu.cap cpu.entitlement cpu.pressure cpu.set cpu.shares'
common="$common cpu.stat ctl error event history io.max io.pressure io.stat io.weight log memory.current memory.events memory.max"
common="$common meta metadata memory.peak memory.pressure memory.stat memory.swap pending pids.current pids.max procs restart state status uuid wait"
common="$common nic.stat nic0 nic1 nic2 nic3 nic4 nic5 nic6 nic7"
sorted() { echo "$@" | tr ' ' '\n' | LC_ALL=C sort | tr '\n' ' '; }
# shellcheck disable=SC2086  # lists of names
{
	is "$(names "$Z")" "$(sorted $common devices env exec hostname image init mounts privileges rlimits snapshot sysctls)" 'a zone has its files and no others'
	is "$(names "$V")" "$(sorted $common accel agent append boot cdrom cdrom1 cpu devices disk0 disk1 disk2 disk3 disk4 disk5 disk6 disk7 display exec firmware initrd kernel keyboard keys kvm.stat machine mounts nvram os qmp ram ram.max screen.png secureboot tpm vcpus watchdog)" \
		'a VM has its files and no others'
}
for d in "$Z" "$V"; do
	is "$(modes "$d" 600 ctl config console
		modes "$d" 444 uuid state status pending error event wait procs cpu.entitlement cpu.stat memory.current pids.current
		modes "$d" 400 log
		modes "$d" 700 metadata
		modes "$d" 644 autoboot cpu.shares cpu.cap cpu.set memory.max pids.max)" '' "modes in ${d#"$MNT/"}"
done
is "$(modes "$Z" 644 image init hostname env privileges
	modes "$Z" 600 mounts devices)" '' 'modes of what only zones have'
is "$(modes "$V" 644 vcpus ram ram.max cpu accel machine cdrom cdrom1 boot firmware secureboot os tpm watchdog kernel initrd append disk0 disk7 display
	modes "$V" 444 agent kvm.stat
	modes "$V" 644 keyboard
	modes "$V" 200 keys
	modes "$V" 600 mounts devices
	modes "$V" 700 nvram exec
	modes "$V" 400 screen.png)" '' 'modes of what only VMs have'
is "$(key "$MNT/host" zones) $(key "$MNT/host" vms) $(key "$MNT/host" running)" '1 1 0' 'host counts them'
like "$(cat "$Z/ctl")" '^# boot( |$)' 'a halted zone takes boot'
unlike "$(cat "$Z/ctl")" '^# shutdown( |$)' 'a halted zone does not take shutdown'

# list is a table: the columns stand below each other
is "$(head -n 1 "$MNT/list" | tr -s ' ' | sed 's/ $//')" 'NAME KIND STATE PID CPU% CAP SHARES MEM UPTIME' 'list has its head'
is "$(awk '{ print index($0, NR == 1 ? "STATE" : "configured") }' "$MNT/list" | sort -u | wc -l)" 1 'list is aligned'
is "$(awk 'NR > 1 { print $1, $2, $3, NF }' "$MNT/list" | sort)" "a zone configured 9
b vm configured 9" 'list has a line for each'

# Names
long=$(printf %063d 0)
for n in "$long" 0 Z A_b.c-d a.; do
	is "$(try mkdir "$ZONES/$n")" ok "a zone may be called $n"
	is "$(try rmdir "$ZONES/$n")" ok "and be removed"
done
for n in "${long}x" .a -a _a 'a b' 'a:b' 'é' 'a	b' 'a
b' '*' 'a~'; do
	is "$(try mkdir "$ZONES/$n")" EINVAL "no zone may be called $(printf %s "$n" | tr '\n\t' '??')"
done
like "$(cat "$MNT/error")" '^[^:]+: .+: .+' 'the root says why'
is "$(names "$ZONES")" 'a ' 'none of them is there'
is "$(try mkdir "$Z")" EEXIST 'a name is given once'
is "$(try mkdir "$VMS/a")" ok 'zones and VMs have names of their own'
is "$(try rmdir "$VMS/a")" ok 'and it goes again'
is "$(try rmdir "$ZONES/none")" ENOENT 'rmdir of what is not there'

# The tree's own files stay
for d in "$MNT" "$Z" "$ZONES" "$V"; do
	w=/${d#"$MNT"}
	is "$(try create "$d/new")" ENOENT "nobody makes a file in $w"
	is "$(try symlink /etc "$d/new")" EPERM "nor a symlink"
	is "$(try mkfifo "$d/new")" EPERM "nor a FIFO"
done
is "$(try mkdir "$MNT/new")" ENOENT 'no directory is made in the root'
is "$(try mkdir "$Z/new")" ENOENT 'nor in a zone'
is "$(try link "$Z/cpu.cap" "$Z/new")" EPERM 'no hard link is made'
for f in help ctl zones/a/cpu.cap zones/a/ctl vms/b/ram; do
	is "$(try unlink "$MNT/$f")" EPERM "$f can't be removed"
	is "$(try rename "$MNT/$f" "$MNT/${f}x")" EPERM "$f can't be renamed"
done
is "$(try rename "$Z/cpu.cap" "$Z/cpu.shares")" EPERM 'nor replace another'
is "$(try rmdir "$ZONES")" EPERM "zones can't be removed"
is "$(try rename "$ZONES" "$MNT/zonen")" EPERM "zones can't be renamed"
for f in state status error procs cpu.stat log; do
	_got=$(put "$Z/$f" x)
	case $_got in EPERM | EACCES) true ;; *) diag "$_got" && false ;; esac
	report $? "$f can't be written, even by root"
done

# mv
is "$(try mkdir "$ZONES/c")" ok 'another zone'
is "$(try rename "$Z" "$ZONES/c")" EEXIST 'a rename takes no name that is in use'
is "$(try rename "$Z" "$ZONES/.x")" EINVAL 'nor one that is none'
is "$(try rename "$ZONES/none" "$ZONES/d")" ENOENT 'nor something that is not there'
case $(try rename "$Z" "$VMS/a") in EINVAL | EPERM) true ;; *) false ;; esac
report $? 'a zone does not become a VM'
case $(try rename "$Z" "$MNT/a") in EINVAL | EPERM) true ;; *) false ;; esac
report $? 'nor leaves zones/'
put "$Z/cpu.cap" 33 >/dev/null
ino=$(stat -c %i "$Z")
ok 'mv renames' mv "$Z" "$ZONES/renamed"
is "$(cat "$ZONES/renamed/cpu.cap") $(stat -c %i "$ZONES/renamed")" "33 $ino" 'and it stays what it was'
is "$(cat "$ZONES/renamed/hostname")" renamed 'the host name follows'
ok 'and back' mv "$ZONES/renamed" "$Z"

# stat is true: the size is that of the text. A counter is at most 0.1 s old, so a pair that took
# longer than that is taken again
sizes() {
	perl -MTime::HiRes=time -e '
		for my $f (@ARGV) {
			for my $again (1 .. 20) {
				my $t = time;
				my $size = (stat $f)[7];
				open my $h, "<", $f or die "$f: $!";
				my ($text, $all, $n) = ("", "");
				$all .= $text while $n = sysread $h, $text, 65536;
				next if time - $t > 0.09;
				print "$f: $size, not ", length $all, "\n" if $size != length $all;
				last;
			}
		}' -- "$@"
}
settled() { find "$@" -type f ! -name event ! -name console -print; }
# shellcheck disable=SC2046  # no blanks in these names
is "$(sizes $(settled "$MNT"))" '' 'st_size is the length of every text'
put "$Z/cpu.cap" 6400 >/dev/null
# shellcheck disable=SC2046
is "$(sizes "$MNT/list" $(settled "$Z"))" '' 'and again after a write'

# Link counts, statfs, times of directories
is "$(stat -c %h "$MNT" "$ZONES" "$VMS" "$Z" "$Z/cpu.cap" | tr '\n' ' ')" '5 4 3 6 1 ' 'link counts'
like "$(stat -f -c '%b %c' "$MNT")" '^[1-9][0-9]* [1-9]' 'statfs has totals'
touch -d @1000 "$ZONES"
is "$(stat -c %Y "$ZONES")" 1000 'times can be set'
try mkdir "$ZONES/d" >/dev/null
among 1001 "$(stat -c %Y "$ZONES")" 9999999999 "mkdir changes its directory's mtime"
touch -d @1000 "$ZONES"
try rmdir "$ZONES/d" >/dev/null
among 1001 "$(stat -c %Y "$ZONES")" 9999999999 'and so does rmdir'
touch -d @1000 "$Z/cpu.cap" "$Z/cpu.shares"
put "$Z/cpu.cap" 50 >/dev/null
among 1001 "$(stat -c %Y "$Z/cpu.cap")" 9999999999 "a write changes its file's mtime"
is "$(stat -c %Y "$Z/cpu.shares")" 1000 "and no other's"

# Inode numbers
numbers() { find "$MNT" -printf '%i %P\n' | sort -k2; }
numbers >"$TMP/numbers"
is "$(cut -d' ' -f1 "$TMP/numbers" | sort | uniq -d)" '' 'no two files have one inode number'
# shellcheck disable=SC2012  # ls shows the numbers of readdir
is "$(ls -i "$MNT" | awk '{ print $1 }' | sort)" "$(find "$MNT" -mindepth 1 -maxdepth 1 -printf '%i\n' | sort)" \
	'readdir and stat agree on them'
ok 'umount and mount' remount
is "$(numbers)" "$(cat "$TMP/numbers")" 'inode numbers are the same after a mount'
is "$(try rmdir "$ZONES/c")$(try mkdir "$ZONES/c")" okok 'a zone made again under its old name'
is "$(numbers | grep ' zones/c' | cut -d' ' -f1 | grep -xFf - "$TMP/numbers")" '' 'has new inode numbers'
numbers >>"$TMP/numbers"
is "$(try rmdir "$ZONES/c")" ok 'and gone'
ok 'umount and mount' remount
is "$(try mkdir "$ZONES/e")" ok 'the next one after a mount'
cut -d' ' -f1 "$TMP/numbers" >"$TMP/used"
is "$(find "$ZONES/e" -printf '%i\n' | grep -xFf "$TMP/used")" '' 'has new ones too'

# The root's ctl
is "$(put "$MNT/ctl" 'log debug')$(put "$MNT/ctl" 'log info')" okok 'log LEVEL'
refused "$MNT/ctl" 'log loudly' EINVAL loudly
refused "$MNT/ctl" frobnicate EINVAL frobnicate
refused "$MNT/ctl" 'halt-all now' EINVAL
is "$(put "$MNT/ctl" 'halt-all')" ok 'halt-all where nothing runs'

# A script that mounts must not wait for the daemon's end of its pipe
unmount
out=$(timeout 20 "$WARREN_BUILD/mount.warren" warren "$MNT" -o "state=$TMP/state,run=$TMP/run,cgroup=$CG" 2>&1)
is "$? $out" '0 ' "mount.warren lets go of its caller's output"
timeout 20 "$WARREN_BUILD/mount.warren" warren "$TMP/none" -o "state=$TMP/state2,run=$TMP/run2,cgroup=$CG.2" >"$TMP/out" 2>&1
among 1 $? 123 'a mount point that is not there: non-zero'
like "$(cat "$TMP/out")" "$TMP/none" 'and a reason'
timeout 20 "$WARREN_BUILD/mount.warren" warren "$MNT" -o nonsense=1 >"$TMP/out" 2>&1
among 1 $? 123 'an unknown option: non-zero'
like "$(cat "$TMP/out")" nonsense 'and a reason'
finish
