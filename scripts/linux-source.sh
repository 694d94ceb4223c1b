#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch and unpack one of Debian's linux-source packages; prints the folder.
# An unpacked older version serves where the archive cannot be reached.
#
# SOURCE is 6.1 or 6.12 (of Debian 12; the default), newest (in unstable), or the
# number of that; or, with KSRC, the name of a source in that folder.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/archive.sh"

source=${SOURCE:-6.12}

unpack() {
	local deb=$1 dir=$2

	rm -rf "$dir.part"
	mkdir -p "$dir.part"
	dpkg-deb --fsys-tarfile "$deb" |
		tar -x -O --wildcards './usr/src/*.tar.xz' |
		xz -dc -T0 | tar -x -C "$dir.part" --strip-components=1
	mv "$dir.part" "$dir"
}

newest() {
	find "$CACHE/src" -maxdepth 1 -name "${package}_*" \
		! -name '*.part' ! -name '*.lock' | sort -V | tail -n 1
}

# is_here: is the newest version of the package unpacked? Sets dir.
is_here() {
	local file

	file=$(cached_deb "$package")
	dir=$CACHE/src/$(basename "${file%_all.deb}")
	[ -n "$file" ] && [ -d "$dir" ]
}

# Two that want the same source at once download it once.
get() {
	local file

	! is_here || return 0
	if file=$(fetch_deb "$package"); then
		dir=$CACHE/src/$(basename "${file%_all.deb}")
		[ -d "$dir" ] || step 'unpacking the Linux source' \
			"$CACHE/log/unpack.log" unpack "$file" "$dir"
		rm -f "$file"
	else
		dir=$(newest)
		[ -n "$dir" ] || die "cannot fetch $package: there is no such" \
			'package, or the machine is off line'
		note "cannot fetch a newer one: using $(basename "$dir")"
	fi
}

if [ -n "${KSRC:-}" ]; then
	[ -e "$KSRC/Kconfig" ] || die "KSRC: there is no Linux source in $KSRC"
	realpath "$KSRC"
	exit
fi
mkdir -p "$CACHE/src"
case $source in
6.1 | 6.12)
	use_archive bookworm ;;
*)
	use_archive sid ;;
esac
if [ "$source" = newest ]; then
	package=$(depends_of linux-source '^linux-source-')
	package=${package:-linux-source-[0-9]*}
else
	package=linux-source-$source
fi

is_here || with_lock "$CACHE/src/fetch-${SOURCE:-6.12}.lock" get
printf '%s\n' "$dir"
