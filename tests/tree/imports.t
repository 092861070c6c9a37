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
for f in vmdk vdi vpc vhdx qed; do
	qemu-img create -q -f $f "$S/$f" 8M 2>/dev/null && told "a disk of $f" "format $f: .*qemu-img convert" "$S/$f"
done
qemu-img create -q -f vmdk -o subformat=monolithicFlat "$S/flat" 8M && told 'a description of a disk' 'format vmdk' "$S/flat"
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
is "$(cat "$TMP/answer" "$TMP/removed")$(ls "$IMAGES")$(left)" okok 'it has succeeded, and is gone'
finish
