#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a stock kernel: run the example's script. The console is
# for the kernel; the script's report goes to the serial port $port. In make shell
# that is the console, where a person waits for a prompt.

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

leave_at_prompt() {
	exec </dev/console >/dev/console 2>&1
	dmesg -n 4
	sh /guest.sh
	status=$?
	echo
	echo "guest.sh ended with exit status $status. The modules are in /modules;"
	echo "try: insmod /modules/ddi.ko; ls /sys/kernel/debug/ddi. Leave: exit."
	setsid cttyhack sh -l
	poweroff -f
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
[ "$port" != console ] || leave_at_prompt
tell "start"
stty -F "/dev/$port" raw 2>/dev/null
[ -z "${limit:-}" ] || tell_before_the_limit &
sh /guest.sh >"/dev/$port" 2>&1 </dev/null
tell "guest.sh exit $?"
finish
