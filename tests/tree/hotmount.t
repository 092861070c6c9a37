#!/bin/sh
# Mounts given to a VM that runs and taken from it, seen by Debian's kernel in it.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
! why=$(linux_missing) || skip_all "$why"
setup
V=$VMS/v
mkdir "$V" "$TMP/a" "$TMP/b" "$TMP/c" "$TMP/rooted"
for i in a b c; do echo "in $i" >"$TMP/$i/f"; chmod 777 "$TMP/$i"; done
chown -R 60001:60001 "$TMP/a" "$TMP/b"
linux_typed virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci fuse virtiofs

m='mkdir -p /a /b /c; m() { until mount -t virtiofs $1 /$1 2>/dev/null; do sleep 0.1; done; }' # in the guest
waiting() { key "$V/status" reboot_needed; }
servers() { # in the VM's groups
	for _p in $(cat /sys/fs/cgroup/*/"$CG"/*/cgroup.procs /sys/fs/cgroup/"$CG"/*/cgroup.procs 2>/dev/null | sort -un); do
		[ "$(cat "/proc/$_p/comm" 2>/dev/null)" = virtiofsd ] && echo "$_p"
	done
	return 0
}
serving() { # COUNT: so many in the end
	timeout 30 sh -c "until [ \"\$(cat /sys/fs/cgroup/*/$CG/*/cgroup.procs /sys/fs/cgroup/$CG/*/cgroup.procs 2>/dev/null |
		sort -un | while read -r p; do cat /proc/\$p/comm; done 2>/dev/null | grep -c '^virtiofsd')\" = $1 ]; do sleep 0.1; done"
}
takes() { # LINES DESCRIPTION: in force at once
	is "$(put "$V/mounts" "$1") $(waiting)" 'ok ' "$2" || diag "$(cat "$V/error" "$V/pending")"
}
put "$V/config" "accel=tcg
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3 tsc_early_khz=2600000" >/dev/null
put "$V/mounts" "$TMP/a a ro" >/dev/null
if [ "$(put "$V/ctl" boot)" = EOPNOTSUPP ]; then
	like "$(cat "$V/error")" 'mounts: there is no virtiofsd: install it' 'no virtiofsd: said so'
	skip 'no virtiofsd here' 'mounts that come and go'
	finish
fi
put "$V/ctl" halt >/dev/null

# --- they come and go -------------------------------------------------------------------------

for machine in q35 pc; do
	put "$V/config" "machine=$machine" >/dev/null
	put "$V/mounts" "$TMP/a a ro" >/dev/null
	up "a guest of $machine with a mount"
	is "$(guest "$m; m a; cat /a/f")" 'in a' 'has it'
	takes "$TMP/a a ro
$TMP/b b rw" 'one comes'
	is "$(guest 'm b; cat /a/f /b/f; echo new >/b/new')" 'in a
in b' 'the guest mounts it beside the first'
	is "$(cat "$TMP/b/new")" new 'and writes'
	ok 'two serve it' serving 2
	is "$(guest 'umount /a')" '' 'it is done with the first'
	takes "$TMP/b b rw" 'which goes'
	ok 'and what served it' serving 1
	is "$(key "$V/status" mounts_lost)" - 'nothing is lost by that'
	takes "$TMP/b b rw
$TMP/c c ro
$TMP/a a rw" 'two come at once'
	is "$(guest 'm a; m c; cat /a/f /b/f /c/f; echo w >/a/w && rm /a/w; touch /c/w; true')" "in a
in b
in c
touch: /c/w: Read-only file system" 'each with its own'
	is "$(guest 'umount /b /c')" '' 'it is done with two'
	takes "$TMP/a a rw
$TMP/b b ro
$TMP/b c ro" 'of which one is for reading now, and one is another'
	is "$(guest 'm b; m c; cat /c/f; touch /b/w; true')" "in b
touch: /b/w: Read-only file system" 'for the guest, too'
	ok 'three serve it' serving 3
	refused "$V/mounts" "$TMP/nosuch a ro" ENOENT 'nosuch'
	refused "$V/mounts" "$TMP/rooted b rw" EPERM "rooted is root's.*say rw owner=zone"
	is "$(waiting) $(guest 'cat /b/f')" ' in b' 'what is refused leaves all as it was'
	ok 'with what served it' serving 3
	takes none 'all go, though they are mounted'
	ok 'and nobody serves it' serving 0
	takes "$TMP/c c ro" 'then one comes'
	put "$V/ctl" halt >/dev/null
done
# --- what waits -------------------------------------------------------------------------------

put "$V/config" machine=q35 >/dev/null
put "$V/mounts" none >/dev/null
up 'a guest without any'
is "$(put "$V/mounts" "$TMP/a a ro") $(waiting)" 'ok mounts' 'shares its memory with none: the first waits'
is "$(cat "$V/pending")" "mounts none \"$TMP/a a ro\"" 'and is told'
is "$(put "$V/mounts" none) $(waiting)" 'ok ' 'or is taken back'
put "$V/mounts" "$TMP/a a ro" >/dev/null
put "$V/ctl" halt >/dev/null
up 'a guest with one'
put "$V/ctl" pause >/dev/null
is "$(put "$V/mounts" "$TMP/a a ro
$TMP/c c ro") $(waiting)" 'ok mounts' 'what is written while it is paused waits'
put "$V/ctl" resume >/dev/null
ok 'until it goes on' no_longer "$V/pending"
ok 'then two serve it' serving 2

# --- what is killed over it -------------------------------------------------------------------

perl -e 'for my $v (("$ARGV[1]/a a ro\n$ARGV[1]/b b rw", "$ARGV[1]/c c ro\n$ARGV[1]/a a rw") x 2) { for (;;) { open my $f, ">", "$ARGV[0]/mounts" or die; last if defined syswrite $f, $v; $!{EINTR} or die "$v: $!" } }' "$V" "$TMP" 2>"$TMP/said" & writer=$!
i=0
while kill -0 "$writer" 2>/dev/null && [ $i -lt 12 ]; do
	old=$(daemon_pid)
	[ -z "$old" ] || { kill -9 "$old" && gone "$old"; }
	cat "$MNT/version" >/dev/null
	i=$((i + 1))
done
wait "$writer"
is "$? $(cat "$TMP/said")" '0 ' "they change four times, and $i daemons are killed meanwhile" || diag "$(cat "$V/error")"
ok 'all is in force in the end' no_longer "$V/pending"
ok 'with two that serve it' serving 2
is "$(guest "$m")" '' 'its guest is told how to mount'
is "$(guest 'm a; m c; cat /a/f /c/f; touch /a/w && rm /a/w')" "in a
in c" 'and the guest has both'
qemu=$(pid_of "$V")
kill -STOP "$qemu"
put "$V/mounts" "$TMP/b b rw" >"$TMP/said" & writer=$!
kill -9 "$qemu"
ok 'QEMU is killed' until_state "$V" failed
wait "$writer"
is "$(cat "$TMP/said" "$V/mounts")" "ok$TMP/b b rw" 'what is written meanwhile comes with the next boot'
ok 'and nobody serves it' serving 0
finish
