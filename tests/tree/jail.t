#!/bin/sh
# What QEMU has of the host's while a VM runs: one process, what it has mapped and open, and its rights.
. "$(dirname "$0")/lib.sh"
HELLO=$WARREN_BUILD/guests/hello
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
[ -e "$HELLO" ] || skip_all 'no guest of ours'
setup
V=$VMS/v
mkdir "$V"

# Each kind that there may be, as a whole name; a new device adds its own
MAPPED='(/usr)?/bin/qemu-system-x86_64
(/usr)?/lib(64)?(/[^/]*-linux-gnu)?/[^/]*\.so(\.[0-9.]*(t64)?)?
(/usr)?/lib(64)?(/[^/]*-linux-gnu)?/qemu(-kvm)?/(accel-tcg-|accel-qtest-|hw-|ui-|block-)[^/]*\.so
\[(heap|stack|vdso|vsyscall|vvar|vvar_vclock)\]
anon_inode:kvm-vcpu:[0-9]*
/memfd:displaysurface
/kernel'
OPEN='/dev/null
/dev/kvm
/dev/net/tun
pipe:.*
socket:.*
anon_inode:\[(eventfd|eventpoll|signalfd|timerfd)\]
anon_inode:(kvm-vm|kvm-vcpu:[0-9]*|kvm-vcpu-stats:[0-9]*|kvm-device.*)
/memfd:displaysurface \(deleted\)'

mapped() { awk '$6 != "" { print $6 }' "/proc/$pid/maps" | sort -u; }
open_files() { for _f in "/proc/$pid"/fd/*; do readlink "$_f"; done | sort -u; }
opened_to() { # FILE: 0 read, 1 write, 2 both
	for _f in "/proc/$pid"/fd/*; do
		[ "$(readlink "$_f")" = "$1" ] && sed -n 's/^flags:.*\(.\)$/\1/p' "/proc/$pid/fdinfo/${_f##*/}"
	done | sort -u
}
others() { grep -vxE -e "$1"; } # KINDS: what is of none of them
status_of() { awk -v k="$2:" '$1 == k { print $2 }' "/proc/$1/status"; }
in_namespace() { # of process numbers: all processes in QEMU's
	_ns=$(readlink "/proc/$pid/ns/pid")
	for _p in /proc/[0-9]*; do
		[ "$(readlink "$_p/ns/pid" 2>/dev/null)" = "$_ns" ] && echo "${_p#/proc/}"
	done
}

# Files of its root, without /
ROOT='usr/bin/qemu-system-x86_64
usr/lib(64)?(/[^/]*-linux-gnu)?/(lib|ld-)[^/]*\.so(\.[0-9.]*(t64)?)?
usr/lib(64)?(/[^/]*-linux-gnu)?/qemu/(accel-tcg-x86_64|hw-usb-host)\.so
usr/share/(qemu|seabios)/(bios-256k|bios-microvm|linuxboot(_dma)?|multiboot(_dma)?|pvh|vgabios-stdvga)\.bin
usr/share/qemu/keymaps/en-us
kernel
etc/resolv\.conf
sys/kernel/mm/transparent_hugepage/hpage_pmd_size
dev/(null|kvm)'
root_files() { find "/proc/$pid/root/" ! -type d ! -type l -printf '%P\n' 2>/dev/null; }

# Everything that a VM can be given which needs no other package
truncate -s 1M "$TMP/raw"
truncate -s 1M "$TMP/cd"
settings="kernel=$HELLO
append=echo
display=vnc
disk0=path=$TMP/raw
disk1=path=$TMP/cd readonly=on bus=nvme"
GIVEN="$TMP/(raw|cd)"
ip link add "wt$$" type bridge 2>/dev/null && trap 'ip link del "wt$$"; cleanup' EXIT && settings="$settings
nic0=bridge=wt$$"

look() { # ACCEL
	is "$(put "$V/config" "accel=$1
$settings")$(put "$V/ctl" boot)" okok "$1: a VM" || diag "$(cat "$V/error")"
	exec 7<"$V/console"
	grep -q ready "$V/log" || await 7 ready >/dev/null
	pid=$(pid_of "$V")

	is "$(in_namespace)" "$pid" 'QEMU is the only process in its zone'
	is "$(mapped | others "$MAPPED")" '' 'it has itself and libraries mapped'
	is "$(open_files | others "$OPEN
$GIVEN")" '' 'it has open what it was given'
	is "$(opened_to "$TMP/raw") $(opened_to "$TMP/cd")" '2 0' 'to write, or to read alone'
	unlike "$(cut -d' ' -f 4,6 "/proc/$pid/mountinfo")" '[ ,]rw(,|$)' 'nothing of its root can be written'
	is "$(root_files | others "$ROOT")" '' 'its root holds single files of QEMU'
	ok 'the program among them' [ -x "/proc/$pid/root/usr/bin/qemu-system-x86_64" ]

	among 65536 "$(status_of "$pid" Uid)" 4294967294 'it is nobody of the host'
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		is "$(status_of "$pid" $set)" 0000000000000000 "no capabilities: $set"
	done
	is "$(sed -n 's/^Groups:[[:space:]]*//p' "/proc/$pid/status")" '' 'it has no groups'
	is "$(status_of "$pid" Gid)" "$(status_of "$pid" Uid)" "but one that is nobody's either"
	is "$(tr '\0' ' ' <"/proc/$pid/environ")" '' 'its environment is empty'
	is "$(readlink "/proc/$pid/cwd")" / 'it is in its root'
	is "$(status_of "$pid" NoNewPrivs) $(status_of "$pid" Seccomp)" '1 2' 'no_new_privs and seccomp'
	# from Linux 5.9 on
	if grep -q __asan_init "$WARREN_BUILD/warren-monitor"; then
		skip 'builds with sanitizers are not confined' 'by our list and its own filter'
	else
		case $(status_of "$pid" Seccomp_filters) in 2 | '') true ;; *) false ;; esac
		report $? 'by our list and its own filter'
	fi
	is "$(sed -n 's/^ *\([^ ]*\):.*/\1/p' "/proc/$pid/net/dev" | tr '\n' ' ')" 'lo ' 'its network is empty'
	for ns in user pid mnt uts ipc net cgroup; do
		ok "its $ns namespace is its own" [ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink "/proc/self/ns/$ns")" ]
	done
	like "$(cat "/proc/$pid/limits")" '^Max core file size +1 +1 ' 'no core dump'
	put "$V/ctl" halt >/dev/null
}
look tcg
if [ -e /dev/kvm ]; then look kvm; else skip 'no KVM here' 'the same under KVM'; fi
finish
