#!/bin/sh
# The recipes in contrib/: a VM's screen and a console in a browser, which types and looks. In a network of the test's own.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	# shellinabox is unpacked, not installed: its package serves the host's login at once
	systems=${WARREN_BUILD:-build}/systems
	flock "$systems.lock" timeout 120 sh "$(dirname "$0")/../systems.sh" "$systems" shellinabox 2>/dev/null
	exec env WARREN_NET=1 unshare -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
HELLO=$WARREN_BUILD/guests/hello CONTRIB=${HERE%/tests/tree}/contrib
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
PATH=$WARREN_BUILD:$WARREN_BUILD/systems/shellinabox/usr/bin:$PATH
for p in chromium websockify shellinaboxd socat; do
	command -v $p >/dev/null || skip_all "no $p here"
done
[ -e /usr/share/novnc/vnc_lite.html ] || skip_all 'no noVNC here'
setup
ip link set lo up
V=$VMS/v
mkdir "$V" "$TMP/browser"
browse() { TMPDIR=$TMP/browser perl "$HERE/browser.pl" "$TMP/browser" "$@"; } # URL STEP...
listens() { perl -MIO::Socket::INET -e 'alarm 30; select undef, undef, undef, 0.05 until IO::Socket::INET->new("127.0.0.1:$ARGV[0]")' "$1"; }

# The screen
put "$V/config" "accel=tcg
kernel=$HELLO
append=screen" >/dev/null
is "$(sh "$CONTRIB/web-screen" "$V" 2>&1)" "$V has no display that runs: write vnc to $V/display, and boot to $V/ctl" 'a VM without a display: told what to do'
put "$V/display" vnc >/dev/null
is "$(put "$V/ctl" boot)" ok 'boot' || diag "$(cat "$V/error")"
exec 7<"$V/console"
grep -q green "$V/log" || await 7 green >/dev/null
sh "$CONTRIB/web-screen" "$V" 6080 >"$TMP/screen.out" 2>&1 &
screen=$!
listens 6080
url=$(grep -o 'http://[^ ]*' "$TMP/screen.out" | head -n 1)
exec 7<"$V/console"
ok 'noVNC shows it' browse "$url" "until=document.querySelector('canvas').getContext('2d').getImageData(300, 200, 1, 1).data[1] == 168" \
	click=canvas type=zyx "picture=$TMP/novnc.png"
like "$(perl "$HERE/png.pl" <"$TMP/novnc.png")" '^[0-9]+ [0-9]+ (00a800|282828 00a800) ' 'the page is green where the guest is' || diag "$(tail -n 3 "$TMP/screen.out")"
ok 'what is typed there arrives' await 7 'key 44\r' 'key 172\r' 'key 21\r' 'key 149\r' 'key 45\r' 'key 173\r'
is "$(browse "${url%%\?*}?path=websockify%3Ftoken%3D0" "until=document.querySelector('#status').innerText.match(/closed|Disconnected|wrong/i)" "print=document.querySelector('canvas')?.width == 720")" \
	0 'without the token there is nothing to see'
kill $screen
wait $screen 2>/dev/null
gone $screen
put "$V/ctl" halt >/dev/null

# A console
put "$V/append" echo >/dev/null
put "$V/ctl" boot >/dev/null
exec 7<"$V/console"
grep -q ready "$V/log" || await 7 ready >/dev/null
sh "$CONTRIB/web-console" "$V" "$TMP/console.sock" >"$TMP/console.out" 2>&1 &
console=$!
perl -e 'alarm 30; select undef, undef, undef, 0.05 until -S $ARGV[0]' "$TMP/console.sock"
is "$(stat -c '%a %U' "$TMP/console.sock")" '600 root' 'shellinabox is reached by its owner alone'
socat TCP-LISTEN:4200,bind=127.0.0.1,fork,reuseaddr "UNIX-CONNECT:$TMP/console.sock" &
port=$!
listens 4200
text="document.querySelector('#console').innerText"
ok 'shellinabox shows the console' browse http://127.0.0.1:4200/ "until=$text.includes('leaves')" 'click=#vt100' 'type=hello warren\n' \
	"until=$text.includes('hello warren')" "picture=$TMP/console.png"
like "$(perl "$HERE/png.pl" <"$TMP/console.png")" '^[0-9]+ [0-9]+ ffffff .*000000' 'the page has something black on white'
like "$(cat "$V/log")" '^hello warren' 'what is typed there arrives'
kill $port $console
wait $port $console 2>/dev/null
finish
