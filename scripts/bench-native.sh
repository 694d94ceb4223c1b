#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-native: nanoseconds per pair in User Mode Linux, which runs at
# the machine's own speed on one CPU. Good for ratios within one run: every
# repetition measures all allocators, and is compared with itself only.
# Writes docs/bench/native.csv.
#
#   BENCH_REPEAT=n	repetitions, 15 otherwise
#   BENCH_ONLY, BENCH_ALLOC, BENCH_N, BENCH_OUT	as in bench.sh

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of native)
workloads=${BENCH_ONLY:-one,mix,lifo1}
numbers=${BENCH_N:-1000,100000}
allocators=none,vmem,vmem-qcache,vmem-first,rmap,gen_pool,ida,xarray,iova_fast
allocators+=,iova_tree,drm_mm-best,drm_mm-low,maple,kmem_cache,kmalloc
allocators=${BENCH_ALLOC:-$allocators}

commands() {
	local i workload n allocator

	for ((i = 0; i < ${BENCH_REPEAT:-15}; i++)); do
		for workload in ${workloads//,/ }; do
			for n in ${numbers//,/ }; do
				for allocator in ${allocators//,/ }; do
					echo "pair $workload $allocator $n"
				done
			done
		done
	done
}

say "Measuring in User Mode Linux: ${workloads//,/ }; holes: ${numbers//,/ }"
rows=$(commands | "$SCRIPTS/bench-run.sh" native 'measuring, natively')
{
	BENCH_KERNEL=native "$SCRIPTS/bench-head.sh" \
		'nanoseconds per pair (User Mode Linux, 1 CPU); ratio: to vmem in the same repetition'
	sed -n 's/^pair,//p' <<<"$rows" | cut -d, -f1-4 |
		"$SCRIPTS/bench-spread.py" native
} >"$out"
publish "$out" "$SCRIPTS/bench_table.py"
