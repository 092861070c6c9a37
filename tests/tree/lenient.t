#!/bin/sh
# What other tools take as the root of a container, an import takes: archives that leave directories out, ways
# through links, and /tmp and /run that are links.
. "$(dirname "$0")/lib.sh"
setup
IMAGES=$MNT/images S=$TMP/src
mkdir "$S"
import() { put "$IMAGES/$1/ctl" "import $2"; }
at() { echo "$TMP/state/images/$(key "$IMAGES/$1/status" id)"; }
files() { (cd "$(at "$1")" && find . -printf '%m %p %l,' | tr ',' '\n' | sed 's/ *$//' | LC_ALL=C sort -k 2 | tr '\n' ','); }
taken() { # NAME PATH WANT WHAT: WANT is a list of MODE PATH TARGET,
	mkdir "$IMAGES/$1"
	is "$(import "$1" "$2") $(files "$1")" "ok $3" "$4" || diag "$(cat "$IMAGES/$1/error")"
}
archive() { # NAME (ENTRY TYPE LINK)...: files are 0644 with their own names in them, directories 0700
	_name=$1
	shift
	perl -e 'while (my ($n, $t, $l) = splice @ARGV, 0, 3) {
			my $b = $t ? "" : $n;
			my $h = pack "a100a8a8a8a12a12a8a1a100a6a2a32a32a8a8a155a12", $n, $t == 5 ? "0000700" : "0000644", "0000000", "0000000",
				sprintf("%011o", length $b), "00000000000", "        ", $t, $l, "ustar", "00", "", "", "0000000", "0000000", "", "";
			my $s = 0; $s += $_ for unpack "C*", $h; substr($h, 148, 8) = sprintf "%06o\0 ", $s;
			print $h, $b, "\0" x (-length($b) % 512) }
		print "\0" x 1024' -- "$@" >"$S/$_name.tar"
}

# --- what it does not say ---
archive bare usr/bin/a 0 ''
taken bare "$S/bare.tar" '755 .,755 ./usr,755 ./usr/bin,644 ./usr/bin/a,' 'directories that are not in the archive, / among them, are open to all'
archive said ./ 5 '' ./d/ 5 '' ./d/a 0 ''
taken said "$S/said.tar" '700 .,700 ./d,644 ./d/a,' 'what it says counts'
_mask=$(umask)
umask 077
remount
umask "$_mask"
taken masked "$S/bare.tar" '755 .,755 ./usr,755 ./usr/bin,644 ./usr/bin/a,' "whatever the mounting shell's umask"

# --- through links ---
archive links real/ 5 '' link 2 real whole 2 /real out 2 ../../../real chain 2 link/../whole \
	link/a 0 '' whole/b 0 '' out/c 0 '' chain/d 0 '' hard 1 whole/b none 2 /new/there none/e 0 ''
taken links "$S/links.tar" '755 .,777 ./chain link/../whole,644 ./hard,777 ./link real,755 ./new,755 ./new/there,644 ./new/there/e,777 ./none /new/there,777 ./out ../../../real,700 ./real,644 ./real/a,644 ./real/b,644 ./real/c,644 ./real/d,777 ./whole /real,' \
	'later entries go through links of earlier ones, and those stay in the root'
is "$(stat -c %h "$(at links)/hard")" 2 'also where a hard link is told'
archive replaced real/ 5 '' link 2 real link/ 5 '' link/a 0 ''
taken replaced "$S/replaced.tar" '755 .,700 ./link,644 ./link/a,700 ./real,' 'a directory by the name of a link takes its place'
archive out etc 2 "$S" etc/evil 0 '' up 2 "../../../../../../../..$S" up/evil2 0 ''
mkdir "$IMAGES/out"
is "$(import out "$S/out.tar") $(ls "$S" | grep -c evil) $(ls "$(at out)$S")" 'ok 0 evil
evil2' 'what would be outside is inside'
archive circle a 2 b b 2 a a/x 0 ''
mkdir "$IMAGES/circle"
refused "$IMAGES/circle/ctl" "import $S/circle.tar" EINVAL '"a/x" leads through too many links'

