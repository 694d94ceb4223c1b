#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make clang: build everything with clang and W=1, against a Linux source that was
# configured for it, and see that clang has nothing to say. Nothing is run: that
# source is not built, so that it has no list of the kernel's exports. The last
# line is "N passed, N failed".
#
# SOURCE=6.1|6.12|newest (default: 6.12)

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"
. "$SCRIPTS/flavours.sh"

builds() {
	FRESH=1 CC=$cc "$SCRIPTS/build-modules.sh" clang "$kernel" -k \
		LLVM="$llvm" KBUILD_MODPOST_WARN=1 W=1 DDI_EXAMPLES=y \
		DDI_KUNIT=y DDI_BENCH=y
	# Linux's own build falls back to gcc where it was configured for that.
	readelf -p .comment "$stage/ddi.ko" | grep 'clang version'
}

# What clang, or Kbuild, says; modpost misses the kernel's exports.
says_nothing() {
	! grep -E '(warning|error|WARNING|ERROR):|\*\*\*' "$stage.log" |
		sed "s|$stage/||g" |
		grep -vE 'undefined!$|Module.symvers is missing|modpost: suppressed'
}

"$SCRIPTS/setup.sh" modules kernel clang
pick_flavour clang
kernel=$("$SCRIPTS/kunit-kernel.sh" clang)
echo "$("$cc" --version | head -n 1), Linux $(make -s -C "$kernel" kernelversion)"
stage=$(stage_of clang)
try 'ddi.ko, the examples, the suites and the benchmarks build' builds
try 'without a warning' says_nothing
tally
