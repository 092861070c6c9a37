#!/bin/sh
# Snapshots of a zone on an image, and of what a hostile root in a zone leaves in its files.
. "$(dirname "$0")/lib.sh"
setup
S=$TMP/src Z=$ZONES/z SN=$ZONES/z/snapshot ROOTS=$TMP/state/roots
mkdir -p "$S/bin" "$S/etc/deep/er" "$S/data/sub"
cp /bin/busybox "$S/bin/"
for a in sh ls cat echo rm mkdir ln mv find sort chmod chown stat touch mkfifo rmdir cp setfattr seq; do ln -s busybox "$S/bin/$a"; done
init_libraries "$S"
echo base >"$S/etc/deep/er/f"
echo low >"$S/data/low"
echo low >"$S/data/sub/low"
mkdir "$MNT/images/i" "$Z"
put "$MNT/images/i/ctl" "import $S" >"$TMP/put"
put "$Z/image" i >"$TMP/put"
freed() { # COMMAND...: comes back when all that it leaves is deleted
	exec 8<"$Z/event"
	"$@" && await 8 ' freed' >/dev/null
	_rc=$?
	exec 8<&-
	return $_rc
}
back() { put "$Z/ctl" "rollback $1"; }
look() { inside "$Z" 'cd /; find data etc/deep | sort; cat data/low data/new data/sub/* etc/deep/er/f' 2>&1 | tr '\n' ' '; }
zero=$(look)
mkdir "$SN/a"
inside "$Z" 'cd /data; rm low; echo new >new; rm -r sub; mkdir sub; echo up >sub/up; mv /etc/deep/er/f /etc/deep/er/g; echo x >/etc/deep/er/f' >/dev/null
one=$(look)
mkdir "$SN/b"
inside "$Z" 'cd /data; rm -r sub new; echo file >sub; echo again >low; rm -r /etc/deep/er; mkdir /etc/deep/er; echo y >/etc/deep/er/f' >/dev/null
two=$(look)
mkdir "$SN/c"
inside "$Z" 'cd /data; rm sub; mkdir sub; echo top >sub/top; chmod 2770 sub; chown 7:8 sub; touch -d 2001-02-03 sub' >/dev/null
three=$(look)
like "$zero|$one|$two|$three" '^data data/low data/sub data/sub/low .*\|data data/new .*\|data data/low data/sub etc.*\|data data/low data/sub data/sub/top' 'four states of a zone on an image'
is "$(back a)$(look)|$(back b)$(look)|$(back c)$(look)" "ok$zero|ok$one|ok$two" 'each is gone back to'

# Dropped one after the other: whiteouts and opaque directories of the upper and of the lower
inside "$Z" 'cd /data; rm sub; mkdir sub; echo top >sub/top; chmod 2770 sub; chown 7:8 sub; touch -d 2001-02-03 sub' >/dev/null
back b >"$TMP/put"
inside "$Z" 'cd /data; rm -r sub new; mkdir new sub; echo in >new/in; echo up2 >sub/up2; chmod 2770 sub; chown 7:8 sub; touch -d 2001-02-03 sub' >/dev/null
four=$(look)
is "$(freed rmdir "$SN/c" && look)" "$four" 'the last of a line that ended'
is "$(freed rmdir "$SN/b" && look)" "$four" 'the middle one'
is "$(back a)$(look)" "ok$zero" 'the first is as it was'
mkdir "$SN/d"
inside "$Z" 'rm -r /data; mkdir /data; echo only >/data/low' >/dev/null
five=$(look)
freed rmdir "$SN/a"
is "$(look)" "$five" 'an opaque directory is merged'
freed rmdir "$SN/d"
is "$(look)|$(find "$ROOTS"/*.snapshots -mindepth 1 -maxdepth 1 | wc -l)" "$five|1" 'and another'
inside "$Z" 'cd /data; chmod 2770 .; chown 7:8 .; ln low hard; mkfifo fifo; ln -s low link; touch -d "2002-03-04 00:00:00" low; touch -d "2001-02-03 00:00:00" .' >/dev/null
five=$(look)
all() { inside "$Z" 'cd /data; stat -c "%n %a %u %g %Y %h %F" . low hard fifo link' | tr '\n' ' '; }
was=$(all)
like "$was" '^\. 2770 7 8 981158400 .* low 644 0 0 1015200000 2 ' 'modes, owners, times and links'
mkdir "$SN/e"
inside "$Z" 'echo x >/etc/x' >/dev/null
freed rmdir "$SN/e"
is "$(all)" "$was" 'are merged, too'
put "$Z/image" host >"$TMP/put"
mkdir "$SN/f"
inside "$Z" 'echo host >/root/on-host' >/dev/null
put "$Z/image" i >"$TMP/put"
is "$(look)" "$five" 'a zone that changes its image keeps the files of each'
put "$Z/image" host >"$TMP/put"
freed rmdir "$SN/f"
is "$(inside "$Z" 'cat /root/on-host')" host 'when layers are merged, too'
put "$Z/image" i >"$TMP/put"
is "$(look)" "$five" 'both of them'

# A whiteout in a directory that the lower layer made opaque
inside "$Z" 'rm -r /data; mkdir /data; echo 1 >/data/low; echo 2 >/data/gone' >/dev/null
mkdir "$SN/o"
inside "$Z" 'rm /data/gone' >/dev/null
freed rmdir "$SN/o"
is "$(inside "$Z" 'ls -a /data; ls /data/gone' 2>&1 | tr -s '\n ' ' ')|$(find "$ROOTS"/*.snapshots -path '*/data/*' -type c)" '. .. low ls: /data/gone: No such file or directory |' 'leaves no name behind'

# Hostile: links where directories were, and the other way round; nothing is followed
mkdir "$TMP/target"
echo mine >"$TMP/target/low"
chmod 777 "$TMP/target"
before=$(find "$TMP/target" -printf '%p %m %u %T@\n' | sort)
inside "$Z" "cd /data; rm -rf * ; mkdir d e; echo 1 >d/low; ln -s $TMP/target l; mkdir l2; echo 2 >l2/low" >/dev/null
mkdir "$SN/g"
inside "$Z" "cd /data; rm -r d l l2; ln -s $TMP/target d; mkdir l; echo 3 >l/low; echo 4 >l/more; ln -s ../../../../../.. l2; ln -s $TMP/target e/up" >/dev/null
was=$(inside "$Z" 'cd /data; find . | sort; cat l/*')
freed rmdir "$SN/g"
is "$(inside "$Z" 'cd /data; find . | sort; cat l/*')" "$was" 'links that lead out are merged as links'
is "$(find "$TMP/target" -printf '%p %m %u %T@\n' | sort)" "$before" 'and none was followed'
# deeper than is merged: the layers stay, and all goes on
inside "$Z" 'cd /data; for i in $(seq 300); do mkdir d$i && cd d$i || exit; done; echo deep >f' >/dev/null
mkdir "$SN/h"
inside "$Z" 'echo over >/data/over' >/dev/null
rmdir "$SN/h"
is "$(inside "$Z" 'cat /data/over; cd /data; for i in $(seq 300); do cd d$i || exit; done; cat f' | tr '\n' ' ')" 'over deep ' 'directories of 300 levels are kept, though not merged'
is "$(try mkdir "$SN/i") $(inside "$Z" 'rm -r /data/d1; cat /data/over')|$(back i) $(inside "$Z" 'cat /data/over; ls -d /data/d1' | tr '\n' ' ')" 'ok over|ok over /data/d1 ' 'and snapshots of them made and gone back to'
finish
