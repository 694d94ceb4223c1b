#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Count the instructions of a workload by function: QEMU logs every instruction
# while the pairs are timed. The counts are exact and repeatable.
#
# usage: bench-profile.sh WORKLOAD ALLOCATOR N [FUNCTION]
#   e.g. scripts/bench-profile.sh mix vmem 100000
#        scripts/bench-profile.sh umem umem 4096
#        scripts/bench-profile.sh fault devmap 0
# With FUNCTION, also how often each of its instructions was executed.

. "$(dirname "$0")/lib.sh"

[ $# -ge 3 ] || die "usage: bench-profile.sh WORKLOAD ALLOCATOR N [FUNCTION]"
TRACE=$(mktemp -d "$CACHE/run/bench.trace.XXXXXX")
export TRACE

case $1 in
umem)	command="umem $2 $3" ;;
fault)	command="fault order $2" ;;
*)	command="pair $1 $2 $3" ;;
esac
rows=$(echo "$command" | "$SCRIPTS/bench-run.sh" trace 'tracing in QEMU')
say "$rows"
"$SCRIPTS/bench-profile.py" "$TRACE/exec.log" "$TRACE/symbols" \
	"${rows##*,}" "${4:-}"
rm -rf "$TRACE"
