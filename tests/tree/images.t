#!/bin/sh
# Images: what can be imported and what is refused, how it is shown, and zones that run on one.
. "$(dirname "$0")/lib.sh"
setup
IMAGES=$MNT/images S=$TMP/src
mkdir "$S" "$S/root" "$S/root/bin" "$S/root/etc"
cp /bin/busybox "$S/root/bin/"
for a in sh ls cat stat id echo sleep touch rm readlink mkdir grep sort wc chmod chown mv; do ln -s busybox "$S/root/bin/$a"; done
init_libraries "$S/root"
echo base >"$S/root/etc/name"
echo one >"$S/root/etc/one"
ln "$S/root/etc/one" "$S/root/etc/two"
touch "$S/root/etc/user"
chown 1000:1001 "$S/root/etc/user"
chmod 4750 "$S/root/etc/user"
touch -d '2001-02-03 04:05:06 UTC' "$S/root/etc/name"
# busybox 1.30 takes its own name for that of its process
printf '#!/bin/sh\nprintf systemd >/proc/$$/comm\ntrap "exit 7" 37\necho trapped\nwhile :; do sleep 1000 & wait $!; done\n' >"$S/root/bin/systemd"
chmod 755 "$S/root/bin/systemd"
tar -C "$S/root" -cf "$S/root.tar" .

