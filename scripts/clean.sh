#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make clean: remove what was built, here and in the cache folder.
# make distclean: remove the cache folder as well (kernels, downloads).
#
# usage: clean.sh [all]

. "$(dirname "$0")/lib.sh"

find "$TOP" -name .git -prune -o -type f \( -name '*.o' -o -name '*.ko' \
	-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
	-o -name Module.symvers -o -name modules.order \
	-o -name '*.gcno' -o -name '.*.o.d' \) -exec rm -f {} +
rm -f "$TOP"/man/*.9f
rm -rf "$CACHE/build" "$CACHE/run" "$CACHE/log" "$CACHE/deb"
if [ "${1:-}" = all ]; then
	# Only what these scripts put there: the name may be anybody's.
	rm -rf "$CACHE"/{archive,debs,src,stock,toolchain,kernel,busybox,ccache,bench} \
		"$CACHE"/*.lock
	rmdir "$CACHE" 2>/dev/null || true
fi
