#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print what a file of figures must say about itself.
#
# usage: [BENCH_KERNEL=name] bench-head.sh WHAT

. "$(dirname "$0")/lib.sh"

source=$("$SCRIPTS/linux-source.sh")
commit=$(git -C "$TOP" rev-parse --short HEAD 2>/dev/null || echo unknown)
config=${BENCH_KERNEL:-bench}
[ "$config" != traced ] || config='bench.config and kunit/traced'
[ -z "$(git -C "$TOP" status --porcelain -- '*.[ch]' Kbuild '*/Kbuild' \
	2>/dev/null)" ] || commit="$commit and changes"
cat <<EOT
# $1
# kernel: $(basename "$source" | tr _ ' '), configuration: kunit/$config.config
# compiler: $(gcc --version | head -n 1)
# date: $(date -u +%Y-%m-%d), commit: $commit
EOT
