#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-compare: measure our allocators again and name figures that are more
# than 3 % worse than those in docs/bench/pairs.csv; bench-compare.py says which
# others it names, and its exit status.
#
# usage: bench-compare.sh [NEW.csv], with the choices of bench.sh

. "$(dirname "$0")/lib.sh"

old=$TOP/docs/bench/pairs.csv
new=${1:-$CACHE/bench/new.csv}
ours=none,vmem,vmem-best,vmem-first,vmem-next,vmem-qcache,rmap
pages=none,umem,umem-nosleep,umem_mmap,devmap,devmap_access

[ -e "$old" ] || die "there is no $old to compare with"
if [ $# = 0 ]; then
	BENCH_OUT=$new BENCH_ALLOC=${BENCH_ALLOC:-$ours} \
		BENCH_PAGES=${BENCH_PAGES:-$pages} "$SCRIPTS/bench.sh" >/dev/null
fi
"$SCRIPTS/bench-compare.py" "$old" "$new"
