#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-magazine: instructions per pair through the quantum caches, and
# how often they turn to their depot, for other sizes of magazine than the one
# that ddi_vmem/cache/magazine.h chooses. Writes docs/bench/magazine.csv.
#
#   BENCH_SIZES=8,32	these sizes

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of magazine)
sizes=${BENCH_SIZES:-8,16,32,64,128,256}

# "burst" and "hand" also say how many pieces are allocated before one is freed.
commands() {
	local allocator=$1 workload n

	for workload in one mix lifo; do
		echo "pair $workload $allocator 0"
	done
	for n in 100 500 1000; do
		echo "burst one $allocator $n"
	done
	for n in 64 512 1024; do
		echo "hand one $allocator $n"
	done
}

# One line a figure: magazine,allocator,workload,n,instructions,trips,misses,
# the last two per 1,000 pairs
rows() {
	awk -F, -v size="$1" '
		function row(workload, n, pairs, trips, misses) {
			printf "%s,%s,%s,%s,%s,%.1f,%.1f\n", size, $3, workload, n,
				cost, 1000 * trips / pairs, 1000 * misses / pairs
		}
		$1 == "pair" { cost = $5; pairs = $8; if (size == "-") row($2, $4, pairs) }
		$1 == "depot" { row($2, $4, pairs, $5 + $6 + $7, $7) }
		$1 == "burst" || $1 == "hand" {
			cost = $5
			row($1, $4, $7, $8 + $9 + $10, $10)
		}'
}

measure() {
	local size

	for size in ${sizes//,/ }; do
		commands vmem-qcache |
			"$SCRIPTS/bench-run.sh" icount2 "magazines of $size" \
				DDI_MAGAZINE="$size" | rows "$size"
	done
	for allocator in kmem_cache iova_fast none; do
		commands "$allocator"
	done | "$SCRIPTS/bench-run.sh" icount2 'others' | rows -
}

figures=$(measure)
publish "$out" 'instructions per pair (QEMU -icount, 2 CPUs in turns); trips to the depot and misses of the caches per 1,000 pairs' \
	magazine,allocator,workload,n,instructions,trips,misses <<<"$figures"
