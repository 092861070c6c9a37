#!/bin/sh
# UEFI's variables as files, and the Secure Boot certificates of 2023. The host's template of variables is bound over
# in a mount namespace of this test's own.
if [ "$(id -u)" -eq 0 ] && [ -z "${WARREN_MOUNTS-}" ]; then
	exec env WARREN_MOUNTS=1 unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
TEMPLATE=/usr/share/OVMF/OVMF_VARS_4M.ms.fd
[ -e $TEMPLATE ] || skip_all 'no ovmf here'
setup
V=$VMS/v N=$VMS/v/nvram
global=8be4df61-93ca-11d2-aa0d-00e098032b8c own=7b36f1b0-7a8c-4a6d-9f3e-0b1c2d3e4f50 # in global UEFI takes only what it knows
mkdir "$V"
truncate -s 1M "$TMP/blank"
put "$V/config" "accel=tcg
disk0=path=$TMP/blank" >/dev/null
names() { # as a set
	find "$N" -mindepth 1 -printf '%f\n' | LC_ALL=C sort
}
bytes() { od -An -v -tx1 "$1" | tr -d ' \n'; }
# NAME BYTES ERRNO ERE: one write that is refused, with its sentence
refuses() {
	_was=$(names)
	is "$(printf "$2" >"$TMP/bytes"; try write "$N/$1" <"$TMP/bytes")" "$3" "$4"
	like "$(cat "$V/error")" "^nvram/$1: .*$4.*: " 'and says so'
	is "$(names)" "$_was" 'and nothing else is there'
}
shell() { # until UEFI's shell asks
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok "$1" || diag "$(cat "$V/error")"
	await 7 'any other key' >/dev/null && put "$V/console" "$cr" >/dev/null
	ok 'its shell is on the console' await 7 'Shell>'
}
cr=$(printf '\r')

# --- what has none ----------------------------------------------------------------------------

is "$(names)" '' 'a VM with a bios has no variables'
is "$(try create "$N/A-$own")" EOPNOTSUPP 'and can have none'
like "$(cat "$V/error")" '^A-.*: its firmware is bios, which has no variables: set firmware to uefi' 'as is said'
is "$(put "$V/ctl" enroll)" EOPNOTSUPP 'nor keys'
put "$V/firmware" uefi >/dev/null
is "$(names)" '' 'one that was never booted has none yet'
is "$(put "$V/ctl" enroll)" ENOENT 'and no keys'
like "$(cat "$V/error")" 'ctl: it has no variables yet: boot it once' 'until its first boot'

# --- while it runs ----------------------------------------------------------------------------

shell 'UEFI'
like "$(names)" "^BootOrder-$global\$" 'a VM that runs shows its variables'
put "$V/console" "setvar Kept -guid $own -bs -rt -nv =cafe$cr" >/dev/null
await 7 'Shell>' >/dev/null
ok 'what the guest sets is there at once' timeout 10 sh -c "until [ -e '$N/Kept-$own' ]; do :; done"
is "$(bytes "$N/Kept-$own") $(stat -c '%s %a %u' "$N/Kept-$own")" '07000000cafe 6 600 0' 'attributes, then data'
is "$(try unlink "$N/Kept-$own") $(bytes "$N/Kept-$own")" 'EEXIST 07000000cafe' 'it changes by its guest alone'
like "$(cat "$V/error")" "^nvram/Kept-$own: it runs: halt it first, or change it from inside" 'as error says'
refuses "Kept-$own" '\7\0\0\0x' EEXIST 'it runs'
is "$(put "$V/ctl" enroll)" EEXIST 'nor are keys enrolled'
exec 7<&-
put "$V/ctl" halt >/dev/null

# --- while it does not ------------------------------------------------------------------------

