#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install what a task needs on a Debian machine, and say so. Does nothing,
# and needs no root, where everything is there already.
#
# usage: setup.sh TASK..., by the names below

. "$(dirname "$0")/lib.sh"

# TASK: what it is, packages
tasks='
modules: building modules, gcc make libc6-dev rsync binutils pahole
kernel: building a kernel, gcc make libc6-dev flex bison bc libelf-dev libssl-dev xz-utils python3 perl ccache rsync
qemu: running a kernel, qemu-system-x86 qemu-system-data busybox-static cpio python3
trace: tracing in the guest, bpftrace trace-cmd linux-perf
lint: checking style, sparse shellcheck perl python3 reuse
install: installing, kmod man-db
dkms: DKMS, dkms kmod
deb: building Debian packages, build-essential debhelper dh-dkms lintian python3
clang: building with clang, clang-N lld-N llvm-N
coverage: measuring coverage, gcovr
plots: drawing plots, gnuplot-nox
arm64: building and running for arm64, gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm ipxe-qemu
s390x: building and running for s390x, gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-system-misc
i386: building and running for i386, gcc-i686-linux-gnu libc6-dev-i386-cross
'

for task; do
	row=$(grep "^$task: " <<<"$tasks") || die "setup.sh: unknown task '$task'"
	if [ "$task" = clang ]; then
		# A mirror from before an update of Debian 12 has 14 alone.
		apt-cache show clang-19 >/dev/null 2>&1 && clang=19 || clang=14
		row=${row//-N/-$clang}
	fi
	why=${row%%,*}
	# shellcheck disable=SC2086 # a list
	need_packages "${why#*: }" ${row#*, }
done
