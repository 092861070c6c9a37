#!/bin/sh
# A pasta that is slow to begin holds up the NIC that it is for, and no other zone's. In a network and mount
# namespace of the test's own, where a program that waits for a word is in its place.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/net.inc"
[ -x /usr/bin/pasta ] || skip_all 'no pasta here'
[ -e /dev/net/tun ] || skip_all 'no /dev/net/tun'
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
setup
U=$ZONES/u O=$ZONES/o
mkdir "$U" "$O"
chmod 755 "$TMP"
mkfifo -m 666 "$TMP/begins" "$TMP/word"
cat >"$TMP/pasta" <<END
#!/bin/sh
echo >$TMP/begins
read -r says <$TMP/word
echo "\$says" >&2
exit 1
END
chmod 755 "$TMP/pasta"
mount --bind "$TMP/pasta" /usr/bin/pasta
put "$U/ctl" boot >/dev/null
put "$O/ctl" boot >/dev/null

(put "$U/nic0" user >"$TMP/result") &
writer=$!
read -r _ <"$TMP/begins"
is "$(timeout 15 sh -c "echo bridge=wbr0 address=10.1.0.2/24 >'$O/nic0'" && addrs "$O" eth0)" '10.1.0.2/24 ' \
	'while pasta begins in one zone, another gets its NIC'
is "$(timeout 15 sh -c "echo none >'$O/nic0'" && links)" 'lo ' 'and gives it back'
is "$(timeout 15 sh -c "echo halt >'$O/ctl'" && cat "$O/state")" halted 'and ends'
echo 'nothing is as it should be' >"$TMP/word"
wait $writer
is "$(cat "$TMP/result") $(cat "$U/nic0")" 'EIO none' 'a pasta that does not begin is no NIC'
is "$(cat "$U/error")" 'nic0: pasta did not begin, and says "nothing is as it should be": mend that, or give bridge=NAME' 'its words are told as its own'

# Its zone can be ended meanwhile
(put "$U/nic0" user >"$TMP/result") &
writer=$!
read -r _ <"$TMP/begins"
put "$U/ctl" halt >/dev/null &
halting=$!
echo over >"$TMP/word"
wait $writer $halting
is "$(cat "$U/state") $(links)$(rules)" 'halted lo ' 'a zone that ends meanwhile leaves nothing behind'
umount /usr/bin/pasta
finish
