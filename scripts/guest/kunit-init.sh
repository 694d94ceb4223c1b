#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a test kernel: load the modules, which runs their suites,
# run the programs, unload, look for leaks. The log is judged outside.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all

leaks() {
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	tell "kmemleak: scan $1"
	# An object must be 5 s old, and seen lost twice.
	sleep 5
	echo scan >/sys/kernel/debug/kmemleak
	echo scan >/sys/kernel/debug/kmemleak
	while read -r line; do
		tell "kmemleak: $line"
	done </sys/kernel/debug/kmemleak
}

programs() {
	[ -e /guest.sh ] || return 0
	set -o pipefail
	sh /guest.sh 2>&1 | while read -r line; do
		tell "| $line"
	done
	tell "guest.sh exit $?"
}

coverage() {
	[ -e "$1" ] && [ -e /sys/kernel/debug/gcov ] || return 0
	mkdir /tmp/gcov
	cd /sys/kernel/debug/gcov || return 0
	# Sizes are unknown before reading, so cat and not cp.
	find . -name '*.gcda' | while read -r file; do
		mkdir -p "/tmp/gcov/$(dirname "$file")"
		cat "$file" >"/tmp/gcov/$file"
	done
	cd /tmp/gcov && tar -cf - . | gzip >"$1"
}

tell "start"
load ddi
load ddi_kunit
programs
leaks loaded
unload ddi_kunit
unload ddi
leaks unloaded
[ ! -e /proc/lockdep_stats ] ||
	tell "lockdep$(sed -n 's/^ *debug_locks: */ debug_locks /p' /proc/lockdep_stats)"
# The second port takes raw bytes out.
stty -F /dev/ttyS1 raw 2>/dev/null
coverage /dev/ttyS1
finish
