#!/usr/bin/perl
# warren on the host that most users have: Debian 12 with systemd, udev and logind, control groups v2 alone, ext4.
# The machine (Machine.pm, disk.sh) runs in QEMU under TCG, which emulates AMD's SVM, so that it has KVM.
use strict;
use warnings;
use FindBin '$Bin';
use lib $Bin;
use Machine;
use File::Temp 'tempdir';
use Test::More;

my $build = $ENV{WARREN_BUILD} or die "WARREN_BUILD names no build: make check-host\n";
my $dir = tempdir('/tmp/warrenhost.XXXXXX', CLEANUP => 1);
$SIG{INT} = $SIG{TERM} = sub { $SIG{INT} = $SIG{TERM} = 'IGNORE'; exit 1 };
system('qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', "$build/host/disk", "$dir/disk") == 0 or exit 1;
my $m = Machine->new("$dir/disk", "$build/kernel/vmlinuz");

# Each script has these; a state is waited for by events, and whatever else in steps
my $TOOLS = <<'END';
cd /mnt/warren 2>/dev/null || cd /
key() { sed -n "s/^$2 //p" "$1"; }
put() { for _line; do [ "$_line" = "$1" ] || { echo "$_line" >"$1" || cat "${1%/*}/error"; }; done; }
comes() { (exec 9<"$1/event"; [ "$(cat "$1/state")" = "$2" ] || timeout 300 grep -q -m 1 " $2" <&9; cat "$1/state"); }
until_ok() { _i=0; until eval "$1" >/dev/null 2>&1; do _i=$((_i + 1)); [ $_i -lt 300 ] || { echo "never: $1"; return 1; }; sleep 1; done; }
pids() { for _z in zones/*/ vms/*/; do echo "${_z%/} $(key "$_z/status" pid)"; done; }
END
sub run { return $m->run($TOOLS . shift) }
sub gives { # SCRIPT WANT NAME
	my ($script, $want, $name) = @_;
	is(run($script), $want, $name);
}

sub good_end { # NAME: nobody had to be killed, and systemd waited for nobody
	my $name = shift;
	my $bad = join "\n", grep { /timed out|Killing process|Waiting for process:/ }
		split(/\n/, $m->{console}), split(/\n/, run('journalctl -q -b -1 -o cat --no-pager'));
	is($bad, '', $name);
}

sub is_up { $m->run('systemctl is-system-running --wait') } # what systemd says of it

sub all_up { # NAME
	my $name = shift;
	gives('for z in zones/web zones/net zones/say vms/tiny; do comes $z running; done; key vms/tiny/status accel',
		join("\n", ('running') x 4, 'kvm'), $name)
		or diag(run('cat list; cat zones/*/error vms/*/error; journalctl -q -b -u warren --no-pager | tail -n 20'));
}

ok($m->start, 'the host comes up') or BAIL_OUT('no host');
is(is_up(), 'running', 'all of it') or diag(run('systemctl --failed'));

# --- install ---
gives('make -C /root/warren install >/tmp/install 2>&1 && systemctl enable -q --now warren && echo ok', 'ok', 'make install, and the unit is enabled')
	or diag(run('tail -n 5 /tmp/install; journalctl -q -u warren --no-pager | tail'));
gives('systemctl is-active warren warren-zones warren-shutdown', "active\nactive\nactive", 'the units are active');
like(run('cat host'), qr/^cgroup v2$/m, 'the tree is at /mnt/warren');
gives('until_ok "grep ^kvm.usable host"; key host kvm; key host accel', "usable\nkvm", 'KVM is usable, once its module has come');

# --- zones and VMs ---
run(<<'END');
cat >/root/say <<'SAY'
init=/bin/sh -c 'trap "echo asked >/root/bye; exit 0" TERM; while :; do sleep 1 & wait; done'
autoboot=on
SAY
mkdir zones/web zones/net zones/say vms/tiny vms/lin
put zones/net/nic0 user
cat /root/say >zones/say/config
put vms/tiny/kernel /root/warren/build/guests/hello
put vms/tiny/append echo
for z in zones/web zones/net vms/tiny; do put $z/autoboot on; done
END
gives('echo boot-all >ctl', '', 'those with autoboot are booted') or diag(run('cat error zones/*/error'));
all_up('and run');
run('printf "kernel=/root/vmlinuz\ninitrd=/root/initrd\nappend=console=ttyS0 loglevel=3\nram=256M\n" >/run/lin; cat /run/lin >vms/lin/config');
gives('put vms/lin/ctl boot; key vms/lin/status accel', 'kvm', 'a VM with a stock kernel boots by KVM');
gives('grep -q "is up with" vms/lin/log || timeout 300 grep -q -m 1 "is up with" vms/lin/console; echo $?', 0, 'and comes up');
run('put vms/lin/ctl halt');