import() { put "$IMAGES/$1/ctl" "import $2"; }
left() { find "$TMP/state/images" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '; }

# An image that is empty
mkdir "$IMAGES/a"
is "$(cat "$IMAGES/a/type") $(cat "$IMAGES/a/size") $(cat "$IMAGES/a/users")|$(key "$IMAGES/a/status" state)" 'none 0 |empty' 'a new image is empty'
is "$(stat -c '%a %F' "$IMAGES")" '755 directory' 'images/ is a directory'
is "$(cd "$IMAGES/a" && stat -c '%n %a' -- * | tr '\n' ' ')" \
	'config 444 ctl 600 error 444 event 444 help 444 history 444 size 444 status 444 type 444 users 444 ' 'its files'
is "$(cat "$IMAGES/a/ctl")" '# destroy
# import PATH
# remove' 'its commands'
for bad in import 'import a' 'import a b' 'import /a /b' 'remove now' frobnicate; do
	refused "$IMAGES/a/ctl" "$bad" EINVAL
done
refused "$IMAGES/a/ctl" "import $S/none" ENOENT 'none'
refused "$IMAGES/a/ctl" 'import /dev/null' EINVAL
for n in host none; do is "$(try mkdir "$IMAGES/$n")" EINVAL "no image is called $n"; done
is "$(try mkdir "$IMAGES/a")" EEXIST 'a name is given once'
mkdir "$ZONES/z"
refused "$ZONES/z/image" none EINVAL
refused "$ZONES/z/image" nosuch ENOENT 'no image "nosuch"'
refused "$ZONES/z/image" a ENOENT 'is (empty|failed)'
refused "$ZONES/z/image" ../a EINVAL
accepted "$ZONES/z/image" host

# A tar archive, with its events
exec 7<"$IMAGES/a/event"
is "$(import a "$S/root.tar")" ok 'a tar archive is imported'
like "$(await 7 ' imported .*')" 'images/a importing percent=0' 'events tell of the import'
exec 7<&-
is "$(key "$IMAGES/a/status" state) $(key "$IMAGES/a/status" progress) $(cat "$IMAGES/a/type")" 'ready 100 root' 'it is ready'
among 1000000 "$(cat "$IMAGES/a/size")" 9000000 'size is its bytes on disk'
refused "$IMAGES/a/ctl" "import $S/root.tar" EEXIST 'filled'
unlike "$(cat "$IMAGES/a/ctl")" '^# import' 'and ctl lists import no more'

# A zone on it
Z=$ZONES/z
accepted "$Z/image" a
is "$(cat "$IMAGES/a/users")" zones/z 'users tells of it'
is "$(try rmdir "$IMAGES/a") $(try rename "$IMAGES/a" "$IMAGES/b") $(put "$IMAGES/a/ctl" remove)" 'ENOTEMPTY ENOTEMPTY ENOTEMPTY' 'it stays while it is used'
like "$(cat "$IMAGES/a/error")" 'zones/z uses it' 'and says by whom'
is "$(inside "$Z" 'cat /etc/name')" base 'a zone boots from it'
is "$(inside "$Z" 'stat -c "%u %g %a" /etc/user; stat -c %Y /etc/name; stat -c %h /etc/one')" "1000 1001 4750
981173106
2" 'owners, modes, times and links are as they were'
is "$(inside "$Z" 'readlink /bin/sh; ls -d /proc/self; ls /dev/null; ls -1 /run /tmp')" 'busybox
/proc/self
/dev/null
/run:
lock
metadata

/tmp:' '/proc, /dev, /run and /tmp are given by us'
is "$(inside "$Z" 'for f in /etc/name /dev/x /run/x /tmp/x /x; do echo mine >$f && cat $f; done' | sort | uniq -c | tr -s ' ')" ' 5 mine' 'all of it can be written'
is "$(inside "$Z" 'cat /etc/name; rm /etc/one; cat /x; ls -1 /run /tmp')" 'mine
mine
/run:
lock
metadata

/tmp:' 'and is kept, but for /run and /tmp'

# Another at the same time
mkdir "$ZONES/y"
accepted "$ZONES/y/image" a
put "$Z/init" '/bin/sleep 1000' >/dev/null
is "$(put "$Z/ctl" boot)" ok 'while one runs'
is "$(inside "$ZONES/y" 'cat /etc/name /etc/one; stat -c "%u %g" /etc/user')" 'base
one
1000 1001' 'another has the image as it was'
among 0 "$(du -sk "$TMP/state/roots" | cut -f1)" 200 'and no copy of it'
is "$(cat "$IMAGES/a/users" | sort | tr '\n' ' ')" 'zones/y zones/z ' 'both are its users'

# What runs on it uses it, whatever is set now, also for a new daemon
put "$ZONES/y/image" host >/dev/null
accepted "$Z/image" host
is "$(cat "$IMAGES/a/users")" zones/z 'what runs on it uses it still'
ok 'umount and mount' remount
is "$(cat "$Z/state") $(cat "$IMAGES/a/users") $(key "$IMAGES/a/status" state)" 'running zones/z ready' 'also for a new daemon'
is "$(put "$Z/ctl" halt)" ok 'halt'
is "$(cat "$IMAGES/a/users")" '' 'then nobody does'
is "$(inside "$Z" 'echo /home/*; cat /usr/lib/os-release | head -c 4')" '/home/*
PRET' "the zone is on the host's /usr again"
put "$Z/image" a >/dev/null
is "$(inside "$Z" 'cat /etc/name')" mine "and finds what it had on the image"

# An init that is called systemd is shut down as systemd wants it
is "$(put "$Z/init" /bin/systemd)$(put "$Z/ctl" boot)" okok 'an init called systemd'
ok 'is there' timeout 30 sh -c "until grep -q trapped '$Z/log'; do sleep 0.1; done"
is "$(put "$Z/ctl" 'shutdown 20')$(ended "$Z")" 'okexited 7' 'and is halted by SIGRTMIN+3'

# With all that it may hold it reaches the image no more than others' files
at=$TMP/state/images/$(key "$IMAGES/a/status" id)
whole() { find "$at" -printf '%p %y %m %U %G %s %l %T@\n' | sort; find "$at" -type f -exec cat {} + | cksum; }
whole >"$TMP/whole"
put "$Z/privileges" '+sys_admin +dac_read_search +linux_immutable +sys_resource' >/dev/null
put "$Z/init" none >/dev/null
is "$(put "$Z/ctl" boot)" ok 'a zone with sys_admin on it'
mkdir "$Z/exec/j"
put "$Z/exec/j/cmd" 'mkdir -p /b /low /up /work
	echo out >/bin/sh2; rm /etc/two; chmod 777 /bin /etc/user; chown 5 /bin/busybox; mv /etc /etc2; mv /etc2 /etc
	for d in / /proc/self/root /proc/1/root; do busybox mount -o remount,rw $d; busybox mount -o remount,bind,suid,dev,rw $d; echo out >$d/etc/name; done
	busybox mount --bind / /b; busybox mount -o remount,bind,rw /b; echo out >/b/etc/name; ls -d /b/image /b/layer /image /layer
	busybox mount -t overlay -o lowerdir=/,upperdir=/up,workdir=/work x /low; busybox mount -t overlay -o remount,lowerdir=/ / /; echo out >/low/etc/name
	busybox unshare -m busybox umount -l /; busybox umount -l /; ls -d /image /layer /proc/sys/image; echo end' >/dev/null
like "$(cat "$Z/exec/j/stdout" "$Z/exec/j/stderr")" '^end$' 'which does what it can'
unlike "$(cat "$Z/exec/j/stdout")" 'image|layer' 'finds no layer'
is "$(put "$Z/ctl" halt) $(whole | diff "$TMP/whole" -)" 'ok ' 'and leaves the image as it is'
put "$Z/privileges" default >/dev/null

# mv and rmdir
rmdir "$ZONES/z" "$ZONES/y"
is "$(left)" "$(key "$IMAGES/a/status" id) " 'its files are there'
is "$(find "$TMP/state/roots" -mindepth 1)" '' 'those of the zones are gone'
is "$(try rename "$IMAGES/a" "$IMAGES/b") $(key "$IMAGES/b/status" state)" 'ok ready' 'mv renames'
is "$(try rmdir "$IMAGES/b") $(left)" 'ok ' 'rmdir removes all of it'
mkdir "$IMAGES/a"
import a "$S/root.tar" >/dev/null
is "$(put "$IMAGES/a/ctl" remove) $(ls -I help "$IMAGES")$(left)" 'ok ' 'so does remove'
mkdir "$IMAGES/a"
import a "$S/root.tar" >/dev/null
is "$(put "$IMAGES/a/ctl" "remove
import $S/root.tar") $(ls -I help "$IMAGES")$(left)" 'ENOENT ' 'which leaves nothing to be filled anew'

# Other ways in
taken() { # WHAT PATH
	mkdir "$IMAGES/x"
	_got=$(import x "$2")
	is "$_got $(cat "$IMAGES/x/type")" "ok $3" "$1 is imported" || diag "$(cat "$IMAGES/x/error")"
	[ -z "${4-}" ] || like "$(cat "$IMAGES/x/status")" "$4" 'status tells of it'
	[ "$3" = disk ] || is "$(find "$TMP/state/images/$(key "$IMAGES/x/status" id)" -name two -links 2 -size 1 | wc -l)" 1 'with its files'
	rmdir "$IMAGES/x"
}
for z in gzip xz zstd bzip2; do
	$z -1 -c "$S/root.tar" >"$S/root.z" 2>/dev/null || { skip "there is no $z" "a tar archive by $z"; continue; }
	taken "a tar archive by $z" "$S/root.z" root
done
perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("$ARGV[0]/root/sock"))' "$S"
mknod "$S/root/null" c 1 3
taken 'a directory' "$S/root" root '^skipped 1 devices 1 sockets 0 attributes$'
rm "$S/root/sock" "$S/root/null"
if setcap cap_net_raw+ep "$S/root/etc/name" 2>/dev/null; then
	mkdir "$IMAGES/x" "$ZONES/x"
	import x "$S/root" >/dev/null
	put "$ZONES/x/image" x >/dev/null
	is "$(inside "$ZONES/x" 'touch /etc/name && echo again >>/etc/name && cat /etc/name')" 'base
