#!/bin/sh
# A command is answered when the next daemon would act by it: none boots again what was halted. The writer is held
# back, so that nothing gets to the disk.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z" "$ZONES/b" "$ZONES/c"
file=$TMP/state/objects/$(key "$Z/status" id)
case $(uname -r) in
[1-5].* | 6.[0-8].*) again=no ;; # this kernel sends no requests again
*) again=yes ;;
esac
writer_pid() { children "$(daemon_pid)" warren-writer; }
to_boot() { # as it is on disk while a zone waits for its next boot
	unmount && gone "$(helper_pid)" "$(daemon_pid)"
	sed -i '/^last /d; s/^end$/last halted exited 1 again 60\nend/' "$file"
	mount_tree
}
until_said() { timeout 30 sh -c "until grep -q '$2' '$1'; do sleep 0.02; done" || diag "in vain: $2"; } # FILE ERE
killed() {
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && kill -CONT "$1" && gone "$1" && cat "$MNT/version" >/dev/null
}
# CTL COMMAND: it is told to a daemon whose writer stands still over another write; that daemon is killed
tell_and_kill() {
	put "$Z/cpu.cap" 60 >/dev/null # it is the last write before
	_writer=$(writer_pid)
	kill -STOP "$_writer"
	put "$Z/cpu.cap" 70 >"$TMP/cap" & cap=$!
	until_said "$Z/cpu.cap" 70
	put "$1" "$2" >"$TMP/answer" & asks=$!
	until_said "$Z/status" '^restart_in -'
	killed "$_writer"
	wait $cap $asks
	[ $again = yes ] || [ "$(cat "$TMP/answer")" = ok ] || put "$1" "$2" >"$TMP/answer"
}
for what in "$Z/ctl halt" "$MNT/ctl halt-all" "$MNT/ctl shutdown-all"; do
	ok 'a zone that waits for its next boot' to_boot
	like "$(cat "$Z/status")" '^restart_in [1-9]' 'which is far off'
	tell_and_kill ${what}
	is "$(cat "$TMP/answer") $(key "$Z/status" restart_in)" 'ok -' "${what#"$TMP"/}: no next daemon boots it"
done

# One that is up by then: nobody waits for a disk that is slow, where the next daemon would do the same
put "$Z/cpu.cap" none >/dev/null
writer=$(writer_pid)
kill -STOP "$writer"
is "$(timeout 30 sh -c "echo boot >'$Z/ctl' && echo halt >'$Z/ctl' && echo done")" done 'a boot and a halt wait for no disk'
kill -CONT "$writer"

# How far autoboot was is for the daemons of one mount
unmount && gone "$(helper_pid)" "$(daemon_pid)"
sed -i 's/^end$/autoboots 5\nend/' "$TMP/state/objects/0"
ok 'a mount behind one that ended over autoboot' mount_tree
put "$ZONES/b/autoboot" 20 >/dev/null
writer=$(writer_pid)
killed "$writer"
is "$(cat "$ZONES/b/state")" configured 'its places are not those of this one'
is "$(grep -c autoboots "$TMP/state/objects/0")" 0 'and are forgotten'
put "$ZONES/b/autoboot" off >/dev/null

# A daemon that goes on with them is done some time
put "$ZONES/c/autoboot" 20 >/dev/null
sed -i 's/^end$/autoboots 5\nend/' "$TMP/state/objects/0"
killed "$(writer_pid)"
until_state "$ZONES/c" running
report $? 'the next daemon goes on behind a place'
put "$MNT/ctl" halt-all >/dev/null
killed "$(writer_pid)"
is "$(cat "$ZONES/c/state")" halted 'the one after that does not again'
finish
