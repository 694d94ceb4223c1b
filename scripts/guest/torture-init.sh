#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a test kernel that runs no suites: load the modules, give
# ddi_kunit.ko what /commands says ("parameter value"), unload, look for leaks.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all

tell "start"
load ddi
load ddi_kunit
while read -r parameter value; do
	if echo "$value" >"/sys/module/ddi_kunit/parameters/$parameter"; then
		tell "| ok $parameter $value"
	else
		tell "| not ok $parameter $value"
	fi
done </commands
unload ddi_kunit
unload ddi
leaks unloaded
tell_lockdep
finish
