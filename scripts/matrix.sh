#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make matrix: build for each of Debian's stock kernels, without a warning, boot
# it and run the example's program. Ends with a table and "N passed, N failed".
# With README=1 the table in README.md becomes that of this run.
#
# usage: matrix.sh   KERNEL='name ...' (default: all; see stock-kernel.sh)

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

all='5.10 5.10-cloud 5.10-rt 6.1 6.1-cloud 6.1-rt 6.12 6.12-cloud 6.12-rt
	6.12-cloud-arm64 trixie-cloud newest newest-cloud newest-rt'
kernels=${KERNEL:-$all}
facts=$CACHE/run/matrix.txt
table=()

# While one is built and booted, the next ones are fetched.
fetch_all() {
	local name
	for name in $kernels; do
		"$SCRIPTS/stock-kernel.sh" "$name" || true
	done >"$CACHE/log/matrix-fetch.log" 2>&1
}

no_warning() {
	! grep -E 'warning:|WARNING:' "$1"
}

# What Debian exports and Linux does not, no other kernel would have.
vanilla_only() {
	! nm -u "$1" | awk '{ print $2 }' | grep -xF -f "$SCRIPTS/debian-exports.txt"
}

# What it calls itself, the compiler, and what make run calls it
note_facts() {
	local log
	# shellcheck disable=SC2012 # our own plain names
	log=$(ls -dt "$CACHE"/run/run-"$kernel".*/console.log | head -n 1)
	printf '%s\t%s\t%s\n' \
		"$(sed -nE 's/.*Linux version .* Debian ([^ ]+) .*/\1/p' "$log" |
			head -n 1)" \
		"$(readelf -p .comment "$stage/ddi.ko" |
			sed -nE 's/.*GCC: \(.*\) ([0-9.]+)$/gcc \1/p' |
			head -n 1)" "$kernel" >>"$facts"
}

works() {
	local stage

	stage=$(stage_of "stock-$kernel")
	KERNEL=$kernel FRESH=1 "$SCRIPTS/run.sh" || return 1
	no_warning "$stage.log" && vanilla_only "$stage/ddi.ko" || return 1
	note_facts
}

# One line for kernels that differ in their flavour alone
table_of() {
	sort -V "$1" | awk -F'\t' '
		$1 != was { if (was) print line " |"; was = $1
			line = "| " $1 " | " $2 " | `" $3 "`"; next }
		{ line = line ", `" $3 "`" }
		END { print line " |" }'
}

write_readme() {
	local at=$TOP/README.md

	table_of "$facts" >"$facts.table"
	awk -v table="$facts.table" '
		/^<!-- kernels -->/ { print; inside = 1
			print "| Debian'"'"'s version | built with | `make run KERNEL=` |"
			print "|---|---|---|"
			while ((getline line <table) > 0)
				print line }
		/^<!-- end -->/ { inside = 0 }
		!inside' "$at" >"$at.new"
	mv "$at.new" "$at"
}

mkdir -p "$CACHE/run" "$CACHE/log"
: >"$facts"
fetch_all &
trap 'kill $! 2>/dev/null || true' EXIT
for kernel in $kernels; do
	begin=$SECONDS
	if works; then
		word=ok passed=$((passed + 1))
	else
		word=FAIL failed=$((failed + 1))
	fi
	table+=("$(printf '%-5s %-17s %3d s' "$word" "$kernel" \
		$((SECONDS - begin)))")
done
[ -z "${README:-}" ] || [ "$failed" != 0 ] || write_readme
printf '%s\n' "${table[@]}"
tally
