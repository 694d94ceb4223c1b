#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build each C file of a folder into a static program of the same name, for
# the guest. A folder that does not exist holds no programs.
#
# usage: build-programs.sh SOURCE-FOLDER TARGET-FOLDER [COMPILER]

. "$(dirname "$0")/lib.sh"

from=$1 to=$2 cc=${3:-gcc}

mkdir -p "$to"
for source in "$from"/*.c; do
	[ -e "$source" ] || continue
	program=$to/$(basename "$source" .c)
	if [ "$source" -nt "$program" ] || [ "$0" -nt "$program" ]; then
		"$cc" -std=gnu11 -O2 -Wall -Wextra -pthread -static \
			-I "$TOP/examples" -o "$program" "$source" ||
			die "${source#"$TOP"/} does not compile"
	fi
done
