# Helpers of the behaviour tests: TAP, a scratch tree of the script's own, and waiting by events.
#
# A script sources this, calls `setup`, tests, and ends with `finish`, which unmounts, looks that
# nothing is left, and prints the plan. Everything is in $TMP: the tree at $MNT, state and run
# directories; the control groups are below $CG.
# shellcheck shell=sh disable=SC2034  # the variables are for the scripts

HERE=$(cd "$(dirname "$0")" && pwd)
WARREN_BUILD=${WARREN_BUILD:-${HERE%/tests/tree}/build}
count=0 failed=0

# --- TAP -------------------------------------------------------------------------------------

report() { # RC DESCRIPTION
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=1
	fi
	return "$1"
}

# False, so that a test that failed and says so has still failed
diag() {
	printf '%s\n' "$*" | cut -c1-300 | sed 's/^/# /; 15q' >&2
	return 1
}

ok() { # DESCRIPTION COMMAND...: what the command prints is not looked at
	_what=$1
	shift
	"$@" >/dev/null
	report $? "$_what"
}

is() { # GOT WANT DESCRIPTION
	[ "$1" = "$2" ]
	report $? "$3" || diag "got:  $1
want: $2"
}

like() { # GOT ERE DESCRIPTION: some line of GOT matches
	printf '%s\n' "$1" | grep -Eq -e "$2"
	report $? "$3" || diag "got:  $1
want: /$2/"
}

unlike() { # GOT ERE DESCRIPTION: no line of GOT matches
	! printf '%s\n' "$1" | grep -Eq -e "$2"
	report $? "$3" || diag "got:  $1
not:  /$2/"
}

among() { # LOW GOT HIGH DESCRIPTION
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
	report $? "$4" || diag "got $2, want $1..$3"
}

skip() { # REASON DESCRIPTION
	count=$((count + 1))
	echo "ok $count - $2 # SKIP $1"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# --- single system calls ---------------------------------------------------------------------

# One system call; prints `ok` or the name of its errno. AS=UID makes it as that user, AS_GROUPS="GID..."
# with these groups (the first is his own). `write FILE` takes the bytes of its one write(2) from standard
# input.
try() { "$WARREN_BUILD/tests/try" "$@"; } # CALL ARGUMENT...

put() { printf %s "$2" | try write "$1"; } # FILE TEXT: one write(2); `ok` or the errno's name

# FILE TEXT [WANT]: the write is taken and reads back as WANT (TEXT unless told)
accepted() {
	_got=$(put "$1" "$2")
	[ "$_got" = ok ] && _got=$(cat "$1")
	is "$_got" "${3-$2}" "${1##*/} takes $(printf %.40s "$2" | tr '\n' '|')" ||
		diag "error: $(cat "${1%/*}/error")"
}

# FILE TEXT ERRNO [ERE]: the write is refused with (one of the blank-separated) ERRNO, nothing
# changes, and `error` explains it in one line `FILE: what is wrong: what would be right`
refused() {
	_file=${1##*/} _short=$(printf %.40s "$2" | tr '\n' '|') _before='' _after=''
	case $_file in console) ;; *) _before=$(cat "$1") ;; esac
	_got=$(put "$1" "$2")
	case $_file in console) ;; *) _after=$(cat "$1") ;; esac
	_why=$(cat "${1%/*}/error")
	_bad=
	case " $3 " in *" $_got "*) ;; *) _bad="the errno is $_got, not $3" ;; esac
	[ "$_before" = "$_after" ] || _bad="$_bad; it changed from '$_before' to '$_after'"
	[ "$(printf '%s\n' "$_why" | wc -l)" -eq 1 ] || _bad="$_bad; error is not one line"
	# a line of config may be explained under its own file's name
	case $_file:$_why in
	config:*': '*': '*) ;;
	*:"$_file: "*': '*) ;;
	*) _bad="$_bad; error does not have the form '$_file: wrong: right'" ;;
	esac
	[ -z "${4-}" ] || printf '%s\n' "$_why" | grep -Eq -e "$4" || _bad="$_bad; error is not like /$4/"
	[ -z "$_bad" ]
	report $? "$_file refuses '$_short' ($3)" || diag "${_bad#; }
error: $_why"
}

# --- waiting, never sleeping -----------------------------------------------------------------