again' 'a file with capabilities can be changed in a zone'
	rmdir "$ZONES/x" "$IMAGES/x"
	setcap -r "$S/root/etc/name"
else
	skip 'there is no setcap' 'a file with capabilities'
fi
truncate -s 64M "$S/raw"
printf '\125\252' | dd of="$S/raw" bs=1 seek=510 conv=notrunc 2>/dev/null
taken 'a raw disk' "$S/raw" disk
qemu-img create -q -f qcow2 "$S/qcow2" 64M
taken 'a disk of qcow2' "$S/qcow2" disk

# An OCI layout of two layers, made by hand: the second takes away and replaces
O=$S/oci B=$S/oci/blobs/sha256
mkdir -p "$B" "$S/l2/etc" "$S/l2/gone"
blob() { # FILE: into the layout; prints digest and size
	_d=$(sha256sum "$1" | cut -d' ' -f1)
	cp "$1" "$B/$_d"
	echo "\"digest\":\"sha256:$_d\",\"size\":$(stat -c %s "$1")"
}
mkdir -p "$S/root/gone/deep" "$S/root/kept"
touch "$S/root/gone/deep/x" "$S/root/kept/below"
tar -C "$S/root" -czf "$S/l1.tgz" .
echo two >"$S/l2/etc/name"
touch "$S/l2/etc/.wh.one" "$S/l2/etc/.wh.nothing" "$S/l2/gone/new"
touch "$S/l2/gone/.wh..wh..opq"
: >"$S/l2/kept" # a file instead of a directory
tar -C "$S/l2" --sort=name -cf "$S/l2.tar" etc gone/new gone/.wh..wh..opq kept
zstd -q -f "$S/l2.tar" -o "$S/l2.tar.zst" 2>/dev/null || cp "$S/l2.tar" "$S/l2.tar.zst"
T=application/vnd.oci.image
l1=$(blob "$S/l1.tgz") l2=$(blob "$S/l2.tar.zst")
echo "{\"schemaVersion\":2,\"config\":{},\"layers\":[{\"mediaType\":\"$T.layer.v1.tar+gzip\",$l1},{\"mediaType\":\"$T.layer.v1.tar+zstd\",$l2}]}" >"$S/manifest"
m=$(blob "$S/manifest")
index() { echo "{\"schemaVersion\":2,\"manifests\":[$1]}" >"$O/index.json"; }
index "{\"mediaType\":\"$T.manifest.v1+json\",$m}"
echo '{"imageLayoutVersion":"1.0.0"}' >"$O/oci-layout"
mkdir "$IMAGES/oci" "$ZONES/o"
is "$(import oci "$O") $(cat "$IMAGES/oci/type")" 'ok root' 'an OCI layout is imported' || diag "$(cat "$IMAGES/oci/error")"
put "$ZONES/o/image" oci >/dev/null
is "$(inside "$ZONES/o" 'cat /etc/name /etc/two; ls /etc/one 2>/dev/null; ls -A /gone; stat -c %F /kept')" 'two
one
new
regular empty file' 'a zone sees both layers, without what the second takes away'

