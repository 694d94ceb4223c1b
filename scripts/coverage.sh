#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make coverage: run the suites in the debug kernel, which counts how often
# each line of our module ran, and show what they do not reach. Red below
# LINES_MIN and BRANCHES_MIN per cent. Ends with "N passed, N failed".

. "$(dirname "$0")/lib.sh"

passed=0 failed=0

# Counters and the compiler's notes must lie side by side; the archive names
# the folder where the objects were built.
gather() {
	rm -rf "$work"
	mkdir -p "$work"
	tar -xzf "$1" -C "$work" --transform "s|^\./${stage#/}/|./|"
	(cd "$stage" && find . -name '*.gcno' | cpio --quiet -pdm "$work")
}

report() {
	gcovr --root "$stage" --filter "$stage/ddi_" \
		--exclude-unreachable-branches "$@" "$work"
}

at_least() {
	local what=$1 minimum=$2

	if report "--fail-under-$what" "$minimum" >/dev/null 2>&1; then
		passed=$((passed + 1))
	else
		echo "RED: less than $minimum % of $what coverage"
		failed=$((failed + 1))
	fi
}

"$SCRIPTS/setup.sh" coverage
out=$(mktemp)
trap 'rm -f "$out"' EXIT
FLAVOUR=debug "$SCRIPTS/check.sh" | tee "$out" || true
log=$(sed -n 's/^debug: //p' "$out")
[[ $(tail -n 1 "$out") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] ||
	die 'no figures: the suites did not run'
passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}

stage=$(stage_of kunit-debug)
work=$(dirname "$log")/gcov
gather "$(dirname "$log")/gcov.tar.gz"
report
report --branches
at_least line "${LINES_MIN:-95}"
at_least branch "${BRANCHES_MIN:-85}"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
