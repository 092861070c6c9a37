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
cp "$S/stream" "$S/stream3" && at "$S/stream3" 4 03000000
taken "a compressed vmdk of VMware's third version" "$S/stream3"
make vdi vdi && taken 'a vdi' "$S/vdi"
make fixed.vdi vdi static=on && taken 'a vdi of fixed size' "$S/fixed.vdi"
make vhdx vhdx && taken 'a vhdx' "$S/vhdx"
make vpc vpc force_size=on && taken 'a vhd' "$S/vpc"
make fixed.vpc vpc force_size=on,subformat=fixed && taken 'a vhd of fixed size' "$S/fixed.vpc"
mkdir "$IMAGES/p"
exec 8<"$IMAGES/p/event"
import p "$S/vmdk" >/dev/null
await 8 ' imported ' >"$TMP/events"
like "$(cat "$TMP/events")" ' importing percent=[6-9]0' 'progress goes on while it is converted'
like "$(cat "$IMAGES/p/status")" '^progress 100$' 'and ends at 100 percent'
rmdir "$IMAGES/p"
mkdir "$IMAGES/p"
exec 8<"$IMAGES/p/event"
qemu-img create -q -f vmdk "$S/huge" 2000G
import p "$S/huge" >"$TMP/answer" &
waiter=$!
ok 'a huge one is being converted' await 8 ' importing percent=50'
is "$(try rmdir "$IMAGES/p") $(left)" 'ok ' 'it can be given up, and nothing is left'
wait $waiter
is "$(cat "$TMP/answer")" EIO 'and who waited is told'
rm "$S/huge"
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

