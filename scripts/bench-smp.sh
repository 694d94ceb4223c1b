#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-smp: wall time per pair when a thread on each of two CPUs shares
# one arena, as ratio to one thread alone (0.5 is perfect); and when eight do,
# as ratio to those two. Other work on the machine makes the ratios spread.
# Writes docs/bench/smp.csv.
#
# On a busy machine it gives up, with exit status 3, or shows figures that say
# BUSY and keeps them out of docs.
#
#   BENCH_REPEAT=n	repetitions, 15 otherwise
#   BENCH_ONLY, BENCH_ALLOC, BENCH_OUT	as in bench.sh

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of smp)
workloads=${BENCH_ONLY:-one,mix}
allocators=${BENCH_ALLOC:-$FEW}

say "Measuring on two CPUs: ${workloads//,/ }"
publish_smp "$out" \
	'nanoseconds of wall time per pair (QEMU, TCG) by threads on 2 CPUs; ratio: 2 to 1, 8 to 2' \
	each smp "$workloads" 1000 "$allocators"
