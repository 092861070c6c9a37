#!/bin/sh
# The file qmp: commands for QEMU, and their answers from the same open file.
. "$(dirname "$0")/lib.sh"
QEMU=$(command -v "qemu-system-$(uname -m)") || skip_all 'no QEMU here'
[ -e "$WARREN_BUILD/guests/hello" ] || skip_all 'no guest of ours'
setup
V=$VMS/v
mkdir "$V"
is "$(stat -c %a "$V/qmp") $(put "$V/qmp" '{"execute": "query-status"}')" '600 ESRCH' 'of a VM that does not run: refused'
like "$(cat "$V/error")" '^qmp: it does not run' 'and error says so'
echo "$WARREN_BUILD/guests/hello" >"$V/kernel" && echo tcg >"$V/accel" && echo echo >"$V/append"
is "$(put "$V/ctl" boot)" ok 'a VM' || diag "$(cat "$V/error")"

# ask JSON: its answer, or the error's name
ask() {
	perl -e 'open my $f, "+<", $ARGV[0] or die; local $/;
		defined syswrite $f, $ARGV[1] or do { print join(" ", grep { $!{$_} } keys %!), "\n"; exit };
		my $all = ""; while (sysread $f, my $part, 65536) { $all .= $part } print $all' "$V/qmp" "$1"
}
like "$(ask '{"execute": "query-status"}')" '^\{"return": \{.*"status": "running"' 'a command is answered'
like "$(ask '{"execute": "query-name", "id": 7}')" '"id": 7' 'by its own id'
like "$(ask '{"execute": "nonesuch"}')" '^\{"error": \{"class": "CommandNotFound"' 'what QEMU refuses is an answer, too'
schema=$(ask '{"execute": "query-qmp-schema"}' | wc -c)
ok "a long answer is whole ($schema bytes)" [ "$schema" -gt 100000 ]
like "$(ask '{"execute": "query-status"}')" '"running"' 'and the conversation goes on'
is "$(put "$V/qmp" '
')$(put "$V/qmp" '# a remark')" okok 'a message that says nothing is fine'
for bad in hello '{}' '[1]' '{"execute": "query-name"}{"execute": "query-name"}' '{"execute": "query-name", "id": "warren:status"}'; do
	is "$(ask "$bad")" EINVAL "no command: $bad"
done
like "$(cat "$V/error")" '^qmp: ids beginning with warren: are not for you' 'error says what is wrong'
ok 'both of two open files get their own' perl -e '
	open my $a, "+<", $ARGV[0] or die; open my $b, "+<", $ARGV[0] or die;
	syswrite $a, q({"execute": "query-name", "id": "a"}); syswrite $b, q({"execute": "query-name", "id": "b"});
	sysread $b, my $tb, 65536; sysread $a, my $ta, 65536;
	exit !($ta =~ /"id": "a"/ && $tb =~ /"id": "b"/ && !sysread $a, my $more, 10)' "$V/qmp"
ok 'and one file as many as it asks for' perl -e '
	open my $f, "+<", $ARGV[0] or die; local $/;
	for (1 .. 40) { syswrite $f, qq({"execute": "query-name", "id": $_}); my $t = ""; while (sysread $f, my $p, 7) { $t .= $p } exit 1 if $t !~ /"id": $_\b/ }' "$V/qmp"
is "$(cat "$V/qmp")" '' 'who has asked nothing reads nothing'

# What is done by it is seen
exec 8<"$V/event"
is "$(ask '{"execute": "stop"}')" '{"return": {}}' 'a stop'
ok 'is told' await 8 ' paused'
is "$(cat "$V/state") $(put "$V/ctl" resume) $(cat "$V/state")" 'paused ok running' 'and resume goes on'
old=$(daemon_pid)
kill -9 "$old"
like "$(ask '{"execute": "query-status"}')" '"running"' 'another daemon asks as well'
for bad in '{"execute": "quit"}' '{"exec-oob": "quit"}' '{"id": 1, "execute": "migrate", "arguments": {"uri": "exec:x"}}' \
	'{"execute": "human-monitor-command", "arguments": {"command-line": "quit"}}' '{"execute": "\u0071uit"}'; do
	is "$(ask "$bad") $(cat "$V/state")" 'EPERM running' "what warren looks after is not for others: $bad"
done
like "$(cat "$V/error")" '^qmp: quit is not for you, as warren looks after it: write halt to ctl$' 'error says what is'
is "$(put "$V/ctl" halt)" ok 'which ends it'
finish
