#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-cpus: instructions of what may have to look at every CPU, with several
# numbers of CPUs, and of a page beside many cookies. Writes docs/bench/cpus.csv.
#
#   BENCH_N=1,32	these numbers of CPUs
#   KERNEL=name		in this stock kernel (default: 6.12-cloud)

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

out=$(figures_of cpus)
numbers=${BENCH_N:-1,2,8,32}
export KERNEL=${KERNEL:-6.12-cloud}

# measure CPUS [SETTING]: the rows
measure() {
	"$SCRIPTS/bench-run.sh" "icount$1" "CPUs: $1${2:+, $2}" ${2:+"$2"} \
		DDI_TORTURE=y <<<cpus
}

# To watch for how long interrupts are off costs instructions, so it takes another run.
rows() {
	local n plain probed

	for n in ${numbers//,/ }; do
		plain=$(measure "$n" | cut -d, -f2-4)
		probed=$(measure "$n" DDI_IRQ_PROBE=y | cut -d, -f5-)
		paste -d, <(echo "$plain") <(echo "$probed")
	done
	for n in 0 10000 1000000; do
		echo "cookies $n"
	done | MEMORY=6144 "$SCRIPTS/bench-run.sh" icount cookies DDI_TORTURE=y |
		sed 's/^cookies,\(.*\),\(.*\)/1,\1_cookies,\2,,,/'
}

figures=$(rows)
publish "$out" 'instructions (QEMU -icount), of one CPU; interrupts off counts ddi.ko only' \
	cpus,what,instructions,interrupts_off,from,to <<<"${figures// \[ddi\]/}"
