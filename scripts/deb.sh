#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make deb: build the Debian packages, from a copy of the sources, and have
# lintian check them. Prints the folder they are in.
#
# usage: deb.sh [SOURCES]   for dist.sh: from that folder, which goes

. "$(dirname "$0")/lib.sh"

sources=${1:-$CACHE/deb/ddi}
out=$(dirname "$sources")

build() {
	cd "$sources"
	dpkg-buildpackage --no-sign --build=full
}

check() {
	cd "$out"
	lintian --allow-root --info --display-info --pedantic \
		--fail-on error,warning,info ddi_*.changes
}

"$SCRIPTS/setup.sh" deb modules
need_packages 'building Debian packages' git rsync
if [ $# = 0 ]; then
	rm -rf "$out"
	copy_checkout "$sources"
fi
step 'building the packages' "$CACHE/log/deb.log" build
step 'checking them with lintian' "$CACHE/log/lintian.log" check
rm -rf "$sources"
note "$(cd "$out" && printf "%s " ./*.deb ./*.dsc)"
printf '%s\n' "$out"