# Layouts as umoci makes them; its insert leaves the last file of a layer without padding
if command -v umoci >/dev/null; then
	{ umoci init --layout "$S/um" && umoci new --image "$S/um:l" && umoci insert --image "$S/um:l" "$S/root/etc" /etc &&
		umoci insert --whiteout --image "$S/um:l" /etc/one && umoci insert --image "$S/um:l" "$S/l2/etc/name" /new; } >/dev/null 2>&1
	mkdir "$IMAGES/um"
	is "$(import um "$S/um") $(ls "$TMP/state/images/$(key "$IMAGES/um/status" id)/etc" | grep -c one)" 'ok 0' "a layout of umoci's" || diag "$(cat "$IMAGES/um/error")"
	rmdir "$IMAGES/um"
else
	skip 'there is no umoci' "a layout of umoci's"
fi

# A disk that two VMs boot from at once: its boot sector writes the second one, and speaks
truncate -s 1M "$S/boot"
perl -e 'print "\xb8\x01\x03\xbb\x00\x7c\xb9\x02\x00\xba\x80\x00\xcd\x13",
	"\xba\xf8\x03\xbe\x1f\x7c\xac\x08\xc0\x74\x03\xee\xeb\xf8\xf4\xeb\xfd", "booted\n\0"' | dd of="$S/boot" conv=notrunc 2>/dev/null
