#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a test kernel: load the modules, which runs their suites,
# run the programs, unload, look for leaks. The log is judged outside.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all

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
any_allocation_may_fail
load ddi
load ddi_kunit
programs
leaks loaded
unload ddi_kunit
unload ddi
leaks unloaded
tell_lockdep
# The second port takes raw bytes out.
stty -F /dev/ttyS1 raw 2>/dev/null
coverage /dev/ttyS1
finish
