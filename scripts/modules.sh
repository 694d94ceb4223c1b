#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make: build ddi.ko for the kernel whose headers KDIR names. Linux's build
# cannot work in a path with a space; from such a checkout the module is built
# in the cache folder and copied back.

. "$(dirname "$0")/lib.sh"

kdir=${KDIR:-/lib/modules/$(uname -r)/build}

if [ ! -e "$kdir/Makefile" ]; then
	say "error: there are no kernel headers in $kdir."
	say "For the running kernel, install them:"
	say "    apt-get install linux-headers-$(uname -r)"
	say "or name another kernel's: make KDIR=/path/to/linux-headers"
	say "or, to try the module without any headers installed: make run"
	exit 1
fi

case $TOP in
*[[:space:]]*)
	stage=$("$SCRIPTS/build-modules.sh" plain "$kdir")
	cp "$stage/ddi.ko" "$stage/Module.symvers" "$TOP/" ;;
*)
	make -C "$kdir" M="$TOP" -j"$JOBS" modules ;;
esac

say "Built ddi.ko. Load it with: insmod ddi.ko"