printf '\125\252' | dd of="$S/boot" bs=1 seek=510 conv=notrunc 2>/dev/null
mkdir "$IMAGES/disk" "$VMS/v" "$VMS/w"
import disk "$S/boot" >/dev/null
at=$TMP/state/images/$(key "$IMAGES/disk/status" id)/disk
sum=$(sha256sum "$at")
refused "$VMS/v/disk0" image=nosuch ENOENT 'no image "nosuch": give image=NAME, one of those in images$'
refused "$VMS/v/disk0" 'image=disk path=/x' EINVAL
refused "$VMS/v/disk0" 'image=disk format=raw' EINVAL
refused "$VMS/v/disk0" 'image=disk size=1G' EINVAL
refused "$ZONES/o/image" disk EINVAL 'a disk of VMs'
if command -v "qemu-system-$(uname -m)" >/dev/null; then
	for v in v w; do
		echo tcg >"$VMS/$v/accel"
		accepted "$VMS/$v/disk0" image=disk
		exec 7<"$VMS/$v/console"
		is "$(put "$VMS/$v/ctl" boot)" ok 'a VM boots from the image' || diag "$(cat "$VMS/$v/error")"
		exec 7<&-
	done
	for v in v w; do
		ok 'its boot sector runs' timeout 30 sh -c "until grep -q booted '$VMS/$v/log'; do sleep 0.1; done" || diag "$(cat "$VMS/$v/log")"
	done
	is "$(sort "$IMAGES/disk/users" | tr '\n' ' ')" 'vms/v vms/w ' 'both are its users'
	for v in v w; do put "$VMS/$v/ctl" halt >/dev/null; done
	is "$(sha256sum "$at")" "$sum" 'the image is as it was'
	layer=$(find "$TMP/state/roots" -name disk | head -n 1)
	like "$(qemu-img info "$layer")" '^virtual size: 1 MiB' 'each has a layer of its own'
	like "$(qemu-img map --output=json "$layer")" '"data": true' 'with what it wrote'
	is "$(put "$VMS/v/ctl" boot)" ok 'it boots again, with its layer'
	put "$VMS/v/ctl" halt >/dev/null
else
	skip 'no QEMU here' 'two VMs boot from the image'
fi
rmdir "$VMS/v" "$VMS/w" "$IMAGES/disk" "$ZONES/o" "$IMAGES/oci"
is "$(find "$TMP/state/roots" -mindepth 1)" '' 'layers go with their VMs'

# What is refused leaves nothing. Each is an archive's entries as perl makes them: NAME TYPE LINK BYTES
entries() {
	perl -e 'for (@ARGV) { my ($n, $t, $l, $b) = split /\|/; $b //= "";
		my $h = pack "a100a8a8a8a12a12a8a1a100a6a2a32a32a8a8a155a12", $n, "0000644", "0000000", "0000000",
			sprintf("%011o", length $b), "00000000000", "        ", $t, $l // "", "ustar", "00", "", "", "0000001", "0000003", "", "";
		my $s = 0; $s += $_ for unpack "C*", $h; substr($h, 148, 8) = sprintf "%06o\0 ", $s;
		print $h, $b, "\0" x (-length($b) % 512) } print "\0" x 1024' -- "$@"
}
mkdir "$IMAGES/h"
hostile() { # WHAT ERRNO ERE FILE
	is "$(import h "$4")" "$2" "$1: refused"
	like "$(cat "$IMAGES/h/error")" "$3" 'and why'
	is "$(left)" '' 'and nothing is left'
}
hostile_tar() { # WHAT ERE ENTRY...
	_w=$1 _e=$2
	shift 2
	entries "$@" >"$S/hostile.tar"
	hostile "$_w" EINVAL "$_e" "$S/hostile.tar"
}
hostile_tar 'a name with ..' '"\.\./x" leaves the root' 'good|0' '../x|0||evil'
hostile_tar 'a name with .. inside' 'leaves the root' 'a/../../x|0||evil'
hostile_tar 'a link with ..' 'leaves the root' 'a|1|../../etc/passwd'
hostile_tar 'a hard link to outside' 'does not exist' 'a|1|/etc/passwd'
hostile_tar 'a hard link through a symlink to outside' 'does not exist' 'a|2|/' 'b|1|a/etc/passwd'
hostile_tar 'links in a circle' 'too many links' 'a|2|b' 'b|2|a' 'a/x|0||evil'
is "$(cat /etc/passwd | grep -c evil)" 0 'the host has nothing of it'
perl -e 'print pack("a*", "x" x 20000)' >"$S/text"
hostile 'no archive' EINVAL 'no tar archive' "$S/text"
: >"$S/empty"
hostile 'an empty file' EINVAL 'no tar archive' "$S/empty"
head -c 20000 /dev/zero >"$S/zeros"
hostile 'nothing but zeros' EINVAL 'no tar archive' "$S/zeros"
head -c 5000 "$S/root.tar" >"$S/cut.tar"
hostile 'an archive that is cut off' EINVAL '[Tt]runcated' "$S/cut.tar"
gzip -c "$S/root.tar" | head -c 50000 >"$S/cut.tgz"
hostile 'a compressed one that is cut off' EINVAL '[Tt]runcated' "$S/cut.tgz"
tar -C "$S/root" --owner=70000 -cf "$S/owner.tar" etc
hostile 'an owner outside 0..65534' EINVAL '0\.\.65534' "$S/owner.tar"
long=$(printf %0300d 0)
mkdir -p "$S/long" && echo x >"$S/long/x" && tar -C "$S/long" --transform "s/x/$long/" -cf "$S/long.tar" x
is "$(import h "$S/long.tar")" ENAMETOOLONG 'a huge name: refused'
cp "$S/qcow2" "$S/backed"
qemu-img rebase -u -q -f qcow2 -F raw -b /etc/passwd "$S/backed"
hostile 'a disk of which a part is another file' EINVAL 'another file' "$S/backed"
echo x >>"$B/$(echo "$l1" | cut -c18-81)"
hostile 'a layer that does not fit its digest' EINVAL 'layer 1 of 2: .*digest' "$O"
index "{$m},{$m}"
hostile 'a layout of two images' EINVAL '2 images' "$O"
index "{$(echo "$m" | sed 's/sha256:../sha256:00/')}"
hostile 'a blob that is not there' 'ENOENT' 'blobs' "$O"
index '{"digest":"sha256:../../../etc/passwd","size":1}'
hostile 'a digest that is a path' EINVAL 'no digest' "$O"
echo '{"manifests":[' >"$O/index.json"
hostile 'JSON that is cut off' EINVAL 'no JSON' "$O"
entries 'n|3' 'b|4' 'p|6' '/abs/f|0||x' 'same|0||one' 'same|0||two' >"$S/odd.tar"
is "$(import h "$S/odd.tar") $(grep ^skipped "$IMAGES/h/status")" 'ok skipped 2 devices 0 sockets 0 attributes' 'devices are left out, and that is said'
at=$TMP/state/images/$(key "$IMAGES/h/status" id)
is "$(cat "$at/same" "$at/abs/f") $([ -p "$at/p" ] && echo fifo)" 'twox fifo' 'a whole path is below the root, the last of two counts, a FIFO is one'
rmdir "$IMAGES/h"

