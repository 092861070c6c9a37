#!/bin/sh
# VMs under KVM: the tiny guest of vm.t and Debian's stock kernel; without KVM what is said and refused.
. "$(dirname "$0")/lib.sh"
HELLO=$WARREN_BUILD/guests/hello LINUX=$WARREN_BUILD/kernel/vmlinuz
QEMU=$(command -v "qemu-system-$(uname -m)") || skip_all 'no QEMU here'
setup
V=$VMS/v
mkdir "$V"
put "$V/kernel" "$HELLO" >/dev/null
kvm=$(key "$MNT/host" kvm) auto=$(key "$MNT/host" accel | cut -d' ' -f1)

put "$V/append" echo >/dev/null
is "$(put "$V/ctl" boot) $(key "$V/status" accel)" "ok $auto" 'auto is what host says' || diag "$(cat "$V/error")"
put "$V/ctl" halt >/dev/null
put "$V/accel" kvm >/dev/null
if [ ! -e /dev/kvm ]; then
	like "$kvm" '^unusable: .*/dev/kvm' 'host says that there is no KVM'
	is "$(put "$V/ctl" boot)" EOPNOTSUPP 'accel=kvm is refused'
	like "$(cat "$V/error")" kvm 'with the reason'
	skip 'there is no /dev/kvm' 'guests under KVM'
	finish
elif ! timeout 60 "$QEMU" -accel kvm -machine pc -m 64 -display none -serial stdio -monitor none -no-reboot \
	-kernel "$HELLO" -append poweroff >"$TMP/by-hand" 2>&1 </dev/null; then
	skip "QEMU by hand: $(tail -n 1 "$TMP/by-hand")" 'guests under KVM'
	finish
fi

# The tiny guest
put "$V/append" poweroff >/dev/null
is "$(put "$V/ctl" boot) $(ended "$V") $(cat "$V/state")" 'ok exited 0 halted' 'a tiny guest runs under KVM to its end' ||
	diag "$(cat "$V/error")"
like "$(tail -n 12 "$V/log")" 'accelerator: KVM' 'and says that it does'
put "$V/append" echo >/dev/null
is "$(put "$V/ctl" boot) $(key "$V/status" accel)" 'ok kvm' 'status tells it' || diag "$(cat "$V/error")"
pid=$(pid_of "$V")
like "$(find "/proc/$pid/fd" -lname '*kvm-vcpu*')" fd 'and it is true'
is "$(cut -d' ' -f1 "$V/procs")" "$pid" 'procs lists QEMU, and no thread with which the kernel serves it'

# What Windows gets of Hyper-V's
put "$V/ctl" halt >/dev/null
put "$V/os" windows >/dev/null
if [ "$(put "$V/ctl" boot)" = ok ]; then
	like "$(tr '\0' ' ' <"/proc/$(pid_of "$V")/cmdline")" ' -cpu [^ ]*hv-relaxed,[^ ]*hv-synic' "os=windows: it has Hyper-V's enlightenments"
	put "$V/ctl" halt >/dev/null
else
	like "$(cat "$V/error")" ": os: KVM here has not all that windows gets of Hyper-V's" 'os=windows: what this KVM lacks is said'
fi
put "$V/os" linux >/dev/null
put "$V/ctl" boot >/dev/null
pid=$(pid_of "$V")

# What KVM counts, told by QEMU, which may stand still
like "$(cat "$V/kvm.stat")" '^(exits|io_exits|insn_emulation) [1-9][0-9]*$' 'kvm.stat counts'
is "$(grep -Evc '^[a-z0-9_]+ [0-9]+$' "$V/kvm.stat")" 0 'a key and a number a line'
known=$(cat "$V/kvm.stat")
kill -STOP "$pid"
is "$(timeout 30 cat "$V/kvm.stat" | wc -l)" "$(printf '%s\n' "$known" | wc -l)" 'of a QEMU that stands still the last that is known is told'
is "$(timeout 30 ls -l "$V" | grep -c kvm.stat)" 1 'and ls -l of its directory ends'
ok 'who waits can be interrupted' perl -e '
	my $pid = fork // die; exec "cat", $ARGV[0] unless $pid; kill INT => $pid; waitpid $pid, 0; exit 0' "$V/kvm.stat"
put "$V/ctl" halt >/dev/null
is "$(cat "$V/kvm.stat")" '' 'empty when it does not run'
put "$V/ctl" boot >/dev/null
kill -STOP "$(pid_of "$V")"
is "$(timeout 30 cat "$V/kvm.stat" 2>&1 | sed 's/.*: //') $(stat -c %s "$V/kvm.stat")" 'Input/output error 0' \
	'where nothing is known of this boot: EIO, and a size of 0'
put "$V/ctl" halt >/dev/null
# Where this guest goes no KVM can follow; QEMU itself would stay
exec 8<"$V/event"
put "$V/append" crash >/dev/null
put "$V/ctl" boot >/dev/null
ok 'a guest that can not go on' await 8 ' failed.*\n'
is "$(cat "$V/state")" failed 'is failed'
like "$(cat "$V/error")" 'internal-error|panic|guest' 'with the reason'
timeout 30 cat "$V/wait" >/dev/null
is "$? $(cat "$V/procs")" '0 ' 'and nothing of it runs'
put "$V/ctl" halt >/dev/null

# A stock kernel, to its user space and back
if [ "$auto" != kvm ]; then
	skip "kvm $kvm" 'a stock kernel under KVM'
elif [ ! -e "$LINUX" ]; then
	skip "there is no $LINUX: make guest" 'a stock kernel under KVM'
else
	is "$(put "$V/config" "accel=auto
kernel=$LINUX
initrd=${LINUX%/*}/initrd
append=console=ttyS0 loglevel=3
ram=256M")" ok 'a stock kernel' || diag "$(cat "$V/error")"
	is "$(put "$V/ctl" boot) $(key "$V/status" accel)" 'ok kvm' 'boots by KVM' || diag "$(cat "$V/error")"
	exec 7<"$V/console"
	ok 'and comes up' timeout 300 sh -c 'grep -q "is up with" "$1/log" || grep -q -m 1 "is up with" <&7' sh "$V" ||
		diag "$(tail -n 5 "$V/log")"
	put "$V/console" 'dmesg | grep -o "Hypervisor detected:.*"; poweroff -f
' >/dev/null
	is "$(timeout 120 cat "$V/wait") $(cat "$V/state")" 'exited 0 halted' 'until it powers off'
	like "$(tr -d '\r' <"$V/log")" '^Hypervisor detected: KVM$' 'its kernel has seen KVM'
fi
finish
