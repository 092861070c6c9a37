#!/bin/sh
# restart: a zone that ends by itself is booted again, one that was halted is not.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"
is "$(cat "$Z/restart")" no 'nothing is restarted unless asked for'
for word in No onfailure 1 'always no'; do
	refused "$Z/restart" "$word" EINVAL 'give no, on-failure or always'
done

is "$(put "$Z/restart" on-failure)$(put "$Z/init" "/bin/sh -c 'exit 3'")" okok 'on-failure, and an init that fails'
exec 8<"$Z/event"
is "$(put "$Z/ctl" boot)" ok 'it boots'
await 8 ' running.*\n' ' halted.*\n' ' running.*\n' ' halted.*\n' >/dev/null
report $? 'and is booted again'
is "$(put "$Z/ctl" halt)" ok 'halt ends the pause'
like "$(cat "$Z/status")" '^restarts [1-9]' 'status counts'
is "$(put "$Z/init" /bin/true)$(put "$Z/ctl" boot)" okok 'an init that ends well'
is "$(cat "$Z/wait")" 'exited 0' 'ends'
like "$(cat "$Z/status")" '^restarts 0' 'and is not restarted on-failure'
is "$(put "$Z/restart" always)" ok 'always'
exec 8<"$Z/event"
is "$(put "$Z/ctl" boot)" ok 'it boots'
await 8 ' running.*\n' ' halted.*\n' ' running.*\n' >/dev/null
report $? 'and is booted again'
put "$Z/ctl" halt >/dev/null
is "$(put "$Z/init" none)$(put "$Z/ctl" boot)$(put "$Z/ctl" halt)" okokok 'one that is halted'
is "$(cat "$Z/state")" halted 'stays halted'
exec 8<&-
finish