# await FD PERL_RE...: read from FD until all of them were seen, in this order; prints what was
# read up to the last one. Each await eats what it read, so ask for all that is wanted at once.
await() {
	_fd=$1
	shift
	perl -e '
		my ($seen, $left) = ("", "");
		$SIG{ALRM} = sub { print STDERR "# waited in vain; seen: $seen$left\n"; exit 1 };
		alarm($ENV{AWAIT} // 30);
		for my $re (@ARGV) {
			until ($left =~ s/^(.*?(?m-s:$re))/$seen .= $1; ""/es) {
				sysread STDIN, $left, 65536, length $left or
					do { print STDERR "# end of file; seen: $seen$left\n"; exit 1 };
			}
		}
		print $seen' -- "$@" <&"$_fd"
}

# until_state DIR STATE: by its events
until_state() {
	exec 9<"$1/event"
	[ "$(cat "$1/state")" = "$2" ] || await 9 " $2( |\$)" >/dev/null
	_rc=$?
	exec 9<&-
	return $_rc
}

ended() { timeout 30 cat "$1/wait"; } # DIR: blocks until it is not running; gives the exit

# DIR: blocks until the monitor of a zone answers. A boot returns when process 1 runs: the monitor may still be the
# helper's worker then, who has privilege
monitored() { [ "$(put "$1/ctl" 'size 25 80')" = ok ]; }

# gone PID...: blocks until all of them have ended, 10 s at most
gone() {
	perl -e 'for (@ARGV) {
		my $fd = syscall 434, $_ + 0, 0; # pidfd_open
		next if $fd < 0;
		my $set = "";
		vec($set, $fd, 1) = 1;
		select $set, undef, undef, 10 or do { print STDERR "# $_ still lives\n"; exit 1 };
	}' -- "$@"
}

# In QEMU's emulator a second has a tenth of the work in it, now more, now less: what is measured there over
# time is the emulator's
emulated() { grep -q 'QEMU TCG' /proc/cpuinfo; }

# --- looking ---------------------------------------------------------------------------------

key() { sed -n "s/^$2 //p" "$1"; } # FILE KEY: the value in a flat keyed file
pid_of() { key "$1/status" pid; }

children() { # PID COMM
	for _s in /proc/[0-9]*/stat; do
		{ read -r _p _c _x _pp _rest <"$_s"; } 2>/dev/null &&
			[ "$_pp" = "$1" ] && [ "$_c" = "($2)" ] && echo "$_p"
	done
	return 0
}

helper_pid() { # the mount.warren that holds our mount
	for _c in /proc/[0-9]*/comm; do
		{ read -r _n <"$_c"; } 2>/dev/null || continue
		[ "$_n" = mount.warren ] || continue
		_p=${_c%/comm}
		{ tr '\0' '\n' <"$_p/cmdline"; } 2>/dev/null | grep -qxF "$MNT" && echo "${_p#/proc/}"
	done
	return 0
}

daemon_pid() { for _h in $(helper_pid); do children "$_h" warren; done; }

