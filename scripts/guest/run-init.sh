#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a stock kernel: run the example's script. The console is
# for the kernel; the script's report goes to the serial port $port.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all

# Who is there, and where in the kernel each of them sleeps
show_processes() {
	for process in /proc/[0-9]*; do
		grep -qs . "$process/cmdline" || continue
		echo "--- ${process#/proc/}: $(tr '\0' ' ' <"$process/cmdline")"
		grep State "$process/status"
		head -n 3 "$process/stack"
	done
}

# A guest that is stopped for its time should have told what took it.
# shellcheck disable=SC2154 # the kernel's command line
tell_before_the_limit() {
	sleep $((limit - 20))
	tell "not done 20 s before the limit of $limit s"
	show_processes >"/dev/$port" 2>&1
}

# shellcheck disable=SC2154 # the kernel's command line
[ -n "$port" ] || port=ttyS1
tell "start"
stty -F "/dev/$port" raw 2>/dev/null
[ -z "${limit:-}" ] || tell_before_the_limit &
sh /guest.sh >"/dev/$port" 2>&1 </dev/null
tell "guest.sh exit $?"
finish
