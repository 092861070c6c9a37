#!/bin/sh
# A QEMU that misbehaves holds up nobody, and the truth about it is told: tests/fakeqemu.c, bound over QEMU in
# a mount namespace of this test's own.
if [ "$(id -u)" -eq 0 ] && [ -z "${WARREN_MOUNTS-}" ]; then
	exec env WARREN_MOUNTS=1 unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
QEMU=/usr/bin/qemu-system-x86_64
[ -e $QEMU ] || skip_all 'no QEMU here'
[ "$(id -u)" -ne 0 ] || mount --bind "$WARREN_BUILD/tests/fakeqemu" $QEMU || skip_all 'it can not be put in the place of QEMU'
setup
V=$VMS/v
mkdir "$V" "$ZONES/z"
put "$ZONES/z/init" true >/dev/null

as() { # VM HOW: it will misbehave so
	[ -e "$VMS/$1" ] || mkdir "$VMS/$1"
	put "$VMS/$1/config" "accel=tcg
kernel=$WARREN_BUILD/guests/hello
append=$2" >/dev/null
}
ask() { # JSON: its answer, at most 60 bytes, or the name of its error
	timeout "${PATIENCE-30}" perl -e 'open my $f, "+<", $ARGV[0] or die; local $/;
		defined syswrite $f, $ARGV[1] or do { print join(" ", grep { $!{$_} } keys %!), "\n"; exit };
		my $all = ""; while (sysread $f, my $part, 65536) { $all .= $part } print substr $all, 0, 60' "$V/qmp" "$1"
}
others() { # a zone boots and ends meanwhile, and the tree is read
	is "$(timeout 30 sh -c "echo boot >'$ZONES/z/ctl' && cat '$ZONES/z/wait' && grep -c '^z ' '$MNT/list'")" 'exited 0
1' "$1: nobody else is held up" || diag "$(cat "$ZONES/z/error")"
}
halts() {
	is "$(timeout 30 sh -c "echo halt >'$V/ctl'" && cat "$V/state")" halted "$1: halt ends it"
}
told() { # VM ERE: it has failed, and status and error say so
	is "$(cat "$VMS/$1/state")" failed "$2: failed" || return
	like "$(key "$VMS/$1/status" reason)" "^$2" 'with the reason'
	like "$(cat "$VMS/$1/error")" "$2" 'in error, too'
}

# Never up; looked at when their time is over
for how in silent greets closes-early; do
	as $how $how
	timeout 300 sh -c "echo boot >'$VMS/$how/ctl'" 2>/dev/null &
	eval "${how%-*}=$!"
done

# At once
as v exits
is "$(put "$V/ctl" boot)" EIO 'one that exits at once'
told v 'QEMU ended with status 3 and did not say why'
as v crashes
is "$(put "$V/ctl" boot)" EIO 'one that crashes at once'
told v '(QEMU|process 1) was killed by signal (6|11)'
as v dies
put "$V/ctl" boot >/dev/null
ok 'one that ends a moment later' until_state "$V" failed
told v 'QEMU ended with status 4 and did not say why'

# As loud as it can, before it is up: what it says is dropped, and a boot can be ended
for how in messages garbage endless; do
	as v $how
	timeout 60 sh -c "echo boot >'$V/ctl'" 2>/dev/null &
	until_state "$V" booting
	others "$how"
	halts "$how"
	wait $!
done

# When it is up
for how in resets stutters console complains stops; do
	as v $how
	is "$(put "$V/ctl" boot)" ok "$how: boots"
	others "$how"
	halts "$how"
done
among 0 "$(stat -c %s "$V/log")" 16777216 'log is bounded'

# What it answers
as v large
put "$V/ctl" boot >/dev/null
like "$(ask '{"execute": "query-name"}')" '^(\{"return": "xxx|EMSGSIZE)' 'an answer of 10 MB is whole, or refused'
is "$(ask '{"execute": "stop"}')" '{"return": {}, "id": null}' 'and the next command is answered'
put "$V/ctl" halt >/dev/null
as v mute
put "$V/ctl" boot >/dev/null
is "$(PATIENCE=1 ask '{"execute": "query-name"}')" '' 'who waits for an answer that never comes can go'
others mute
halts mute
as v lies
put "$V/ctl" boot >/dev/null
is "$(ask '{"execute": "query-name"}' >"$TMP/answer"; cat "$V/state")" running 'an answer under a foreign id does no harm'
halts lies

# What it tells about its memory
for how in swaps sizeless refuses:qom-set mute:qom-set; do
	as v $how
	put "$V/config" 'ram=256M
ram.max=1G' >/dev/null
	is "$(put "$V/ctl" boot)" ok "$how: boots"
	case $how in
	swaps) others $how ;;
	sizeless | refuses:*)
		refused "$V/ram" 512M EIO
		is "$(cat "$V/pending")" '' 'nothing waits'
		;;
	mute:*)
		timeout 1 sh -c "echo 512M >'$V/ram'" 2>/dev/null
		is "$? $(key "$V/status" ram)" '124 268435456' 'who waits for it can go'
		others $how
		;;
	esac
	halts $how
	put "$V/config" 'ram=256M
ram.max=none' >/dev/null
done

# A disk that comes, and one that never goes
truncate -s 1M "$TMP/d"
for how in refuses:blockdev-add refuses:device_add mute:device_add mute:qom-list; do
	as v $how
	put "$V/config" 'machine=pc
disk1=none' >/dev/null
	is "$(put "$V/ctl" boot)" ok "$how: boots"
	case $how in
	refuses:*) refused "$V/disk1" "path=$TMP/d" EIO "d: QEMU can't use it while the guest runs: give another" ;;
	mute:*)
		timeout 1 sh -c "echo 'path=$TMP/d' >'$V/disk1'" 2>/dev/null
		is $? 124 'who waits for it can go'
		others $how
		;;
	esac
	halts $how
done
as v keeps
put "$V/disk1" "path=$TMP/d" >/dev/null
put "$V/ctl" boot >/dev/null
is "$(put "$V/disk1" none) $(cat "$V/pending" "$V/error")" "ok disk1 path=$TMP/d none" 'one that is not let go of waits'
others keeps
is "$(put "$V/disk1" "path=$TMP/d") $(cat "$V/pending")" 'ok ' 'and may stay'
halts keeps
put "$V/config" 'machine=auto
disk1=none' >/dev/null

# It goes on without its QMP
as v closes
put "$V/ctl" boot >/dev/null
is "$(ask '{"execute": "query-name"}')" ESRCH 'one that closes its QMP is asked nothing'
ok 'and is ended' until_state "$V" failed
told v 'QEMU has closed its QMP and went on'

# shellcheck disable=SC2154
wait "$silent" "$greets" "$closes"
told silent 'QEMU is not up after 120 s'
told greets 'QEMU is not up after 120 s'
told closes-early 'QEMU has closed its QMP and went on'
finish
