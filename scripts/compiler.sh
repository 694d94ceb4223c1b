#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unpack, in the cache, a folder with a compiler by its name, and with what the
# headers' own tools are linked to, of the release of Debian that has it. Prints the
# folder; see toolchain.sh. The release must be no older than that of the headers.
#
# usage: compiler.sh gcc-10|gcc-11|gcc-12|gcc-13|gcc-14

. "$(dirname "$0")/lib.sh"

# Of 5.10's headers no tool asks for pahole.
case $1 in
gcc-10) release=bullseye tools='libelf1' ;;
gcc-11 | gcc-12) release=bookworm tools='libelf1 pahole' ;;
gcc-13 | gcc-14) release=trixie tools='libelf1t64 pahole' ;;
*) die "unknown COMPILER '$1'; there are gcc-10 to gcc-14" ;;
esac
# shellcheck disable=SC2086 # a list
exec "$SCRIPTS/toolchain.sh" "$release" "$1" $tools
