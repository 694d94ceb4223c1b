#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest after the KUnit suites: inputs of the fuzzer, and programs
# that see the modules from user space. Its output is TAP.

parameters=/sys/module/ddi_kunit/parameters

# Each line that is not a comment is one input.
replay() {
	while read -r input; do
		case $input in
		'' | '#'*) ;;
		*) echo "$input" >$parameters/replay || return 1 ;;
		esac
	done <"$1"
}

for file in /corpus/*.txt; do
	if replay "$file"; then
		echo "ok - corpus $file"
	else
		echo "not ok - corpus $file"
	fi
done

# For pageable memory; the disk is small, and of memory itself.
mkswap /dev/ram0 >/dev/null && swapon /dev/ram0 || echo "not ok - swap"
devmap
