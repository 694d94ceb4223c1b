#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make test-install: install ddi.ko into a folder, by make, by DKMS and by the
# Debian packages, for 6.1 and for 6.12; each time build a driver outside of
# the tree with what was installed; load it in a guest; uninstall. Nothing is
# installed on this machine but the Debian packages that are needed to do so.
# The last line is "N passed, N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/qemu.sh"

kernels=${KERNEL:-6.1-cloud 6.12-cloud}
passed=0 failed=0

# try NAME COMMAND...: one check; its output is shown if it fails
try() {
	local name=$1 rc
	shift

	# In a condition `set -e` would be off.
	set +e
	(set -e; "$@") >"$work/out" 2>&1 </dev/null
	rc=$?
	set -e
	if [ "$rc" = 0 ]; then
		echo "ok    $name"
		passed=$((passed + 1))
	else
		echo "FAIL  $name"
		tail -n 20 "$work/out" | sed 's/^/        /'
		failed=$((failed + 1))
	fi
}

# The checkout stays as it is.
copy_sources() {
	cd "$TOP"
	git ls-files -z | rsync -a --from0 --files-from=- ./ "$work/src/"
}

in_copy() {
	make -C "$work/src" DESTDIR="$work/root" PREFIX=/opt KDIR="$kdir" "$@"
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
	MANPATH=$work/root/opt/share/man man rmalloc | grep -q 'rmalloc'
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

# modprobe finds the installed module by the driver's dependency.
loads() {
	local guest=$work/guest

	mkdir -p "$guest/lib/modules"
	cp -r "$work/root/lib/modules/$version" "$guest/lib/modules/"
	install -D -m 644 "$work/driver/hello.ko" \
		"$guest/lib/modules/$version/updates/hello.ko"
	depmod -b "$guest" "$version"
	cat >"$guest/guest.sh" <<-'END'
	modprobe hello && grep '^ddi ' /proc/modules &&
		dmesg | grep 'hello: slots 1 to 5'
	END
	"$SCRIPTS/initramfs.sh" "$guest" "$SCRIPTS/guest/run-init.sh" \
		/bin/busybox "$work/initramfs"
	boot 'running in QEMU' 300 "$work/log" qemu-system-x86_64 -M q35 \
		-cpu max -smp 2 -m 512 -kernel "$stock/vmlinuz" \
		-initrd "$work/initramfs" -serial "file:$work/log" \
		-serial "file:$work/report" \
		-append 'console=ttyS0 panic=-1 ignore_loglevel printk.devkmsg=on'
	rm -rf "$guest"
	"$SCRIPTS/judge.py" "$work/log" --need 'guest.sh exit 0'
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

debs() {
	local out deb
	out=$("$SCRIPTS/deb.sh")
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
	grep -q "^#define DDI_VERSION[[:blank:]]*\"$ddi_version\"" ddi_main.c
	head -n 1 debian/changelog | grep -qF "ddi ($ddi_version)"
	grep -q "^## $ddi_version" CHANGELOG.md
}

"$SCRIPTS/setup.sh" modules install dkms deb qemu
need_packages 'copying the sources' git rsync
mkdir -p "$CACHE/log"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ddi_version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf")

try 'one version everywhere' same_version
try 'make deb, lintian' debs
copy_sources
for kernel in $kernels; do
	stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
	kdir=$stock/build version=$(cat "$stock/version")
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
done
try 'DKMS removes it all' dkms_removes
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