# A user who may make images, with his own rights over files
chmod 777 "$IMAGES" && chmod 755 "$TMP"
echo secret >"$S/secret" && chmod 600 "$S/secret"
mkdir "$S/his" && echo his >"$S/his/f" && chown -R 12345 "$S/his" && chmod 700 "$S/his"
is "$(AS=12345 try mkdir "$IMAGES/his")" ok 'a user makes an image'
is "$(printf %s "import $S/secret" | AS=12345 try write "$IMAGES/his/ctl")" EACCES "he can't import what he can't read"
is "$(printf %s "import $S/his" | AS=12345 try write "$IMAGES/his/ctl")" ok 'and can what he can'
rmdir "$IMAGES/his"
touch "$S/his/empty" # whatever is read before the one that he can't read
for i in 1 2 3 4 5 6 7 8 9; do echo "$i" >"$S/his/f$i"; done
chown 12345 "$S/his/"*
cp "$S/secret" "$S/his/root" && chown 0:0 "$S/his/root" && chmod 600 "$S/his/root"
AS=12345 try mkdir "$IMAGES/his" >/dev/null
is "$(printf %s "import $S/his" | AS=12345 try write "$IMAGES/his/ctl")" EACCES 'also of what is in a directory'
like "$(cat "$IMAGES/his/error")" 'root' 'and says what that is'
is "$(left)" '' 'nothing is left of it'
chmod 755 "$IMAGES"
rmdir "$IMAGES/his"

