#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make dkms: give the sources to DKMS, which builds and installs ddi.ko for
# the kernel whose headers KDIR names, and again for each kernel that comes.
# To undo it: dkms remove ddi/VERSION --all

. "$(dirname "$0")/lib.sh"

kdir=${KDIR:-/lib/modules/$(uname -r)/build}
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf")

kernel=$(release_of "$kdir")
"$SCRIPTS/setup.sh" modules dkms
as_root dkms remove "ddi/$version" --all >/dev/null 2>&1 || true
as_root "$SCRIPTS/install.sh" sources
as_root dkms add "ddi/$version"
as_root dkms install "ddi/$version" --kernelsourcedir "$kdir" \
	-k "$kernel"
say "DKMS has ddi $version. Load it with: modprobe ddi"
