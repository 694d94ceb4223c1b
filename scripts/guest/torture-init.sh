#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a test kernel that runs no suites: load the modules, give
# ddi_kunit.ko what /commands says ("parameter value"; or "cycles n": unload,
# and do that often), unload, look for leaks.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all

# All the while: call the shrinkers, read what debugfs shows. Not the shrinkers
# while the fuzzer runs: they have imports given back at any moment, and between
# two steps of that an arena is not what the model says.
disturb() {
	while sleep 1; do
		[ -e /fuzzing ] || echo 2 >/proc/sys/vm/drop_caches
		cd /sys/kernel/debug/ddi &&
			cat arenas stats segments qcaches umem >/dev/null
		cd /
	done
}

# And a driver comes, uses everything and goes, while others are inside the same
# calls. It keeps ddi.ko from being unloaded.
come_and_go() {
	until [ -e /ending ]; do
		sleep 0.2
		[ ! -e /fuzzing ] || continue
		load ddi_life
		! rmmod ddi 2>/dev/null || tell "| not ok - ddi.ko was unloaded in use"
		unload ddi_life
		echo >>/came
	done
}

begin() {
	rm -f /ending
	load ddi
	load ddi_kunit
	disturb &
	disturber=$!
	come_and_go &
}

end() {
	: >/ending
	kill "$disturber"
	wait
	unload ddi_kunit
	unload ddi
	[ ! -e /came ] || tell "a driver came and went $(wc -l </came) times"
}

tell "start"
begin
while read -r parameter value; do
	if [ "$parameter" = cycles ]; then
		end
		cycles "$value"
		begin
		continue
	fi
	rm -f /fuzzing
	if [ "$parameter" = fuzz ]; then
		: >/fuzzing
		sleep 1
	fi
	if echo "$value" >"/sys/module/ddi_kunit/parameters/$parameter"; then
		tell "| ok $parameter $value"
	else
		tell "| not ok $parameter $value"
	fi
done </commands
end
leaks unloaded
tell_lockdep
finish