# Half-way: everything else goes on; a wait that is interrupted, a removal, and the daemon's death
truncate -s 300M "$S/bomb" && tar -C "$S" -cf - bomb | gzip -1 >"$S/bomb.tgz" && rm "$S/bomb"
mkdir "$IMAGES/i" "$ZONES/q"
mkdir "$S/slow"
truncate -s 300M "$S/slow/zeros"
tar -C "$S/slow" -cf - . | gzip -1 >"$S/long.tgz"
stop_importers() { # as soon as there is one; prints its processes
	perl -e 'for (1 .. 10000) {
		my (%up, %name);
		for (glob "/proc/[0-9]*/stat") {
			open my $f, "<", $_ or next;
			my ($p, $n, $pp) = (<$f> // "") =~ /^(\d+) \((.*)\) \S (\d+)/ or next;
			($up{$p}, $name{$p}) = ($pp, $n);
		}
		my @p = grep { $name{$_} eq "warren-import" && ($up{$up{$_}} // 0) == $ARGV[0] } keys %up;
		if (@p) { kill "STOP", @p; print "@p"; exit }
		select undef, undef, undef, 0.001;
	} print STDERR "# no importer was seen\n"' "$helper"
}
begun() { # an import that takes its time, and is held up
	helper=$(helper_pid)
	stop_importers >"$TMP/programs" &
	stopper=$!
	put "$IMAGES/i/ctl" "import $S/long.tgz" >"$TMP/answer" &
	waiter=$!
	wait $stopper
	programs=$(cat "$TMP/programs")
}
begun
is "$(key "$IMAGES/i/status" state) $(put "$IMAGES/i/ctl" 'import /x') $(cat "$IMAGES/i/size")" 'importing EEXIST 0' 'it is importing'
refused "$ZONES/q/image" i ENOENT 'is importing'
is "$(put "$ZONES/q/ctl" boot)$(put "$ZONES/q/ctl" halt)" okok 'meanwhile zones boot'
# shellcheck disable=SC2086  # several pids
kill -CONT $programs
wait $waiter
is "$(cat "$TMP/answer")" ok 'and the import ends'
rmdir "$IMAGES/i" && mkdir "$IMAGES/i"
begun
is "$(try rmdir "$IMAGES/i") $(left)" 'ok ' 'removing it ends an import'
wait $waiter
is "$(cat "$TMP/answer")" EIO 'and who waits for it is told'
mkdir "$IMAGES/i"
begun
kill -9 "$(daemon_pid)"
wait $waiter
case $(cat "$TMP/answer") in
ok) is "$(key "$IMAGES/i/status" state)" ready 'a daemon that is killed: the next does it again' ;;
*)
	is "$(key "$IMAGES/i/status" state)" empty 'a daemon that is killed: the image is empty'
	is "$(import i "$S/root.tar")" ok 'and can be filled'
	;;
esac
is "$(left)" "$(key "$IMAGES/i/status" id) " 'nothing else is left'
rmdir "$IMAGES/i"
mkdir "$IMAGES/i"
begun
# shellcheck disable=SC2086  # several pids
kill -9 $programs
wait $waiter
is "$(cat "$TMP/answer") $(key "$IMAGES/i/status" state) $(left)" 'EIO failed ' 'an importer that is killed: failed, and nothing is left'
like "$(cat "$IMAGES/i/error")" 'import: ' 'and the reason'
begun
h=$(helper_pid) d=$(daemon_pid) w=$(children "$(helper_pid)" warren-importer)
# shellcheck disable=SC2086  # several pids
{ kill -9 $h && gone $h $d $w $programs; }
wait $waiter
umount -l "$MNT" 2>/dev/null
ok 'all is killed, and mounted again' mount_tree
is "$(key "$IMAGES/i/status" state) $(left)" 'empty ' 'the image is empty, and nothing is left'
is "$(import i "$S/root.tar") $(left)" "ok $(key "$IMAGES/i/status" id) " 'it can be filled'

# A disk that is full, and an archive of more than it holds
_old="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # several pids
unmount && gone $_old
mkdir "$TMP/small"
mount -t tmpfs -o size=8m none "$TMP/small" 2>/dev/null
mkdir "$TMP/small/state"
timeout 30 "$WARREN_BUILD/mount.warren" warren "$MNT" -o "state=$TMP/small/state,run=$TMP/run,cgroup=$CG"
mkdir "$IMAGES/i"
is "$(import i "$S/bomb.tgz") $(find "$TMP/small/state/images" -mindepth 1)" 'ENOSPC ' 'a tar bomb: ENOSPC, and the disk is free again'
like "$(cat "$IMAGES/i/error")" 'No space left' 'and that is said'
is "$(try rmdir "$IMAGES/i")" ok 'rmdir'
_old="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2046,SC2086  # several pids
unmount && gone $_old $(leftovers) && umount "$TMP/small"
mount_tree
finish
