#!/bin/sh
# What a newcomer does at a shell: copies of whole directories, commands and names of other tools, typing slips.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a B=$ZONES/b
mkdir "$Z" "$B"

# --- a copy of a whole directory ---
put "$Z/cpu.cap" 40 >/dev/null
exec 7<"$B/event"
like "$(cat "$Z/ctl")" '^# boot$' 'the commands that ctl lists are comments'
is "$(cat "$Z/ctl" "$MNT/ctl" | grep -cv '^# ')" 0 'all of them'
timeout 30 cp -r "$Z/." "$B/" 2>/dev/null
is "$? $(cat "$B/cpu.cap") $(cat "$B/state")" '1 40 configured' 'a copy of a zone takes its settings, and neither boots nor halts'
is "$(put "$Z/ctl" boot)" ok 'of one that runs'
timeout 30 cp -r "$Z/." "$B/" 2>/dev/null
is "$? $(cat "$B/state")" '1 configured' 'too, and the copy ends'
is "$(put "$B/ctl" boot)" ok 'the other runs'
put "$Z/cpu.cap" 41 >/dev/null
timeout 30 cp -r "$Z/config" "$Z/ctl" "$B/"
is "$(put "$B/cpu.cap" 42)$(await 7 file=cpu.cap 'running' 'file=cpu.cap' 'file=cpu.cap' | grep -c 'halt')" ok0 'and is not halted by it'
exec 7<&-
for f in state event help; do
	try write "$Z/$f" </dev/null >"$TMP/put"
	is "$(cat "$TMP/put") $(cat "$Z/error")" "EPERM $f: it takes no writes: read it" "$f can't be opened for writing alone"
done
is "$(perl -e 'open my $f, "+<", $ARGV[0] or die "$!"; print readline $f' "$Z/state")" running 'but for both, as servers of shares do'

# --- names that are not there ---
slip() { # DIR NAME ERE: making it is ENOENT, and error says what was meant
	is "$(put "$1/$2" on) $(try create "$1/$2") $(try mkdir "$1/$2")" 'ENOENT ENOENT ENOENT' "$2 is not there"
	like "$(cat "$1/error")" "^$2: no file $2 here$3" 'and what was meant is told'
}
(echo on >"$Z/autobot") 2>"$TMP/err"
like "$(cat "$TMP/err")" 'No such file|nonexistent' 'nor for a shell'
is "$(cat "$Z/error")" 'autobot: no file autobot here: autoboot? See help' 'who is told the nearest name'
put "$Z/autoboot" off >/dev/null
is "$(cat "$Z/error")" '' 'and no more once something is done here'
slip "$Z" cpu_cap ': cpu.cap\? See help$'
slip "$Z" Memory.max ': memory.max\? See help$'
slip "$Z" baseline ': cpu.baseline\? See help$'
slip "$Z" sedAD0v4X ', and none can be made beside these: write to one of them in place. See help$'
slip "$MNT" zone ': zones\? See help$'
put "$Z/cpu.cap" x >/dev/null
is "$(try read "$Z/autobot") $(cat "$Z/error")" 'ENOENT cpu.cap: "x" is not a number: give percent of one CPU (1..6400), or none' 'who only looks for one leaves error as it was'
is "$(try create "$ZONES/new") $(cat "$MNT/error")" 'ENOENT new: there is no new here: mkdir makes one' 'a zone is no file'
is "$(try create "$Z/.cpu.cap.swp") $(try mkdir "$Z/.git") $(cut -d: -f1 "$Z/error")" 'ENOENT ENOENT cpu.cap' 'nor does an editor that would like to make a file of its own'
is "$(cd "$Z" && sed -i s/4/5/ cpu.cap 2>/dev/null; echo $?) $(cat "$Z/cpu.cap")" '4 41' 'sed -i ends and changes nothing'
like "$(cat "$Z/error")" '^sed[A-Za-z0-9]+: no file sed.* in place' 'and is told how'

