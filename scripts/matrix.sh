#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make matrix: build for every stock kernel of Debian 12, boot each image and
# run the example's program in it. Ends with a table and "N passed, N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

kernels=${KERNEL:-6.1-amd64 6.1-cloud 6.1-rt 6.12-amd64 6.12-cloud 6.12-rt}
table=()

for kernel in $kernels; do
	begin=$SECONDS
	if KERNEL=$kernel "$SCRIPTS/run.sh"; then
		word=ok passed=$((passed + 1))
	else
		word=FAIL failed=$((failed + 1))
	fi
	table+=("$(printf '%-5s %-12s %3d s' "$word" "$kernel" \
		$((SECONDS - begin)))")
done
printf '%s\n' "${table[@]}"
tally
