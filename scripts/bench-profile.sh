#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where the instructions of a workload go, by function: QEMU logs every
# instruction while the pairs are timed. Exact, and the same each time.
#
# usage: bench-profile.sh WORKLOAD ALLOCATOR N [FUNCTION]
#   e.g. scripts/bench-profile.sh mix vmem 100000
# With FUNCTION, also how often each of its instructions was executed.

. "$(dirname "$0")/lib.sh"

[ $# -ge 3 ] || die "usage: bench-profile.sh WORKLOAD ALLOCATOR N [FUNCTION]"
mkdir -p "$CACHE/run"
TRACE=$(mktemp -d "$CACHE/run/bench.trace.XXXXXX")
export TRACE

rows=$(echo "pair $1 $2 $3" | "$SCRIPTS/bench-run.sh" trace 'tracing in QEMU')
say "$rows"
"$SCRIPTS/bench-profile.py" "$TRACE/exec.log" "$TRACE/symbols" \
	"${rows##*,}" "${4:-}"
rm -rf "$TRACE"
