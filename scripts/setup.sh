#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install what a task needs on a Debian machine, and say so. Does nothing,
# and needs no root, where everything is there already.
#
# usage: setup.sh TASK..., by the names below

. "$(dirname "$0")/lib.sh"

for task; do
	case $task in
	modules)
		need_packages 'building modules' gcc make libc6-dev rsync \
			binutils pahole ;;
	kernel)
		need_packages 'building a kernel' gcc make libc6-dev flex \
			bison bc libelf-dev libssl-dev xz-utils python3 perl \
			ccache rsync ;;
	qemu)
		need_packages 'running a kernel' qemu-system-x86 \
			qemu-system-data busybox-static cpio python3 ;;
	trace)
		need_packages 'tracing in the guest' bpftrace trace-cmd linux-perf ;;
	lint)
		need_packages 'checking style' sparse shellcheck perl python3 \
			reuse ;;
	install)
		need_packages 'installing' kmod man-db ;;
	dkms)
		need_packages 'DKMS' dkms kmod ;;
	deb)
		need_packages 'building Debian packages' build-essential \
			debhelper dh-dkms lintian python3 ;;
	clang)
		# A mirror from before an update of Debian 12 has 14 alone.
		clang=19
		apt-cache show clang-19 >/dev/null 2>&1 || clang=14
		need_packages 'building with clang' "clang-$clang" \
			"lld-$clang" "llvm-$clang" ;;
	coverage)
		need_packages 'measuring coverage' gcovr ;;
	plots)
		need_packages 'drawing plots' gnuplot-nox ;;
	arm64)
		need_packages 'building and running for arm64' \
			gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
			qemu-system-arm ipxe-qemu ;;
	s390x)
		need_packages 'building and running for s390x' \
			gcc-s390x-linux-gnu libc6-dev-s390x-cross \
			qemu-system-misc ;;
	i386)
		need_packages 'building and running for i386' \
			gcc-i686-linux-gnu libc6-dev-i386-cross ;;
	*)
		die "setup.sh: unknown task '$task'" ;;
	esac
done