is "$(bytes "$N/Kept-$own")" 07000000cafe 'kept'
printf '\7\0\0\0twice' >"$N/Kept-$own"
is "$(tail -c +5 "$N/Kept-$own")" twice 'and written'
printf '\7\0\0\0other' >"$N/New-$own"
printf '\3\0\0\0long' >"$N/OfflineUniqueIDRandomSeedCRC-$own"
is "$(tail -c +5 "$N/New-$own")$(tail -c +5 "$N/OfflineUniqueIDRandomSeedCRC-$own")" otherlong 'others are made'
refuses "New-$own" 'text\n' EINVAL 'attributes 0x74786574'
refuses "New-$own" '\7\0\0\0' EINVAL 'this is no variable'
is "$(tail -c +5 "$N/New-$own")" other 'it is as it was'
printf '\7\0\0\0\7\0\0\0other' | dd of="$N/Pieces-$own" bs=4 count=3 skip=1 2>"$TMP/dd"
like "$(cat "$TMP/dd" "$V/error")" "^nvram/Pieces-$own: this is no variable" 'a piece of one is none'
printf '\7\0\0\0x\7\0\0\0x' | dd of="$N/Pieces-$own" bs=5 2>"$TMP/dd"
like "$(cat "$V/error")" "^nvram/Pieces-$own: a variable is one write from its beginning: give it again" 'nor is the second a variable'
rm "$N/Pieces-$own"
is "$(try create "$N/New") $(try create "$N/New-$(echo $own | tr a-f A-F)")" 'EINVAL EINVAL' 'names are NAME-GUID'
like "$(cat "$V/error")" 'it is no name of a variable: give NAME-GUID, as in Boot0001-' 'as error says'
is "$(try rename "$N/New-$own" "$N/Old-$own") $(try mkdir "$N/d") $(try rmdir "$N")" 'EPERM EPERM EPERM' 'none is renamed, or a directory'
is "$(try chmod 644 "$N/New-$own") $(try chmod 750 "$N")" 'EPERM ok' 'modes are those of the directory'
is "$(stat -c %a "$N/New-$own")" 640 'as it has them'
chown 1234 "$N"
is "$(stat -c %u "$N/New-$own")" 1234 'owners, too'
head -c 40000 /dev/zero >"$TMP/bytes"
is "$(try write "$N/New-$own" <"$TMP/bytes")" ERANGE 'a variable has a size'
cp "$N"/* "$TMP/" && cp "$TMP"/*-"$own" "$N/"
is "$(for f in "$N"/*; do cmp "$f" "$TMP/${f##*/}"; done)" '' 'they are copied out and back'
for i in 1 2 3 4 5 6; do printf '\7\0\0\0%s' "$i" >"$N/At$i-$own" & eval "p$i=$!"; done
# shellcheck disable=SC2154  # p1 to p6, by eval
wait "$p1" "$p2" "$p3" "$p4" "$p5" "$p6"
is "$(for i in 1 2 3 4 5 6; do tail -c +5 "$N/At$i-$own"; done)" 123456 'six at once are six'
rm "$N"/At*
inode=$(stat -c %i "$N/Kept-$own")
kill -9 "$(daemon_pid)"
is "$(tail -c +5 "$N/Kept-$own") $(stat -c %i "$N/Kept-$own")" "twice $inode" 'the next daemon has them'
rm "$N/New-$own"
is "$(try unlink "$N/New-$own")" ENOENT 'one is removed'
if command -v efibootmgr >/dev/null; then
	export EFIVARFS_PATH="$N/"
	like "$(efibootmgr)" '^Boot0000\* ' "efibootmgr reads them with EFIVARFS_PATH=nvram/"
	efibootmgr -q -b 0001 -B
	efibootmgr -q -t 0
	unlike "$(names)" '^Boot0001-' 'and removes an entry'
else
	skip 'no efibootmgr' 'efibootmgr reads them'
fi
kept=$(find "$TMP/state/roots" -name uefi)
is "$(stat -c %a "$kept") $(find "$TMP/state/roots" -name 'uefi*' | wc -l)" '600 1' 'they are in one file'
shell 'UEFI takes them'
put "$V/console" "setvar Kept -guid $own$cr" >/dev/null
ok 'and has what was written' await 7 '74 77 69 63 65'
exec 7<&-
put "$V/ctl" halt >/dev/null
like "$(names)" "^OfflineUniqueIDRandomSeedCRC-$own\$" 'and keeps the rest'

# --- a file that a guest has damaged ----------------------------------------------------------

