#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unpack, in the cache, a folder with a compiler and the commands that a build of
# a module calls, of another release of Debian. Prints the folder; inside.sh runs
# a command in it.
#
# usage: toolchain.sh RELEASE PACKAGE...

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/archive.sh"

release=$1
shift

# With what they depend on; nothing counts as installed.
resolve() {
	in_archive apt-get "$@" --yes --no-install-recommends install \
		make dash coreutils sed grep findutils mawk diffutils \
		"${packages[@]}"
}

unpack() {
	local deb name

	rm -rf "$tree.part"
	mkdir -p "$tree.part/usr/"{bin,sbin,lib,lib64} "$tree.part/"{dev,proc,tmp}
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "$tree.part/$name"
	done
	in_archive apt-get clean
	resolve --download-only
	for deb in "$archive"/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$tree.part" --keep-directory-symlink
	done
	in_archive apt-get clean
	ln -sf mawk "$tree.part/usr/bin/awk"
	ln -sf dash "$tree.part/usr/bin/sh"
	: >"$tree.part/dev/null"
	mv "$tree.part" "$tree"
}

unpack_once() {
	[ -d "$tree" ] || step "unpacking a toolchain of $release" \
		"$CACHE/log/toolchain.log" unpack
}

packages=("$@")
mkdir -p "$CACHE/toolchain"
use_archive "$release"
what=$(resolve --print-uris | sed -n "s/^'[^']*' \([^ ]*\) .*/\1/p")
[ -n "$what" ] || die "the archive has no $* for $release"
tree=$CACHE/toolchain/$release-$(printf '%s' "$what" | sha256sum | cut -c1-8)
[ -d "$tree" ] || with_lock "$CACHE/toolchain/$release.lock" unpack_once
printf '%s\n' "$tree"
