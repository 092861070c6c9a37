#!/bin/sh
# What warren costs, each figure beside its floor or a peer in the same run: `make bench`, or some of it,
# `make bench T='zone exec'`. Each is bench/NAME.sh, with a scratch tree of its own, that of the behaviour
# tests, in WARREN_BUILD's programs.
cd "${0%/*}" || exit 1
echo "$(nproc) CPUs, Linux $(uname -r), $(df --output=source,fstype /tmp | tail -n 1);" \
	'where the load is above the number of CPUs others take part in the figures'
bad=0
for name; do
	sh "./$name.sh" || bad=1
done
exit $bad
