#!/bin/sh
# A Debian (or Ubuntu) root with apt, systemd, and a few programs that are delicate in a container, made once, from where this machine has its packages from:
#   debian.sh FILE.tar
set -eu
tar=$1
if [ -f "$tar" ] && [ "$tar" -nt "$0" ]; then exit 0; fi
# the first archive that apt knows of the system's own release
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
	awk -v r="$release" '$2 == r { print $1; exit }')
[ -n "$mirror" ] || { echo 'debian.sh: apt knows no archive of this release' >&2; exit 1; }
packages=systemd-sysv,libpam-systemd,sudo,cron,iputils-ping,libcap2-bin,redis-server
# shellcheck disable=SC2016  # for the hook's shell
mmdebstrap --quiet --format=tar --variant=apt --include=$packages --aptopt='Acquire::Languages "none"' \
	--customize-hook='chroot "$1" systemctl --quiet disable redis-server' "$release" "$tar.new" "$mirror" </dev/null
rm -rf "$tar"
mv "$tar.new" "$tar"
