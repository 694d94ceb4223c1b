#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-compare: measure our allocators again and name what became more
# than 3 % slower than the figures in docs/bench/pairs.csv.
#
# usage: bench-compare.sh [NEW.csv]

. "$(dirname "$0")/lib.sh"

old=$TOP/docs/bench/pairs.csv
new=${1:-$CACHE/bench/new.csv}
ours=none,vmem,vmem-best,vmem-first,vmem-next,vmem-qcache,rmap

[ -e "$old" ] || die "there is no $old to compare with"
if [ $# = 0 ]; then
	BENCH_OUT=$new BENCH_ALLOC=${BENCH_ALLOC:-$ours} \
		"$SCRIPTS/bench.sh" >/dev/null
fi

grep -hv '^#' "$old" "$new" | awk -F, '
	$1 == "workload" { file++; next }
	{ key = $1 " " $2 " N=" $3 }
	file == 1 { cost[key] = $4; failed[key] = $6; next }
	!(key in cost) { next }
	{
		seen++
		if ($4 > 1.03 * cost[key]) {
			printf "slower: %-32s %10.1f -> %10.1f (%+.1f %%)\n",
				key, cost[key], $4, 100 * ($4 / cost[key] - 1)
			slower++
		} else if ($4 < 0.97 * cost[key]) {
			printf "faster: %-32s %10.1f -> %10.1f (%+.1f %%)\n",
				key, cost[key], $4, 100 * ($4 / cost[key] - 1)
		}
		if ($6 > failed[key]) {
			printf "fails:  %-32s %10d -> %10d wrongly\n",
				key, failed[key], $6
			slower++
		}
	}
	END {
		printf "%d figures compared, %d worse\n", seen, slower
		exit !seen || slower > 0
	}'