cp "$kept" "$TMP/whole"
head -c 100000 "$TMP/whole" >"$kept"
ok 'a file that is cut off is an error' timeout 30 sh -c "while ls '$N'; do :; done 2>&1 >'$TMP/listed' | grep 'Input/output error'"
like "$(cat "$V/error")" '^nvram: the file of its variables is damaged: bring' 'which is explained'
qemu-img create -q -f qcow2 -o data_file="$TMP/data",data_file_raw=on "$TMP/out" 528K
cat "$TMP/out" >"$kept"
is "$(names 2>/dev/null)" '' 'one that names another file, too'
rm "$kept"
ln -s /etc/shadow "$kept"
is "$(names 2>/dev/null)" '' 'a link is not followed'
rm "$kept"
mkfifo "$kept"
is "$(timeout 30 ls "$N" 2>/dev/null)" '' 'a FIFO holds up nobody'
rm "$kept"
cp -p "$TMP/whole" "$kept"
like "$(names)" "^Kept-$own\$" 'whole again'

# --- no room ----------------------------------------------------------------------------------

layer=${kept%/uefi}
if mount -t tmpfs -o size=1M,mode=700 tmpfs "$layer"; then
	cp "$TMP/whole" "$kept"
	is "$(printf '\7\0\0\0x' >"$TMP/bytes"; try write "$N/Kept-$own" <"$TMP/bytes")" ENOSPC 'on a full disk'
	is "$(tail -c +5 "$N/Kept-$own") $(ls -A "$layer")" 'twice uefi' 'all is as it was'
	rm "$kept"
	head -c 700000 /dev/zero >"$layer/other"
	is "$(put "$V/ctl" boot) $(ls -A "$layer")" 'EIO other' 'a first boot leaves nothing half made there'
	like "$(cat "$V/error")" "^ctl: boot: firmware: its variables: qemu-img can't make it: see whether there is room" 'and says what is wrong'
	umount "$layer"
else
	skip 'no tmpfs here' 'on a full disk'
fi

# --- the certificates of 2023 -----------------------------------------------------------------

db=$N/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f kek=$N/KEK-$global
put "$V/config" 'firmware=auto
secureboot=on' >/dev/null
is "$(names)" '' 'those with Secure Boot are others'
sed 's/CA 2023/CA 2011/g' $TEMPLATE >"$TMP/old"
sed 's/UEFI CA 2011/UEFI CA 2023/g; s/KEK CA 2011/KEK CA 2023/g' "$TMP/old" >"$TMP/new"
mount --bind "$TMP/old" $TEMPLATE
is "$(put "$V/ctl" boot) $(put "$V/ctl" halt)" 'ok ok' 'made at the first boot'
bytes "$db" >"$TMP/db.old"
is "$(put "$V/ctl" enroll)" EOPNOTSUPP 'a host without them'
like "$(cat "$V/error")" "ctl: the host's firmware has no certificates of 2023: install a newer one" 'is told so'
umount $TEMPLATE
mount --bind "$TMP/new" $TEMPLATE
is "$(put "$V/ctl" enroll)" ok 'enroll adds those of the host' || diag "$(cat "$V/error")"
is "$(grep -ac 'UEFI CA 2023' "$db") $(grep -ac 'KEK CA 2023' "$kek")" '1 1' 'those of both'
is "$(bytes "$db" | head -c "$(wc -c <"$TMP/db.old")")" "$(cat "$TMP/db.old")" 'behind the old ones'
size=$(stat -c %s "$db")
is "$(put "$V/ctl" enroll) $(stat -c %s "$db")" "ok $size" 'once'
umount $TEMPLATE
is "$(put "$V/ctl" boot) $(stat -c %s "$db")" "ok $size" 'its firmware takes them'
put "$V/ctl" halt >/dev/null
rm "$N"/*
mount --bind "$TMP/old" $TEMPLATE
is "$(names) $(find "$TMP/state/roots" -name 'uefi-secure*')" ' ' 'without its last variable it has none'
is "$(put "$V/ctl" boot) $(put "$V/ctl" halt) $(bytes "$db")" "ok ok $(cat "$TMP/db.old")" 'and begins anew, with the keys of its package'
umount $TEMPLATE
is "$(try rmdir "$V") $(find "$TMP/state/roots" -name 'uefi*')" 'ok ' 'they go with the VM'
finish
