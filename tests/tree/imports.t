#!/bin/sh
# Imports of what changes, hangs, or comes all at once.
. "$(dirname "$0")/lib.sh"
setup
IMAGES=$MNT/images S=$TMP/src U=12345
mkdir -p "$S/root/bin"
echo one >"$S/root/bin/one"
tar -C "$S/root" -cf "$S/root.tar" .
import() { put "$IMAGES/$1/ctl" "import $2"; }
his_import() { printf 'import %s' "$2" | AS=$U try write "$IMAGES/$1/ctl"; }
left() { find "$TMP/state/images" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '; }
chmod 1777 "$IMAGES"

# What is no image of ours, though it is one: the error says how it becomes one
told() { # WHAT ERE FILE
	mkdir "$IMAGES/t"
	is "$(import t "$3") $(left)" 'EINVAL ' "$1: refused"
	like "$(cat "$IMAGES/t/error")" "$2" 'and why'
	rmdir "$IMAGES/t"
}
truncate -s 1000 "$S/odd"
printf '\125\252' | dd of="$S/odd" bs=1 seek=510 conv=notrunc 2>/dev/null
told 'a disk with half a sector' '1000 bytes, no multiple of 512' "$S/odd"
mkdir -p "$S/save/0"
echo '[{"Config":"0.json","Layers":["0/layer.tar"]}]' >"$S/save/manifest.json"
tar -C "$S/root" -cf "$S/save/0/layer.tar" .
tar -C "$S/save" -cf "$S/save.tar" .
told "what docker save writes" 'skopeo copy docker-archive:' "$S/save.tar"
told 'what docker save writes, unpacked' 'skopeo copy docker-archive:' "$S/save"
echo '{"imageLayoutVersion":"1.0.0"}' >"$S/save/oci-layout"
cp "$S/save/manifest.json" "$S/save/index.json"
tar -C "$S/save" -cf "$S/layout.tar" .
told 'an OCI layout in an archive' 'unpack it, and import the directory' "$S/layout.tar"

# Names of any bytes, in a directory as in an archive
perl -e 'mkdir "$ARGV[0]/bytes"; for ("a\xff", "b\nc", "d\x7f ") { open my $f, ">", "$ARGV[0]/bytes/$_"; symlink "\xfe$_", "$ARGV[0]/bytes/l$_" }' "$S"
tar -C "$S/bytes" -cf "$S/bytes.tar" .
names() { (cd "$1" && find . -printf '%p>%l\0' | sort -z | od -c); }
for p in bytes bytes.tar; do
	mkdir "$IMAGES/n"
	is "$(import n "$S/$p")" ok "$p is imported" || diag "$(cat "$IMAGES/n/error")"
	is "$(names "$TMP/state/images/$(key "$IMAGES/n/status" id)")" "$(names "$S/bytes")" 'its names are as they were'
	rmdir "$IMAGES/n"
done

# Access control lists: as GNU tar's raw attributes, as its own, and of a directory
acl() { # ENTRY...: the bytes of one: TAG:PERM:ID, as acl(5) has them, or TAG:PERM
	perl -e 'print unpack "H*", pack("V", 2) . join "", map { my ($t, $p, $i) = split /:/; pack "vvV", $t, $p, $i // 0xffffffff } @ARGV' "$@"
}
mkdir "$S/acl" "$S/acl/d"
echo for 1234 >"$S/acl/f" && chmod 600 "$S/acl/f"
A=system.posix_acl
if [ "$(try setxattr "$(acl 1:6 2:4:1234 4:0 8:6:77 16:6 32:0)" ${A}_access "$S/acl/f")" = ok ]; then
	try setxattr "$(acl 1:7 2:5:1234 4:5 16:5 32:0)" ${A}_default "$S/acl/d" >/dev/null
	tar -C "$S/acl" --xattrs --xattrs-include='*' -cf "$S/raw.tar" .
	tar -C "$S/acl" --acls -cf "$S/acls.tar" .
	tar -C "$S/acl" --acls --xattrs --xattrs-include='*' -cf "$S/both.tar" .
	for p in raw.tar acls.tar both.tar acl; do
		mkdir "$IMAGES/l"
		is "$(import l "$S/$p") $(grep ^skipped "$IMAGES/l/status")" 'ok skipped 0 devices 0 sockets 0 attributes' "$p with access control lists is imported" || diag "$(cat "$IMAGES/l/error")"
		at=$TMP/state/images/$(key "$IMAGES/l/status" id)
		is "$(stat -c %a "$at/f") $(try getxattr ${A}_access "$at/f")" "660 $(acl 1:6 2:4:$((1879113728 + 1234)) 4:0 8:6:$((1879113728 + 77)) 16:6 32:0)" "a file's is as it was"
		is "$(try getxattr ${A}_default "$at/d")" "$(acl 1:7 2:5:$((1879113728 + 1234)) 4:5 16:5 32:0)" "and a directory's default"
		rmdir "$IMAGES/l"
	done
	try setxattr "$(acl 1:6 2:4:70000 4:0 16:4 32:0)" ${A}_access "$S/acl/f" >/dev/null
	tar -C "$S/acl" --xattrs --xattrs-include='*' -cf "$S/raw.tar" .
	mkdir "$IMAGES/l"
	is "$(import l "$S/raw.tar") $(left)" 'EINVAL ' 'one that names an owner outside 0..65534 is refused'
	like "$(cat "$IMAGES/l/error")" '^ctl: import: 1 of its files .*access control list.*0\.\.65534.*"f" with 70000' 'and that is said'
	rmdir "$IMAGES/l"
else
	skip "$TMP has none" 'access control lists'
fi
# What is none, as only an archive can have it: of another version, cut off, with an unknown tag, endless
raw() { # VALUE: a pax archive of one file, with this attribute
	perl -e 'sub entry { my ($n, $t, $b) = @_;
			my $h = pack "a100a8a8a8a12a12a8a1a100a6a2a32a32a8a8a155a12", $n, "0000644", "0000000", "0000000",
				sprintf("%011o", length $b), "00000000000", "        ", $t, "", "ustar", "00", "", "", "0000000", "0000000", "", "";
			my $s = 0; $s += $_ for unpack "C*", $h; substr($h, 148, 8) = sprintf "%06o\0 ", $s;
			print $h, $b, "\0" x (-length($b) % 512) }
		my $r = " SCHILY.xattr.system.posix_acl_access=" . pack("H*", $ARGV[0]) . "\n";
		my $n = length($r) + 1; $n++ while length($n) + length($r) > $n;
		entry("h", "x", "$n$r"); entry("f", "0", "text"); print "\0" x 1024' "$1"
}
good=$(acl 1:6 2:4:1234 4:0 16:4 32:0)
for v in '' 02 "03${good#??}" "${good}00" "${good%????}" "$(acl 1:6 3:4 4:0 32:0)" "$(acl 1:6 2:9:5 4:0 16:4 32:0)" "$(acl $(seq -f '2:4:%.0f' 5000))"; do
	raw "$v" >"$S/raw.tar"
	mkdir "$IMAGES/l"
	is "$(import l "$S/raw.tar") $(grep ^skipped "$IMAGES/l/status")" 'ok skipped 0 devices 0 sockets 1 attributes' "none of $((${#v} / 2)) bytes is left out, and counted" || diag "$(cat "$IMAGES/l/error")"
	rmdir "$IMAGES/l"
