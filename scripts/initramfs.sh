#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pack a guest's root folder, with busybox, for the kernel to unpack.
#
# usage: initramfs.sh ROOT-FOLDER INIT-SCRIPT BUSYBOX OUTPUT
# ROOT-FOLDER may hold modules/, guest/, bin/ and guest.sh already.

. "$(dirname "$0")/lib.sh"

root=$1 init=$2 busybox=$3 output=$4

mkdir -p "$root/bin" "$root/lib" "$root/dev"
cp "$busybox" "$root/bin/busybox"
ln -sf busybox "$root/bin/sh"
cp "$SCRIPTS/guest/lib.sh" "$root/lib/guest.sh"
cp "$init" "$root/init"
chmod 755 "$root/init"
(cd "$root" && find . | LC_ALL=C sort |
	cpio --quiet -o -H newc -R 0:0) >"$output"
