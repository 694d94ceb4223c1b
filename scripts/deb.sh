#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make deb: build the Debian packages, from a copy of the sources, and have
# lintian check them. Prints the folder they are in.

. "$(dirname "$0")/lib.sh"

out=$CACHE/deb

copy() {
	rm -rf "$out"
	mkdir -p "$out"
	copy_checkout "$out/ddi"
}

build() {
	cd "$out/ddi"
	dpkg-buildpackage --no-sign --build=full
}

check() {
	cd "$out"
	lintian --allow-root --info --display-info --pedantic \
		--fail-on error,warning,info ddi_*.changes
}

"$SCRIPTS/setup.sh" deb modules
need_packages 'building Debian packages' git rsync
mkdir -p "$CACHE/log"
copy
step 'building the packages' "$CACHE/log/deb.log" build
step 'checking them with lintian' "$CACHE/log/lintian.log" check
rm -rf "$out/ddi"
note "$(cd "$out" && printf "%s " ./*.deb ./*.dsc)"
printf '%s\n' "$out"
