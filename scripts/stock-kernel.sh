#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch a stock Debian kernel image and its headers, unpacked in the cache
# and not installed. Prints the folder, which has in it:
#   vmlinuz	the image
#   build	the headers, as KDIR wants them
#   version	what it calls itself
#
# usage: stock-kernel.sh 6.12-cloud|6.12-rt|6.12-amd64|6.1-cloud|...

. "$(dirname "$0")/lib.sh"

kernel=${1:-6.12-cloud}

# Debian 12's own kernel is 6.1, and its meta packages have no number.
meta_package() {
	local series=${kernel%%-*} kind=-${kernel#*-}

	[ "$kind" != "-$kernel" ] || kind=-amd64
	case $series in
	6.1) series= ;;
	6.12) series=-6.12 ;;
	*) return 1 ;;
	esac
	case $kind in
	-amd64) kind= ;;
	-cloud | -rt) ;;
	*) return 1 ;;
	esac
	printf 'linux-%s%s%s-amd64\n' "$1" "$series" "$kind"
}

# Called in a condition, where `set -e` is off: every step says what if not.
unpack() {
	local name file
	local part=$dir.part debs=()

	for name in "$image" "${headers[@]}"; do
		file=$(fetch_deb "$name") || return 1
		debs+=("$file")
	done
	rm -rf "$part" && mkdir -p "$part" || return 1
	dpkg-deb --fsys-tarfile "${debs[0]}" |
		tar -x -C "$part" --wildcards './boot/vmlinuz-*' || return 1
	mv "$part"/boot/vmlinuz-* "$part/vmlinuz" || return 1
	for file in "${debs[@]:1}"; do
		dpkg-deb -x "$file" "$part" || return 1
	done
	# The headers' Makefile names the place where they would be installed.
	sed -i "s|/usr/src/|$dir/usr/src/|g" \
		"$part/usr/src/linux-headers-$version/Makefile" || return 1
	ln -s "usr/src/linux-headers-$version" "$part/build" || return 1
	echo "$version" >"$part/version"
	rm -rf "$dir" && mv "$part" "$dir" && rm -f "${debs[@]}"
}

# What the meta packages mean today
resolve() {
	image=$(depends_of "$(meta_package image)" '^linux-image-[0-9]' |
		head -n 1)
	[ -n "$image" ] || return 1
	version=${image#linux-image-}
	version=${version%-unsigned}
	mapfile -t headers < <(depends_of "linux-headers-$version" \
		'^linux-(headers|kbuild)-[0-9]')
	[ ${#headers[@]} -gt 0 ] || return 1
	headers=("linux-headers-$version" "${headers[@]}")
	dir=$CACHE/stock/$version
}

# Where the archive cannot be reached, the newest one in the cache serves.
newest() {
	local folder found=

	for folder in $(printf '%s\n' "$CACHE"/stock/"${kernel%%-*}".* |
			sort -V); do
		[ "${folder%.part}" = "$folder" ] || continue
		[ -e "$folder/vmlinuz" ] || continue
		case $kernel,${folder##*/} in
		*-cloud,*-cloud-amd64 | *-rt,*-rt-amd64) found=$folder ;;
		*-cloud,* | *-rt,* | *,*-cloud-amd64 | *,*-rt-amd64) ;;
		*) found=$folder ;;
		esac
	done
	printf '%s\n' "$found"
}

fetch() {
	[ ! -e "$dir/vmlinuz" ] || return 0
	unpack
}

meta_package image >/dev/null ||
	die "unknown KERNEL '$kernel'; there are 6.1 and 6.12, each" \
	    "alone or with -cloud, -rt or -amd64"
mkdir -p "$CACHE/stock" "$CACHE/log"
# A version that vanished from the archive: newer lists know its successor.
exec 7>"$CACHE/stock/.lock"
flock 7
if ! { resolve && fetch; } &&
   ! { update_lists && resolve && fetch; }; then
	dir=$(newest)
	[ -n "$dir" ] || die "cannot fetch the stock kernel $kernel"
	note "cannot fetch a newer one: using ${dir##*/}"
fi
printf '%s\n' "$dir"
