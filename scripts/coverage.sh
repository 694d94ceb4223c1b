#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make coverage: run the suites in the debug kernel, which counts executions of
# each line of the module, and print the lines that were not reached. Red below
# 95 % of lines or 83.5 % of branches. Ends with "N passed, N failed".
#
# LAST=1 takes the counts of the last `make check FLAVOUR=debug`.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

# Files that are measured; the others are reports and tracepoints.
parts='ddi_(core/main\.c|vmem/|rmap/|umem/|devmap/)'
# Branches inside assertions, which only a fault of our own could take.
asserted='.*lockdep_assert_held.*'

# Counters and the compiler's notes must lie side by side; the archive names
# the folder where the objects were built.
gather() {
	rm -rf "$work"
	mkdir -p "$work"
	tar -xzf "$1" -C "$work" --transform "s|^\./${stage#/}/|./|"
	[ -e "$work/ddi_core/misuse.gcda" ] ||
		die 'the last counts are of another checkout; leave LAST out'
	(cd "$stage" && find . -name '*.gcno' | cpio --quiet -pdm "$work")
}

report() {
	gcovr --root "$stage" --filter "$stage/$parts" \
		--exclude-unreachable-branches \
		--exclude-branches-by-pattern "$asserted" "$@" "$work"
}

run_suites() {
	local out last

	out=$(mktemp)
	FLAVOUR=debug FILTER='' "$SCRIPTS/check.sh" | tee "$out" || true
	last=$(tail -n 1 "$out")
	rm -f "$out"
	[[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] ||
		die 'no figures: the suites did not run'
	passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
}

"$SCRIPTS/setup.sh" coverage
[ -n "${LAST:-}" ] || run_suites
stage=$(stage_of kunit-debug)
run=$(readlink -f "$CACHE/run/check-debug.last")
work=$run/gcov
[ -s "$run/gcov.tar.gz" ] ||
	die 'there are no counts; run make check FLAVOUR=debug'
gather "$run/gcov.tar.gz"
report
report --branches
report --print-summary | grep -E '^(lines|branches):' >"$run/coverage.txt"
try 'at least 95 % of the lines' report --fail-under-line 95
try 'at least 83.5 % of the branches' report --fail-under-branch 83.5
tally
