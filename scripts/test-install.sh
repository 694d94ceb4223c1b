#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make test-install: install ddi.ko into a folder, by make, by DKMS and by the
# Debian packages, for each kernel; each time build a driver outside of the tree
# with what was installed; load it in a guest; uninstall. Nothing is installed on
# this machine but the Debian packages that are needed to do so. The last line is
# "N passed, N failed".
#
# usage: test-install.sh   KERNEL='name ...' (default: all below; see stock-kernel.sh),
# or FEW=1 for those that CI tries

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/qemu.sh"
. "$SCRIPTS/tally.sh"

kernels='5.10-cloud 6.1-cloud 6.12-cloud newest-cloud'
# One with tools of this machine and one without
[ -z "${FEW:-}" ] || kernels='6.1-cloud newest-cloud'
kernels=${KERNEL:-$kernels}

in_copy() {
	make -C "$work/src" DESTDIR="$work/root" PREFIX=/opt KDIR="$kdir" "$@"
}

# The tree in which make works with these headers, where this machine has not what
# they ask for: their tools need a newer C library, or they name an older compiler.
tree_of_headers() {
	local cc

	cc=$(sed -nE 's/^#define LINUX_COMPILER\s+".*\b(gcc-[0-9]+) .*/\1/p' \
		"$kdir/include/generated/compile.h")
	if [ -e "$stock/toolchain" ]; then
		readlink "$stock/toolchain"
	elif ! command -v "$cc" >/dev/null; then
		"$SCRIPTS/compiler.sh" "$cc"
	fi
}

# From now on make goes to that tree, wherever it is called for these headers.
make_inside() {
	local tree

	tree=$(tree_of_headers)
	mkdir -p "$work/bin"
	cat >"$work/bin/make" <<-END
	#!/bin/bash
	case '$tree'" \$* " in
	/*' -C $kdir '*)
		exec '$SCRIPTS/inside.sh' '$tree' \\
			make DDI_DKMS="\${DDI_DKMS:-}" "\$@" ;;
	esac
	exec -a make $(PATH=${PATH#"$work/bin:"} command -v make) "\$@"
	END
	chmod +x "$work/bin/make"
}

has() {
	local name
	for name; do
		[ -e "$name" ] || { echo "no $name"; return 1; }
	done
}

installed() {
	in_copy install
	has "$work/root/lib/modules/$version/updates/ddi.ko" \
		"$work/root/opt/lib/ddi-ko/$version/Module.symvers" \
		"$work/root/opt/include/ddi-ko/"{sys/vmem.h,ddi/umem.h} \
		"$work/root/opt/share/ddi-ko/ddi.mk" \
		"$work/root/opt/share/man/man7/ddi.7" \
		"$work/root/opt/share/man/man9/rmalloc.9f"
	[ "$(modinfo -F version "$work/root/lib/modules/$version/updates/ddi.ko")" = \
		"$ddi_version" ]
	export MANPATH=$work/root/opt/share/man
	man rmalloc | grep -q 'rmalloc'
	man ddi | grep -q 'segments'
}

# driver FRAGMENT [MAKE-ARGUMENT...]: as README and PORTING.md say
driver() {
	local fragment=$1
	shift

	rm -rf "$work/driver"
	mkdir "$work/driver"
	cp "$TOP/examples/hello.c" "$work/driver/"
	cat >"$work/driver/Makefile" <<-END
	obj-m := hello.o
	include $fragment
	END
	make -C "$work/driver" KDIR="$kdir" "$@"
	[ "$(modinfo -F depends "$work/driver/hello.ko")" = ddi ]
	[ "$(modinfo -F vermagic "$work/driver/hello.ko" |
		cut -d' ' -f1)" = "$version" ]
}

driver_cleans() {
	make -C "$work/driver" KDIR="$kdir" clean
	! has "$work/driver/hello.ko"
}

# Without ddi.ko for that kernel the build must say so.
driver_refused() {
	mv "$work/root/opt/lib/ddi-ko/$version" "$work/away"
	make -C "$work/driver" KDIR="$kdir" DDI_DKMS=/nonexistent \
		>"$work/refused" 2>&1 || true
	cat "$work/refused"
	make -C "$work/driver" KDIR="$kdir" DDI_DKMS=/nonexistent clean
	mv "$work/away" "$work/root/opt/lib/ddi-ko/$version"
	grep "ddi.ko is not installed for the kernel $version" "$work/refused"
}

# in_guest MODULES DRIVER SCRIPT: SCRIPT succeeds where the folder MODULES is
# /lib/modules, with the driver in it and next to guest.sh
in_guest() {
	local run=$work/guest log=$work/guest/log root=$work/guest/root driver=$2

	rm -rf "$run"
	mkdir -p "$root/lib/modules"
	cp -r "$1/$version" "$root/lib/modules/"
	install -D -m 644 "$driver" \
		"$root/lib/modules/$version/updates/${driver##*/}"
	cp "$driver" "$root/"
	depmod -b "$root" "$version"
	cat >"$root/guest.sh"
	pack_root run-init.sh
	run_stock "$stock"
	cat "$run/report"
	"$SCRIPTS/judge.py" "$log" --need 'guest.sh exit 0'
}

# modprobe finds the installed module by the driver's dependency.
loads() {
	in_guest "$work/root/lib/modules" "$work/driver/hello.ko" <<-'END'
	modprobe hello && grep '^ddi ' /proc/modules &&
		dmesg | grep 'hello: slots 1 to 5'
	END
}

