#!/bin/sh
# Settings files of a newer warren: what this one does not know it keeps, names, and does without.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/z
mkdir "$Z" "$Z/meta" 2>/dev/null
mkdir "$MNT/images/i"
echo 'sleep 1000' >"$Z/init"
echo 40 >"$Z/cpu.cap"
echo note >"$Z/meta/note"
file=$TMP/state/objects/$(key "$Z/status" id)
image=$(grep -lx 'name i' "$TMP/state/objects/"*[0-9])
note=$(grep -lx 'name note' "$TMP/state/objects/"*[0-9])
old=$(helper_pid)
unmount && gone "$old"

# A line of every kind
newer() { # FILE LINE...: before its end
	_f=$1
	shift
	sed -i '$d' "$_f"
	printf '%s\n' "$@" end >>"$_f"
}
newer "$file" 'set disk9 path=/x  two blanks' 'set hooks one' 'set hooks two, three' 'attr hooks 640 1 2 3 4' 'disk9-writer 0 0 - "x"' 'kept-by nobody at all'
newer "$image" 'signed-by somebody'
newer "$note" 'colour red'
newer "$TMP/state/objects/0" 'last-network 7'
cat >"$TMP/state/objects/9999" <<-EOF
	warren-object 1
	kind network
	id 9999
	name lan
	set nat on
	end
EOF
cp -r "$TMP/state/objects" "$TMP/before"
echo '1 1 networks/lan created' >"$TMP/state/logs/9999.history"

ok 'a tree with files of a newer warren' mount_tree
is "$(cat "$Z/state") $(cat "$Z/cpu.cap") $(cat "$Z/meta/note")" 'configured 40 note' 'is there, with all that is known'
like "$(cat "$Z/error")" '^settings: this warren does not know disk9, hooks, disk9-writer, kept-by: a newer one' 'error names what is not'
like "$(cat "$MNT/images/i/error")" '^settings: this warren does not know signed-by: ' 'that of an image, too'
like "$(cat "$MNT/error")" '^settings: object 9999 is of kind network, which this warren does not know' 'and the root an object of no kind that is'
is "$(ls -I help "$ZONES") $(ls -I help "$VMS")" 'z ' 'which is nowhere else'
is "$(put "$Z/ctl" boot)" ok 'it runs' || diag "$(cat "$Z/error")"
accepted "$Z/cpu.cap" 50
accepted "$Z/hostname" other
refused "$Z/cpu.cap" 0 ERANGE
is "$(put "$Z/meta/note" more)" ok 'a tag is written'
is "$(put "$Z/ctl" halt) $(mv "$Z" "$ZONES/y" && cat "$ZONES/y/cpu.cap")" 'ok 50' 'it is halted and renamed'
unknown() { grep -E '^(set (disk9|hooks)|attr hooks|disk9-writer|kept-by|signed-by|colour|last-network) ' "$1"; }
for f in "$file" "$image" "$note" "$TMP/state/objects/0"; do
	is "$(unknown "$f")" "$(unknown "$TMP/before/${f##*/}")" "nothing is lost of ${f##*/}"
done
is "$(cat "$TMP/state/objects/9999" "$TMP/state/logs/9999.history")" "$(cat "$TMP/before/9999")
1 1 networks/lan created" 'nor of the object and its history'
mkdir "$ZONES/new"
ok 'its number is not used again' [ "$(key "$ZONES/new/status" id)" -gt 9999 ]
is "$(try rmdir "$ZONES/y") $(try rmdir "$MNT/images/i")" 'ok ok' 'they can be removed'
finish
