#!/bin/sh
# A zone fills the disk that state= is on: whoever looks after it still halts, boots and enters zones, and what can't
# be done says what would help.
. "$(dirname "$0")/lib.sh"
setup
unmount && gone "$(helper_pid)"
rm -rf "$TMP/state"
mkdir "$TMP/state"
mount -t tmpfs -o size=6M,mode=755 tmpfs "$TMP/state" || skip_all 'this host makes no tmpfs'
trap 'cleanup; umount -l "$TMP/state" 2>/dev/null; rm -rf --one-file-system "$TMP"' EXIT
ok 'a tree on a small disk' mount_tree
job() { # NAME SCRIPT: what it prints, and how it ended
	mkdir "$ZONES/$1/exec/j" && put "$ZONES/$1/exec/j/cmd" "$2" >"$TMP/put" && cat "$ZONES/$1/exec/j/stdout" "$ZONES/$1/exec/j/wait"
	rmdir "$ZONES/$1/exec/j"
}
mkdir "$ZONES/a" "$ZONES/b" "$ZONES/c"
file=$TMP/state/objects/$(key "$ZONES/c/status" id)
unmount && gone "$(helper_pid)"
sed -i 's/^end$/last halted exited 1 again 60\nend/' "$file" && mount_tree
like "$(cat "$ZONES/c/status")" '^restart_in [1-9]' 'a zone that waits for its next boot'
put "$ZONES/b/init" "sh -c 'echo begun; exec sleep 10000'" >"$TMP/put"
is "$(put "$ZONES/a/ctl" boot) $(put "$ZONES/b/ctl" boot)" 'ok ok' 'two zones'
mkdir "$ZONES/e"
put "$ZONES/e/init" /usr/none >"$TMP/put"
like "$(job a 'cat /dev/zero >/var/fill 2>/dev/null; stat -c %s /var/fill')" '^[0-9]{7}$' 'one fills it'
n=0
while head -c 4096 /dev/zero >"$TMP/state/more.$n" 2>"$TMP/err"; do n=$((n + 1)); done
is "$(stat -f -c %a "$TMP/state")" 0 'to the last block'
is "$(job a 'echo here; ls /var/fill')" 'here
/var/fill
exited 0' 'a command runs in it, and its output is kept'
is "$(job a 'head -c 300000 /dev/zero' | head -c 300000 | wc -c)" 300000 'all of its output'
is "$(put "$ZONES/b/ctl" halt) $(cat "$ZONES/b/state")" 'ok halted' 'another is halted'
is "$(put "$ZONES/c/ctl" halt) $(key "$ZONES/c/status" restart_in)" 'ok -' 'one that waits for its next boot is halted, too'
is "$(put "$ZONES/b/ctl" boot) $(cat "$ZONES/b/state")" 'ok running' 'and boots' || diag "$(cat "$ZONES/b/error")"
ok 'what its console prints is kept' timeout 30 sh -c "until grep -q begun '$ZONES/b/log'; do sleep 0.1; done"
is "$(put "$ZONES/a/ctl" 'reboot 0') $(job b 'echo there')" 'ok there
exited 0' 'so does the one that filled it'
is "$(put "$ZONES/e/ctl" boot) $(cat "$ZONES/e/state")" 'EIO failed' 'one that can not boot'
like "$(cat "$ZONES/e/error")" '^ctl: boot: ' 'says so as ever'
refused "$ZONES/a/env" "$(printf %09000d 0 | sed 's/^/A=/')" ENOSPC 'no space left where state= is: delete something there'
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(grep -c begun "$ZONES/b/log") $(job a 'rm /var/fill && echo gone')" '2 gone
exited 0' 'a new daemon finds all that, and a command makes room again'
rm "$TMP/state"/more.*
accepted "$ZONES/a/env" "$(printf %09000d 0 | sed 's/^/A=/')"
is "$(put "$ZONES/b/ctl" 'reboot 0') $(put "$ZONES/b/ctl" 'reboot 0') $(find "$TMP/run/daemon/logs" -name "$(key "$ZONES/b/status" id).?")" 'ok ok ' 'with room, logs are on the disk again'
_pids="$(helper_pid) $(daemon_pid)"
put "$ZONES/a/ctl" halt >"$TMP/put"
put "$ZONES/b/ctl" halt >"$TMP/put"
unmount
# shellcheck disable=SC2046,SC2086  # several pids
gone $_pids $(leftovers)
ok 'the disk is let go' umount "$TMP/state"
mount_tree
finish
