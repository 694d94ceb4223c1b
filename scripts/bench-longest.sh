#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-longest: how long ddi.ko keeps interrupts off, and the most that
# a single call costs, while an arena is filled, used and emptied.
# Writes docs/bench/longest.csv.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of longest)
ours=${BENCH_ALLOC:-vmem,vmem-best,vmem-first,vmem-next,vmem-qcache,rmap}
numbers=${BENCH_N:-100,1000,100000,1000000}
export MEMORY=${MEMORY:-2048}

rows=$(each longest "${BENCH_ONLY:-mix}" "$numbers" "$ours" |
	"$SCRIPTS/bench-run.sh" icount 'measuring in QEMU' DDI_IRQ_PROBE=y)
sed -n 's/ \[ddi\]//g; s/^longest,//p' <<<"$rows" |
	publish "$out" 'longest, in instructions; interrupts off counts ddi.ko only' \
		workload,allocator,n,alloc,free,interrupts_off,from,to
