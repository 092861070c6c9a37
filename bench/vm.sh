#!/bin/sh
# A VM to the first byte on its console and to user space, and what its QEMU holds, under TCG: beside the same
# QEMU by hand, and beside one as libvirt starts it where nobody says more than we do.
. "${0%/*}/lib.sh"
. "${0%/*}/vm.inc"
linux_fetch
bench_begin
heading 'A VM, under TCG: from the write of boot on'
have "qemu-system-$(uname -m)" || exit 0
vm_make

# What libvirt 9 gives a VM of virt-install's on a q35 besides its disk, network and display
libvirt_args() {
	printf '%s\0' "/usr/bin/qemu-system-$(uname -m)" -name guest=v,debug-threads=on -no-user-config -nodefaults \
		-machine pc-q35-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram -accel tcg -cpu qemu64 -m "$RAM" \
		-object "memory-backend-ram,id=pc.ram,size=$((RAM << 20))" -overcommit mem-lock=off -smp 1,sockets=1,cores=1,threads=1 \
		-display none -rtc base=utc -no-shutdown -boot strict=on -msg timestamp=on \
		-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
		-chardev socket,id=qmp,fd=6 -mon chardev=qmp,mode=control -chardev socket,id=console,fd=5 -serial chardev:console
	for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		first=$([ $((i % 8)) -ne 0 ] || echo ,multifunction=on)
		printf '%s\0' -device "pcie-root-port,port=$((i + 8)),chassis=$((i + 1)),id=pci.$((i + 1)),bus=pcie.0,addr=$((1 + i / 8)).$((i % 8))$first"
	done
	printf '%s\0' -device qemu-xhci,p2=15,p3=15,id=usb,bus=pci.2,addr=0x0 -device virtio-serial-pci,id=virtio-serial0,bus=pci.3,addr=0x0 \
		-device virtio-balloon-pci,id=balloon0,bus=pci.4,addr=0x0 -object rng-random,id=objrng0,filename=/dev/urandom \
		-device virtio-rng-pci,rng=objrng0,id=rng0,bus=pci.5,addr=0x0 -kernel /kernel -initrd /initrd -append "$append"
}

more() { # WHAT OURS THEIRS: the median of the differences of pairs
	column "$2" >"$TMP/ours"
	column "$3" >"$TMP/theirs"
	at_most "$1" "$(paste "$TMP/ours" "$TMP/theirs" | awk 'NF == 2 { print ($1 - $2) / 1000 }' | middle)" ms 20
}

hello=$WARREN_BUILD/guests/hello
settings "accel=tcg
ram=${RAM}M
kernel=$hello
append=echo" && for _ in $(seq "${ROUNDS:-40}"); do
	ours hello
	theirs hello.floor qemu.args "$hello" none
done
figure 'a tiny guest, to its first byte' hello ms 1000 'the same QEMU by hand' hello.floor 1.03
more 'more than by hand' hello hello.floor

if [ ! -s "$KERNEL/vmlinuz" ]; then
	echo 'no kernel: no figure for Linux'
	exit
fi
libvirt_args >"$TMP/libvirt.args"
settings "machine=microvm
$linux" && cp "$TMP/qemu.args" "$TMP/microvm.args"
settings "machine=auto
$linux" && for _ in $(seq "${ROUNDS:-15}"); do
	ours linux "$up"
	theirs linux.floor qemu.args "$KERNEL/vmlinuz" "$KERNEL/initrd" "$up"
	theirs libvirt libvirt.args "$KERNEL/vmlinuz" "$KERNEL/initrd" "$up"
	theirs microvm microvm.args "$KERNEL/vmlinuz" "$KERNEL/initrd" "$up"
done
figure 'Linux, to user space' linux:3 ms 1000 'the same QEMU by hand' linux.floor:3 1.03
figure 'Linux, to user space' linux:3 ms 1000 "libvirt's" libvirt:3
figure 'Linux on microvm, to user space' microvm:3 ms 1000 'on q35' linux.floor:3 0.67
for of in linux:linux.floor:'by hand' linux:libvirt:"libvirt's" microvm:linux.floor:'q35, by hand'; do
	figure "QEMU's CPU time until then, ${of%%:*}" "${of%%:*}:5" ms 1000 "${of##*:}" "$(echo "$of" | cut -d: -f2):5"
done
figure "QEMU beside the guest's RAM" linux:4 MiB 1024 'by hand' linux.floor:4 1.01
figure "QEMU beside the guest's RAM" linux:4 MiB 1024 "libvirt's" libvirt:4 1
