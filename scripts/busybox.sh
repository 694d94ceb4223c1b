#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the path of a static busybox for an architecture (Debian's name).
# A foreign one is taken out of Debian's package, through package lists of
# our own: the machine's are not touched.
#
# usage: busybox.sh amd64|arm64|s390x|i386

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/archive.sh"

debarch=$1

fetch() {
	local file part=$CACHE/busybox/$debarch.part

	use_archive bookworm "$debarch"
	file=$(fetch_deb busybox-static)
	rm -rf "$part"
	dpkg-deb -x "$file" "$part"
	cp "$part/bin/busybox" "$busybox"
	rm -rf "$part" "$file"
}

if [ "$debarch" = amd64 ]; then
	echo /bin/busybox
	exit
fi
busybox=$CACHE/busybox/$debarch
mkdir -p "$CACHE/busybox"
[ -x "$busybox" ] || with_lock "$CACHE/busybox/$debarch.lock" fetch
printf '%s\n' "$busybox"
