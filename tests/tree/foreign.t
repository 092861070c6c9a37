#!/bin/sh
# Disks of other makers: what becomes of them, and what their headers are not believed.
. "$(dirname "$0")/lib.sh"
command -v qemu-img >/dev/null || skip_all 'no qemu-img here'
setup
IMAGES=$MNT/images S=$TMP/src
mkdir "$S"
import() { put "$IMAGES/$1/ctl" "import $2"; }
left() { find "$TMP/state/images" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '; }
disk_of() { echo "$TMP/state/images/$(key "$IMAGES/$1/status" id)/disk"; }
taken() { # WHAT FILE [RAW]: imported, and the disk is as it was
	mkdir "$IMAGES/t"
	is "$(import t "$2") $(cat "$IMAGES/t/type")" 'ok disk' "$1 is imported" || diag "$(cat "$IMAGES/t/error")"
	is "$(qemu-img compare "${3-$S/raw}" "$(disk_of t)")" 'Images are identical.' 'and is as it was'
	is "$(ls -A "$(dirname "$(disk_of t)")") $(stat -c %a "$(disk_of t)")" 'disk 600' 'nothing else is left of it'
	rmdir "$IMAGES/t"
}
told() { # CODE WHAT ERE FILE: refused, and nothing is left
	mkdir "$IMAGES/t"
	is "$(import t "$4") $(left)" "$1 " "$2: refused"
	like "$(cat "$IMAGES/t/error")" "$3" 'and why'
	unlike "$(cat "$IMAGES/t/error")" 'Could not|json:|source' "in our words"
	rmdir "$IMAGES/t"
}
at() { # FILE OFFSET HEX: writes these bytes there
	perl -e 'open my $f, "+<", $ARGV[0] or die; seek $f, $ARGV[1], $ARGV[1] < 0 ? 2 : 0; print $f pack "H*", $ARGV[2]' "$@"
}
truncate -s 8M "$S/raw"
seq 200000 | dd of="$S/raw" bs=64k seek=20 conv=notrunc 2>/dev/null
at "$S/raw" 510 55aa
make() { # NAME FORMAT [OPTIONS]
	qemu-img convert -f raw -O "$2" ${3:+-o "$3"} "$S/raw" "$S/$1"
}

# Each as it comes
make vmdk vmdk && taken 'a vmdk' "$S/vmdk"
make stream vmdk subformat=streamOptimized && taken 'a compressed vmdk' "$S/stream"
make vdi vdi && taken 'a vdi' "$S/vdi"
make fixed.vdi vdi static=on && taken 'a vdi of fixed size' "$S/fixed.vdi"
make vhdx vhdx && taken 'a vhdx' "$S/vhdx"
make vpc vpc force_size=on && taken 'a vhd' "$S/vpc"
make fixed.vpc vpc force_size=on,subformat=fixed && taken 'a vhd of fixed size' "$S/fixed.vpc"
mkdir "$IMAGES/p"
exec 8<"$IMAGES/p/event"
import p "$S/vmdk" >/dev/null
await 8 ' imported ' >"$TMP/events"
like "$(cat "$TMP/events")" ' importing percent=[5-9]0' 'progress goes on while it is converted'
like "$(cat "$IMAGES/p/status")" '^progress 100$' 'and ends at 100 percent'
rmdir "$IMAGES/p"
exec 8<&-

# One that says that a part of it is elsewhere. What it names is there, and anybody may read it
echo secret >"$S/secret"
APART='a part of it is in another file'
for s in monolithicFlat twoGbMaxExtentSparse twoGbMaxExtentFlat; do
	make "$s.vmdk" vmdk "subformat=$s" && told EINVAL "a vmdk of $s" "$APART" "$S/$s.vmdk"
done
told EINVAL 'a part of one' "$APART" "$S/twoGbMaxExtentSparse-s001.vmdk"
desc=$(grep -abo '# Disk Desc' "$S/vmdk" | head -n 1 | cut -d: -f1)
named() { # LINES: a vmdk with this description
	cp "$S/vmdk" "$S/named"
	at "$S/named" "$desc" "$(printf '# Disk DescriptorFile\nversion=1\nCID=1\n%b\n' "$1" | od -An -v -tx1 | tr -d ' \n')000000"
	echo "$S/named"
}
told EINVAL 'a vmdk with a parent' "$APART" "$(named "parentCID=12345678\nparentFileNameHint=\"$S/secret\"\nRW 16384 SPARSE \"x\"")"
told EINVAL 'a vmdk with a second extent' "$APART" "$(named "parentCID=ffffffff\nRW 16384 SPARSE \"x\"\nRW 1 FLAT \"$S/secret\" 0")"
told EINVAL 'a vmdk without any' "$APART" "$(named 'parentCID=ffffffff')"
taken 'a vmdk that was renamed' "$(named "parentCID=ffffffff\nRW 16384 SPARSE \"$S/secret\"")"
cp "$S/vmdk" "$S/none" && at "$S/none" 12 0000000000000000
told EINVAL 'a vmdk without sectors, whose description counts' "$APART" "$S/none"
cp "$S/vmdk" "$S/large" && at "$S/large" 36 ffffffffffffff0f
told EINVAL 'a vmdk with an endless description' 'description is larger' "$S/large"
cp "$S/vdi" "$S/diff.vdi" && at "$S/diff.vdi" 76 04000000
told EINVAL 'a vdi of differences' "$APART" "$S/diff.vdi"
cp "$S/vdi" "$S/child.vdi" && at "$S/child.vdi" 440 00112233445566778899aabbccddeeff
told EINVAL 'a vdi with a parent' "$APART" "$S/child.vdi"
cp "$S/vpc" "$S/diff.vpc" && at "$S/diff.vpc" 60 00000004
told EINVAL 'a vhd of differences' "$APART" "$S/diff.vpc"
parameters=$(perl -e 'local $/; open my $f, "<", $ARGV[0]; $_ = <$f>; print index $_, pack "H*", "3767a1ca36fa434db3b633f0aa44e76b"' "$S/vhdx")
region=$((parameters / 65536 * 65536))
item=$(od -An -tu4 -j $((parameters + 16)) -N 4 "$S/vhdx")
cp "$S/vhdx" "$S/diff.vhdx" && at "$S/diff.vhdx" $((region + item + 4)) 02
told EINVAL 'a vhdx with a parent' "$APART" "$S/diff.vhdx"

# Cut off, or nonsense behind a good begin
for f in vmdk vdi vhdx vpc; do
	head -c 300 "$S/$f" >"$S/cut"
	told EINVAL "the begin of a $f" 'cut off' "$S/cut"
	head -c $(($(stat -c %s "$S/$f") / 2)) "$S/$f" >"$S/cut"
	told EINVAL "half a $f" "cut off|damaged|can't be converted: see what qemu-img check" "$S/cut"
done
qemu-img create -q -f qed "$S/qed" 8M 2>/dev/null && told EINVAL 'a disk of qed' 'format qed: .*qemu-img convert' "$S/qed"
is "$(left)" '' 'nothing is left'
finish
