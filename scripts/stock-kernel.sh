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

unpack() {
	local name
	local part=$dir.part

	rm -rf "$part"
	mkdir -p "$part"
	dpkg-deb --fsys-tarfile "$(fetch_deb "$image")" |
		tar -x -C "$part" --wildcards './boot/vmlinuz-*'
	mv "$part"/boot/vmlinuz-* "$part/vmlinuz"
	for name in "${headers[@]}"; do
		dpkg-deb -x "$(fetch_deb "$name")" "$part"
	done
	# The headers' Makefile names the place where they would be installed.
	sed -i "s|/usr/src/|$dir/usr/src/|g" \
		"$part/usr/src/linux-headers-$version/Makefile"
	ln -s "usr/src/linux-headers-$version" "$part/build"
	echo "$version" >"$part/version"
	rm -rf "$dir"
	mv "$part" "$dir"
	for name in "$image" "${headers[@]}"; do
		rm -f "$(cached_deb "$name")"
	done
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
if ! { resolve && with_lock "$dir.lock" fetch; } &&
   ! { update_lists && resolve && with_lock "$dir.lock" fetch; }; then
	dir=$(newest)
	[ -n "$dir" ] || die "cannot fetch the stock kernel $kernel"
	note "cannot fetch a newer one: using ${dir##*/}"
fi
printf '%s\n' "$dir"
