#!/bin/sh
# The file error: when it tells, when it is empty again, and to whom it tells what.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"
error() { cat "$Z/error"; }
seen_by() { perl -MPOSIX -e 'setgid($ARGV[0]), setuid($ARGV[0]); open my $f, "<", $ARGV[1] or die "$!"; print readline $f' "$1" "${2:-$Z/error}"; }

# --- it is empty when the same is done and done well ---
is "$(error)" '' 'it is empty at first'
put "$Z/cpu.cap" x >/dev/null
like "$(error)" '^cpu.cap: ' 'a refused write'
put "$Z/cpu.shares" 50 >/dev/null
like "$(error)" '^cpu.cap: ' 'stays after a write of another file'
put "$Z/cpu.cap" 50 >/dev/null
is "$(error)" '' 'and goes with one of the same file'
for f in ctl config; do
	put "$Z/$f" nonsense >/dev/null
	like "$(error)" "^$f: " "$f refuses"
	put "$Z/$f" '# nothing' >/dev/null
	is "$(error)" '' 'and takes'
done
try chmod 4644 "$Z/cpu.cap" >/dev/null
like "$(error)" '^cpu.cap: ' 'a refused chmod'
chmod 640 "$Z/cpu.cap"
like "$(error)" '^cpu.cap: ' 'stays until something is written'
put "$Z/cpu.cap" 50 >/dev/null
is "$(error)" '' 'and then goes'
chmod 644 "$Z/cpu.cap"
mkdir "$ZONES/b"
try rename "$Z" "$ZONES/-" >/dev/null
like "$(error)" '^rename: ' 'a refused mv'
mv "$Z" "$ZONES/c" && mv "$ZONES/c" "$Z"
is "$(error)" '' 'and one that is done'
try mkdir "$ZONES/-x" >/dev/null
like "$(cat "$MNT/error")" '^-x: ' "a refused mkdir is in the root's"
put "$MNT/ctl" 'log info' >/dev/null
like "$(cat "$MNT/error")" '^-x: ' 'and stays after a command'
echo x >"$Z/meta/note"
(exec 2>&1 && ulimit -f unlimited && head -c 100000 /dev/zero >"$Z/meta/note") >/dev/null
like "$(error)" '^meta/note: ' "a plain file tells in the zone's"
echo y >"$Z/meta/note"
is "$(error)" '' 'which is empty again, too'

# --- a boot ---
put "$Z/init" /nonexistent >/dev/null
put "$Z/ctl" boot >/dev/null
like "$(cat "$Z/state") $(error)" '^failed ctl: boot: .*nonexistent' 'why a boot failed'
why=$(error)
put "$Z/ctl" halt >/dev/null
is "$(cat "$Z/state") $(error)" "failed $why" 'stays as long as it is failed'
remount
like "$(cat "$Z/state") $(error)" '^failed .*nonexistent' 'over a restart, too'
put "$Z/ctl" halt >/dev/null
like "$(cat "$Z/state") $(error)" '^failed .*nonexistent' 'and after it'
put "$Z/init" 'sleep 10000' >/dev/null
put "$Z/cpu.cap" x >/dev/null
put "$Z/ctl" boot >/dev/null
is "$(cat "$Z/state") $(error)" 'running ' 'a boot empties it, whatever it told'

# --- settings that can't be read ---
mkdir "$ZONES/d" "$MNT/images/d"
id=$(key "$ZONES/d/status" id) image=$(key "$MNT/images/d/status" id)
old="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # two pids
unmount && gone $old
sed -i 's/^end$/ended frog\nend/' "$TMP/state/objects/$id"
line=$(grep -n frog "$TMP/state/objects/$id" | cut -d: -f1)
sed -i 's/^end$/holds frog\nend/' "$TMP/state/objects/$image"
mount_tree
why="settings: line $line of the settings file: bad time; mend objects/$id below state=, and mount again"
is "$(cat "$ZONES/d/state") $(cat "$ZONES/d/error")" "failed $why" 'why its settings could not be read is told, and what to do'
is "$(put "$ZONES/d/cpu.cap" 50) $(put "$ZONES/d/ctl" boot) $(put "$ZONES/d/ctl" halt) $(cat "$ZONES/d/error")" "EIO EIO ok $why" 'and kept, whatever is refused for it'
is "$(put "$ZONES/d/ctl" nonsense) $(cut -d' ' -f1-3 "$ZONES/d/error")" "EINVAL ctl: \"nonsense\" is" 'but not over something else'
like "$(key "$ZONES/d/status" reason)" "^line $line of the settings file: bad time;" 'where status tells it still'
like "$(put "$MNT/images/d/ctl" 'import /etc') $(cat "$MNT/images/d/error")" "^EIO settings: .*; mend objects/$image below state=, and mount again" 'an image tells, too'