# --- over a reboot ---
my $few = $m->reboot;
is(is_up(), 'running', 'the host comes up again');
all_up('all with autoboot are there after a reboot, by KVM, though its module came late');
good_end('the host went down in order');
gives('cat /var/lib/warren/roots/$(key zones/say/status id)/root/bye', 'asked', 'zones were asked to end');

# --- the service ---
my $pids = run('pids');
run('systemd-run -q --unit=reader -p SuccessExitStatus=1 -p StandardOutput=file:/run/events cat /mnt/warren/event');
gives('make -C /root/warren install >/tmp/install 2>&1 && systemctl restart warren && echo ok', 'ok', 'an upgrade, with a reader');
gives('pids', $pids, 'the same processes run');
gives('systemctl is-active reader; mkdir zones/after && until_ok "grep zones/after /run/events" && echo seen', "active\nseen",
	'the reader goes on');
gives('rmdir zones/after; cd /; systemctl stop warren; echo $?; systemctl is-active warren; systemctl --failed --no-legend',
	"0\ninactive", 'stop, with a reader');
run('systemctl stop reader; systemctl reset-failed; systemctl start warren');
gives('pids', $pids, 'the same processes after it, too');
run('cd /; systemctl kill -s KILL warren; until_ok "systemctl is-active warren && [ -e /mnt/warren/list ]"');
gives('pids', $pids, 'kill -s KILL of the unit leaves them alone, and it comes again');

# --- by hand, from a login ---
$m->type('mkdir -p /mnt/t && mount -t warren warren /mnt/t -o state=/var/lib/t,run=/run/t,cgroup=t && mkdir /mnt/t/zones/q && ' .
	"cat /root/say >/mnt/t/zones/q/config && echo boot >/mnt/t/zones/q/ctl\n");
gives('until_ok "grep running /mnt/t/zones/q/state"; cat /mnt/t/zones/q/state', 'running', 'a tree mounted by hand, with a zone');
my $q = run('cd /; key /mnt/t/zones/q/status pid');
gives('s=$(loginctl --no-legend list-sessions | awk "/ttyS0/ { print \$1 }"); loginctl terminate-session $s; ' .
	'until_ok "! loginctl show-session $s"; sleep 3; cat /mnt/t/zones/q/state; key /mnt/t/zones/q/status pid', "running\n$q",
	'outlive the end of the login');

# --- going down with many, of which one has no daemon ---
run('cd zones; for i in $(seq 17); do mkdir z$i; cat /root/say >z$i/config; done; put ../ctl boot-all; for i in $(seq 17); do comes z$i running; done');
gives('grep -c " running " list', 21, '20 zones and a VM');
run('cd /; umount /mnt/t');
my $many = $m->reboot;
is(is_up(), 'running', 'the host comes up again');
good_end('with all of them the host goes down in order');
diag(sprintf 'going down took %.0f s with 3 zones, %.0f s with 21', $few, $many);
gives('for i in $(seq 17); do cat /var/lib/warren/roots/$(key zones/z$i/status id)/root/bye; done | sort | uniq -c | tr -s " "', ' 17 asked',
	'each was asked to end');
gives('cat /var/lib/t/roots/*/root/bye', 'asked', 'and the one without a daemon');
all_up('and all are there again');
gives('for i in $(seq 17); do comes zones/z$i running; done | uniq -c | tr -s " "', ' 17 running', 'the many, too');

# --- the power is cut ---
for my $cut (1, 2) {
	$m->begin($TOOLS . <<'END');
n=$(cat zones/web/cpu.cap | tr -dc 0-9)
n=${n:-0}
while :; do
	n=$((n + 1))
	for z in web net z1 z2; do
		put zones/$z/cpu.cap $n
		echo "<$z=$n>"
	done
	mkdir zones/brief && rmdir zones/brief
	echo "<round>"
done
END
	my %said;
	for (1 .. 100) {
		my $before = $m->wait_for(qr/<round>/);
		defined $before or die "the machine does not answer\n";
		$said{$1} = $2 while $before =~ /<(\w+)=(\d+)>/g;
	}
	$m->cut;
	$said{$1} = $2 while $m->{said} =~ /<(\w+)=(\d+)>/g;
	ok($m->start && is_up() eq 'running', "cut $cut: the host comes up again") or diag(run('systemctl --failed --no-legend'));
	for my $z (sort keys %said) {
		my $now = run("cat zones/$z/cpu.cap");
		ok($now == $said{$z} || $now == $said{$z} + 1, "$z has what was acknowledged")
			or diag("it has $now, and $said{$z} was acknowledged");
	}
	all_up('zones and VM are there again');
	gives('for i in $(seq 17); do comes zones/z$i running; done | uniq -c | tr -s " "', ' 17 running', 'the many, too');
	gives('grep -c " failed " list', 0, 'none has failed');
}
run('systemctl --no-block poweroff');
$m->read_until(sub { $m->{console} =~ /reboot: Power down/ });
done_testing();
