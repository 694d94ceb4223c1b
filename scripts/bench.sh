#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: instructions per pair of a free and an allocation, of our
# allocators and of Linux's, in one boot; writes docs/bench/pairs.csv and
# prints it as a table. With a choice, nothing in docs is touched.
#
#   BENCH=full		up to a million holes (needs 3 GiB and half an hour)
#   BENCH_ONLY=one,mix	these workloads: umem one mix adv mid align
#				lifo lifo1 join
#   BENCH_ALLOC=vmem,none	these allocators (see bench/workloads.c)
#   BENCH_PAGES=umem	and these sources of pages (see bench/our_umem.c)
#   BENCH_N=0,1000	these numbers of holes
#   BENCH_OUT=file	write there
#   BENCH_KERNEL=traced	in a kernel with tracepoints that are off

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

# umem is first: its figures differ by 1 or 2 % with what the others leave of free pages.
workloads=${BENCH_ONLY:-umem,one,mix,adv,mid,align,lifo,lifo1,join}
allocators=${BENCH_ALLOC:-all}
pages=${BENCH_PAGES:-$allocators}
numbers=${BENCH_N:-0,100,1000,10000,100000}
if [ "${BENCH:-}" = full ]; then
	numbers=${BENCH_N:-0,100,1000,10000,100000,1000000}
fi
case ,$numbers, in
*,1000000,*)	export MEMORY=${MEMORY:-3072} ;;
esac
out=$(figures_of pairs)

commands() {
	local workload source

	for workload in ${workloads//,/ }; do
		case $workload in
		umem)
			for source in ${pages//,/ }; do
				echo "umem $source"
			done ;;
		*)
			each pair "$workload" "$numbers" "$allocators" ;;
		esac
	done
}

say "Measuring: ${workloads//,/ }; holes: ${numbers//,/ }"
rows=$(commands | "$SCRIPTS/bench-run.sh" icount 'measuring in QEMU')
table_maker=$SCRIPTS/bench_table.py
sed -n 's/^pair,//p' <<<"$rows" |
	publish "$out" 'instructions (QEMU -icount), qemu64, 1 CPU' \
		"# measured: $workloads; of $allocators,$pages; N $numbers
workload,allocator,n,instructions,failed,false_failures,pairs"
