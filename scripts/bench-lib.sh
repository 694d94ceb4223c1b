# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What to measure, and where figures go. Sourced by the bench scripts, after
# lib.sh.

# Those that are measured where many repetitions cost time
FEW=none,vmem,vmem-qcache,vmem-first,rmap,gen_pool,ida,xarray,iova_fast
FEW+=,iova_tree,drm_mm-best,drm_mm-low,kmem_cache,kmalloc

# each WHAT WORKLOADS NUMBERS ALLOCATORS: a command for ddi_bench.ko for each.
# Lists have commas.
each() {
	local workload n allocator

	for workload in ${2//,/ }; do
		for n in ${3//,/ }; do
			for allocator in ${4//,/ }; do
				echo "$1 $workload $allocator $n"
			done
		done
	done
}

# repeat TIMES COMMAND...
repeat() {
	local i times=$1
	shift

	for ((i = 0; i < times; i++)); do "$@"; done
}

# figures_of NAME: print the file for the figures of a kind. What a person
# chose to measure, instead of everything, is not for docs.
figures_of() {
	local chosen=${BENCH_ONLY:-}${BENCH_ALLOC:-}${BENCH_N:-}${BENCH_KERNEL:-}${BENCH_PAGES:-}
	local file=$TOP/docs/bench/$1.csv

	[ -z "$chosen${BENCH_REPEAT:-}${BENCH_SIZES:-}" ] || file=$CACHE/bench/$1.csv
	file=${BENCH_OUT:-$file}
	mkdir -p "$(dirname "$file")" "$CACHE/log"
	printf '%s\n' "$file"
}

# publish FILE TABLE-MAKER...: show the figures as a table, and keep that
publish() {
	local file=$1
	shift

	"$@" "$file" | tee "${file%.csv}.txt"
	say "$SECONDS s; the figures are in ${file#"$TOP/"}"
}

# The table of a file without rows of a kind of their own
plain_table() {
	grep '^#' "$1" | cut -c3-
	echo
	grep -v '^#' "$1" | sed '1s/_/ /g' | column -t -s,
}