done

# A file system of a user's own, into which not even root may look
served() { # FILE [HOW]: mounts it at $S/fs
	rm -f "$S/fs.up" "$S/fs.hung"
	mkdir -p "$S/fs"
	perl "$HERE/fs.pl" "$S/fs" $U ${2-} <"$1" &
	server=$!
	trap 'kill $server 2>/dev/null; umount -l "$S/fs" 2>/dev/null; cleanup' EXIT
	while [ ! -e "$S/fs.up" ] && kill -0 $server 2>/dev/null; do :; done
	kill -0 $server 2>/dev/null
}
unserved() {
	umount -l "$S/fs"
	kill $server 2>/dev/null
	gone $server
}
truncate -s 1M "$S/raw"
printf '\125\252' | dd of="$S/raw" bs=1 seek=510 conv=notrunc 2>/dev/null
if served "$S/raw"; then
	for p in fs fs/file; do
		AS=$U try mkdir "$IMAGES/his" >/dev/null
		is "$(his_import his "$S/$p")" ok "a user imports $p of his own file system" || diag "$(cat "$IMAGES/his/error")"
		rmdir "$IMAGES/his"
	done
	unserved
	served "$S/root.tar"
	AS=$U try mkdir "$IMAGES/his" >/dev/null
	is "$(his_import his "$S/fs/file") $(cat "$IMAGES/his/type")" 'ok root' 'and an archive that is there' || diag "$(cat "$IMAGES/his/error")"
	rmdir "$IMAGES/his"
	unserved
	# one that shows another header once the first was found good
	qemu-img create -q -f qcow2 "$S/qcow2" 64M
	served "$S/qcow2" turn
	AS=$U try mkdir "$IMAGES/his" >/dev/null
	is "$(his_import his "$S/fs/file") $(left)" 'EINVAL ' 'a disk that names a backing file after all: refused'
	like "$(cat "$IMAGES/his/error")" 'another file' 'as it says'
	rmdir "$IMAGES/his"
	unserved
	# one that became shorter
	served "$S/raw" short
	for p in fs fs/file; do
		AS=$U try mkdir "$IMAGES/his" >/dev/null
		is "$(his_import his "$S/$p") $(left)" 'EIO ' "$p ends before its size: refused"
		like "$(cat "$IMAGES/his/error")" 'became shorter' 'as it says'
		rmdir "$IMAGES/his"
	done
	unserved
	# one whose server stops answering: who waits for it can't even be killed
	for p in fs fs/file; do
		served "$S/raw" hang
		AS=$U try mkdir "$IMAGES/his" >/dev/null
		his_import his "$S/$p" >"$TMP/answer" &
		waiter=$!
		ok 'the import waits for it' timeout 30 sh -c "until [ -e '$S/fs.hung' ]; do sleep 0.1; done"
		# chown dac_override fowner kill setgid setuid setpcap sys_chroot sys_admin: those of its row in ops.c
		worker=$(children "$(helper_pid)" warren-importer)
		is "$(sed -n 's/^CapPrm:.0*//p' "/proc/$worker/status")" 2401eb 'its worker keeps the capabilities of an import, and no other'
		is "$(cd / && AS=$U timeout 30 "$WARREN_BUILD/tests/try" rmdir "$IMAGES/his") $(left)" 'ok ' "the import of $p can be given up, and nothing is left"
		wait $waiter
		is "$(cat "$TMP/answer")" EIO 'and who waited is told'
		unserved
	done
	# as many as may be at once
	served "$S/raw" hang
	for i in 1 2 3 4 5 6 7 8 9; do AS=$U try mkdir "$IMAGES/m$i" >/dev/null; done
	waiters=
	for i in 1 2 3 4 5 6 7 8; do
		his_import m$i "$S/fs" >/dev/null &
		waiters="$waiters $!"
	done
	ok 'eight imports are under way' timeout 30 sh -c "until [ \$(grep -l '^state importing' '$IMAGES'/m*/status | wc -l) = 8 ]; do sleep 0.1; done"
	is "$(his_import m9 "$S/root.tar")" ENOSPC 'a ninth of the same user is refused'
	like "$(cat "$IMAGES/m9/error")" '8 imports of yours are under way, .*: wait' 'as it says'
	is "$(import m9 "$S/root.tar")" ok 'another user has his own'
	is "$(cd / && AS=$U try rmdir "$IMAGES/m9" && AS=$U try rmdir "$IMAGES/m1" && AS=$U try mkdir "$IMAGES/m1")" okokok 'one is given up'
	is "$(his_import m1 "$S/root.tar")" ok 'and makes room'
	unserved
	# shellcheck disable=SC2086  # several pids
	wait $waiters
	rmdir "$IMAGES"/m*
	trap cleanup EXIT
