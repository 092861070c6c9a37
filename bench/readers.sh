#!/bin/sh
# What a user who is not root does to others: N threads of his that read event, N open files that he polls, and
# N that he reads, as far as he is let; and ASKING threads that ask without a pause, which take CPUs from everybody, too.
. "${0%/*}/lib.sh"
bench_begin
N=${N:-10000} ASKING=${ASKING:-300} ROUNDS=${ROUNDS:-10} ONES=40
heading "mkdir, and a write of cpu.cap, while another user has $N readers, polls and open files; floor: nobody has"
boot "$Z"
mkfifo "$TMP/told" "$TMP/end"
mkfifo "$TMP/asked"
begin_asking() {
	"$BENCH/asking" 4321 "$ASKING" "$MNT/version" <"$TMP/end" >"$TMP/asked" &
	readers=$!
	exec 7>"$TMP/end"
	read -r _begun <"$TMP/asked"
}
begin_readers() { # as that user they end when we do
	"$BENCH/readers" 4321 "$N" "$MNT/event" "$Z/status" <"$TMP/end" >"$TMP/told" &
	readers=$!
	exec 7>"$TMP/end"
	read -r waiting <"$TMP/told"
}
end_readers() {
	exec 7>&-
	wait $readers
}
measure() { # NAME
	"$BENCH/mkdir" "$ZONES/b" $ONES >>"$(data "mkdir$1")"
	"$BENCH/write" "$Z/cpu.cap" $ONES 50 60 >>"$(data "cap$1")"
}
measure .warm
for _ in $(seq "$ROUNDS"); do
	measure .none
	begin_readers
	measure .many
	end_readers
	measure .again
	begin_asking
	measure .asked
	end_readers
done
echo "$waiting readers were let"
figure "mkdir of a zone, with $N" mkdir.many ms 1000 'without' mkdir.none 1.2
figure "rmdir of a zone, with $N" mkdir.many:2 ms 1000 'without' mkdir.none:2 1.2
figure "echo > cpu.cap, with $N" cap.many ms 1000 'without' cap.none 1.2
figure "mkdir of a zone, with $ASKING threads of his that stat without a pause" mkdir.asked ms 1000 'without' mkdir.none
figure 'mkdir of a zone, without once more' mkdir.again ms 1000 'without' mkdir.none
figure 'echo > cpu.cap, without once more' cap.again ms 1000 'without' cap.none
