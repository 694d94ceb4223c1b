#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make matrix: build for each of Debian's stock kernels, without a warning, boot
# it and run the example's program. Ends with a table and "N passed, N failed".
# With README=1 the tables in README.md and docs/supported-kernels.md become that of
# this run, if it was whole.
#
# usage: matrix.sh   KERNEL='name ...' (default: all; see stock-kernel.sh), or
# FEW=1 for those that CI runs; with a slash and a compiler behind the name, that one is used: see compiler.sh

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

# Debian's headers from 6.1 on have options that gcc 11 does not know.
all='5.10 5.10-cloud 5.10-rt 6.1 6.1-cloud 6.1-rt 6.12 6.12-cloud 6.12-rt
	6.12-cloud-arm64 trixie trixie-cloud trixie-rt newest newest-cloud newest-rt
	5.10-cloud/gcc-10 5.10-cloud/gcc-11 6.12-cloud/gcc-13 6.12-cloud/gcc-14'
# The oldest, the newest, and one between; test-install has 6.1, make check arm64
few='5.10-cloud 6.12-rt newest-cloud'
[ -n "${FEW:-}" ] || few=$all
kernels=${KERNEL:-$few}
facts=$CACHE/run/matrix.txt
table=()

# While one is built and booted, the next ones are fetched.
fetch_all() {
	local name
	for name in $kernels; do
		"$SCRIPTS/stock-kernel.sh" "${name%/*}" || true
	done >"$CACHE/log/matrix-fetch.log" 2>&1
}

# Kbuild says when a kernel was built with another compiler: asked for here.
no_warning() {
	! grep -v 'warning: the compiler differs from' "$1" |
		grep -E 'warning:|WARNING:'
}

# No other kernel has the symbols that Debian exports and Linux does not.
vanilla_only() {
	! nm -u "$@" | awk '{ print $2 }' | grep -xF -f "$SCRIPTS/debian-exports.txt"
}

# note_facts NAME STAGE: what it calls itself, the compiler, and its NAME here
note_facts() {
	local log
	# shellcheck disable=SC2012 # our own plain names
	log=$(ls -dt "$CACHE/run/run-${1%/*}".*/console.log | head -n 1)
	printf '%s\t%s\t%s\n' \
		"$(sed -nE 's/.*Linux version .* Debian ([^ ]+) .*/\1/p' "$log" |
			head -n 1)" \
		"$(readelf -p .comment "$2/ddi.ko" |
			sed -nE 's/.*GCC: \(.*\) ([0-9.]+)( [0-9]+)?$/gcc \1/p' |
			head -n 1)" "${1%/*}" >>"$facts"
}

# works NAME[/COMPILER]
works() {
	local kernel=${1%/*} stage compiler=''

	case $1 in
	*/*) compiler=${1#*/} ;;
	esac
	stage=$(stage_of "stock-$kernel${compiler:+-$compiler}")
	KERNEL=$kernel COMPILER=$compiler FRESH=1 "$SCRIPTS/run.sh" || return 1
	no_warning "$stage.log" && vanilla_only "$stage"/{.,examples}/*.ko || return 1
	note_facts "$1" "$stage"
}

# One line for kernels that differ in their flavour or compiler alone
table_of() {
	sort -s -V -t $'\t' -k 1,1 "$1" | awk -F'\t' '
		$1 != was { if (was) print_line(); was = $1; by = names = "" }
		!(($1, $2) in seen) { seen[$1, $2]; by = by ", " $2 }
		!(($1, $3) in seen) { seen[$1, $3]; names = names ", `" $3 "`" }
		END { print_line() }
		function print_line() {
			print "| " was " | " substr(by, 3) " | " substr(names, 3) " |"
		}'
}

write_tables() {
	local table

	table="| Debian's version | built with | \`KERNEL=\` |
|---|---|---|
$(table_of "$facts")"
	fill kernels "$TOP/README.md" <<<"$table"
	fill kernels "$TOP/docs/supported-kernels.md" <<<"$table

Seen on $(date +%F), commit $(git -C "$TOP" rev-parse --short HEAD)."
}

: >"$facts"
fetch_all &
trap 'kill $! 2>/dev/null || true' EXIT
for name in $kernels; do
	begin=$SECONDS
	if works "$name"; then
		word=ok passed=$((passed + 1))
	else
		word=FAIL failed=$((failed + 1))
	fi
	table+=("$(printf '%-5s %-17s %3d s' "$word" "$name" \
		$((SECONDS - begin)))")
done
[ -z "${README:-}" ] || [ "$kernels" != "$all" ] || [ "$failed" != 0 ] ||
	write_tables
printf '%s\n' "${table[@]}"
tally
