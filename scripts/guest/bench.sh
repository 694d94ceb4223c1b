#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the bench kernel: one command after the other.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh

load ddi
load ddi_bench
if [ -e /bench/trace ]; then
	# Where the modules lie, for readers of the trace
	grep -i ' [tw] .*\[ddi' /proc/kallsyms
	echo 1 >/sys/module/ddi_bench/parameters/profile
fi
while read -r line; do
	case $line in
	sysctl*)
		$line || exit 1 ;;
	both*)
		# Two processes at once
		for _ in 1 2; do
			echo "${line#both }" >/sys/module/ddi_bench/parameters/run &
		done
		wait ;;
	*)
		echo "$line" >/sys/module/ddi_bench/parameters/run || exit 1 ;;
	esac
done </bench/commands
unload ddi_bench
unload ddi
