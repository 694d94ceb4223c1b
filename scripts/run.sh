#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make run: boot a stock Debian kernel in QEMU, load ddi.ko and the examples,
# run the user program, unload everything. Exit status 0 only if all worked.
#
# With TRACE=1 they are watched through the tracepoints instead.
#
# usage: run.sh [shell]   KERNEL=6.12-cloud
# COMPILER=name builds the modules with that one; see compiler.sh.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/qemu.sh"

kernel=${KERNEL:-6.12-cloud}
mode=${1:-report}
script=guest.sh memory=512 tasks='modules qemu'
# The compiler in bpftrace is large.
[ -z "${TRACE:-}" ] ||
	{ script=trace.sh memory=2048 tasks+=' trace'; }
begin=$SECONDS

# add_program NAME: a program of this machine, with what it is linked to
add_program() {
	local file

	file=$(command -v "$1")
	install -D -t "$run/root/bin" "$file"
	ldd "$file" | grep -oE '/[^ ]+' | while read -r file; do
		install -D "$file" "$run/root$file"
	done
}

# Everything that the guest needs, in its root folder
pack() {
	pack_examples "$stage" "${cross}gcc"
	cp "$TOP/examples/$script" "$run/root/guest.sh"
	if [ -n "${TRACE:-}" ]; then
		add_program bpftrace
		add_program trace-cmd
		add_program perf
		install -D -m 644 -t "$run/root/tools" "$TOP"/tools/*.bt
	fi
	pack_root run-init.sh "$debarch"
}

# shellcheck disable=SC2317 # called by watch_step
count_lines() {
	printf '%d lines of report' "$(wc -l <"$run/report")"
}

show_report() {
	say
	tr -d '\r' <"$run/report" >&2
	say
	if [ "$1" = 0 ]; then
		say "ddi.ko on Debian's $version: all worked" \
			"($((SECONDS - begin)) s)"
	else
		say "ddi.ko on Debian's $version: FAILED; the log is $log"
	fi
}

say "ddi.ko and its examples on Debian's kernel $kernel"
# shellcheck disable=SC2086 # a list
"$SCRIPTS/setup.sh" $tasks
stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
version=$(cat "$stock/version")
cross='' debarch=amd64
if [ "$(cat "$stock/arch")" = arm64 ]; then
	"$SCRIPTS/setup.sh" arm64
	cross=aarch64-linux-gnu- debarch=arm64
fi
toolchain=''
[ -z "${COMPILER:-}" ] || toolchain=$("$SCRIPTS/compiler.sh" "$COMPILER")
stage=$(CC=${COMPILER:-${cross:+${cross}gcc}} TOOLCHAIN=$toolchain \
	"$SCRIPTS/build-modules.sh" "stock-$kernel${COMPILER:+-$COMPILER}" \
	"$stock/build" DDI_EXAMPLES=y \
	${cross:+ARCH=arm64 CROSS_COMPILE="$cross"})
new_run "run-$kernel"
pack

if [ "$mode" = shell ]; then
	exec qemu-system-x86_64 -M q35 -cpu max -smp 2 -m "$memory" \
		-kernel "$stock/vmlinuz" -initrd "$run/initramfs" \
		-accel tcg,thread=multi -no-reboot -nographic \
		-nodefaults -no-user-config -serial mon:stdio \
		-append 'console=ttyS0 panic=-1 quiet port=console'
fi

progress=count_lines run_stock "$stock" "$memory"
verdict=0
"$SCRIPTS/judge.py" "$log" --need 'guest.sh exit' >"$run/verdict.txt" ||
	verdict=1
show_report "$verdict"
[ "$verdict" = 0 ] || sed '$d' "$run/verdict.txt" >&2
exit "$verdict"
