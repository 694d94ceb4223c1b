# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# The flavours of test kernel as one table. Sourced after lib.sh.

FLAVOURS='lean debug kcsan rt arm64 s390x i386'

as_bzimage() {
	image=arch/x86/boot/bzImage
	qemu='qemu-system-x86_64 -M q35 -cpu max'
}

# The one that setup.sh installed
newest_clang() {
	if command -v clang-19 >/dev/null; then
		echo clang-19
	else
		echo clang-14
	fi
}

# pick_flavour NAME sets, for the kernel of SOURCE: arch (as Linux calls it), debarch,
# cross (compiler prefix), cc (compiler), llvm (what make's LLVM is to be, if
# anything), fragments, targets (what make builds), image, qemu, append, memory,
# cpus, limit (seconds that a run may take), stuck (seconds that one case may take on
# a busy machine).
pick_flavour() {
	flavour=$1 cc=
	arch=x86_64 debarch=amd64 llvm='' cross=
	fragments="base x86_64 $flavour"
	targets='bzImage modules' image=vmlinux
	qemu='qemu-system-x86_64 -M q35 -bios qboot.rom -cpu max'
	append='console=ttyS0'
	memory=512 cpus=2 limit=450 stuck=120

	# Newer ones do not start by PVH.
	[ "${SOURCE:-6.12}" = 6.12 ] || as_bzimage
	case $flavour in
	lean)
		stuck=40 ;;
	many)
		# Not in FLAVOURS: 64 CPUs on a few cores are slow. Linux warns of
		# CPUs that it takes away, see LINUX_OWN in judge.py.
		append+=' sysctl.kernel.panic_on_warn=0'
		cpus=64 memory=2048 limit=3600 stuck=300 ;;
	bench | traced)
		# Not a flavour to check: the kernel that figures are taken in.
		fragments=bench
		[ "$flavour" = bench ] || fragments="bench $flavour"
		qemu='qemu-system-x86_64 -M q35 -bios qboot.rom -cpu qemu64'
		memory=1024 limit=3600 ;;
	clang)
		# For make clang, which builds modules alone.
		cc=$(newest_clang) llvm=${cc#clang}
		fragments='base x86_64 lean' targets=modules_prepare ;;
	native)
		# The same as a process of the machine: User Mode Linux.
		arch=um fragments=native targets='linux modules' image=linux
		memory=1024 limit=3600 ;;
	debug)
		# Nor does KASAN's: the log stays empty.
		as_bzimage
		append+=' kasan_multi_shot'
		memory=1024 limit=1800
		case ${SOURCE:-6.12} in
		6.*) ;;
		*)	fragments+=' nolockdep' ;;
		esac ;;
	kcsan)
		# Each race is a warning. The judge tells those inside Linux apart.
		append+=' sysctl.kernel.panic_on_warn=0'
		memory=1024 limit=1800 ;;
	rt)
		limit=900 ;;
	arm64)
		arch=arm64 debarch=arm64 cross=aarch64-linux-gnu-
		fragments='base arm64'
		targets='Image modules' image=arch/arm64/boot/Image
		qemu='qemu-system-aarch64 -M virt -cpu cortex-a57'
		append='console=ttyAMA0'
		memory=1024 limit=900 ;;
	s390x)
		arch=s390 debarch=s390x cross=s390x-linux-gnu-
		fragments='base s390x'
		targets='bzImage modules' image=arch/s390/boot/bzImage
		qemu='qemu-system-s390x -M s390-ccw-virtio -cpu max'
		append='console=ttyS0'
		limit=900 ;;
	i386)
		arch=i386 debarch=i386 cross=i686-linux-gnu-
		fragments='base i386'
		image=arch/x86/boot/bzImage
		# With -cpu max a 32-bit kernel warns at boot.
		qemu='qemu-system-x86_64 -M pc -cpu qemu32'
		limit=900 ;;
	*)
		die "unknown FLAVOUR '$flavour'; there are: $FLAVOURS, all" ;;
	esac
	cc=${cc:-${cross}gcc}
}

# Is this flavour built by a cross compiler?
foreign() {
	[ -n "$cross" ]
}