# Layers of an OCI layout, made by hand
O=$S/oci B=$S/oci/blobs/sha256 T=application/vnd.oci.image
mkdir -p "$B"
blob() {
	_d=$(sha256sum "$1" | cut -d' ' -f1)
	cp "$1" "$B/$_d"
	echo "\"digest\":\"sha256:$_d\",\"size\":$(stat -c %s "$1")"
}
archive l1 real/ 5 '' real/gone 0 '' real/stays 0 '' link 2 /real
archive l2 link/.wh.gone 0 '' link/new 0 ''
m="{\"mediaType\":\"$T.layer.v1.tar\",$(blob "$S/l1.tar")},{\"mediaType\":\"$T.layer.v1.tar\",$(blob "$S/l2.tar")}"
echo "{\"schemaVersion\":2,\"config\":{},\"layers\":[$m]}" >"$S/manifest"
echo "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"$T.manifest.v1+json\",$(blob "$S/manifest")}]}" >"$O/index.json"
echo '{"imageLayoutVersion":"1.0.0"}' >"$O/oci-layout"
taken oci "$O" '755 .,777 ./link /real,700 ./real,644 ./real/new,644 ./real/stays,' 'a layer adds and takes away through a link of the one below'

# --- owners ---
mkdir "$S/own" "$S/own/d" "$IMAGES/own"
touch "$S/own/a" "$S/own/b" "$S/own/c"
ln "$S/own/b" "$S/own/d/hard"
chown 100000 "$S/own/b"
chgrp 65535 "$S/own/c"
chown 65534:65534 "$S/own/a"
tar -C "$S/own" --sort=name -cf "$S/own.tar" .
refused "$IMAGES/own/ctl" "import $S/own.tar" EINVAL '3 of its files .* outside 0\.\.65534, first "b" with 100000: .*--owner-map=FILE --group-map=FILE'
printf '+100000 root:0\n' >"$S/map"
printf '+65535 root:0\n' >"$S/groups"
if tar -C "$S/own" --owner-map="$S/map" --group-map="$S/groups" -cf "$S/own.tar" . 2>/dev/null; then
	is "$(import own "$S/own.tar") $(stat -c %u:%g "$(at own)/b")" 'ok 1879113728:1879113728' 'as the sentence says, it is taken'
else
	skip 'this tar has no --owner-map' 'as the sentence says, it is taken'
fi

# --- /tmp and /run ---
mkdir -p "$S/root/bin" "$S/root/var/tmp"
cp "$(command -v busybox)" "$S/root/bin/busybox" || skip_all 'no busybox here'
ln -s busybox "$S/root/bin/sh"
init_libraries "$S/root"
zone() { # NAME TMP RUN: one on an image with these as its links
	ln -sfn "$2" "$S/root/tmp"
	ln -sfn "$3" "$S/root/run"
	tar -C "$S/root" -cf "$S/root.tar" .
	mkdir "$IMAGES/$1" "$ZONES/$1"
	is "$(import "$1" "$S/root.tar") $(put "$ZONES/$1/image" "$1")" 'ok ok' "/tmp leads to $2, /run to $3"
}
zone t /var/tmp var/run
is "$(inside "$ZONES/t" 'echo x >/tmp/f; busybox cat /var/tmp/f; echo y >/var/run/g; busybox cat /run/g; for d in /tmp /run; do busybox stat -f -c %T $d; done; [ -d /run/lock ] && echo lock')" \
	'x
y
tmpfs
tmpfs
lock' 'both are memory where the links lead'
is "$(inside "$ZONES/t" 'busybox ls /var/tmp /var/run | busybox tr "\n" " "')" '/var/run: lock metadata  /var/tmp: ' 'and empty at the next boot'
zone shm /dev/shm /run2
is "$(inside "$ZONES/shm" 'echo x >/tmp/f; busybox cat /dev/shm/f')" x '/tmp in our /dev'
no() { # NAME TMP RUN ERE
	zone "$1" "$2" "$3"
	is "$(put "$ZONES/$1/ctl" boot)" EIO 'does not boot'
	like "$(cat "$ZONES/$1/error")" "$4" 'and why'
}
no top / /run2 '/tmp of the image leads to /: import another'
no proc /var/tmp ../proc '/run of the image leads to /proc: import another'
no self tmp /run2 '/tmp of the image leads to "tmp"'
finish
