#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-all: every figure that docs/bench holds, the plots, and the
# tables of the README. Takes half an hour on a quiet machine.

. "$(dirname "$0")/lib.sh"

BENCH=full "$SCRIPTS/bench.sh"
for kind in frag longest native smp magazine traced plots; do
	say "== $kind"
	"$SCRIPTS/bench-$kind.sh"
done
cd "$TOP"
scripts/bench-readme.py
