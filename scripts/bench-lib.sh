# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Where figures go. Sourced by the bench scripts, after lib.sh.

# figures_of NAME: print the file for the figures of a kind. What a person
# chose to measure, instead of everything, is not for docs.
figures_of() {
	local chosen=${BENCH_ONLY:-}${BENCH_ALLOC:-}${BENCH_N:-}${BENCH_KERNEL:-}
	local file=$TOP/docs/bench/$1.csv

	[ -z "$chosen${BENCH_REPEAT:-}" ] || file=$CACHE/bench/$1.csv
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
