#!/bin/sh
# Lists that programs write in pieces: nothing is lost silently.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/z
mkdir "$Z"
list=$(seq -f 'VARIABLE%.0f=a value that fills buffers' 1000 1400)

# NAME COMMAND...: writes what it is given to env, whole
writes() {
	_name=$1
	shift
	put "$Z/env" none >/dev/null
	printf '%s\n' "$list" | (cd "$Z" && "$@") >/dev/null 2>"$TMP/said"
	is "$(cat "$Z/env")" "$list" "$_name writes a list of ${#list} bytes" || diag "$(cat "$TMP/said" "$Z/error")"
}
# shellcheck disable=SC2016  # these shells' variables
for shell in dash bash; do
	command -v $shell >/dev/null || { skip "no $shell here" "$shell writes a list"; continue; }
	writes "$shell's printf" $shell -c 'x=$(cat) && printf "%s\n" "$x" >env'
	writes "$shell's echo, line by line" $shell -c 'while read -r l; do echo "$l"; done >env'
	writes "$shell's echo, adding lines" $shell -c 'while read -r l; do echo "$l" >>env; done'
done
writes tee tee env
writes sed sed -n 'w env'
writes awk awk '{ print >"env" }'
writes perl perl -ne 'BEGIN { open F, ">", "env" } print F $_'
writes cp sh -c 'cat >"$1/list" && cp "$1/list" env' sh "$TMP"
writes 'a program with small buffers' dd bs=512 iflag=fullblock of=env

writes 'a list that begins with remarks' sh -c '{ head -c 4096 /dev/zero | tr "\0" "#"; echo; cat; } | dd bs=4096 iflag=fullblock of=env'

# A list goes on where the write before ended, be that within a line
{ echo A=1; echo B=2; } >"$Z/env"
is "$(cat "$Z/env")" 'A=1
B=2' 'two commands write one list'
{ printf C=; echo 3; printf D=4; } >"$Z/env"
is "$(cat "$Z/env")" 'C=3
D=4' 'a line that was cut in two is one'
printf E=5 >>"$Z/env"
echo F=6 >>"$Z/env"
is "$(cat "$Z/env")" 'C=3
D=4
E=5
F=6' '>> adds lines'
{ printf G=; echo 7; } >>"$Z/env"
is "$(tail -n 1 "$Z/env")" G=7 'one in two pieces as well'
{ echo; echo '# a remark'; } >>"$Z/env"
is "$(wc -l <"$Z/env") $(put "$Z/env" none) $(cat "$Z/env")" '5 ok ' 'a remark adds nothing, and none empties it'

# write OFF BYTES, ... by one open file: the results, then what is in the list
at() {
	perl -e 'open my $f, "+<", shift or die; use POSIX; my @r;
		while (@ARGV) { my ($off, $bytes) = splice @ARGV, 0, 2; sysseek $f, $off, 0; push @r, defined syswrite($f, $bytes) ? "ok" : $! + 0 }
		print "@r"' "$Z/env" "$@"
	echo " $(tr '\n' ' ' <"$Z/env")"
}
is "$(at 0 'A=1
' 4 'bad' 4 'B=2
')" 'ok 22 ok A=1 B=2 ' 'a piece that was refused is not there, and another takes its place'
is "$(at 0 'A=1
' 100 'B=2
')" 'ok 22 A=1 ' 'what goes on with nothing is refused'
is "$(at 8 'C=3
' 4 'B=2
')" '22 ok A=1 B=2 ' 'behind the end of the list in force lines are added'
like "$(cat "$Z/error")" '^$' 'and error is over'
half=$(printf 'A=%0508d\nB' 0)
is "$(at 0 "$half" 512 '=2
' | tr -s 0)" 'ok ok A=0 B=2 ' 'a full buffer may end within a line'
is "$(at 0 "$half" | tr -s 0)" 'ok A=0 ' 'where nothing follows the half line is not in force'
like "$(cat "$Z/error")" '^env: "B" is half a line, and not in force: give' 'which error tells'
long=$(printf 'A=%039997d' 0)
is "$(at 0 "$long
" 40000 "$long
" | cut -d' ' -f 1,2)" 'ok 90' 'a list has at most 64 KiB'

# Paths of the host's are seen in the piece that names them
mkdir "$TMP/one" "$TMP/two"
put "$Z/env" none >/dev/null # and error is over
{ echo "$TMP/one /mnt/one ro"; echo "$TMP/two /mnt/two ro"; } >"$Z/mounts"
is "$(wc -l <"$Z/mounts") $(cat "$Z/error")" '2 ' 'mounts in two pieces'
echo "$TMP/one /mnt/three ro" >>"$Z/mounts"
is "$(wc -l <"$Z/mounts") $(cat "$Z/error")" '3 ' 'and one more'
is "$(put "$Z/ctl" boot)" ok 'which a boot opens' || diag "$(cat "$Z/error")"
echo "$TMP/two /home ro" >>"$Z/mounts"
is "$(grep -Ec " (/mnt/[a-z]*|/home) ro" "/proc/$(pid_of "$Z")/mountinfo") $(cat "$Z/error")" '4 ' 'and a running zone takes'
chown 1234 "$Z" "$Z/mounts" "$TMP/one" "$TMP/two"
is "$(perl -e '
	$) = "1234 1234"; $> = 1234; open my $f, ">>", $ARGV[0] or die "$!";
	print defined syswrite($f, "$ARGV[1] /mnt/five ro\n") ? "ok" : $!{EPERM} ? "EPERM" : "$!"' "$Z/mounts" "$TMP/one")" \
	EPERM 'one writer answers for all of a list: another adds nothing'