# --- jobs have their own ---
put "$Z/cpu.cap" x >/dev/null
why=$(error)
mkdir "$Z/exec/j"
put "$Z/exec/j/user" ':' >/dev/null
put "$Z/exec/j/ctl" nonsense >/dev/null
like "$(cat "$Z/exec/j/error")" '^ctl: "nonsense" is not a command' 'what a job refuses is in its own'
is "$(error)" "$why" "and the zone's is left alone"
put "$Z/exec/j/ctl" '# nothing' >/dev/null
is "$(cat "$Z/exec/j/error")" '' 'it is empty again'
try mkdir "$Z/exec/-x" >/dev/null
like "$(error)" '^-x: ' "a job that is not made is in the zone's"

# --- what not everybody may read ---
SECRET=/root/very-secret-name
for how in "mounts|$SECRET/nofile /mnt ro" "config|mounts=$SECRET/nofile /mnt ro" "devices|/dev/very-secret-name rw" "mounts|/very-secret-name"; do
	f=${how%%|*}
	put "$Z/$f" "${how#*|}" >/dev/null
	like "$(error)" 'very-secret-name|has not three words' "root is told what is wrong with $f"
	like "$(seen_by 4321)" '^([a-z]+: )+what is wrong is for its owner and root alone: ask them$' 'others that something is'
	is "$(AS=4321 try read "$Z/error") $(seen_by 4321 | wc -c)" "ok $(perl -MPOSIX -e 'setuid 4321; print((stat $ARGV[0])[7])' "$Z/error")" 'and its length'
done
chown 4321 "$Z/mounts"
put "$Z/mounts" "$SECRET/nofile /mnt ro" >/dev/null
like "$(seen_by 4321)" "$SECRET" 'its owner is told'
unlike "$(seen_by 4322)" secret 'another user is not'
chmod 0 "$Z/mounts"
unlike "$(seen_by 4321)" secret 'nor an owner who may not read it'
chmod 644 "$Z/mounts"
like "$(seen_by 4322)" "$SECRET" 'of a file that all may read all are told'
put "$Z/cpu.cap" x >/dev/null
like "$(seen_by 4322)" '^cpu.cap: "x" is not a number' 'as of any other'

# Of a boot that failed, too
chmod 600 "$Z/mounts" && chown 0 "$Z/mounts"
mkdir "$TMP/very-secret-name"
put "$Z/mounts" "$TMP/very-secret-name /mnt ro" >/dev/null
put "$Z/ctl" halt >/dev/null
rmdir "$TMP/very-secret-name"
put "$Z/ctl" boot >/dev/null
like "$(error)" '^ctl: boot: mounts: .*very-secret-name' 'root is told why a boot failed'
is "$(seen_by 4321)" 'ctl: boot: mounts: what is wrong is for its owner and root alone: ask them' 'others at which file'
is "$(seen_by 4321 "$Z/status" | grep '^reason')" 'reason mounts: what is wrong is for its owner and root alone: ask them' 'as in status'
like "$(key "$Z/status" reason)" 'very-secret-name' 'where root is told more'
remount
like "$(seen_by 4321) $(seen_by 4321 "$Z/status")" 'mounts: what is wrong is for' 'over a restart, too'
unlike "$(seen_by 4321) $(seen_by 4321 "$Z/status")" very-secret 'and nobody else'
# Two who write at once: each reads what he did wrong, by the descriptor that he writes with
Z=$ZONES/own
mkdir "$Z"
put "$Z/cpu.cap" 50 >/dev/null
is "$(perl -e '
	sub said { my ($f) = @_; sysseek $f, 0, 0; my $t = ""; while (sysread $f, my $p, 10) { $t .= $p } $t =~ s/:[^:]*\n/ /r }
	open my $a, "+<", $ARGV[0] or die; open my $b, "+<", $ARGV[0] or die;
	defined syswrite $a, "12x" and die; defined syswrite $b, "7000" and die;
	print said($a), said($b), said($a);
	sysseek $a, 0, 0; defined syswrite $a, "12y" and die; sysseek $a, 0, 0; syswrite $a, "60" or die; print said($a)' "$Z/cpu.cap" | tr '\n' ' ')" \
	'cpu.cap: "12x" is not a number cpu.cap: "7000" is outside the limits 50 60 ' 'each of two writers reads his own refusal, once'
is "$(perl -e 'open my $f, "+<", $ARGV[0] or die; syswrite $f, "nonsense\n"; sysseek $f, 0, 0; sysread $f, my $t, 30; print $t' "$Z/ctl")" \
	'ctl: "nonsense" is not a comma' 'in ctl as well'
rmdir "$Z"

finish
