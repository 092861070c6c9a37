#!/bin/sh
# A VM's display and keyboard: VNC at a socket of its owner's, a picture of what it shows, and keys.
. "$(dirname "$0")/lib.sh"
HELLO=$WARREN_BUILD/guests/hello
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
[ "$(id -u)" -ne 0 ] || [ -e "$HELLO" ] || {
	echo "1..1"
	echo "not ok 1 - $HELLO is built"
	exit 1
}
setup
V=$VMS/v U=1234
mkdir "$V"

picture() { perl "$HERE/png.pl" <"$1"; } # FILE
# The first words of a VNC server; AS=UID asks as that user
greeting() { # SOCKET
	perl -MIO::Socket::UNIX -e '
		my ($at, $uid) = @ARGV;
		($), $>) = ("$uid $uid", $uid) if $uid;
		alarm 30;
		my $s = IO::Socket::UNIX->new(Peer => $at) or print "$!\n" and exit;
		sysread $s, my $words, 12;
		print $words' "$1" "${AS-}"
}
# What it has said since this boot
said() { tr -d '\r' <"$V/log" | awk '/^---- booted / { t = "" } { t = t $0 "\n" } END { printf "%s", t }'; }
boot() { # WORD: until it has said that
	_got=$(put "$V/ctl" boot)
	[ "$_got" = ok ] || diag "$(cat "$V/error")"
	exec 7<"$V/console"
	said | grep -q "$1" || await 7 "$1" >/dev/null
}

# Without a display
is "$(put "$V/config" "accel=tcg
kernel=$HELLO
append=screen")" ok 'settings'
is "$(cat "$V/screen.png" 2>&1) $(stat -c %s "$V/screen.png")" ' 0' 'no picture of one that does not run'
ok 'it boots' boot green
is "$(cat "$V/screen.png" 2>&1 | sed 's/.*: //') $(key "$V/status" vnc)" 'Operation not supported -' 'nor of one without a display'
is "$(cat "$V/error")" 'screen.png: it has no display: write vnc to display, and reboot it' 'and error says why'
put "$V/display" vnc >/dev/null
is "$(key "$V/status" reboot_needed) $(key "$V/status" vnc)" 'display -' 'which it gets with the next boot'
is "$(find "$TMP/run/vnc" -type s)" '' 'there is no socket of it'
put "$V/ctl" halt >/dev/null
put "$V/display" none >/dev/null

# A microvm has none
put "$V/machine" microvm >/dev/null
refused "$V/display" vnc EINVAL 'a microvm'
put "$V/machine" auto >/dev/null
put "$V/display" vnc >/dev/null
refused "$V/machine" microvm EINVAL 'display=none'

# With one, on each machine
chown $U "$V"
for m in pc q35; do
	put "$V/machine" $m >/dev/null
	ok "machine $m boots with a display" boot green
	[ $m = q35 ] || is "$(perl -e '($), $>) = ("1235 1235", 1235); print -s $ARGV[0] // $!' "$V/screen.png")" 0 'who may not look has none taken by asking for its size'
	is "$(picture "$V/screen.png")" '720 400 00a800' 'screen.png shows what the guest does'
	sock=$(key "$V/status" vnc)
	is "$sock $(stat -c '%U %a' "$sock")" "$TMP/run/vnc/$(key "$V/status" id) $(stat -c %U "$V") 600" 'status tells of a socket of its owner'
	is "$(greeting "$sock") $(AS=$U greeting "$sock")" 'RFB 003.008 RFB 003.008' 'at which root and its owner find a VNC server'
	is "$(AS=1235 greeting "$sock")" 'Permission denied' 'and nobody else does'
	put "$V/ctl" halt >/dev/null
	is "$(find "$TMP/run/vnc" -type s)" '' 'the socket goes with it'
done

# What is asked of QEMU does not pile up there, and a new daemon goes on
ok 'it boots' boot green
pid=$(pid_of "$V")
files() { find "/proc/$pid/fd" -lname '/memfd:screen*' | wc -l; }
put "$V/ctl" pause >/dev/null
for i in 1 2 3; do
	cat "$V/screen.png" >"$TMP/$i.png"
	touch "$V/cpu.shares" # what is told by then is another moment