uninstalled() {
	in_copy uninstall
	find "$work/root" -type f
	[ -z "$(find "$work/root" -type f)" ]
}

# DKMS as on a machine of its own
dkms_in() {
	local verb=$1
	shift

	dkms "$verb" "ddi/$ddi_version" --dkmstree "$work/dkms" \
		--sourcetree "$work/deb/usr/src" \
		--installtree "$work/dkms-root/lib/modules" "$@"
}

dkms_builds() {
	mkdir -p "$work/dkms" "$work/dkms-root/lib/modules/$version"
	has "$work/dkms/ddi/$ddi_version/source" || dkms_in add
	dkms_in build -k "$version" --kernelsourcedir "$kdir"
	dkms_in install -k "$version" --kernelsourcedir "$kdir" --no-depmod
	dkms status --dkmstree "$work/dkms" | grep "$version.*: installed"
	has "$work/dkms-root/lib/modules/$version/updates/dkms/"ddi.ko*
}

dkms_removes() {
	dkms_in remove --all
	[ -z "$(find "$work/dkms" "$work/dkms-root" -name 'ddi*' -o \
		-name Module.symvers)" ]
}

# The worked port of PORTING.md, typed in an empty folder where the packages
# are installed
port() {
	local root=$work/deb/usr

	rm -rf "$work/port"
	mkdir "$work/port"
	(cd "$TOP" && scripts/docs-commands.py port host) |
		sed "s|/usr/share/|$root/share/|g" >"$work/port.sh"
	grep -q 'patch ' "$work/port.sh"
	(cd "$work/port" && KDIR=$kdir DDI_DKMS=$work/dkms \
		bash -ex "$work/port.sh")
	cmp "$work/port/rmdrv/rmdrv_xx.c" "$TOP/examples/rmdrv_xx.c"
}

port_works() {
	{
		echo 'set -ex'
		(cd "$TOP" && scripts/docs-commands.py port guest)
	} >"$work/port-guest.sh"
	grep -q 'rmmod ' "$work/port-guest.sh"
	in_guest "$work/dkms-root/lib/modules" "$work/port/rmdrv/rmdrv.ko" \
		<"$work/port-guest.sh"
	grep -E '^[0-9a-f]+ +xx_minors ' "$work/guest/report"
}

# Neither DKMS nor, without it, Linux's build goes on with a kernel that is too old.
too_old_refused() {
	local version

	for version in 4.19.0-27-amd64 5.4.0-216-generic 5.9.0-5-amd64; do
		mkdir -p "$work/dkms-root/lib/modules/$version"
		dkms_in build -k "$version" --kernelsourcedir "$kdir" \
			>"$work/refused" 2>&1 || true
		cat "$work/refused"
		grep 'BUILD_EXCLUSIVE directive which does not match this kernel' \
			"$work/refused"
	done
	make -C "$kdir" M="$work/src" VERSION=5 PATCHLEVEL=9 modules \
		>"$work/refused" 2>&1 || true
	cat "$work/refused"
	grep 'ddi.ko needs Linux 5.10 or newer; these headers are of 5.9' \
		"$work/refused"
}

# make dkms, as on a machine of its own
make_dkms() {
	in_copy DESTDIR="$work/dkms-alone" dkms
	has "$work/dkms-alone/lib/modules/$version/updates/dkms/"ddi.ko*
}

debs() {
	local out deb
	out=$(make -s --no-print-directory -C "$TOP" deb)
	for deb in "$out"/ddi-{dkms,dev}_*.deb; do
		dpkg-deb -x "$deb" "$work/deb"
	done
	has "$work/deb/usr/src/ddi-$ddi_version/dkms.conf" \
		"$work/deb/usr/share/ddi-ko/ddi.mk" \
		"$work/deb/usr/share/man/man9/rmalloc.9f.gz"
}

# One number, wherever it is written
same_version() {
	cd "$TOP"
	head -n 1 debian/changelog | grep -qF "ddi ($ddi_version)"
	grep -m 1 '^## \[[0-9]' CHANGELOG.md | grep -qF "[$ddi_version]"
	grep -q "^Version $ddi_version" README.md
}

"$SCRIPTS/setup.sh" modules install dkms deb qemu
need_packages 'copying the sources and porting a driver' git rsync patch
# Where inside.sh sees it
work=$(mktemp -d "$CACHE/test-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
ddi_version=$(ddi_version)
PATH=$work/bin:$PATH

try 'one version everywhere' same_version
try 'make deb, lintian' debs
# The checkout stays as it is.
copy_checkout "$work/src"
for kernel in $kernels; do
	stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
	kdir=$stock/build version=$(cat "$stock/version")
	make_inside
	try "$kernel: make install" installed
	try "$kernel: a driver of two lines builds" \
		driver "$work/root/opt/share/ddi-ko/ddi.mk"
	try "$kernel: modprobe loads both" loads
	try "$kernel: make clean in the driver" driver_cleans
	try "$kernel: a driver without ddi.ko is refused" driver_refused
	try "$kernel: make uninstall" uninstalled
	try "$kernel: DKMS" dkms_builds
	try "$kernel: a driver builds with DKMS's ddi.ko and the -dev package" \
		driver "$work/deb/usr/share/ddi-ko/ddi.mk" \
		DDI_DKMS="$work/dkms"
	try "$kernel: the port of PORTING.md, in an empty folder" port
	try "$kernel: the port works" port_works
done
try 'a kernel before 5.10 is refused' too_old_refused
try 'make dkms' make_dkms
try 'DKMS removes it all' dkms_removes
tally
