#!/bin/sh
# The disk of the guest that the tests run in on control groups v2 (v2.t):
#   disk.sh BUILD     leaves BUILD/guest/disk, an ext4 file system, sparse, with room for more
# In it are this host's own packages that the tests need, udev, which the host needs not have, the modules of
# the kernel in BUILD/kernel, and in /warren the programs of BUILD, the tests and what VMs there boot. Nothing
# of it needs a mount.
set -eu
build=$1
here=$(cd "$(dirname "$0")/.." && pwd)
root=$build/guest/root
# Of these lxcfs, bzip2 and umoci may be missing: the tests that need them say so
SIZE=4G PACKAGES='bash bsdutils busybox-static bzip2 coreutils cpio dash diffutils e2fsprogs findutils fuse3 grep gzip hostname iproute2 lxcfs
	kmod libc-bin login mawk mount nftables passt passwd perl procps qemu-system-x86 qemu-utils sed socat tar umoci util-linux xz-utils zstd'
PROGRAMS='warren mount.warren warren-monitor warren-init warren-import'

# The packages and what they depend on, be it installed or one of those that would do, too
files() {
	# shellcheck disable=SC2086  # several packages
	apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks \
		--no-replaces --no-enhances $PACKAGES | grep '^[a-z]' | sort -u | xargs dpkg -L 2>/dev/null || :
	find /usr/bin /usr/sbin -lname '/etc/alternatives/*'
	find /etc/alternatives
	printf '%s\n' /etc/passwd /etc/group
}

libraries() {
	for program in $PROGRAMS; do
		ldd "$build/$program" 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p'
	done | sort -u | while read -r library; do echo "$library" && readlink -f "$library"; done
}

# The files that are named by lines, where they are here
copy() {
	sed -E 's,^/((s?bin|lib(32|64|x32)?)/),/usr/\1,' |
		grep -Ev '^/usr/share/(doc|man|locale|info)/|^/(s?bin|lib[0-9x]*)$' | sort -u |
		while read -r file; do [ ! -e "$file" ] && [ ! -L "$file" ] || echo ".$file"; done |
		tar -C / --no-recursion -cf - -T - | tar -C "$root" -xpf -
	ldconfig -r "$root"
}

# /bin and the like are links into /usr, here and there
packages_copy() {
	mkdir -p "$root/usr"
	for dir in bin sbin lib lib32 lib64 libx32; do
		[ ! -L "/$dir" ] || ln -sf "usr/$dir" "$root/$dir"
	done
	files | copy
}

udev_unpack() {
	get='apt-get download -q -o APT::Sandbox::User=root udev'
	(cd "$build/guest" && rm -f udev_*.deb && { $get || { apt-get update -q && $get; }; } >/dev/null)
	dpkg-deb --fsys-tarfile "$build"/guest/udev_*.deb | tar -C "$root" --keep-directory-symlink -xf -
	for group in kvm input sgx render; do # what its rules name
		grep -q "^$group:" "$root/etc/group" || echo "$group:x:$((990 + ${#group})):" >>"$root/etc/group"
	done
}

if [ ! -e "$root/etc/ld.so.cache" ] || [ "$0" -nt "$root/etc/ld.so.cache" ]; then
	rm -rf "$root"
	packages_copy
	udev_unpack
	(cd "$root" && mkdir -p dev proc sys run tmp mnt root usr/lib/modules && chmod 1777 tmp)
	: >"$root/etc/resolv.conf"
	(umask 077 && echo 'root:*::0:99999:7:::' >"$root/etc/shadow") # not this host's
	cp -r "$build"/kernel/modules/* "$root/usr/lib/modules"
	for version in "$root"/usr/lib/modules/*; do depmod -b "$root" "${version##*/}"; done
fi
# The root of systemd.t, without what nobody needs there; where there is none the test says so
debian_copy() {
	from=$build/debian.tar to=$build/guest/systemd.tar work=$build/guest/systemd
	timeout 900 sh "$here/debian.sh" "$from" || return 0
	[ ! "$to" -nt "$from" ] || return 0
	rm -rf "$work"
	mkdir -p "$work"
	tar -C "$work" -xpf "$from" --exclude='./dev/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
		--exclude='./usr/share/locale/*' --exclude='./usr/share/zoneinfo/*' --exclude='./usr/share/bash-completion/*' \
		--exclude='*/perl/*' --exclude='*/libperl.so*' --exclude='*/gconv/*' --exclude='./var/lib/apt/lists/*' \
		--exclude='./usr/lib/apt/*' --exclude='*/libapt-*' --exclude='./var/lib/dpkg/*' --exclude='./var/cache/*/*' \
		--exclude='*/redis-benchmark' --exclude='*/systemd-networkd' --exclude='*/libmvec*'
	tar -C "$work" -cf "$to" .
	rm -rf "$work"
}

rm -rf "$root/warren"
mkdir -p "$root/warren/build/tests" "$root/warren/build/kernel"
cp -r "$here" "$root/warren/tests"
libraries | copy
for program in $PROGRAMS; do cp "$build/$program" "$root/warren/build"; done
cp "$build/tests/try" "$root/warren/build/tests"
cp -r "$build/guests" "$root/warren/build"
cp "$build/kernel/vmlinuz" "$build/kernel/initrd" "$root/warren/build/kernel"
ln -s /usr/lib/modules "$root/warren/build/kernel/modules"
debian_copy
[ ! -e "$build/guest/systemd.tar" ] || ln "$build/guest/systemd.tar" "$root/warren/build"
rm -f "$build/guest/disk.new"
mke2fs -q -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -d "$root" "$build/guest/disk.new" "$SIZE"
mv "$build/guest/disk.new" "$build/guest/disk"