done
is "$(files) $(picture "$TMP/3.png")" '1 720 400 00a800' 'one file serves for all pictures, of a paused guest, too'
is "$(stat -c %s "$V/screen.png")" "$(wc -c <"$V/screen.png")" 'of which stat tells the size'
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(picture "$V/screen.png")" '720 400 00a800' 'after a crash of the daemon, too'
is "$(key "$V/status" vnc)" "$sock" 'status tells the same'
put "$V/ctl" resume >/dev/null
kill -STOP "$pid"
is "$(timeout 30 ls -l "$V" | grep -c screen.png)" 1 'a QEMU that stands still holds up no ls'
kill -CONT "$pid"
is "$(AS=1235 try read "$V/screen.png")" EACCES 'the picture is its owner'"'"'s'
ok 'two viewers see it at a time' perl -MIO::Socket::UNIX -e '
	alarm 30;
	my @s = map { IO::Socket::UNIX->new(Peer => $ARGV[0]) // die $! } 1, 2;
	for (@s) { sysread($_, my $b, 12) == 12 or die; syswrite $_, $b; sysread $_, $b, 2; $b eq "\1\1" or die }
	for (@s) { syswrite $_, "\1"; sysread $_, my $b, 4; syswrite $_, "\1"; sysread $_, $b, 24 or die }' "$sock"

# The keyboard: scancodes of set 1, which the guest tells, without those that let go
typed() { # TEXT LAST DESCRIPTION: what is written to keys arrives, up to this scancode
	exec 7<"$V/console"
	put "$V/keys" "$1" >"$TMP/put"
	await 7 "key $2\\r" >/dev/null
	report $? "$3"
}
arrived() { said | awk '$1 == "key" { printf "%s%s", n++ ? " " : "", $2 } END { print "" }'; }
reboot() {
	put "$V/ctl" halt >/dev/null
	boot green
}
ok 'it boots anew' reboot
typed '"aB" ctrl-alt-delete
' 157 'text, and a chord'
is "$(cat "$TMP/put") $(arrived)" 'ok 30 158 42 48 176 170 29 56 224 83 224 211 184 157' 'arrive as they are pressed and let go'
accepted "$V/keyboard" de
typed '"z"' 149 'text is typed by the layout'
accepted "$V/keyboard" us
refused "$V/keyboard" german EINVAL
rejected() { # TEXT ERRNO ERE
	is "$(put "$V/keys" "$1")" "$2" "keys refuse '$1'"
	like "$(cat "$V/error")" "^keys: $3" 'with the reason'
}
rejected ctrl-alt-del EINVAL '"del" is no key: delete'
rejected '"abc' EINVAL 'the text has no quote behind it'
rejected '"é"' EINVAL 'no key of keyboard us gives U'
ok 'it boots anew' reboot
text=$(perl -e 'print "qwertyuiop" x 5')
for i in 1 2 3; do
	put "$V/ctl" pause >/dev/null
	put "$V/ctl" resume >/dev/null
done &
pauses=$!
exec 7<"$V/console"
put "$V/keys" "\"$text\"" >"$TMP/one" &
one=$!
put "$V/keys" '"aaaaaaaaaa"' >"$TMP/two" &
two=$!
wait $pauses $one $two
is "$(cat "$TMP/one" "$TMP/two")" okok 'two at a time, with pauses'
put "$V/keys" esc >/dev/null
await 7 'key 129\r' >/dev/null
got=$(arrived)
a=$(perl -e 'print join " ", map { "30 158" } 1 .. 10')
q=$(perl -e 'print join " ", map { my $x = $_; map { "$_ " . ($_ + 128) } 16 .. 25 } 1 .. 5')
[ "$got" = "$a $q 1 129" ] || [ "$got" = "$q $a 1 129" ]
report $? 'nothing is lost, and neither is mixed up with the other' || diag "$got"
ok 'who interrupts it stops the typing' perl -e '
	$SIG{ALRM} = "DEFAULT";
	my $pid = fork // die;
	unless ($pid) { open my $f, ">", $ARGV[0] or die; syswrite $f, "\"" . ("x" x 1000) . "\""; exit }
	open my $c, "<", $ARGV[1] or die;
	alarm 30;
	my $seen = "";
	sysread $c, $seen, 4096, length $seen while $seen !~ /key 45\r/;
	kill INT => $pid;
	waitpid $pid, 0' "$V/keys" "$V/console"
exec 7<"$V/console"
ok 'and the next one is typed at once' put "$V/keys" f1
ok 'alone' await 7 'key 59\r'
put "$V/keys" "\"$text\"" >"$TMP/one" &
one=$!
await 7 'key 16\r' >/dev/null
put "$V/ctl" halt >/dev/null
wait $one
is "$(cat "$TMP/one") $(put "$V/keys" ret)" 'ESRCH ESRCH' 'one that ends takes no more, nor one that does not run'
put "$V/config" 'display=none
machine=microvm
append=echo' >/dev/null
put "$V/ctl" boot >/dev/null
is "$(put "$V/keys" ret)" EOPNOTSUPP 'a microvm has no keyboard'
put "$V/ctl" halt >/dev/null
put "$V/config" 'machine=q35
append=screen' >/dev/null
ok 'without a display' boot green
exec 7<"$V/console"
put "$V/keys" f1 >/dev/null
ok 'there is a keyboard, too' await 7 'key 59\r'
finish
