#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-frag: how full an arena of 65,536 units gets before a request of
# 1 to 64 units first fails, how many fail at 70, 80 and 90 %, and what a
# segment costs in memory. Writes docs/bench/frag.csv.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of frag)
allocators=${BENCH_ALLOC:-all}

# One line per allocator: the middle one of 11 seeds and the extremes as shares of
# the arena, failures in percent, bytes
join_rows() {
	{
		grep '^full,' <<<"$rows" | sort -t, -k2,2 -k4,4n
		grep -v '^full,' <<<"$rows"
	} | awk -F, '
		$1 == "full" { full[$2, ++n[$2]] = 100 * $4 / $5 }
		$1 == "fail" { fail[$2] = fail[$2] sprintf(",%.3f", 100 * $4 / $5) }
		$1 == "bytes" { order[++names] = $2; bytes[$2] = "," $4 "," $5 }
		END {
			for (i = 1; i <= names; i++) {
				a = order[i]
				printf "%s,%.1f,%.1f,%.1f%s%s\n", a, full[a, (n[a] + 1) / 2],
					full[a, 1], full[a, n[a]], fail[a], bytes[a]
			}
		}'
}

# Pages on a CPU's own free list would count as used.
commands() {
	echo 'sysctl -w vm.percpu_pagelist_high_fraction=100000'
	for what in bytes frag; do
		for allocator in ${allocators//,/ }; do
			echo "$what $allocator 100000"
		done
	done
}

rows=$(commands | "$SCRIPTS/bench-run.sh" icount 'filling in QEMU')
join_rows | publish "$out" 'percent of 65,536 units in use; bytes per segment' \
	allocator,full_median,full_least,full_most,fail_at_70,fail_at_80,fail_at_90,bytes_full,bytes_holes
