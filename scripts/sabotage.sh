#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make sabotage: break the engine on purpose, in a copy, by one file of
# kunit/sabotage at a time, and show that the suites turn red. A file describes
# the fault, names the suites that must notice it, or the cases of the guest program
# devmap by a part of their names, with the flavour unless it is lean, and says what
# changes in which function, see mutate.py:
#
#	Free a segment and wake nobody
#	Caught by: ddi_waiters* [in FLAVOUR]
#	Caught by: devmap:removal_ [in FLAVOUR]
#
#	In free_slow_path:
#	s/wake = vm->waiters/wake = false/
#
# SABOTAGE=glob takes only some. The last line is "N passed, N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

tree=$(stage_of sabotage)
results=$CACHE/run/sabotage

# The first case that failed; or, if it did not get that far, what was reported
first_sign() {
	local log

	log=$(sed -nE 's/^[a-z0-9]+: (.*console\.log)$/\1/p' "$out" | tail -n 1)
	{
		tr -d '\r' <"$log" | sed -E 's/^\[[^]]*\] //' | awk '
			/^        # Subtest: / { name = $3 ": " }
			/^    not ok / { print $4 }
			/^        not ok / { sub(/^ *not ok [0-9]+ /, name); print }'
		sed -nE 's/^RED: report in the log: //p' "$out"
		sed -nE '/KUnit:/d; s/^RED: //p' "$out"
	} | sed -n 1p
}

# The suites, or the cases of the program, and nothing else
check() {
	local filter=$1 flavour=$2 only=none limit=60

	case $filter in
	devmap:*)
		only=${filter#devmap:} filter='ddi_devmap_interface*' ;;
	esac
	# What only takes its time has not been noticed.
	[ "$flavour" = lean ] || limit=300
	FLAVOUR=$flavour FILTER=$filter EXTRA=DEVMAP_CASE=$only TIMEOUT=${TIMEOUT:-$limit} \
		"$tree/scripts/check.sh"
}

# Red is not enough: the suites must have been built and judged.
suites() {
	local filter=$1 flavour=$2 sign seconds

	check "$filter" "$flavour" >"$out" 2>&1 || true
	if ! tail -n 1 "$out" | grep -qE '^[0-9]+ passed, [1-9][0-9]* failed$'; then
		result 1 "$name: $filter, $flavour: $(tail -n 1 "$out")"
		return
	fi
	sign=$(first_sign)
	if [[ $sign = *'no suite ran'* ]]; then
		result 1 "$name: no suite is called $filter"
		return
	fi
	seconds=$(sed -nE 's/.*running in QEMU: ([0-9]+) s.*/\1/p' "$out")
	result 0 "$name: $filter, $flavour: $sign, $seconds s"
	echo "| $what | \`$filter\`, $flavour | $sign | $seconds | $(date -u +%F) |" \
		>>"$results/$name"
}

# Those named in the head of a file
all_suites() {
	local filter flavour

	while read -r filter _ flavour; do
		suites "$filter" "${flavour:-lean}"
	done < <(sed -n 's/^Caught by: //p' "$1")
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT
mkdir -p "$results"
for file in "$TOP"/kunit/sabotage/${SABOTAGE:-*}.txt; do
	name=$(basename "$file" .txt)
	what=$(head -n 1 "$file")
	rm -f "$results/$name"
	say "$name: $what"
	restore_copy "$tree"
	if "$SCRIPTS/mutate.py" "$tree" sabotage "$file"; then
		all_suites "$file"
	else
		result 1 "$name: cannot be done to this tree"
	fi
done
tally
