#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build each C file of a folder, and the C files of each folder in it, into a
# static program of the same name, for the guest. A folder that does not exist
# holds no programs.
#
# usage: build-programs.sh SOURCE-FOLDER TARGET-FOLDER [COMPILER]

. "$(dirname "$0")/lib.sh"

from=$1 to=$2 cc=${3:-gcc}

# build PROGRAM SOURCE...
build() {
	local program=$1
	shift

	# Offsets of 64 bits on 32-bit machines, too
	"$cc" -D_FILE_OFFSET_BITS=64 -std=gnu11 -O2 -Wall -Wextra -pthread -static \
		-I "$TOP/examples" -I "$TOP" -o "$program" "$@" ||
		die "${program##*/} does not compile"
}

mkdir -p "$to"
for source in "$from"/*; do
	program=$to/$(basename "$source" .c)
	case $source in
	*.c)	[ ! -f "$source" ] || build "$program" "$source" ;;
	*)	! ls "$source"/*.c >/dev/null 2>&1 ||
			build "$program" "$source"/*.c ;;
	esac
done
