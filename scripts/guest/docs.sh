#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The guest of `make test-docs`: each command of the documents in /commands,
# as a reader would type it, in a folder with the modules.

bring_up() {
	grep -q '^ddi ' /proc/modules || insmod /modules/ddi.ko
	grep -q '^rmdrv ' /proc/modules || insmod /modules/rmdrv.ko
}

take_down() {
	! grep -q '^rmdrv ' /proc/modules || rmmod rmdrv
}

# Nothing to find is an answer, too.
run() {
	case $1 in
	'dmesg | grep '*) eval "$1" || [ $? = 1 ] ;;
	*) eval "$1" ;;
	esac
}

# The examples at their work, for the screen of PORTING.md
show_arenas() {
	bring_up
	insmod /modules/idspace.ko
	insmod /modules/native.ko
	for part in rmdrv idspace native; do
		/bin/ddi_demo $part >/dev/null &
	done
	sleep 2
	echo '=== arenas'
	cat /sys/kernel/debug/ddi/arenas
	echo '==='
	wait
	rmmod native
	rmmod idspace
}

mount -t tracefs tracefs /sys/kernel/tracing
tab=$(printf '\t')
failed=0
cd /modules || exit 1
show_arenas
while IFS=$tab read -r document command; do
	case $command in
	insmod*)
		take_down
		! grep -q '^ddi ' /proc/modules || rmmod ddi ;;
	rmmod*)
		take_down ;;
	*)
		bring_up ;;
	esac
	if run "$command" >/tmp/output 2>&1; then
		echo "ok    $document: $command"
	else
		echo "FAIL  $document: $command"
		cat /tmp/output
		failed=1
	fi
done </commands
exit $failed
