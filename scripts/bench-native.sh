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
allocators=${BENCH_ALLOC:-$FEW,maple}

say "Measuring in User Mode Linux: ${workloads//,/ }; holes: ${numbers//,/ }"
begin=$(clocks)
rows=$(repeat "${BENCH_REPEAT:-15}" each pair "$workloads" "$numbers" "$allocators" |
	"$SCRIPTS/bench-run.sh" native 'measuring, natively')
# shellcheck disable=SC2046 # three numbers
figures=$(sed -n 's/^pair,//p' <<<"$rows" | cut -d, -f1-4 |
	"$SCRIPTS/bench-spread.py" native $(others_since "$begin"))
BENCH_KERNEL=native publish_timed "$out" \
	'nanoseconds per pair (User Mode Linux, 1 CPU); ratio: to vmem in the same repetition' \
	"$figures"
