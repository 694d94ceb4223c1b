#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unpack, in the cache, a folder with a compiler by its name, and with what the
# headers' own tools are linked to, of the release of Debian that has it. Prints the
# folder; see toolchain.sh. The release must be no older than that of the headers.
#
# usage: compiler.sh gcc-10|gcc-11|gcc-12|gcc-13|gcc-14

. "$(dirname "$0")/lib.sh"

case $1 in
gcc-10) release=bullseye ;;
gcc-11 | gcc-12) release=bookworm ;;
gcc-13 | gcc-14) release=trixie ;;
*) die "unknown COMPILER '$1'; there are gcc-10 to gcc-14" ;;
esac
elf=libelf1
[ "$release" != trixie ] || elf=libelf1t64
exec "$SCRIPTS/toolchain.sh" "$release" "$1" "$elf"
