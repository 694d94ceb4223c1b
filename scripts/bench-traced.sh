#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-traced: instructions per pair in a kernel without tracepoints,
# and in one where they are there and off, as distributions have them.
# Writes docs/bench/traced.csv.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of traced)
workloads=${BENCH_ONLY:-one,mix}
allocators=${BENCH_ALLOC:-none,vmem,vmem-qcache,vmem-first,rmap,iova_fast,kmem_cache,kmalloc}
numbers=${BENCH_N:-0,1000,100000}

# rows KERNEL: as bench.sh makes them
rows() {
	each pair "$workloads" "$numbers" "$allocators" |
		BENCH_KERNEL=$1 "$SCRIPTS/bench-run.sh" icount "measuring in QEMU ($1)"
}

without=$(rows bench)
with=$(rows traced)
paste -d, <(cut -d, -f2-5 <<<"$without") <(cut -d, -f2-5 <<<"$with") |
	awk -F, '{ printf "%s,%s,%s,%s,%s,%.1f\n", $1, $2, $3, $4, $8, $8 - $4 }' |
	BENCH_KERNEL=traced publish "$out" \
		'instructions per pair without tracepoints, and with tracepoints that are off' \
		workload,allocator,n,without,with,cost
