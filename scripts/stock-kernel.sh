#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch a stock Debian kernel image and its headers, unpacked in the cache
# and not installed. Prints the folder, which has in it:
#   vmlinuz	the image
#   build	the headers, as KDIR wants them
#   version	what it calls itself
#   arch	what Linux calls its architecture
#   toolchain	where the tools of this machine are too old for these headers:
#		the root of a tree that has what they ask for; see inside.sh
#
# usage: stock-kernel.sh NAME
# NAME is 5.10, 6.1, 6.12 (of Debian 11 and 12), trixie or newest (in unstable),
# alone or with -cloud or -rt, and -arm64 at the end for that.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/archive.sh"

kernel=${1:-6.12-cloud}
series=${kernel%%-*}
kind=${kernel#"$series"}
debarch=amd64
case $kind in
*-arm64) kind=${kind%-arm64} debarch=arm64 ;;
esac

known() {
	case $series in
	5.10) release=bullseye number= ;;
	6.1) release=bookworm number= ;;
	6.12) release=bookworm number=-6.12 ;;
	trixie) release=trixie number= ;;
	newest) release=sid number= ;;
	*) return 1 ;;
	esac
	case $kind in
	'' | -cloud | -rt) ;;
	*) return 1 ;;
	esac
}

# The versions that the meta packages name today. In unstable the image is in another
# package, on which the package with the usual name depends.
resolve() {
	local binary

	use_archive "$release" "$debarch"
	image=$(depends_of "linux-image$number$kind-$debarch" \
		'^linux-image-[0-9]' | head -n 1)
	[ -n "$image" ] || return 1
	version=${image#linux-image-}
	version=${version%-unsigned}
	binary=$(depends_of "$image" '^linux-binary-[0-9]')
	image=${binary:-$image}
	mapfile -t headers < <(depends_of "linux-headers-$version" \
		'^linux-headers-[0-9]')
	kbuild=$(depends_of "linux-headers-$version" '^linux-kbuild-[0-9]')
	kbuild=${kbuild%%:*}
	[ -n "$kbuild" ] && [ ${#headers[@]} -gt 0 ] || return 1
	headers=("linux-headers-$version" "${headers[@]}")
	dir=$CACHE/stock/$version
}

# Called in a condition, where `set -e` is off: every step says what if not.
unpack() {
	local name file
	local part=$dir.part debs=()

	for name in "$image" "${headers[@]}"; do
		file=$(fetch_deb "$name") || return 1
		debs+=("$file")
	done
	# The tools in it are to run here, whatever the kernel is for.
	use_archive "$release"
	file=$(fetch_deb "$kbuild") || return 1
	debs+=("$file")
	rm -rf "$part" && mkdir -p "$part" || return 1
	dpkg-deb --fsys-tarfile "${debs[0]}" |
		tar -x -C "$part" --wildcards '*/vmlinuz*' || return 1
	find "$part" -name 'vmlinuz*' -type f -exec mv {} "$part/vmlinuz" \; ||
		return 1
	for file in "${debs[@]:1}"; do
		dpkg-deb -x "$file" "$part" || return 1
	done
	# The headers' Makefile names the place where they would be installed.
	sed -i "s|/usr/src/|$dir/usr/src/|g" \
		"$part/usr/src/linux-headers-$version/Makefile" || return 1
	ln -s "usr/src/linux-headers-$version" "$part/build" || return 1
	add_toolchain || return 1
	echo "$version" >"$part/version"
	[ "$debarch" = arm64 ] && echo arm64 >"$part/arch" ||
		echo x86_64 >"$part/arch"
	rm -rf "$dir" && mv "$part" "$dir" && rm -f "${debs[@]}"
}

# Tools of newer releases ask for a newer C library than that of Debian 12.
add_toolchain() {
	local tree needs

	case $release in
	bullseye | bookworm) return 0 ;;
	esac
	needs=$(depends_of "linux-headers-$version" '^(gcc|linux-compiler)-'
		depends_of "$kbuild" '^(lib|pahole)')
	# shellcheck disable=SC2086 # a list
	tree=$("$SCRIPTS/toolchain.sh" "$release" $needs) || return 1
	ln -s "$tree" "$part/toolchain"
}

fetch() {
	[ ! -e "$dir/vmlinuz" ] || return 0
	unpack
}

known || die "unknown KERNEL '$kernel'; there are 5.10, 6.1, 6.12, trixie and" \
	"newest, each alone or with -cloud or -rt, and -arm64"
mkdir -p "$CACHE/stock"
last=$CACHE/stock/$kernel.last
exec 7>"$CACHE/stock/.lock"
flock 7
# A version that vanished from the archive: newer lists know its successor.
# Where the archive cannot be reached, the one that served last does.
if { resolve && fetch; } || { update_lists && resolve && fetch; }; then
	ln -sfn "$dir" "$last"
else
	dir=$(readlink "$last" || true)
	[ -e "$dir/vmlinuz" ] || die "cannot fetch the stock kernel $kernel"
	note "cannot fetch a newer one: using ${dir##*/}"
fi
printf '%s\n' "$dir"