# OVA
ovf() { # [DISKS [ITEMS [MORE]]]: an OVF, as VMware and VirtualBox write it
	cat <<OVF
<?xml version="1.0" encoding="UTF-8"?>
<ovf:Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References><File ovf:href="web-disk1.vmdk" ovf:id="file1" ovf:size="1"/><File ovf:href="tools.iso" ovf:id="file2"/></References>
  <DiskSection><Info>Disks</Info>${1-$DISK1}</DiskSection>
  <VirtualSystem ovf:id="web"><Name>web</Name>
    <OperatingSystemSection ovf:id="96"><Description>Debian_64</Description></OperatingSystemSection>
    <VirtualHardwareSection>
      <System><vssd:VirtualSystemType xmlns:vssd="v">vmx-13</vssd:VirtualSystemType></System>
      ${2-$ITEMS}
      <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
      <Item><rasd:Connection>VM Network</rasd:Connection><rasd:ResourceType>10</rasd:ResourceType></Item>
      <Item><rasd:Connection>NAT</rasd:Connection><rasd:ResourceType>10</rasd:ResourceType></Item>
      ${3-}
    </VirtualHardwareSection></VirtualSystem>
</ovf:Envelope>
OVF
}
DISK1='<Disk ovf:capacity="8388608" ovf:diskId="vmdisk1" ovf:fileRef="file1"/>'
item() { echo "<Item><rasd:AllocationUnits>$3</rasd:AllocationUnits><rasd:ElementName>x</rasd:ElementName><rasd:ResourceType>$1</rasd:ResourceType><rasd:VirtualQuantity>$2</rasd:VirtualQuantity></Item>"; }
ITEMS="$(item 3 2 'hertz * 10^6')$(item 4 300 'byte * 2^20')"
mkdir "$S/ova"
cp "$S/stream" "$S/ova/web-disk1.vmdk"
echo iso >"$S/ova/tools.iso"
pack() { # NAME FILE...: packs web.ovf, which is standard input, and these
	cat >"$S/ova/web.ovf"
	_to=$S/$1
	shift
	tar -C "$S/ova" -cf "$_to" web.ovf "$@"
	echo "$_to"
}
V=$VMS/v
mkdir "$IMAGES/web" "$V"
is "$(import web "$(ovf | pack web.ova web-disk1.vmdk tools.iso)") $(cat "$IMAGES/web/type")" 'ok disk' 'an OVA is imported' || diag "$(cat "$IMAGES/web/error")"
is "$(qemu-img compare "$S/raw" "$(disk_of web)")" 'Images are identical.' 'its disk is as it was'
is "$(ls -A "$(dirname "$(disk_of web)")")" disk 'and nothing else is kept'
want='vcpus=2
ram=314572800
firmware=bios
os=linux
disk0=image=web bus=sata
# bus=virtio is quicker, for a system that has its drivers
# network interfaces: 2; nic0=bridge=NAME or nic0=user, and so on'
is "$(cat "$IMAGES/web/config")" "$want" 'config tells of its machine'
is "$(cat "$IMAGES/web/config" >"$V/config" && cat "$V/vcpus" "$V/ram" "$V/firmware" "$V/os" "$V/disk0" | tr '\n' ' ')" '2 314572800 bios linux image=web bus=sata ' 'and can be written to a VM'
is "$(cat "$IMAGES/web/users")" vms/v 'which uses it then'
remount
is "$(cat "$IMAGES/web/config")" "$want" 'it is there after a mount, too'
rmdir "$V"
machine() { # LINES... FILE: the config of an OVA has these lines
	mkdir "$IMAGES/m"
	is "$(import m "$2")" ok "an OVA with $3 is imported" || diag "$(cat "$IMAGES/m/error")"
	is "$(grep -cxF "$1" "$IMAGES/m/config")" "$(echo "$1" | wc -l)" "config has $(echo "$1" | tr '\n' ' ')" || diag "$(cat "$IMAGES/m/config")"
	rmdir "$IMAGES/m"
}
machine 'ram=1073741824' "$(ovf "$DISK1" "$(item 4 1 'byte * 2^30')" | pack a web-disk1.vmdk)" 'memory in GB'
machine 'ram=536870912' "$(ovf "$DISK1" "$(item 4 512 MegaBytes)$(item 4 1024 MegaBytes)" | pack a web-disk1.vmdk)" 'alternatives'
machine 'ram=536870912' "$(ovf "$DISK1" "$(item 4 256 MegaBytes | sed 's/<Item/& ovf:bound="min"/')$(item 4 512 MegaBytes)" | pack a web-disk1.vmdk)" 'a range'
cp "$S/stream" "$S/ova/a web.vmdk"
machine 'vcpus=2' "$(ovf | sed 's/web-disk1/a%20web/' | pack a 'a web.vmdk')" 'a name as a URI has it'
cp "$S/stream" "$S/ova/a%20web.vmdk"
machine 'vcpus=2' "$(ovf | sed 's/web-disk1/a%20web/' | pack a 'a%20web.vmdk')" 'a name as it is'
machine 'firmware=uefi' "$(ovf "$DISK1" "$ITEMS" '<vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="efi"/>' | pack a web-disk1.vmdk)" "VMware's UEFI"
machine 'firmware=uefi' "$(ovf "$DISK1" "$ITEMS" '<Firmware type="EFI64"/>' | pack a web-disk1.vmdk)" "VirtualBox's UEFI"
machine '# empty disks: 1; disk1=path=PATH size=SIZE bus=sata, and so on' "$(ovf "$DISK1<Disk ovf:capacity='1' ovf:diskId='d2'/>" | pack a ./web-disk1.vmdk)" 'an empty disk'
system() { # WANT SECTION: what an OperatingSystemSection says
	machine "os=$1" "$(ovf | sed "s|<OperatingSystemSection.*</OperatingSystemSection>|$2|" | pack a web-disk1.vmdk)" "$2"
}
system windows '<OperatingSystemSection ovf:id="1" vmw:osType="windows2019srv_64Guest"><Info>x</Info></OperatingSystemSection>'
system windows '<OperatingSystemSection ovf:id="102"><Description>Windows10_64</Description></OperatingSystemSection>'
system windows '<OperatingSystemSection ovf:id="77"/>'
system linux '<OperatingSystemSection ovf:id="36" vmw:osType="otherGuest64"/>'
system linux '<OperatingSystemSection ovf:id="1"><vbox:OSType xmlns:vbox="v">RedHat_64</vbox:OSType></OperatingSystemSection>'
system other '<OperatingSystemSection ovf:id="1" vmw:osType="darwin18_64Guest"/>'
system other '<OperatingSystemSection ovf:id="42"/>'
mkdir "$IMAGES/m"
is "$(import m "$(ovf | sed '/OperatingSystemSection/d' | pack a web-disk1.vmdk)") $(grep os= "$IMAGES/m/config")" 'ok ' 'one that names no system'
rmdir "$IMAGES/m"
cp "$S/raw" "$S/ova/web-disk1.vmdk"
machine 'vcpus=2' "$(ovf | pack a web-disk1.vmdk)" 'a raw disk'
qemu-img convert -O qcow2 "$S/raw" "$S/ova/web-disk1.vmdk"
machine 'vcpus=2' "$(ovf | pack a web-disk1.vmdk)" 'one of qcow2'
cp "$S/stream" "$S/ova/web-disk1.vmdk"

# What is none, or more than there is room for
rmdir "$IMAGES/web"
# Its manifest, as VMware has it, behind the OVF, and as VirtualBox has it, last
sums() { # ALGORITHM FILE...
	_a=$1
	shift
	for _f; do echo "$(echo "$_a" | tr a-z A-Z)($_f)= $(cd "$S/ova" && "${_a}sum" "$_f" | cut -d ' ' -f 1)"; done
}
ovf >"$S/ova/web.ovf"
for a in sha1 sha256 sha512; do
	sums $a web.ovf web-disk1.vmdk >"$S/ova/web.mf"
	machine 'vcpus=2' "$(ovf | pack a web.mf web-disk1.vmdk)" "a manifest of $a"
	sums $a web.ovf web-disk1.vmdk | tr a-f A-F >"$S/ova/web.mf"
	printf 'SHA256(gone.nvram)= 00\r\nnonsense\n' >>"$S/ova/web.mf"
	machine 'vcpus=2' "$(ovf | pack a ./web-disk1.vmdk ./web.mf)" "one of $a behind its disk"
	for f in web.ovf web-disk1.vmdk tools.iso; do
		sums $a web.ovf web-disk1.vmdk tools.iso | sed "/$f/s/=.*/= 00ff/" >"$S/ova/web.mf"
		for order in 'web.mf web-disk1.vmdk tools.iso' 'web-disk1.vmdk tools.iso web.mf'; do
			# shellcheck disable=SC2086  # several files
			told EINVAL "$f is another than its manifest says, by $a" "its file \"$f\" is not what its manifest says, by $(echo $a | tr a-z A-Z): copy the OVA again" "$(ovf | pack a $order)"
		done
	done
