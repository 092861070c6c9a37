#!/bin/sh
# The disk of the host that most users have, for host.t:
#   disk.sh BUILD     leaves BUILD/host/disk, an ext4 file system, sparse, with room for more
# Debian 12 with systemd, udev, journald, networkd and logind, what warren needs at run time, and lxcfs, made once;
# the kernel's modules, and in /root/warren this tree with its programs built, are put into it anew each time.
# Its first serial line is root's login, on the second a shell obeys host.t.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
tar=$build/host/debian.tar root=$build/host/root
SIZE=4G PACKAGES='systemd-sysv,udev,dbus,libpam-systemd,procps,iproute2,kmod,e2fsprogs,make,perl-base,socat,
	fuse3,libfuse3-3,libevent-core-2.1-7,libcap2,libseccomp2,libmnl0,libjansson4,libarchive13,libexpat1,libnettle8,
	nftables,passt,lxcfs,busybox-static,qemu-system-x86'

debian() {
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
		awk '$2 == "bookworm" { print $1; exit }')
	[ -n "$mirror" ] || { echo 'disk.sh: apt knows no archive of Debian 12' >&2; exit 1; }
	mmdebstrap --quiet --format=tar --variant=minbase --include="$(echo "$PACKAGES" | tr -d '\n\t')" \
		--aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		bookworm "$tar.new" "$mirror" </dev/null
	mv "$tar.new" "$tar"
	echo "$PACKAGES" >"$tar.has"
}

unit() { mkdir -p "$root/etc/systemd/$1" && cat >"$root/etc/systemd/$1/$2"; } # DIRECTORY FILE <TEXT

settings() {
	echo host >"$root/etc/hostname"
	echo '/dev/nvme0n1 / ext4 defaults 0 1' >"$root/etc/fstab"
	unit network 10-all.network <<-'END'
		[Match]
		Name=e*
		[Network]
		DHCP=yes
	END
	unit system/serial-getty@ttyS0.service.d login.conf <<-'END'
		[Service]
		ExecStart=
		ExecStart=-/sbin/agetty --autologin root --noclear %I dumb
	END
	# Each line of the second serial line is a script in base64; what it prints goes back, then `<end>`
	cat >"$root/usr/local/sbin/obey" <<-'END'
		#!/bin/sh
		stty -F /dev/ttyS1 raw -echo
		exec 3<>/dev/ttyS1
		echo '<up>' >&3
		while read -r script <&3; do
			echo "$script" | base64 -d >/run/script
			sh /run/script >&3 2>&1 </dev/null 3>&-
			echo '<end>' >&3
		done
	END
	chmod 755 "$root/usr/local/sbin/obey"
	unit system obey.service <<-'END'
		[Unit]
		Description=obeys the test
		[Service]
		ExecStart=/usr/local/sbin/obey
		KillMode=process
		[Install]
		WantedBy=multi-user.target
	END
	systemctl --root="$root" --quiet enable obey.service serial-getty@ttyS0.service systemd-networkd.service \
		systemd-networkd-wait-online.service
}

mkdir -p "$build/host"
[ "$(cat "$tar.has" 2>/dev/null)" = "$PACKAGES" ] || debian
rm -rf "$root"
mkdir -p "$root"
tar -C "$root" -xpf "$tar"
settings
mkdir -p "$root/usr/lib/modules" "$root/root/warren/tests"
cp -r "$build"/kernel/modules/* "$root/usr/lib/modules"
for version in "$root"/usr/lib/modules/*; do depmod -b "$root" "${version##*/}"; done
cp "$build/kernel/vmlinuz" "$build/kernel/initrd" "$root/root"
# The sources too, as make asks for them
(cd "$here" && git ls-files | grep -v '^tests/fuzz/corpus/' | tar -cf - -T -) | tar -C "$root/root/warren" -xf -
(cd "$build" && tar -cf - --exclude=./host --exclude=./guest --exclude=./kernel --exclude='./*.tar' --exclude='*_test' --exclude='*_replay' \
	--exclude='*.a' .) | tar -C "$root/root/warren" --transform 's,^\.,build,' -xf -
rm -f "$build/host/disk.new"
mke2fs -q -t ext4 -d "$root" "$build/host/disk.new" "$SIZE"
rm -rf "$root"
mv "$build/host/disk.new" "$build/host/disk"