is "$(put "$Z/ctl" halt) $(put "$Z/mounts" none) $(cat "$Z/mounts")" 'ok ok ' 'none empties mounts as well'

# Two who write at once do not mix: who goes on with a list that is the other's now hears of it
ok 'two writers do not mix their lists' perl -e '
	open my $a, ">", $ARGV[0] or die; open my $b, ">", $ARGV[0] or die;
	syswrite $a, "A=1\n" or die; syswrite $b, "A=2\n" or die; exit 1 if defined syswrite $a, "B=1\n";
	syswrite $b, "B=2\n" or die' "$Z/env"
is "$(cat "$Z/env") $(cat "$Z/error")" 'A=2
B=2 ' 'and the list is whole'

# config: a piece is a message by itself, but a list goes on, and so does a line that a full buffer cut
Y=$ZONES/y
mkdir "$Y"
put "$Z/env" none >/dev/null
printf '%s\n' "$list" | head -n 150 >"$Z/env" # more than a buffer
printf '%s\n' 'net.ipv4.ip_forward=1' 'kernel.shmmni=99' >"$Z/sysctls"
put "$Z/cpu.cap" 70 >/dev/null
whole=$(cat "$Z/config")
copies() { # NAME COMMAND...: writes what it is given to config, whole
	_name=$1
	shift
	put "$Y/config" 'env=
sysctls=
cpu.cap=none' >/dev/null
	printf '%s\n' "$whole" | (cd "$Y" && "$@") >/dev/null 2>"$TMP/said"
	is "$(cat "$Y/config")" "$whole" "$_name writes config" || diag "$(cat "$TMP/said" "$Y/error")"
}
# shellcheck disable=SC2016  # these shells' variables
for shell in dash bash; do
	command -v $shell >/dev/null || { skip "no $shell here" "$shell writes config"; continue; }
	copies "$shell's printf" $shell -c 'x=$(cat) && printf "%s\n" "$x" >config'
	copies "$shell's echo, line by line" $shell -c 'while read -r l; do echo "$l"; done >config'
	copies "$shell's printf, adding" $shell -c 'x=$(cat) && printf "%s\n" "$x" >>config'
done
copies tee tee config
copies sed sed -n 'w config'
copies awk awk '{ print >"config" }'
copies cp sh -c 'cat >"$1/list" && cp "$1/list" config' sh "$TMP"
copies 'a program with small buffers' dd bs=512 iflag=fullblock of=config
copies 'a config that begins with remarks' sh -c '{ head -c 4096 /dev/zero | tr "\0" "#"; echo; cat; } | dd bs=4096 iflag=fullblock of=config'
{ echo "mounts=$TMP/one /mnt/one ro"; echo "mounts=$TMP/two /mnt/two ro"; } >"$Y/config"
is "$(wc -l <"$Y/mounts") $(cat "$Y/error") $(put "$Y/ctl" boot) $(put "$Y/ctl" halt)" '2  ok ok' "paths of the host's as well"
{ echo cpu.cap=50; echo env=A=1; echo; echo '# a remark'; echo env=B=2; echo cpu.cap=60; echo env=C=3; } >"$Y/config"
is "$(tr '\n' ' ' <"$Y/env")$(cat "$Y/cpu.cap")" 'C=3 60' 'what another line parts is another message'
{ echo env=A=1; put "$Y/env" B=2 >/dev/null; echo env=C=3; } >"$Y/config" 2>/dev/null
is "$(cat "$Y/env" "$Y/error")" 'B=2
config: another has written it meanwhile: give all of it again' 'a list that another wrote is not gone on with'
at_config() { # OFF BYTES: as a server of shares writes, which opens the file anew for each piece
	perl -e 'open my $f, "+<", shift or die; sysseek $f, shift, 0; print defined syswrite($f, shift) ? "ok" : $! + 0' "$Y/config" "$@"
}
is "$(at_config 4096 env=D=4) $(cat "$Y/env" "$Y/error")" '22 B=2
config: this goes on with a list that is not known: give all of it' 'nor is one whose begin is not known replaced'
is "$(at_config 4096 cpu.cap=50) $(at_config "$(wc -c <"$Y/config")" env=D=4) $(cat "$Y/cpu.cap" "$Y/env" | tr '\n' ' ')" 'ok ok 50 D=4 ' 'another message may stand anywhere, and one that is added'
put "$Y/cpu.cap" 60 >/dev/null
half=$(printf 'cpu.shares=3\nenv=A=%0487d\ncpu.c' 0)
is "${#half} $(put "$Y/config" "$half") $(cat "$Y/cpu.shares")" '512 ok 3' 'a full buffer may end within a line'
like "$(cat "$Y/error")" '^config: "cpu.c" is half a line, and not in force: give the rest of it$' 'of which error tells'
half=$(printf 'cpu.shares=4\nenv=A=%0483d\ncpu.cap=x' 1)
is "${#half} $(put "$Y/config" "$half") $(cat "$Y/cpu.shares" "$Y/cpu.cap" | tr '\n' ' ')" '512 ok 4 60 ' 'be it a value that is refused'
is "$(put "$Y/config" 'cpu.shares=5
cpu.cap=x') $(cat "$Y/cpu.shares")" 'EINVAL 4' 'a message is in force whole or not at all'
rmdir "$Y"

# A daemon that dies in between
ok 'a daemon that is killed meanwhile loses no line' perl -e 'open my $f, ">>", "$ARGV[0]/env" or die; syswrite $f, "A=1\n" or die;
	kill KILL => $ARGV[1]; syswrite $f, "Z=9\n" or die "$!"; open $f, "<", "$ARGV[0]/env" or die; local $/; exit <$f> !~ /^A=1\nZ=9$/m' "$Z" "$(daemon_pid)"
finish