# --- what can't be removed or renamed ---
put "$B/ctl" halt >/dev/null
is "$(rm -rf "$B" 2>&1 | grep -cv 'not permitted')" 0 'rm -rf of a zone'
like "$(cat "$B/error")" "^[a-z0-9.]+: removing is refused, as the files here are the tree's own: rmdir zones/b destroys all of it$" 'is told of rmdir'
is "$(try rmdir "$B/cpu.cap") $(try unlink "$B/meta") $(try rmdir "$B/meta")" 'ENOTDIR EISDIR EPERM' 'rmdir and unlink of the wrong thing'
is "$(try rename "$B/cpu.cap" "$B/cpu.shares") $(cut -d: -f2 "$B/error")" "EPERM  mv is refused, as the files here are the tree's own" 'a file of its own keeps its name'
is "$(mv "$B" "$Z" 2>&1 | grep -c 'not permitted') $(cat "$B/error")" '1 rename: there is one called a: choose another' 'mv onto a name that is taken'
is "$(try rename "$B" "$VMS/b") $(cat "$B/error")" "EPERM rename: it can't leave zones/: give it another name there" 'a zone stays where it is'

# --- help ---
help_of() { cat "$1/help" && try write "$1/help" </dev/null && try unlink "$1/help" && try rename "$1/help" "$1/other" && try create "$1/help" && try mkdir "$1/help"; }
for d in "$ZONES" "$VMS" "$MNT/images" "$Z/exec"; do
	like "$(help_of "$d" | tr '\n' ' ')" '^mkdir NAME makes .* EPERMEPERMEPERMEEXISTEEXIST$' "${d#"$MNT/"} tells how to begin, and keeps that"
done
is "$(find "$ZONES" -name help -path '*zones/help' | wc -l) $(stat -c %h "$ZONES")" "1 4" 'it is listed once'
chmod 400 "$ZONES/help"
remount
is "$(stat -c %a "$ZONES/help" "$MNT/help" "$VMS/help" | tr '\n' ' ')" '400 444 444 ' 'its mode is its own'
like "$(sed -n '/block/,$p' "$Z/help" | tr '\n' ' ')" 'event .* wait .* console [^:]*$' 'what blocks is told last'
like "$(grep -c nic "$Z/help") $(grep nic0 "$Z/help")" '^3 .*nic0 \.\.\. nic7' 'what is there eight times is told once'
mkdir "$VMS/v"
waits() { sed -n '/with the next boot:/,/^$/p' "$VMS/v/help"; }
unlike "$(waits)" '^  (nic0|vcpus|ram|disk0|cdrom1?|devices) ' 'what a guest that runs may take is not told as waiting for a boot'
like "$(waits)" '^  ram.max ' 'as other settings are'
rmdir "$VMS/v"
like "$(grep -A1 ' mounts ' "$Z/help")" "echo '/srv/web /srv ro' > mounts" 'there are examples'

# --- mounted twice ---
mount_tree
is "$? $(sed "s/process [0-9]*/process N/" "$TMP/mount.out")" "32 mount.warren: $MNT is mounted already, by process N: unmount it first, or use it" 'the same mount again is told so'
mkdir "$TMP/mnt2"
timeout 30 "$WARREN_BUILD/mount.warren" warren "$TMP/mnt2" -o "state=$TMP/state,run=$TMP/run,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null
like "$? $(cat "$TMP/mount.out")" "^32 .*state=$TMP/state is used by another instance, process [0-9]+, at $MNT: " 'and one of the same directories elsewhere'

# --- commands of other tools, and slips ---
for how in start=boot up=boot stop=shutdown restart=reboot suspend=pause unpause=resume Halt=halt shutdwon=shutdown resum=resume rm=destroy; do
	is "$(put "$Z/ctl" "${how%=*}") $(cut -d. -f1 "$Z/error")" "EINVAL ctl: \"${how%=*}\" is not a command: ${how#*=}? Give one of boot, destroy, halt, kill, pause, reboot, resume, shutdown, rollback, size" "${how%=*} is not ${how#*=}"
done
is "$(put "$MNT/ctl" start-all) $(cut -d'?' -f1 "$MNT/error")" 'EINVAL ctl: "start-all" is not a command: boot-all' "nor start-all in the root's"
finish
