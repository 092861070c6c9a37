#!/bin/sh
# history: the events of a zone, a VM or an image, from mkdir on.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
events() { cut -d' ' -f4- "$1/history" | tr '\n' '|'; }
seqs() { cut -d' ' -f1 "$1/history"; }

mkdir "$Z" "$VMS/v" "$MNT/images/i"
is "$(events "$Z")$(events "$VMS/v")$(events "$MNT/images/i")" 'created|created|created|' 'it begins with mkdir'
exec 7<"$Z/event"
put "$Z/cpu.cap" 50 >/dev/null
put "$Z/ctl" boot >/dev/null
put "$Z/ctl" halt >/dev/null
is "$(events "$Z")" 'created|config file=cpu.cap|booting|running|halting|halted exit=killed:9|' 'and tells what happened'
is "$(await 7 ' halted.*')" "$(sed 1d "$Z/history")" 'in the words of event'
exec 7<&-
is "$(stat -c %s "$Z/history")" "$(wc -c <"$Z/history")" 'its size is true'
is "$(put "$Z/history" x) $(cat "$Z/error")" 'EPERM history: it takes no writes: read it' 'it takes no writes'
bad=0
for i in 101 102 103 104 105 106 107 108 109 110; do
	put "$Z/cpu.cap" $i >/dev/null
	[ "$(tail -n 1 "$Z/history")" = "$(tail -n 1 "$MNT/zones/a/history")" ] && [ "$(grep -c config "$Z/history")" = $((i - 99)) ] || bad=1
done
is "$bad" 0 'a change is in it when its write has returned'

# --- it stays ---
cat "$Z/history" >"$TMP/before"
remount
ok 'over umount and mount' cmp "$TMP/before" "$Z/history"
put "$Z/cpu.cap" 60 >/dev/null && kill -9 "$(daemon_pid)"
is "$(sed '$d' "$Z/history" | cmp - "$TMP/before" && events "$Z" | tail -c 20)" 'config file=cpu.cap|' 'a kill of the daemon loses none'
put "$Z/cpu.cap" 61 >/dev/null
is "$(seqs "$Z" | sort -nu | wc -l)" "$(seqs "$Z" | wc -l)" 'and none is there twice'
mv "$Z" "$ZONES/b" && mv "$ZONES/b" "$Z"
is "$(grep -c zones/a "$Z/history")" "$(wc -l <"$Z/history")" 'over mv, with the name of then'

# --- it is followed, also while its head goes and over a daemon that dies ---
L=$ZONES/$(printf %063d 0) # long lines: fewer of them fill it
mv "$Z" "$L" && Z=$L
tail -n +1 -f "$Z/history" >"$TMP/followed" 2>"$TMP/tail.err" &
tail=$!
kill -9 "$(daemon_pid)"

# --- it is bounded, and has the last 1,024 at least ---
# Who follows looks once a second: its head goes at most once until he has seen all
followed() { timeout 30 sh -c 'until grep -qxF "$1" "$2"; do sleep 0.1; done' sh "$(tail -n 1 "$Z/history")" "$TMP/followed"; }
for from in 1001 1201 1401 1601 1801; do
	perl -e 'for my $n ($ARGV[1] .. $ARGV[1] + 199) {
		open my $f, ">", $ARGV[0] or die "$!";
		syswrite $f, "cpu.shares=$n\ncpu.cap=$n\ncpu.baseline=" . ($n - 1) . "\ncpu.burst_time=$n\nmemory.max=${n}M\npids.max=$n\n" or die "$!";
	}' "$Z/config" "$from" && followed || diag "not $from"
done
among 1024 "$(wc -l <"$Z/history")" 20000 'are not all kept, but more than a thousand'
among 1 "$(wc -c <"$Z/history")" $((520 << 10)) 'in so many bytes'
is "$(seqs "$Z" | awk 'NR > 1 && $1 != last + 1 { print "gap before", $1 } { last = $1 }')" '' 'without a gap'
is "$(tail -n 1 "$Z/history" | cut -d' ' -f1)" "$(find "$TMP/state/logs" -name "$(key "$Z/status" id).history" -exec tail -n 1 {} + | cut -d' ' -f1)" 'up to the newest'
unlike "$(events "$Z")" created 'the oldest are gone'
ok 'tail -f comes to its end' followed
kill $tail
is "$(sort -nu "$TMP/followed" | awk 'NR > 2 && $1 != last + 1 { print "gap before", $1 } { last = $1 }')" '' 'and has told all on the way'
unlike "$(cat "$TMP/tail.err")" 'No such|abort|error' 'without a complaint'

# --- it goes ---
ids=$(key "$Z/status" id)' '$(key "$MNT/images/i/status" id)
rmdir "$Z" "$MNT/images/i"
Z=$ZONES/a
is "$(for i in $ids; do find "$TMP/state/logs" -name "$i.history*"; done)" '' 'with the zone or the image'

# A daemon that died as it removed a zone may have left its logs
mkdir "$ZONES/kept"
put "$ZONES/kept/ctl" boot >/dev/null
kept=$(key "$ZONES/kept/status" id)
touch "$TMP/state/logs/999999.0" "$TMP/state/logs/999999.1" "$TMP/run/daemon/logs/999999.1"
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(cat "$ZONES/kept/state") $(find "$TMP/state/logs" "$TMP/run/daemon/logs" -name '999999*')" 'running ' 'the next removes logs of zones that are gone'
ok 'and no other' test -e "$TMP/state/logs/$kept.0" -o -e "$TMP/state/logs/$kept.1"
put "$ZONES/kept/ctl" halt >/dev/null
mkdir "$Z"
touch "$TMP/state/logs/4711.history" "$TMP/state/logs/4711.history.old"
remount
is "$(find "$TMP/state/logs" -name '4711*') $(events "$Z")" ' created|' 'and what is left of one with the next mount'
finish