# cgroup_value PID CONTROLLER FILE...: the first of FILE that is in the control group of PID, or in
# those above it up to $CG; FILE may differ between v1 and v2
cgroup_value() {
	_pid=$1 _ctl=$2
	shift 2
	_top=$(awk -v c="$_ctl" '$3 == "cgroup" && index("," $4 ",", "," c ",") { print $2; exit }' /proc/mounts)
	if [ -n "$_top" ]; then
		_path=$(awk -F: -v c="$_ctl" 'index("," $2 ",", "," c ",") { print $3 }' "/proc/$_pid/cgroup")
	else
		_top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
		_path=$(sed -n 's/^0:://p' "/proc/$_pid/cgroup")
	fi
	# on v2 a zone has groups below its own, whose files are not its limits
	_id=${_path#*"$CG"/}
	_path=${_path%"$_id"}${_id%%/*}
	while case $_path in *"$CG"/?*) ;; *) false ;; esac do
		for _f; do
			[ -e "$_top$_path/$_f" ] && cat "$_top$_path/$_f" && return
		done
		_path=${_path%/*}
	done
	echo "no $* below $CG for $_pid"
}

# That of our own processes, which is there as long as the tree is mounted or a zone runs
own_groups() { find /sys/fs/cgroup -type d -name "mount.$CG" 2>/dev/null; }
groups_left() { find /sys/fs/cgroup -mindepth 2 -type d -path "*/$CG/*" 2>/dev/null; }
mounts_left() { grep -F "$TMP" /proc/self/mountinfo; }

# Processes that have something of $TMP open, as root or working directory, or on the command line
leftovers() {
	TMP=$TMP SKIP=$$ perl -e '
		for my $p (map { m{(\d+)} } glob "/proc/[0-9]*") {
			next if $p == $$ || $p == $ENV{SKIP};
			my @at = grep { defined } map { readlink } glob("/proc/$p/fd/*"), "/proc/$p/cwd", "/proc/$p/root";
			if (open my $f, "<", "/proc/$p/cmdline") { local $/; my $c = <$f>; push @at, $c if defined $c }
			print "$p\n" if grep { index($_, $ENV{TMP}) >= 0 } @at;
		}'
}

# --- the scratch tree ------------------------------------------------------------------------

mount_tree() {
	timeout 30 "$WARREN_BUILD/mount.warren" warren "$MNT" \
		-o "state=$TMP/state,run=$TMP/run,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null
}

# Who made a mount namespace of his own while the tree was mounted holds it, and it would not end with our umount
unmount() {
	for _m in $(grep -lsF " $MNT " /proc/[0-9]*/mountinfo); do
		_p=${_m%/mountinfo}
		# looked at from inside, too: a helper's worker may be back from there
		# shellcheck disable=SC2016
		[ "$_p/ns/mnt" -ef /proc/self/ns/mnt ] || nsenter -t "${_p#/proc/}" -m sh -c '[ "$(readlink /proc/self/ns/mnt)" = "$1" ] || while umount -l "$2"; do :; done' \
			sh "$(readlink /proc/self/ns/mnt)" "$MNT" 2>/dev/null
	done
	umount "$MNT"
}

remount() {
	_old="$(helper_pid) $(daemon_pid)"
	# shellcheck disable=SC2086  # several pids
	unmount && gone $_old && mount_tree
}

setup() {
	[ "$(id -u)" -eq 0 ] || skip_all 'only root may mount'
	TMP=$(mktemp -d /tmp/warrent.XXXXXX) || exit 1
	MNT=$TMP/mnt CG=warrentest.$$
	ZONES=$MNT/zones VMS=$MNT/vms
	chmod 755 "$TMP"
	mkdir "$MNT"
	trap cleanup EXIT
	trap 'exit 1' INT TERM HUP
	if ! mount_tree; then
		echo "1..1"
		echo "not ok 1 - the tree mounts"
		diag "$(cat "$TMP/mount.out")"
		exit 1
	fi
}

halt_everything() {
	for _c in "$ZONES"/*/ctl "$VMS"/*/ctl; do
		[ -e "$_c" ] && put "$_c" halt >/dev/null
	done
	return 0
}

cleanup() {
	exec 6<&- 7<&- 8<&- 9<&-
	halt_everything 2>/dev/null
	while grep -qF " $MNT " /proc/self/mountinfo; do
		umount "$MNT" 2>/dev/null || umount -l "$MNT" || break
	done
	# What a failed test left: all of these are our own
	for _p in $(find /sys/fs/cgroup \( -path "*/$CG/*" -o -path "*/$CG.*" -o -path "*/mount.$CG/*" \) -name cgroup.procs -exec cat {} + 2>/dev/null) $(leftovers); do
		kill -9 "$_p" 2>/dev/null && gone "$_p"
	done
	find /sys/fs/cgroup -depth -type d \( -path "*/$CG" -o -path "*/$CG/*" -o -path "*/$CG.*" -o -name "mount.$CG" \) -exec rmdir {} + 2>/dev/null
	rm -rf --one-file-system "$TMP"
}

finish() {
	exec 6<&- 7<&- 8<&- 9<&-
	halt_everything
	_pids="$(helper_pid) $(daemon_pid)"
	ok 'umount ends the tree' unmount
	# shellcheck disable=SC2046,SC2086  # several pids
	ok 'no process is left' gone $_pids $(leftovers)
	is "$(for _p in $(leftovers); do echo "$_p: $(tr '\0' ' ' <"/proc/$_p/cmdline")"; done)" '' 'nobody has anything of it open'
	is "$(mounts_left)" '' 'no mount is left'
	is "$(groups_left)$(own_groups)" '' 'no control group is left'
	echo "1..$count"
	exit $failed
}

# What warren-init needs in the root of an image: nothing, unless it was built with sanitizers
init_libraries() { # ROOT
	for _l in $(ldd "$WARREN_BUILD/warren-init" 2>/dev/null | grep -o '/[^ ]*'); do
		mkdir -p "$1${_l%/*}" && cp "$_l" "$1$_l"
	done
}

# The CPUs that we may use. Whoever may use all possible ones has those that are there.
cpus_allowed() {
	_all=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
	[ "$_all" != "$(cat /sys/devices/system/cpu/possible)" ] || _all=$(cat /sys/devices/system/cpu/online)
	echo "$_all"
}

# inside DIR SCRIPT: boots the zone with an init that runs SCRIPT (without single quotes) to its
# end; prints what it said on its console
inside() {
	_r=$(put "$1/init" "/bin/sh -c 'echo == begin; $2'")$(put "$1/ctl" boot)
	[ "$_r" = okok ] || { echo "no boot: $_r: $(cat "$1/error")" && return 1; }
	ended "$1" >/dev/null
	tr -d '\r' <"$1/log" | awk '/^== begin/ { t = ""; next } { t = t $0 "\n" } END { printf "%s", t }'
}
