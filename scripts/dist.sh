#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make dist: the release tarball of the committed tree, with its manual pages,
# and the Debian packages made from that tarball. The same commit gives the
# same tarball, byte by byte. Prints the folder they are in.

. "$(dirname "$0")/lib.sh"

out=$CACHE/dist
name=ddi-$(ddi_version)

# Everything of the commit, with its time, and the pages made from its headers
tarball() {
	local when
	when=$(git -C "$TOP" log -1 --format=%ct)

	rm -rf "$out"
	mkdir -p "$out/tree"
	git -C "$TOP" archive --prefix="$name/" HEAD | tar -x -C "$out/tree"
	SOURCE_DATE_EPOCH=$when "$out/tree/$name/scripts/man.sh" >/dev/null
	find "$out/tree" -name __pycache__ -exec rm -rf {} +
	tar -C "$out/tree" --sort=name --mtime="@$when" --owner=0 --group=0 \
		--numeric-owner --format=gnu -c "$name" |
		xz -6 >"$out/$name.tar.xz"
	rm -rf "$out/tree"
}

"$SCRIPTS/setup.sh" modules
need_packages 'making a release' git xz-utils
[ -z "$(git -C "$TOP" status --porcelain)" ] ||
	note 'what is not committed is left out of the tarball'
step 'making the tarball' "$CACHE/log/dist.log" tarball
tar -xf "$out/$name.tar.xz" -C "$out"
"$SCRIPTS/deb.sh" "$out/$name" >/dev/null
(cd "$out" && sha256sum "$name.tar.xz") >&2
printf '%s\n' "$out"
