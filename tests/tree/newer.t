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

# A value that this one does not know: the object is not what it was told to be, and does not boot
R=$ZONES/r V=$VMS/v
mkdir "$R" "$V" "$ZONES/w"
printf '%s\n' A=1 B=2 >"$R/env"
echo always >"$R/restart"
: >"$TMP/disk" && echo "path=$TMP/disk" >"$V/disk0"
is "$(put "$ZONES/w/ctl" boot)" ok 'a zone that runs'
old=$(helper_pid)
zone=$TMP/state/objects/$(key "$R/status" id) vm=$TMP/state/objects/$(key "$V/status" id) runs=$TMP/state/objects/$(key "$ZONES/w/status" id)
unmount && gone "$old"
sed -i 's/^set restart .*/set restart sometimes/' "$zone"
sed -i 's/^set disk0 .*/& bus=usb/' "$vm"
newer "$zone" 'set autoboot on'
newer "$runs" 'set privileges +time_travel'
values() { grep -hE '^(set (restart|disk0|privileges)|disk0-|attr disk0-)' "$zone" "$vm" "$runs"; }
had=$(values)
ok 'a mount' mount_tree
is "$(cat "$R/error" "$V/error" "$ZONES/w/error" | cut -d: -f 2)" ' this warren does not know what is in restart
 this warren does not know what is in disk0
 this warren does not know what is in privileges' 'error tells of values that are not known'
is "$(cat "$R/state" "$V/state" "$ZONES/w/state" | tr '\n' ' ')" 'configured configured running ' 'none of these is booted by itself'
is "$(put "$R/ctl" boot)" EOPNOTSUPP 'nor by command'
is "$(cat "$R/error")" 'ctl: restart: "sometimes" is of a newer warren: write what this one knows, or use that' 'and why'
is "$(put "$V/ctl" boot)" EOPNOTSUPP 'nor is a VM'
like "$(cat "$V/error")" "^ctl: disk0: \"path=$TMP/disk bus=usb\" is of a newer warren" 'and why'
is "$(put "$ZONES/w/ctl" reboot) $(cat "$ZONES/w/state")" 'EOPNOTSUPP running' 'one that runs is not ended for a reboot'
like "$(cat "$ZONES/w/error")" '^ctl: reboot: privileges: "\+time_travel" is of a newer warren' 'and why'
for z in "$R" "$V" "$ZONES/w"; do accepted "$z/cpu.cap" 30; done
refused "$R/restart" often EINVAL
refused "$R/config" 'restart=no
cpu.cap=none
pids.max=x' EINVAL
is "$(values)" "$had" 'nothing is lost by other writes'
ok 'a mount' remount
is "$(values) $(put "$R/ctl" boot)" "$had EOPNOTSUPP" 'nor by another daemon'
is "$(put "$R/restart" no) $(put "$R/ctl" boot) $(cat "$R/state")" 'ok ok running' 'another value takes its place'
is "$(grep -c '^set restart' "$zone") $(put "$V/disk0" none) $(cat "$V/error") $(put "$ZONES/w/privileges" default) $(put "$ZONES/w/ctl" reboot)" '0 ok  ok ok' 'for all, and error is over'
is "$(try rmdir "$ZONES/y") $(try rmdir "$MNT/images/i")" 'ok ok' 'they can be removed'
finish
