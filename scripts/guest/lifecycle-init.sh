#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of make lifecycle: everything that can happen to ddi.ko as a
# module. /cycles says how often it is loaded and unloaded.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all

parameters=/sys/module/ddi_life/parameters

# says NAME COMMAND...: a line of TAP by the command's status
says() {
	name=$1
	shift
	if "$@"; then
		tell "| ok - $name"
	else
		tell "| not ok - $name"
	fi
}

refused() {
	! rmmod "$1" 2>/dev/null && [ -e "/sys/module/$1" ]
}

gone() {
	rmmod "$1" && [ ! -e "/sys/module/$1" ] && [ ! -e /sys/kernel/debug/ddi ]
}

# Reports of misuse by a function about an object, with a word in them
reported() {
	dmesg | grep "ddi: misuse: $1('$2'): " | grep -q "$3"
}

module_in_use() {
	load ddi
	load ddi_life
	says 'unloading is refused while a driver uses the module' refused ddi
	unload ddi_life
	says 'and works when it has gone' gone ddi
}

# A driver goes and leaves all it has; the next load of it tidies up.
live_objects() {
	load ddi
	load ddi_life leave=2
	left=
	for object in arena kid own own_at map cookie; do
		left="$left $object=$(cat $parameters/$object)"
	done
	says 'debugfs tells whose init function allocated an object' \
		grep -q ' init function \[ddi_life\]$' /sys/kernel/debug/ddi/umem
	unload ddi_life
	says 'a driver that leaves an arena is reported' reported 'module exit' life 'leaves it behind'
	says 'and one that imports' reported 'module exit' 'life own' 'not called any more'
	says 'and a map of its init function' reported 'module exit' 'ddi_life:life_[a-z]*' life_exit
	says 'and an object of memory' reported 'module exit' umem '12288 bytes'
	says 'unloading is refused while objects are alive' refused ddi
	# shellcheck disable=SC2086 # a list
	load ddi_life $left
	unload ddi_life
	says 'and works when they are freed' gone ddi
}

# The children's 48 and 4096 bytes keep a quantum each, beside the arena's own two.
leaks_of_a_driver() {
	load ddi audit=1
	load ddi_life leave=1
	unload ddi_life
	says 'segments left in an arena are reported' reported vmem_destroy life 'leaked 16384 bytes'
	says 'and in its child' reported vmem_destroy 'life kid' 'leaked 48 bytes'
	says 'and in a resource map' reported rmfreemap 'ddi_life:life_[a-z]*' 'leaked 5 '
	if [ -e /sys/module/ddi/parameters/audit ]; then
		says 'with the stack of the owner' eval 'dmesg | grep -q "ddi: *life_use"'
	fi
	says 'and keep nothing loaded' gone ddi
}

tell "start"
module_in_use
live_objects
leaks_of_a_driver
any_allocation_may_fail
init_faults /modules/ddi.ko ddi 2>&1 | while read -r line; do
	tell "| $line"
done
cycles "$(cat /cycles)"
leaks unloaded
tell_lockdep
finish
