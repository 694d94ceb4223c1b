#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make dkms: give the sources to DKMS, which builds and installs ddi.ko for
# the kernel whose headers KDIR names, and again for each kernel that comes.
# To undo it: dkms remove ddi/VERSION --all
# DESTDIR goes before every path, DKMS's own as well.

. "$(dirname "$0")/lib.sh"

root=${DESTDIR:-}
kdir=${KDIR:-/lib/modules/$(uname -r)/build}
version=$(ddi_version)
trees=()

# run_dkms VERB ARGUMENT...
run_dkms() {
	as_root dkms "$1" "ddi/$version" "${trees[@]}" "${@:2}"
}

kernel=$(release_of "$kdir")
"$SCRIPTS/setup.sh" modules dkms
if [ -n "$root" ]; then
	mkdir -p "$root/var/lib/dkms" "$root/lib/modules/$kernel"
	trees=(--dkmstree "$root/var/lib/dkms" --sourcetree "$root/usr/src"
		--installtree "$root/lib/modules" --no-depmod)
fi
run_dkms remove --all >/dev/null 2>&1 || true
as_root env DESTDIR="$root" "$SCRIPTS/install.sh" sources
run_dkms add
run_dkms install --kernelsourcedir "$kdir" -k "$kernel"
say "DKMS has ddi $version. Load it with: modprobe ddi"
