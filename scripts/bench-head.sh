#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the head of a file of figures: kernel, compiler, date, commit.
#
# usage: [BENCH_KERNEL=name] bench-head.sh WHAT

. "$(dirname "$0")/lib.sh"

source=$("$SCRIPTS/linux-source.sh")
commit=$(git -C "$TOP" rev-parse --short HEAD 2>/dev/null || echo unknown)
configs=("$TOP/kunit/bench.config")
case ${BENCH_KERNEL:-bench} in
bench)	;;
traced)	configs+=("$TOP/kunit/traced.config") ;;
*)	configs=("$TOP/kunit/$BENCH_KERNEL.config") ;;
esac
config=$(printf ' and %s' "${configs[@]#"$TOP/"}")
sum=$(cat "${configs[@]}" | sha256sum | cut -c1-12)
[ -z "$(git -C "$TOP" status --porcelain -- '*.[ch]' Kbuild '*/Kbuild' \
	'*.config' 2>/dev/null)" ] || commit="$commit and changes"
cat <<EOT
# $1
# kernel: $(basename "$source" | tr _ ' '), configuration: ${config# and }, sum: $sum
# compiler: $(gcc --version | head -n 1)
# date: $(date -u +%Y-%m-%d), commit: $commit
EOT