else
	skip 'FUSE can not be mounted by hand here' 'file systems of users'
fi
# One that has succeeded, which is not on disk yet, and is removed meanwhile
mkdir "$IMAGES/w"
id=$(key "$IMAGES/w/status" id) writer=$(ps -o pid= --ppid "$(daemon_pid)")
# shellcheck disable=SC2086  # one pid, with blanks
kill -STOP $writer
import w "$S/root.tar" >"$TMP/answer" &
waiter=$!
ok 'an import is at its end' timeout 30 sh -c "until [ -d '$TMP/state/images/$id' ]; do sleep 0.1; done"
helper=$(helper_pid)
ok 'but for the disk' timeout 30 sh -c "while ps -o comm= --ppid $helper | grep -q warren-importer; do sleep 0.1; done"
"$WARREN_BUILD/tests/try" rmdir "$IMAGES/w" >"$TMP/removed" &
remover=$!
ok 'and is to be removed' timeout 30 sh -c "until grep -qE 'request_wait|fuse' /proc/$remover/wchan; do sleep 0.1; done"
# shellcheck disable=SC2086
kill -CONT $writer
wait $waiter $remover
is "$(cat "$TMP/answer" "$TMP/removed")$(ls -I help "$IMAGES")$(left)" okok 'it has succeeded, and is gone'
finish
