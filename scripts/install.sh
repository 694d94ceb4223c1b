#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make install: build ddi.ko for the kernel whose headers KDIR names, and
# install
#   the module		/lib/modules/KERNEL/updates/ddi.ko
#   its exports		PREFIX/lib/ddi-ko/KERNEL/Module.symvers
#   the headers		PREFIX/include/ddi-ko/{sys,ddi}
#   tools		PREFIX/share/ddi-ko/tools, PREFIX/sbin/ddi-top
#   ddi.mk		PREFIX/share/ddi-ko/ddi.mk, for drivers' Makefiles
#   manual pages	PREFIX/share/man/man7, man8, man9
# make uninstall: remove it again; what other kernels need stays.
#
# PREFIX is /usr/local by default. DESTDIR goes before every path.
#
# usage: install.sh install|uninstall|shared|sources
#   shared: all but the module and its exports
#   sources: what DKMS builds the module from, to /usr/src/ddi-VERSION

. "$(dirname "$0")/lib.sh"

prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}
kdir=${KDIR:-/lib/modules/$(uname -r)/build}

# Root is needed for the system's own folders only.
put() {
	local above=$root/

	while [ -n "$root" ] && [ ! -e "$above" ]; do
		above=$(dirname "$above")
	done
	if [ -w "$above" ]; then
		"$@"
	else
		as_root "$@" || die "cannot write to ${root:-/}; be root"
	fi
}

# The index is of the kernel that will load the module.
index_modules() {
	if [ -z "$root" ]; then
		put depmod "$version"
	elif [ -e "$root/lib/modules/$version/modules.order" ]; then
		put depmod -b "$root" "$version"
	fi
}

install_module() {
	version=$(release_of "$kdir")
	"$SCRIPTS/modules.sh"
	put install -D -m 644 "$TOP/ddi.ko" \
		"$root/lib/modules/$version/updates/ddi.ko"
	index_modules
	put install -D -m 644 "$TOP/Module.symvers" \
		"$root$prefix/lib/ddi-ko/$version/Module.symvers"
}

install_shared() {
	local name section

	"$SCRIPTS/man.sh" >/dev/null
	cd "$TOP"
	for name in include/sys/*.h include/ddi/*.h; do
		put install -D -m 644 "$name" \
			"$root$prefix/include/ddi-ko/${name#include/}"
	done
	put install -D -m 644 scripts/ddi.mk \
		"$root$prefix/share/ddi-ko/ddi.mk"
	for name in tools/*; do
		put install -D -m "$(stat -c %a "$name")" "$name" \
			"$root$prefix/share/ddi-ko/$name"
	done
	put install -d "$root$prefix/sbin"
	put ln -sf ../share/ddi-ko/tools/ddi-top "$root$prefix/sbin/ddi-top"
	for name in man/*.[78] man/*.9f; do
		section=${name##*.}
		put install -D -m 644 "$name" \
			"$root$prefix/share/man/man${section%f}/${name#man/}"
	done
}

install_sources() {
	local name to

	to=$root/usr/src/ddi-$(ddi_version)
	cd "$TOP"
	find Kbuild LICENSE dkms.conf scripts/dkms-keep-symvers.sh ddi_* \
		include -type f \( -name '*.[ch]' -o ! -name '*.*' \
		-o -name dkms.conf -o -name '*.sh' \) | while read -r name; do
		put install -D -m 644 "$name" "$to/$name"
	done
	put chmod 755 "$to/scripts/dkms-keep-symvers.sh"
}

# Every page of ours names the module in its heading.
our_pages() {
	local dir
	for dir in "$root$prefix"/share/man/man{7,8,9}; do
		[ ! -d "$dir" ] || grep -lE '^\.TH .*"ddi\.ko' \
			"$dir"/*.[78] "$dir"/*.9f 2>/dev/null || true
	done
}

uninstall() {
	local page

	version=$(release_of "$kdir")
	put rm -f "$root/lib/modules/$version/updates/ddi.ko"
	index_modules
	put rm -rf "$root$prefix/lib/ddi-ko/$version"
	put rmdir "$root$prefix/lib/ddi-ko" 2>/dev/null || true
	if [ -e "$root$prefix/lib/ddi-ko" ]; then
		say "Kept headers and manual pages for ddi.ko of" \
			"$(ls "$root$prefix/lib/ddi-ko")."
		return
	fi
	put rm -rf "$root$prefix/include/ddi-ko" "$root$prefix/share/ddi-ko" \
		"$root$prefix/sbin/ddi-top"
	our_pages | while read -r page; do
		put rm -f "$page"
	done
}

case ${1:-} in
install)
	install_module
	install_shared
	say "Installed. Load it with: modprobe ddi"
	say "A driver's Makefile says: include $prefix/share/ddi-ko/ddi.mk" ;;
shared)
	install_shared ;;
sources)
	install_sources ;;
uninstall)
	uninstall
	say 'Uninstalled.' ;;
*)
	die 'usage: install.sh install|uninstall|shared|sources' ;;
esac
