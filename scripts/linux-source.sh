#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch and unpack Debian's linux-source package; prints the folder.
# An unpacked older version serves where the archive cannot be reached.

. "$(dirname "$0")/lib.sh"

unpack() {
	local deb=$1 dir=$2

	rm -rf "$dir.part"
	mkdir -p "$dir.part"
	dpkg-deb --fsys-tarfile "$deb" |
		tar -x -O --wildcards './usr/src/*.tar.xz' |
		xz -dc -T0 | tar -x -C "$dir.part" --strip-components=1
	mv "$dir.part" "$dir"
}

unpack_once() {
	[ -d "$dir" ] || step 'unpacking the Linux source' \
		"$CACHE/log/unpack.log" unpack "$file" "$dir"
}

newest() {
	find "$CACHE/src" -maxdepth 1 -name 'linux-source-6.12_*' \
		! -name '*.part' ! -name '*.lock' | sort -V | tail -n 1
}

mkdir -p "$CACHE/src" "$CACHE/log"
apt-cache show linux-source-6.12 >/dev/null 2>&1 || update_lists || true
file=$(cached_deb linux-source-6.12)
dir=$CACHE/src/$(basename "${file%_all.deb}")

if [ -z "$file" ] || [ ! -d "$dir" ]; then
	if file=$(fetch_deb linux-source-6.12); then
		dir=$CACHE/src/$(basename "${file%_all.deb}")
		with_lock "$dir.lock" unpack_once
		rm -f "$file"
	else
		dir=$(newest)
		[ -n "$dir" ] || die 'cannot fetch linux-source-6.12;' \
			'is the machine on line?'
		note "cannot fetch a newer one: using $(basename "$dir")"
	fi
fi
printf '%s\n' "$dir"