done
# As OpenSSL's commands write one, of itself, too
{ sums sha256 web.ovf web-disk1.vmdk | sed 's/(/ (/; s/=/ =/' && echo 'SHA256 (web.mf) = 00'; } >"$S/ova/web.mf"
machine 'vcpus=2' "$(ovf | pack a web.mf web-disk1.vmdk)" 'a manifest with blanks, which names itself'
sums sha256 web.ovf web-disk1.vmdk | sed 's/SHA256/SHA2-256/' >"$S/ova/web.mf"
machine 'vcpus=2' "$(ovf | pack a web.mf web-disk1.vmdk)" 'one of SHA2-256'
sed -i '/vmdk/s/=.*/= 00/' "$S/ova/web.mf"
told EINVAL 'another by SHA2-256' 'its file "web-disk1.vmdk" is not what its manifest says, by SHA2-256' "$(ovf | pack a web.mf web-disk1.vmdk)"
head -c 70000 /dev/zero >"$S/ova/web.mf"
told EINVAL 'an endless manifest' 'its manifest has 70000 bytes: give 1 to 65536' "$(ovf | pack a web.mf web-disk1.vmdk)"

bad() { # ERE WHAT [FILE]: an OVA with the OVF of $S/o
	told EINVAL "an OVA with $2" "$1" "$(pack a "${3-web-disk1.vmdk}" <"$S/o")"
}
ovf "$DISK1$DISK1" >"$S/o"
bad 'it holds 2 disks, and an image holds one: unpack it with tar -xf' 'two disks'
ovf '' >"$S/o"
bad 'it holds 0 disks' 'no disk'
ovf >"$S/o"
bad 'names the disk "web-disk1.vmdk", which is not in it' 'a disk that is not in it' tools.iso
ovf "$DISK1" "$(item 4 1 Furlong)" >"$S/o"
bad 'memory of "1" "Furlong"' 'memory of no size'
ovf "$DISK1" "$(item 4 99999999999999999999 MB)" >"$S/o"
bad 'memory of' 'memory without end'
ovf "$DISK1" "$(item 3 many x)" >"$S/o"
bad 'CPUs of "many"' 'CPUs that are no number'
ovf "$DISK1" "$ITEMS" '<VirtualSystem id="b"/>' >"$S/o"
bad 'more than one machine' 'two machines'
ovf | sed 's/ovf:size="1"/ovf:compression="gzip"/' >"$S/o"
bad 'its disk is compressed' 'a compressed disk'
ovf | sed 's/web-disk1.vmdk/..\/..\/etc\/passwd/' >"$S/o"
bad 'names the disk "../../etc/passwd", which is not in it' 'a disk of the host'
ovf | head -n 9 >"$S/o"
bad 'is no XML: line' 'half an OVF'
: >"$S/o"
bad 'OVF has 0 bytes' 'an empty OVF'
echo '<a/>' >"$S/o"
bad 'describes no machine' 'XML of another kind'
ovf | sed '1a <!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' >"$S/o"
bad 'has a DOCTYPE' 'entities'
head -c 1100000 /dev/zero >"$S/o"
bad 'OVF has 1100000 bytes' 'an endless OVF'
head -c 200000 "$S/stream" >"$S/ova/web-disk1.vmdk"
ovf >"$S/o"
bad 'damaged|cut off' 'half a disk'
ln -sf /etc/passwd "$S/ova/web-disk1.vmdk"
ovf >"$S/o"
bad 'is no file' 'a link'
rm "$S/ova/web-disk1.vmdk" && cp "$S/twoGbMaxExtentSparse.vmdk" "$S/ova/web-disk1.vmdk"
ovf >"$S/o"
bad "$APART" 'a disk that names others'
cp "$S/stream" "$S/ova/web-disk1.vmdk"
ovf | pack a web-disk1.vmdk >/dev/null
head -c 200000 "$S/a" >"$S/cut.ova"
told EINVAL 'half an OVA' 'Truncated' "$S/cut.ova"
tar -C "$S/ova" -cf "$S/order.ova" web-disk1.vmdk web.ovf
told EINVAL 'an OVA whose OVF comes last' 'begins with that: make it by tar -cf' "$S/order.ova"
told EINVAL 'the directory of one' 'begins with that: make it by tar -cf' "$S/ova"
is "$(left)" '' 'nothing is left'
finish
