#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the path of a static busybox for an architecture (Debian's name).
# A foreign one is taken out of Debian's package, through package lists of
# our own: the machine's are not touched.
#
# usage: busybox.sh amd64|arm64|s390x|i386

. "$(dirname "$0")/lib.sh"

debarch=$1

foreign_apt() {
	apt-get -o APT::Architecture="$debarch" \
		-o APT::Architectures::="$debarch" \
		-o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::Cache="$state/cache" -o APT::Sandbox::User=root "$@"
}

fetch() {
	local part=$state/part

	mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$part"
	: >"$state/status"
	# One index that the mirror is just renewing must not stop us.
	foreign_apt update || true
	(cd "$part" && foreign_apt download "busybox-static:$debarch")
	dpkg-deb -x "$part"/busybox-static_*.deb "$part"
	cp "$part/bin/busybox" "$busybox"
	rm -rf "$state"
}

if [ "$debarch" = amd64 ]; then
	echo /bin/busybox
	exit
fi
state=$CACHE/busybox/apt-$debarch
busybox=$CACHE/busybox/$debarch
mkdir -p "$CACHE/busybox" "$CACHE/log"
[ -x "$busybox" ] || with_lock "$CACHE/busybox/$debarch.lock" \
	step "fetching busybox for $debarch" "$CACHE/log/busybox.log" fetch
printf '%s\n' "$busybox"
