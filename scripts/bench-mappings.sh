#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-mappings: what mappings of one and of many handles cost, in instructions.
# Runs kunit/guest/devmap/costs.c under QEMU's -icount, where a nanosecond is one.
# Writes docs/bench/mappings.csv.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of mappings)
log=$CACHE/run/check-bench-mappings.last/console.log

# A long run, so that there are a thousand relatives.
FLAVOUR=lean ICOUNT=1 QUICK=1 FILTER='ddi_devmap_ranges*' RECORD=bench-mappings \
	EXTRA='DEVMAP_CASE=cost DEVMAP_SECONDS=2' "$SCRIPTS/check.sh"
tr -d '\r' <"$log" | sed -n 's/.*# cost of \(.*\) at \(.*\): \(.*\) ns$/\1,\2,\3/p' |
	BENCH_KERNEL=lean publish "$out" \
		'instructions (QEMU -icount) of system calls, faults and unloads, 1 CPU' \
		what,n,instructions
