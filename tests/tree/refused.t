#!/bin/sh
# Bad input: what each file refuses, with which errno and which words, and that nothing has changed
# then. The table is at the end. A new setting, or a new file, must have a line there.
. "$(dirname "$0")/lib.sh"
setup
mkdir "$ZONES/z" "$VMS/v"
put "$ZONES/z/init" 'sleep 10000' >/dev/null
is "$(put "$ZONES/z/ctl" boot)" ok 'a zone runs' # for its commands
mkdir "$ZONES/z/exec/j"

# table ROOT <TABLE: prints `0 WHAT` or `1 WHAT` for each line, and complaints to standard error.
# A line is WHERE:FILE... | ERRNO | PERL_RE | VALUE; WHERE is root, zone, vm, job or both (zone and vm).
# In VALUE \n \t \\ \xHH are bytes and {N*TEXT} is TEXT so often. FILE may be a group: a line
# `group = FILE...` before.
table() {
	perl -MErrno -MFcntl -e '
		my $mnt = shift;
		my %dir = (root => [$mnt], zone => ["$mnt/zones/z"], vm => ["$mnt/vms/v"],
			both => ["$mnt/zones/z", "$mnt/vms/v"], job => ["$mnt/zones/z/exec/j"]);
		my (%group, %has);
		my %blocks = map { $_ => 1 } qw(console error event wait stdin stdout stderr);
		$SIG{ALRM} = sub { die "a file blocks" };
		sub slurp { open my $f, "<", $_[0] or return "$!"; local $/; my $t = <$f>; defined $t ? $t : "" }
		sub settings { map { s/=.*//sr } split /^/, slurp("$_[0]/config") }
		sub look { # all that a refusal must leave as it was
			my ($d, $f) = @_;
			my @st = stat "$d/$f";
			my $set = ($st[2] & 0222) != 0; # what only tells may change by itself
			my @text = map { slurp("$d/$_") } grep { -e "$d/$_" && !$blocks{$_} } $set ? $f : (), "config", "state";
			join "\0", @text, @st[2, 4, 5], $set ? @st[9, 10] : ();
		}
		sub try {
			my ($file, $value) = @_;
			alarm 30;
			my ($to, $n);
			$n = syswrite $to, $value if sysopen $to, $file, O_WRONLY;
			alarm 0;
			return defined $n ? "ok" : (grep { $!{$_} } grep { /^E/ && $_ ne "EWOULDBLOCK" && $_ ne "ENOTSUP" } keys %!)[0];
		}
		sub one {
			my ($d, $f, $errno, $re, $value) = @_;
			my ($show, @bad) = substr $value, 0, 40;
			my $long = length $value > 40 ? "... (" . length($value) . " bytes)" : "";
			$show =~ s/[^ -~]/?/g;
			# see that the line is of this write
			my $before = look($d, $f);
			try("$d/ctl", "no-such-command") if -e "$d/ctl";
			my $got = try("$d/$f", $value);
			my $error = slurp("$d/error");
			push @bad, "the errno is $got" if $got ne $errno;
			push @bad, "it has changed" if $before ne look($d, $f);
			push @bad, "the line has not the form FILE: wrong: right" if $error !~ /\A\Q$f\E: [ -~]+: [ -~]+\n\z/;
			push @bad, "the line does not match /$re/" if $error !~ $re;
			push @bad, "the line is too long" if length $error > 500;
			my $in = $d =~ s{^\Q$mnt\E/?}{}r;
			print @bad ? 1 : 0, " $in/$f refuses \"$show\"$long ($errno)\n";
			print STDERR map { "# $_\n" } @bad, "error: $error" if @bad;
		}
		sub both { # by its own file, and by a line of config
			my ($d, $f, $errno, $re, $value) = @_;
			one(@_);
			return unless $value !~ /[\n\0]/ && length $value < 4000 && grep { $_ eq $f } settings($d);
			my ($other) = grep { $_ ne $f } qw(autoboot restart);
			my $old = slurp("$d/$other");
			one($d, "config", $errno, $value eq "" ? "$f has no value" : "$f: .*(?:$re)", "$other=" . ($other eq "restart" ? "always" : "on") . "\n$f=$value");
			print slurp("$d/$other") eq $old ? 0 : 1, " and nothing of that config\n";
		}
		while (<STDIN>) {
			chomp;
			next if /^\s*(#|$)/;
			if (/^(\w+) = (.*)/) { $group{$1} = [split " ", $2]; next }
			my ($files, $errno, $re, $value) = /^(.*?) \| (\w+) \| (.*?) \| (.*)$/ or die "bad line: $_";
			$value =~ s/\{(\d+)\*(.*?)\}/$2 x $1/ge;
			$value =~ s/\\(n|t|\\|x(..))/$1 eq "n" ? "\n" : $1 eq "t" ? "\t" : $1 eq "\\" ? "\\" : chr hex $2/ge;
			$value =~ s/^"(.*)"$/$1/s;
			for my $file (map { /^(.*)$/ && $group{$1} ? @{$group{$1}} : $1 } split " ", $files) {
				my ($where, $f) = split /:/, $file;
				both($_, $f, $errno, $re, $value), $has{$_}{$f}++ for @{$dir{$where}};
			}
		}
		for my $d (map { @$_ } @dir{qw(root both job)}) {
			my @files = map { m{([^/]+)$} } grep { -f } glob "$d/*";
			my @without = grep { !$has{$d}{$_} && $_ ne "console" } sort @files, -e "$d/config" ? settings($d) : ();
			print @without ? 1 : 0, " ", $d =~ s{^\Q$mnt\E/?}{/}r, ": each file has a line in the table\n";
			print STDERR "# no line: @without\n" if @without;
		}' "$1"
}

table "$MNT" >"$TMP/results" 2>"$TMP/complaints" <<'END'
# --- everywhere ---
numbers = both:cpu.shares both:cpu.cap both:cpu.baseline both:cpu.burst_time both:pids.max both:io.weight vm:vcpus
sizes = both:memory.max both:memory.swap vm:ram vm:ram.max
choices = both:autoboot both:restart vm:accel vm:keyboard vm:machine vm:firmware vm:secureboot vm:os vm:tpm vm:watchdog vm:display job:tty
nics = both:nic0 both:nic1 both:nic2 both:nic3 both:nic4 both:nic5 both:nic6 both:nic7
lines = zone:init zone:hostname vm:kernel vm:initrd vm:append vm:cpu vm:disk0 job:user job:dir both:cpu.set zone:privileges
lists = zone:env job:env job:cmd both:io.max
commands = root:ctl both:ctl job:ctl

numbers sizes choices lines lists commands both:config | EINVAL | a NUL byte is in it: give plain text | a\x00b
numbers sizes choices lines lists commands both:config | EINVAL | a NUL byte is in it: give plain text | \x00
numbers sizes choices lines lists commands both:config | EMSGSIZE | 65537 bytes are too long a message: give at most 65536 | {65537*x}
numbers sizes choices lines lists commands both:config | EMSGSIZE | 70000 bytes are too long a message: give at most 65536 | {70000*\n}
numbers sizes choices lines | EINVAL | there is more than one line: give | 1\n2
numbers sizes choices lines | EINVAL | there is more than one line: give | on\non
numbers sizes | EINVAL | is not a number: give | a
numbers sizes | EINVAL | is not a number: give | -1
numbers sizes | EINVAL | is not a number: give | +1
numbers sizes | EINVAL | is not a number: give | 0x10
numbers sizes | EINVAL | is not a number: give | 1.5
numbers sizes | EINVAL | is not a number: give | 1,5
numbers sizes | EINVAL | is not a number: give | 1e3
numbers sizes | EINVAL | is not a number: give | 1 1
numbers sizes | EINVAL | is not a number: give | "1"x
numbers sizes | EINVAL | is not a number: give | '1'
numbers sizes | EINVAL | is not a number: give | \xef\xbc\x91
numbers sizes | EINVAL | is not a number: give | \xff\xfe
numbers sizes | EINVAL | is not a number: give | 1\x01
numbers sizes | EINVAL | is not a number: give | \x1b[31m1
numbers sizes | EINVAL | is not a number: give | None
numbers sizes | EINVAL | "x{30}.*\.\.\." is not a number: give | {5000*x}
numbers sizes | ERANGE | too large a number: give | 18446744073709551616
numbers sizes | ERANGE | too large a number: give | {4000*9}
numbers | EINVAL | is not a number: give | 10K
sizes | EINVAL | is not a number: give | 10Q
sizes | EINVAL | is not a number: give | 1KK
sizes | EINVAL | is not a number: give | 1 K
sizes | EINVAL | is not a number: give | 1KiB
sizes | EINVAL | is not a number: give | K
sizes | ERANGE | too large a number: give | 18014398509481984K
sizes | ERANGE | too large a number: give | 16777216T
choices | EINVAL | is not one of its words: give | nonsense
choices | EINVAL | is not one of its words: give | ON
both:restart vm:accel vm:machine vm:firmware vm:secureboot vm:os vm:tpm vm:watchdog vm:display job:tty | EINVAL | is not one of its words: give | 1
choices | EINVAL | is not one of its words: give | on off
choices | EINVAL | is not one of its words: give | \xc3\x28
choices | EINVAL | is not one of its words: give | on\x07
choices | EINVAL | "y{30}.*\.\.\." is not one of its words: give | {60000*y}
both:autoboot | ERANGE | "1000" is outside the limits: give on or off, or a number \(0..999\) | 1000
both:autoboot | ERANGE | is too large a number: give on or off | 18446744073709551616
both:autoboot | EINVAL | "-1" is not one of its words: give on or off | -1
zone:init zone:hostname vm:kernel vm:initrd vm:append vm:cpu vm:disk0 job:user job:dir zone:env job:env job:cmd | EINVAL | a control character \(0x07\) is in it: give | a\x07
zone:init zone:hostname vm:kernel vm:initrd vm:append vm:cpu vm:disk0 job:user job:dir zone:env job:env job:cmd | EINVAL | a control character \(0x1b\) is in it: give | \x1b[2J
zone:init zone:hostname vm:kernel vm:initrd vm:append vm:cpu vm:disk0 job:user job:dir zone:env job:env job:cmd | EINVAL | a control character \(0x7f\) is in it: give | a\x7f
zone:init zone:hostname vm:kernel vm:initrd vm:append vm:cpu vm:disk0 job:user job:dir zone:env job:env job:cmd | EINVAL | a control character \(0x0d\) is in it: give | a\x0db
zone:init vm:kernel vm:initrd vm:disk0 job:dir | ERANGE | a line of 5000 bytes is longer than 409[56]: give | {5000*/}

# --- limits ---
both:cpu.shares | ERANGE | "65536" is outside the limits: give 0..65535 | 65536
both:cpu.shares | EINVAL | is not a number: give 0..65535 | none
both:cpu.cap both:cpu.baseline | ERANGE | outside the limits: give percent of one CPU \(1..6400\), or none | 0
both:cpu.cap both:cpu.baseline | ERANGE | outside the limits: give percent of one CPU \(1..6400\), or none | 6401
both:cpu.cap both:cpu.baseline | EINVAL | is not a number: give percent of one CPU \(1..6400\), or none | 50%
both:cpu.burst_time | ERANGE | outside the limits: give seconds \(0..31536000\) | 31536001
both:cpu.burst_time | EINVAL | is not a number: give seconds | none
both:cpu.set | EINVAL | runs backwards: give a list | 1-0
both:cpu.set | EINVAL | is not a number: give a list | 0,,1
both:cpu.set | EINVAL | : give a list | 0,
both:cpu.set | EINVAL | : give a list | ,0
both:cpu.set | EINVAL | : give a list | -1
both:cpu.set | EINVAL | : give a list | 0-
both:cpu.set | EINVAL | : give a list | 0-1-1
both:cpu.set | EINVAL | : give a list | 0 1
both:cpu.set | EINVAL | : give a list | all
both:cpu.set | EINVAL | : give a list | 0\x01
both:cpu.set | EINVAL | : give a list | {300*0,}0
both:cpu.set | ERANGE | there is no CPU 100000: give a list | 0,100000
both:cpu.set | ERANGE | too large a number: give a list | 99999999999999999999
both:memory.max | ERANGE | outside the limits: give bytes \(1M..1024T | 1048575
both:memory.max both:memory.swap | ERANGE | outside the limits: give bytes | 1025T
both:memory.max | ERANGE | outside the limits: give bytes | 0
vm:memory.max | ERANGE | memory.max of 1048576 bytes has no room for ram, 268435456 bytes: give less ram | 1M
both:pids.max | ERANGE | outside the limits: give a number of processes \(1..4194304\) | 0
both:pids.max | ERANGE | outside the limits: give a number of processes | 4194305
both:io.weight | ERANGE | outside the limits: give 1..10000 | 0
both:io.weight | ERANGE | outside the limits: give 1..10000 | 10001
both:io.max | EINVAL | a line has no limit: give lines | 1:0
both:io.max | EINVAL | : give lines | 8:0\x07
both:io.max | EINVAL | a control character \(0x1b\) is in it: give lines | \x1b[2J rbps=1
both:io.max | EINVAL | "sda" is neither a device's number nor a path below /dev: give lines | sda rbps=1
both:io.max | EINVAL | "8" is neither a device's number nor a path below /dev: give lines | 8 rbps=1
both:io.max | EINVAL | is neither a device's number nor a path below /dev: give lines | 8:-1 rbps=1
both:io.max | EINVAL | is neither a device's number nor a path below /dev: give lines | 99999999:0 rbps=1
both:io.max | EINVAL | "speed" is not a property of a disk's limits: give lines | 8:0 speed=1
both:io.max | EINVAL | "rbps" is no KEY=VALUE: give lines | 8:0 rbps
both:io.max | EINVAL | "rbps" is no KEY=VALUE: give lines | 8:0 rbps=
both:io.max | EINVAL | "x" is not a number: give lines | 8:0 rbps=x
both:io.max | ERANGE | outside the limits: give lines | 8:0 rbps=0
both:io.max | ERANGE | outside the limits: give lines | 8:0 rbps=1025T
both:io.max | EINVAL | is there twice: give lines | 8:0 rbps=1M rbps=2M
both:io.max | EINVAL | is there twice: give lines | 8:0 rbps=1M\n8:0 wbps=2M
both:io.max | EINVAL | is neither a device's number nor a path below /dev: give lines | 8:x rbps=1
both:io.max | EINVAL | is neither a device's number nor a path below /dev: give lines | /srv/disk rbps=1
both:io.max | EINVAL | is no disk: give lines | /dev/../proc/version rbps=1
both:io.max | ENOENT | there is no disk /dev/nosuch: give lines | /dev/nosuch rbps=1M
both:io.max | ENOENT | : give | 4095:1048575 rbps=1M

# --- zones ---
zone:image | EINVAL | is no name of an image: give host | ../../etc
zone:image | ERANGE | longer than 63: give host | {300*a}
zone:image | ENOENT | there is no image "nonsense": give | nonsense
zone:image | EINVAL | a zone has a root: give host | none
zone:image | EINVAL | control character | \x07
zone:init | EINVAL | a ' is not closed: give it a second ' | /bin/sh -c 'open
zone:init | EINVAL | a " is not closed: give it a second " | "a
zone:init | EINVAL | too many words: give at most 64 | {65*a }
zone:hostname | EINVAL | this is no host name: give 1 to 63 | a b
zone:hostname | EINVAL | this is no host name: give 1 to 63 | ../x
zone:hostname | EINVAL | this is no host name: give 1 to 63 | -a
zone:hostname | EINVAL | this is no host name: give 1 to 63 | \xc3\xa9
zone:sysctls | EINVAL | "net.ipv4.ip_forward" has no =: give lines of KEY=value | net.ipv4.ip_forward
zone:sysctls | EINVAL | net.ipv4.ip_forward has no value: give lines | net.ipv4.ip_forward=
zone:sysctls | EINVAL | kernel.panic is no setting that a zone has for itself: give lines | kernel.panic=1
zone:sysctls | EINVAL | kernel.shmx is no setting that a zone has for itself: give lines | kernel.shmx=1
zone:sysctls | EINVAL | net/../kernel/panic is no setting that a zone has for itself: give lines | net/../kernel/panic=1
zone:sysctls | EINVAL | net.ipv4.nosuch is no setting that a zone has for itself: see /proc/sys in one | net.ipv4.nosuch=1
zone:sysctls | EINVAL | net.ipv4 is no setting that a zone has for itself: see /proc/sys in one | net.ipv4=1
zone:sysctls | EINVAL | net.ipv4.ip_default_ttl does not take "1000": Invalid | net.ipv4.ip_default_ttl=1000
zone:sysctls | EINVAL | net.ipv4.ip_forward is there twice: give lines | net.ipv4.ip_forward=1\nnet/ipv4/ip_forward=0
zone:sysctls | ERANGE | more than 16 lines: give lines | net.ipv4.conf.eth0.forwarding=1\nnet.ipv4.conf.eth1.forwarding=1\nnet.ipv4.conf.eth2.forwarding=1\nnet.ipv4.conf.eth3.forwarding=1\nnet.ipv4.conf.eth4.forwarding=1\nnet.ipv4.conf.eth5.forwarding=1\nnet.ipv4.conf.eth6.forwarding=1\nnet.ipv4.conf.eth7.forwarding=1\nnet.ipv4.conf.eth0.mc_forwarding=1\nnet.ipv4.conf.eth0.rp_filter=1\nnet.ipv4.conf.eth1.rp_filter=1\nnet.ipv4.conf.eth2.rp_filter=1\nnet.ipv4.conf.eth3.rp_filter=1\nnet.ipv4.conf.eth4.rp_filter=1\nnet.ipv4.conf.eth5.rp_filter=1\nnet.ipv4.conf.eth6.rp_filter=1\nnet.ipv4.conf.eth7.rp_filter=1
zone:sysctls | ERANGE | net.ipv4.ip_forward or its value is too long: give lines | net.ipv4.ip_forward={160*1}
zone:rlimits | EINVAL | "x" is no limit: give lines of NAME=SOFT | x=1
zone:rlimits | EINVAL | "nofile" has no =: give lines of NAME=SOFT | nofile
zone:rlimits | EINVAL | "12x" is not a number: give lines of NAME=SOFT | nofile=12x
zone:rlimits | EINVAL | "2:3" is not a number: give lines of NAME=SOFT | nofile=1:2:3
zone:rlimits | EINVAL | nofile: the soft limit is above the hard one: give lines of NAME=SOFT | nofile=2:1
zone:rlimits | EINVAL | nofile: the soft limit is above the hard one: give lines of NAME=SOFT | nofile=none:1
zone:rlimits | EINVAL | core is there twice: give lines of NAME=SOFT | core=1\ncore=2
zone:rlimits | ERANGE | nofile: this host lets nobody have more than [0-9]+: give less | nofile=none
zone:rlimits | ERANGE | nice: this host lets nobody have more than [0-9]+: give less | nice=41
zone:rlimits | ERANGE | rtprio: this host lets nobody have more than [0-9]+: give less | rtprio=100
zone:hostname | ERANGE | a line of 64 bytes is longer than 63: give 1 to 63 | {64*a}
zone:env | EINVAL | a line has no KEY= before its value: give lines of KEY=value | A
zone:env job:env | EINVAL | a line has no KEY= before its value: give lines of KEY=value | =b
zone:env job:env | EINVAL | a line has no KEY= before its value: give lines of KEY=value | A=1\nB\nC=3
zone:env | ERANGE | more than 900 lines: give | {901*A=1\n}
job:env | ERANGE | more than 1024 lines: give | {1025*A=1\n}
nics | EINVAL | "frog" is no KEY=VALUE: give bridge=NAME or user, then | frog
nics | EINVAL | "max" is no KEY=VALUE: give bridge=NAME or user, then | max
nics | EINVAL | it has neither bridge= nor user: give | mtu=1500
nics | EINVAL | has both bridge= and user: give one | user bridge=a
nics | EINVAL | is no name of a bridge: give 1 to 15 of | bridge=../x
nics | ERANGE | outside the limits: give mtu=N, 68..65535 | bridge=a mtu=67
nics | EINVAL | can't be the name of a bridge, as it means something else to the kernel: give | bridge=all
nics | EINVAL | is neither: give router, dhcp-server, or both | bridge=a allow=dhcp
nics | EINVAL | allow= is for antispoof=on, .*: leave one of them out | bridge=a antispoof=off allow=router
nics | EINVAL | allow= is for a NIC on a bridge: with user give | user allow=router
nics | EINVAL | there is more than one line: give | bridge=a\nbridge=b
nics | EINVAL | a control character \(0x01\) is in it: give bridge= | bridge=a \x01
nics | EINVAL | lo is no bridge but another network interface of the host: give | bridge=lo
nics | EINVAL | antispoof=maybe is unknown: give on or off | bridge=a antispoof=maybe
nics | ERANGE | a line of 5000 bytes is longer than 4096: give bridge= | {5000*a}
nics | EINVAL | too many words: give at most 32 | {33*a=b }
vm:nic0 | EINVAL | gateway= is for zones: leave it out | bridge=a address=10.0.0.2/8 gateway=10.0.0.1
zone:privileges | EINVAL | "root" is no privilege: give names | root
zone:privileges | EINVAL | "SYS_ADMINS" is no privilege: give names|"sys_admins" is no privilege: give names | SYS_ADMINS
zone:privileges | EINVAL | chown is there twice: give names | chown CHOWN
zone:privileges | EINVAL | chown is there twice: give names | +chown -chown
zone:privileges | EINVAL | "\+kill" has a sign, unlike the words before it: give names | chown +kill
zone:privileges | EINVAL | "kill" has no sign, unlike the words before it: give names | +chown kill
zone:privileges | EINVAL | is no privilege: give names | +
zone:privileges | EINVAL | "cap_suid" is no privilege: give names | cap_suid
zone:privileges | EINVAL | suid is there twice: give names | -suid +suid
zone:privileges | EINVAL | "cap_userns" is no privilege: give names | cap_userns
zone:privileges | EINVAL | "\+userns" has a sign, unlike the words before it: give names | suid +userns
zone:privileges | EINVAL | : give names | default none
zone:privileges | EINVAL | : give names | all
zone:privileges | EINVAL | : give names | chown,kill
zone:privileges | EINVAL | : give | {100*+x }
zone:privileges | EINVAL | : give names | {3000*x}
zone:privileges | EINVAL | : give names | a\x07

zone:mounts | EINVAL | a line has not three words, or four: give lines of SOURCE | /etc
zone:mounts | EINVAL | "ro" is not owner=zone behind rw: give lines of SOURCE | /etc /x ro ro
zone:mounts | EINVAL | "owner=zone" is not owner=zone behind rw: give lines of SOURCE | /etc /x ro owner=zone
zone:mounts | EINVAL | "owner=me" is not owner=zone behind rw: give lines of SOURCE | /etc /x rw owner=me
zone:mounts | EINVAL | "yes" is neither ro nor rw: give lines | /etc /x yes
zone:mounts | EINVAL | "etc" does not begin with /: give lines | etc /x ro
zone:mounts | EINVAL | "x" does not begin with /: give lines | /etc x ro
zone:mounts | EINVAL | / itself can't be a target: give lines | /etc // ro
zone:mounts | EINVAL | /proc is the zone's own: give lines | /etc /proc//x ro
zone:mounts | EINVAL | /dev is the zone's own: give lines | /etc /dev ro
zone:mounts | EINVAL | a path has \. or \.\. among its parts: give lines | /etc /x/../../y ro
zone:mounts | EINVAL | a path has \. or \.\. among its parts: give lines | /etc/. /x ro
zone:mounts | EINVAL | a control character \(0x09\) is in a path: give lines | /etc /x\\011y ro
zone:mounts | EINVAL | a control character \(0x07\) is in it: give lines | /etc /x\x07 ro
zone:mounts | EINVAL | "/x" is there twice: give lines | /etc /x ro\n/usr /x/ ro
zone:mounts | EINVAL | "/x" would hide "/x/y", which comes before it: give it first | /etc /x/y ro\n/usr /x ro
zone:mounts | ERANGE | a part of a path is longer than 255 bytes: give lines | /etc /{256*x} ro
zone:mounts | ENOENT | open /nosuch as user 0: No such file or directory: give one that is there$ | /nosuch /x ro
zone:mounts | EINVAL | /dev/null is neither a directory nor a file: give one | /dev/null /x ro
zone:mounts | EINVAL | tmpfs has no target, or no size=: give lines | tmpfs
zone:mounts | EINVAL | tmpfs has no target, or no size=: give lines | tmpfs /x mode=700
zone:mounts | EINVAL | tmpfs has no target, or no size=: give lines | tmpfs /x size=0
zone:mounts | EINVAL | "1x" is not a number: give lines | tmpfs /x size=1x
zone:mounts | EINVAL | "size=2M" is neither size=BYTES nor mode=OCTAL, once: give lines | tmpfs /x size=1M size=2M
zone:mounts | EINVAL | "mode=8" is neither size=BYTES nor mode=OCTAL, once: give lines | tmpfs /x size=1M mode=8
zone:mounts | EINVAL | "mode=17777" is neither size=BYTES nor mode=OCTAL, once: give lines | tmpfs /x size=1M mode=17777
zone:mounts | EINVAL | "rw" is neither size=BYTES nor mode=OCTAL, once: give lines | tmpfs /x size=1M rw
zone:mounts | ERANGE | a tmpfs of more than 1024T: give lines | tmpfs /x size=1025T
zone:mounts | EINVAL | /proc is the zone's own: give lines | tmpfs /proc/x size=1M
vm:mounts | EINVAL | a line has not three words, or four: give lines of SOURCE TAG | /etc
vm:mounts | EINVAL | a line has not three words, or four: give lines of SOURCE TAG | /etc a rw owner=zone x
vm:mounts | EINVAL | "yes" is neither ro nor rw: give lines | /etc a yes
vm:mounts | EINVAL | "owner=me" is not owner=zone behind rw: give lines | /etc a rw owner=me
vm:mounts | EINVAL | "owner=zone" is not owner=zone behind rw: give lines | /etc a ro owner=zone
vm:mounts | EINVAL | "etc" does not begin with /: give lines | etc a ro
vm:mounts | EINVAL | a path has \. or \.\. among its parts: give lines | /etc/../x a ro
vm:mounts | EINVAL | a control character \(0x09\) is in a path: give lines | /etc\\011y a ro
vm:mounts | EINVAL | "/a" is no TAG, which is at most 36 of a-z A-Z 0-9 . _ -: give lines | /etc /a ro
vm:mounts | EINVAL | "a,tag=b" is no TAG, which is at most 36 of a-z A-Z 0-9 . _ -: give lines | /etc a,tag=b ro
vm:mounts | EINVAL | TAG a is there twice: give lines | /etc a ro\n/usr a ro
vm:mounts | EINVAL | a guest makes a tmpfs of its own memory by itself: give lines | tmpfs a size=1M
vm:mounts | ERANGE | a part of a path is longer than 255 bytes: give lines | /{256*x} a ro
zone:devices | EINVAL | a line has not two words: give lines of /dev/NAME | /dev/full
zone:devices | EINVAL | "wr" is none of r, w and rw: give lines | /dev/full wr
zone:devices | EINVAL | "/etc/passwd" is not below /dev: give lines | /etc/passwd r
zone:devices | EINVAL | a path has \. or \.\. among its parts: give lines | /dev/../dev/full rw
zone:devices | EINVAL | "/dev/x" is there twice: give lines | /dev/x r\n/dev/x w
zone:devices | EINVAL | /dev/null is the zone's own, and there already: give lines | /dev/null rw
zone:devices | EINVAL | /dev/pts is the zone's own, and there already: give lines | /dev/pts/0 rw
zone:devices | ENOENT | open /dev/nosuch as user 0: No such file | /dev/nosuch r
zone:devices | EINVAL | /dev/shm is not a device: give one | /dev/shm rw

# --- VMs ---
vm:vcpus | ERANGE | outside the limits: give 1..255 | 0
vm:vcpus | ERANGE | outside the limits: give 1..255 | 256
vm:vcpus | EINVAL | is not a number: give 1..255 | none
vm:ram | ERANGE | outside the limits: give bytes \(1M..16T | 1023K
vm:ram | ERANGE | outside the limits: give bytes \(1M..16T | 17T
vm:ram | EINVAL | is not a number: give bytes | none
vm:ram.max | ERANGE | outside the limits: give bytes \(1M..16T, with K, M, G or T\), or none | 1023K
vm:ram.max | ERANGE | outside the limits: give bytes \(1M..16T | 17T
vm:ram.max | ERANGE | ram.max of 267386880 bytes is less than ram, 268435456 bytes: give less ram, or ram.max as much | 255M
vm:cpu | EINVAL | "none" is no name of a model: give auto, or a model of QEMU's | none
vm:cpu | EINVAL | "help" is no name of a model: give auto | help
vm:cpu | EINVAL | "Haswell,\+avx" is no name of a model: give auto | Haswell,+avx
vm:cpu | ERANGE | a line of 64 bytes is longer than 63: give auto | {64*x}
vm:accel | EINVAL | is not one of its words: give auto, kvm or tcg | xen
vm:machine | EINVAL | is not one of its words: give auto, q35, pc or microvm | pc,accel=kvm
vm:firmware | EINVAL | is not one of its words: give auto, bios or uefi | efi
vm:secureboot vm:tpm | EINVAL | is not one of its words: give on or off | yes
vm:watchdog | EINVAL | is not one of its words: give none, reset, halt or pause | on
vm:os | EINVAL | is not one of its words: give linux, windows or other | win11
vm:keyboard | EINVAL | is not one of its words: give a layout as setxkbmap has it: us | en-us
vm:keys | EINVAL | "del" is no key: delete\? Text is given in quotes | ctrl-alt-del
vm:keys | EINVAL | "password" is no key: give QEMU's names, as ctrl-alt-delete, or "text" in quotes | password
vm:keys | EINVAL | a key is missing beside a -: that key itself is called minus | ctrl-
vm:keys | EINVAL | the text has no quote behind it: give "text" | a "b
vm:keys | EINVAL | no key of keyboard us gives U\+00E9: set keyboard, or give keys by name |  "\xc3\xa9"
vm:keys | EINVAL | a NUL byte is in it: give plain text | a\x00b
vm:keys | EMSGSIZE | these are too many keys: give at most 1024 in one write |  "{1025*a}"
vm:keys | ESRCH | it does not run: boot it first | ret
vm:display | EINVAL | is not one of its words: give none or vnc | sdl
vm:display | EINVAL | is not one of its words: give none or vnc | vnc=:1
vm:display | EINVAL | is not one of its words: give none or vnc | none,vnc
vm:kernel vm:initrd vm:cdrom vm:cdrom1 | EINVAL | this is no path that begins with /: give a path | vmlinuz
vm:kernel vm:initrd | EINVAL | this is no path that begins with /: give a path | ./vmlinuz
vm:kernel vm:initrd | EINVAL | this is no path that begins with /: give a path | ~/vmlinuz
vm:kernel vm:initrd | EINVAL | this is no path that begins with /: give a path | /{4095*x}
vm:append | ERANGE | a line of 2048 bytes is longer than 2047: give | {2048*x}
vm:initrd | EINVAL | initrd is of no use without a kernel: set kernel, or initrd to none | /srv/initrd
vm:append | EINVAL | append is of no use without a kernel: set kernel, or append to none | quiet
vm:disk0 | EINVAL | "/x" is no KEY=VALUE: give path= | /x
vm:disk0 | EINVAL | it has no path= that begins with /: give path= | path=x
vm:disk0 | EINVAL | it has no path= that begins with /: give path= | format=raw
vm:disk0 | EINVAL | "path" is no KEY=VALUE: give path= | path=
vm:disk0 | EINVAL | format=vmdk is unknown: give path= | path=/x format=vmdk
vm:disk0 | EINVAL | bus=isa is unknown: give path= | path=/x bus=isa
vm:disk0 | EINVAL | readonly=yes is unknown: give path= | path=/x readonly=yes
vm:disk0 | EINVAL | "colour" is not a property of a disk: give path= | path=/x colour=red
vm:disk0 | EINVAL | path= is there twice: give path= | path=/x path=/y
vm:disk0 | EINVAL | a " is not closed: give it a second " | path=/x"
vm:disk0 | EINVAL | too many words: give at most 32 | path=/x {32*bus=ide }
vm:disk0 | ERANGE | size=1025T is outside the limits: give size=N, 1..1024T, or leave it out | path=/x size=1025T
vm:disk0 | EINVAL | "big" is not a number: give size=N, 1..1024T | path=/x size=big
vm:disk0 | ERANGE | size=0 is outside the limits: give size=N, 1..1024T, or leave it out | path=/x size=0
vm:disk1 vm:disk2 vm:disk3 vm:disk4 vm:disk5 vm:disk6 vm:disk7 | EINVAL | "/x" is no KEY=VALUE: give path= | /x
vm:disk0 | EINVAL | bus=sata has no disks that are readonly: give bus=virtio or bus=nvme | path=/x bus=sata readonly=on
vm:disk7 | EINVAL | bus=ide has no disks that are readonly: give bus=virtio or bus=nvme | path=/x bus=ide readonly=on
vm:disk0 vm:disk5 | EINVAL | a disk that is readonly does not grow: leave size= or readonly=on out | path=/x readonly=on size=1M
vm:disk0 | EINVAL | a disk of qcow2 has whole sectors of 512 bytes: give size=1024 | path=/x format=qcow2 size=1000
vm:disk0 | EINVAL | an image has its own format and size: leave format= and size= out | image=none.such size=1G
vm:boot | EINVAL | is not one of its words: give some of disk, cdrom and net, each once, with one blank between | floppy
vm:boot | EINVAL | is not one of its words: give some of disk, cdrom and net | disk disk
vm:boot | EINVAL | is not one of its words: give some of disk, cdrom and net | disk,cdrom
vm:devices | EINVAL | "046d:c31c" is neither usb= nor pci=: give lines of usb=VENDOR:PRODUCT, usb=BUS-PORT or pci=ADDRESS | 046d:c31c
vm:devices | EINVAL | "usb=46d:c31c" is neither usb= with two numbers of four hexadecimal digits, as lsusb has them, nor with a bus and ports | usb=46d:c31c
vm:devices | EINVAL | is neither usb= with two numbers .*: give lines | usb=1-2:1.0
vm:devices | EINVAL | is neither usb= with two numbers .*: give lines | usb=../1-2
vm:devices | EINVAL | is neither usb= with two numbers .*: give lines | usb=046d:c31c,pcap=/x
vm:devices | EINVAL | "pci=01:00" is no address of PCI, which is as 01:00.0 or 0000:01:00.0: give lines | pci=01:00
vm:devices | EINVAL | usb=1-2 is there twice: give a second one of its kind by its bus and port | usb=1-2\nusb=1-2
vm:devices | EINVAL | pci=01:00.0 is there twice | pci=0000:01:00.0\npci=01:00.0

# --- jobs ---
job:user | EINVAL | "a b" is no user: give a user's name | a b
job:user | EINVAL | "-u" is no user: give a user's name | -u
job:user | EINVAL | "a/b" is no user: give a user's name | a/b
job:user | EINVAL | "none" is no user: give a user's name | none
job:user | ERANGE | a zone has users 0 to 65534: give a user's name | 65535
job:user | ERANGE | a zone has users 0 to 65534: give a user's name | 4294967296
job:user | ERANGE | a line of 64 bytes is longer than 63: give | {64*a}
job:dir | EINVAL | "tmp" does not begin with /: give a whole path | tmp
job:dir | EINVAL | "none" does not begin with /: give a whole path | none
job:stdin | ESRCH | it has not been started: write a command line to cmd first | x
job:ctl | ESRCH | it has not been started: write a command line to cmd first | kill TERM
job:ctl | ESRCH | it has not been started: write a command line to cmd first | eof
job:ctl | EINVAL | it has no terminal: write on to tty before cmd | size 1 1
job:ctl | ERANGE | "0" is outside the limits: give rows and columns | size 0 1
job:ctl | ERANGE | "65536" is outside the limits: give rows and columns | size 1 65536
job:ctl | EINVAL | size has the wrong number of words: give size ROWS COLS | size 1

# --- commands ---
commands | EINVAL | "frobnicate" is not a command: give one of | frobnicate
commands | EINVAL | "f{30}.*" is not a command: give one of | {4000*f}
commands | EINVAL | "\?\?" is not a command: give one of | \xff\x01
commands | EINVAL | a ' is not closed: give it a second ' | 'kill
commands | EINVAL | too many words: give at most | {200*a }
commands | EINVAL | "frobnicate" is not a command: give one of | # remark\n\n  frobnicate
both:ctl | EINVAL | boot has the wrong number of words: give boot | boot now
both:ctl | EINVAL | halt has the wrong number of words: give halt | halt now
zone:ctl | EINVAL | rollback has the wrong number of words: give rollback SNAPSHOT | rollback
zone:ctl | EINVAL | rollback has the wrong number of words: give rollback SNAPSHOT | rollback a b
zone:ctl | EEXIST | it is running: halt it first | rollback a
both:ctl | EINVAL | kill has the wrong number of words: give kill SIGNAL | kill
both:ctl | EINVAL | kill has the wrong number of words: give kill SIGNAL | kill 1 2 3
both:ctl job:ctl | EINVAL | "NONE" is not a signal: give a name | kill NONE
both:ctl job:ctl | EINVAL | "0" is not a signal: give 1..64 | kill 0
both:ctl job:ctl | EINVAL | "65" is not a signal: give 1..64 | kill 65
both:ctl job:ctl | EINVAL | "-9" is not a signal: give | kill -9
both:ctl | EINVAL | "x" is not a number: give a process id | kill TERM x
zone:ctl | ESRCH | 1 is what that process is inside: give [0-9]+, the first number of its line | kill TERM 1
zone:ctl | ESRCH | 999999 is none of its processes: give the first number | kill TERM 999999
zone:ctl | ESRCH | 4294967296 is none of its processes: give the first number | kill TERM 4294967296
zone:ctl | EEXIST | it is running already: reboot boots it again | boot
vm:ctl | ESRCH | it is configured: boot it first | kill TERM
vm:ctl | EINVAL | eject: "floppy" is no CD-ROM drive: give cdrom or cdrom1 | eject floppy
vm:ctl | EINVAL | eject has the wrong number of words: give eject | eject cdrom cdrom1
vm:ctl | EOPNOTSUPP | its firmware is bios, which has no variables: set firmware to uefi | enroll
vm:ctl | EINVAL | enroll has the wrong number of words: give enroll | enroll now
vm:ctl | ESRCH | it is configured: boot it first | shutdown
vm:ctl | ESRCH | it is configured: boot it first | reboot
both:ctl | EINVAL | "-1" is not a number: give seconds \(0..86400\) | shutdown -1
both:ctl | ERANGE | "86401" is outside the limits: give seconds \(0..86400\) | shutdown 86401
both:ctl | ERANGE | too large a number: give seconds \(0..86400\) | reboot 18446744073709551616
root:ctl | EINVAL | "loud" is not a level: give|"loud" .*: give | log loud
root:ctl | EINVAL | log has the wrong number of words: give log | log
root:ctl | EINVAL | halt-all has the wrong number of words: give halt-all | halt-all now
root:ctl | EINVAL | boot-all has the wrong number of words: give boot-all | boot-all now
root:ctl | EINVAL | "soon" is not a number: give seconds \(0..86400\) | shutdown-all soon
root:ctl | ERANGE | "86401" is outside the limits: give seconds \(0..86400\) | shutdown-all 86401

# --- config ---
both:config | EINVAL | "cpu.cap" has no =: give lines of FILE=VALUE | cpu.cap
both:config | EINVAL | "autobot" is not a file that can be set: autoboot\? Give lines of FILE=VALUE | autobot=on
both:config | EINVAL | "nosuch" is not a file that can be set: give lines of FILE=VALUE | cpu.cap=10\nnosuch=1
both:config | EINVAL | "state" is not a file that can be set: give lines of FILE=VALUE | state=running
both:config | EINVAL | "ctl" is not a file that can be set: give lines of FILE=VALUE | ctl=boot
both:config | EINVAL | "config" is not a file that can be set: give lines of FILE=VALUE | config=cpu.cap=1
both:config | EINVAL | "" is not a file that can be set: give lines of FILE=VALUE | =1
both:config | EINVAL | "\.\./z/cpu.cap" is not a file that can be set: give lines | ../z/cpu.cap=1
both:config | EINVAL | "CPU.CAP" is not a file that can be set: cpu.cap\? Give lines | CPU.CAP=1
both:config | EINVAL | "cpu.cap " is not a file that can be set: cpu.cap\? Give lines | cpu.cap =1
both:config | EINVAL | cpu.cap has no value: give percent | cpu.cap=
both:config | EINVAL | cpu.cap: there is more than one line: give percent | cpu.cap=1\ncpu.cap=2
both:config | EINVAL | cpu.cap: "x" is not a number: give percent | autoboot=on\ncpu.cap=x
both:config | ERANGE | cpu.cap: 10 is below cpu.baseline, which is 20: give at least|cpu.baseline: 20 is above cpu.cap | cpu.cap=10\ncpu.baseline=20
both:config | EINVAL | "\?\?\?" is not a file that can be set: give lines | \xff\xfe\x01=1

# --- what only tells, and what does not run ---
vm:console vm:qmp | ESRCH | : boot it first | typed
root:help root:version root:host root:list root:event root:error | EPERM | it takes no writes: read it | x
both:help both:history both:uuid both:state both:status both:pending both:error both:event both:wait both:log both:procs | EPERM | it takes no writes: read it | x
both:cpu.entitlement both:cpu.stat both:cpu.pressure both:memory.pressure both:io.pressure | EPERM | it takes no writes: read it | x
both:memory.current both:memory.peak both:memory.stat both:memory.events both:pids.current both:io.stat both:nic.stat | EPERM | it takes no writes: read it | x
vm:agent vm:kvm.stat vm:screen.png job:help job:stdout job:stderr job:wait job:error | EPERM | it takes no writes: read it | x
END
# shellcheck disable=SC2094
while read -r rc what; do report "$rc" "$what"; done <"$TMP/results"
head -200 "$TMP/complaints" >&2
is "$(wc -l <"$TMP/complaints")" 0 'no complaints'

# A message that says nothing changes nothing
for m in '' '
' '   
	
# a remark'; do
	put "$ZONES/z/cpu.cap" 50 >/dev/null
	is "$(put "$ZONES/z/cpu.cap" "$m") $(cat "$ZONES/z/cpu.cap") $(put "$ZONES/z/ctl" "$m") $(put "$ZONES/z/config" "$m")" 'ok 50 ok ok' 'a message that says nothing is fine'
	put "$ZONES/z/env" A=1 >/dev/null
	is "$(put "$ZONES/z/env" "$m") $(cat "$ZONES/z/env")" 'ok A=1' 'in a list as well'
done
finish
