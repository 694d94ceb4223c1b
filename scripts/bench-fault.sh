#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-fault: what it costs to map memory and to touch it, one page, 64 MiB in
# order and at random, beside anonymous memory and what Linux's drivers do; and in
# wall time, how two processes that touch the same memory at once hold each other up.
# Writes docs/bench/fault.csv and fault-smp.csv.
#
#   BENCH_REPEAT=n	repetitions in wall time, 15 otherwise
#   BENCH_ALLOC=devmap	these ways (see bench/fault.c)

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

ways=none,anonymous,vm_insert_page,remap_pfn_range,umem_mmap,umem_mmap-huge
ways=${BENCH_ALLOC:-$ways,umem_mmap-pageable,devmap,devmap-huge,devmap_access}
out=$(figures_of fault)

# commands PATTERN...: one for each way
commands() {
	local pattern way

	for pattern in "$@"; do
		for way in ${ways//,/ }; do
			echo "fault $pattern $way"
		done
	done
}

at_once() {
	commands alone
	commands two | sed 's/^/both /'
}

rows=$(commands one order random | "$SCRIPTS/bench-run.sh" icount 'measuring in QEMU')
sed -n 's/^fault,//p' <<<"$rows" |
	publish "$out" 'instructions for each page (QEMU -icount), qemu64, 1 CPU' \
		pattern,way,mmap,touch,failed,pages

publish_smp "${out%.csv}-smp.csv" \
	'nanoseconds of wall time per page (QEMU, TCG) by processes on 2 CPUs; ratio: 2 to 1' \
	at_once
