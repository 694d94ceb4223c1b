#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# First process of a test kernel in which the driver of QEMU's edu device works
# for as long as /seconds says: load it, run its program again and again, unload
# it, look for leaks.

# shellcheck source=scripts/guest/lib.sh
. /lib/guest.sh
mount_all

# A line of the program, as a result that is counted
pass_on() {
	while read -r word text; do
		case $word in
		ok) tell "| ok - $text" ;;
		skip) tell "| ok - $text # SKIP" ;;
		FAIL) tell "| not ok - $text" ;;
		*) tell "$word $text" ;;
		esac
	done
}

# Debug kernels check how drivers use DMA: the kernel must have seen mappings, and no
# mistake. It stops checking when it has no memory.
check_dma() {
	dma=/sys/kernel/debug/dma-api
	[ -e $dma ] || return 0
	[ "$(cat $dma/disabled)" = N ] || tell "| not ok - Linux has given up checking DMA"
	[ "$(cat $dma/error_count)" = 0 ] || tell "| not ok - Linux found mistakes in DMA"
	[ "$(cat $dma/min_free_entries)" -lt "$(cat $dma/nr_total_entries)" ] ||
		tell "| not ok - Linux has seen no DMA"
	tell "DMA API debugging: errors $(cat $dma/error_count)," \
		"mappings at once $(($(cat $dma/nr_total_entries) - $(cat $dma/min_free_entries)))"
}

tell "start"
load ddi
load edu dma_bits=32
tell "interrupt $(grep -s edu0 /proc/interrupts)"
[ -c /dev/edu0 ] || tell "| not ok - no /dev/edu0"
/bin/ddi_demo edu "$(cat /seconds)" 2>&1 | pass_on
tell "interrupt $(grep -s edu0 /proc/interrupts)"
unload edu
check_dma
unload ddi
# The driver makes no mistake.
! dmesg | grep -iq 'ddi: .*\(misuse\|leak\)' || tell "| not ok - ddi.ko reports misuse"
leaks unloaded
tell_lockdep
finish
