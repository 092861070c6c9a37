#!/bin/sh
# A stock Linux kernel and a busybox initramfs for guests, made once:
#   kernel.sh DIR [PACKAGE]    leaves DIR/vmlinuz, DIR/initrd and the kernel's modules in DIR/modules
# PACKAGE: instead of Debian's kernel for clouds, which has no drivers for real machines.
# The kernel is unpacked from Debian's (or Ubuntu's) package, not installed.
set -eu
dir=$1
mkdir -p "$dir"
if [ ! -s "$dir/vmlinuz" ] || [ ! -d "$dir/modules" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	kernel_package() {
		for meta in ${2:-linux-image-cloud-amd64 linux-image-virtual}; do
			apt-cache depends "$meta" 2>/dev/null |
				sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p'
		done | head -n 1
	}
	# Ubuntu has the modules in a package of their own
	fetch() {
		package=$(kernel_package "$@")
		[ -n "$package" ] && cd "$work" && apt-get download -q "$package" >/dev/null 2>&1 || return
		apt-get download -q "linux-modules-${package#linux-image-}" >/dev/null 2>&1 || :
		for deb in ./*.deb; do dpkg -x "$deb" root || return; done
	}
	(fetch "$@") || { apt-get update -q >/dev/null && (fetch "$@"); } ||
		{ echo 'kernel.sh: apt gives no kernel package' >&2; exit 1; }
	rm -rf "$dir/modules"
	cp -r --preserve=mode "$work/root/lib/modules" "$dir/modules"
	cp "$work"/root/boot/vmlinuz-* "$dir/vmlinuz"
	chmod 644 "$dir/vmlinuz"
fi
if [ ! -s "$dir/initrd" ]; then
	root=$(mktemp -d)
	mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev"
	cp /bin/busybox "$root/bin/busybox"
	cat >"$root/init" <<-'INIT'
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs dev /dev
		echo "guest: Linux $(uname -r) is up with $(nproc) CPU"
		# whoever wants more says so on the console
		exec setsid cttyhack sh
	INIT
	chmod 755 "$root/init"
	(cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$dir/initrd"
	rm -rf "$root"
fi
