#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Runs in the guest of `make run`: loads ddi.ko and the examples from /modules,
# runs the program that exercises them, and unloads everything. Exit status: 0
# only if all of it worked.

modules='ddi hello rmdrv idspace native cold frames'
reversed='frames cold native idspace rmdrv hello ddi'
# Drivers of PCI devices, for kernels that have PCI
if [ -e /modules/edu.ko ]; then
	modules="$modules carveout edu" reversed="edu carveout $reversed"
fi
# How many bits of address the device's DMA engine may use; see scripts/qemu.sh.
dma_bits=32
failed=0

ok() {
	echo "ok    $*"
}

bad() {
	echo "FAIL  $*"
	failed=1
}

loaded() {
	grep -q "^$1 " /proc/modules
}

load_all() {
	for module in $modules; do
		parameters=
		[ "$module" != edu ] || parameters=dma_bits=$dma_bits
		insmod "/modules/$module.ko" $parameters || bad "insmod $module"
	done
}

unload_all() {
	for module in $reversed; do
		rmmod "$module" || bad "rmmod $module"
		! loaded "$module" || bad "$module is still there"
	done
}

must_refuse() {
	if rmmod "$1" 2>/dev/null; then
		bad "rmmod $1 was not refused, $2"
	else
		ok "rmmod $1 is refused, $2"
	fi
}

echo "Linux $(uname -r), $(nproc) CPUs"
load_all
[ "$failed" = 1 ] || ok "loaded: $modules"
must_refuse ddi 'while drivers use it'

for device in rmdrv idspace ddi_native ddi_cold ddi_frames; do
	[ -c "/dev/$device" ] || bad "no /dev/$device"
done
exec 3<>/dev/idspace
must_refuse idspace 'while a device is open'
exec 3>&-

# The edu device waits for its DMA engine most of the time: beside the others.
/bin/ddi_demo edu >/edu.txt 2>&1 &
/bin/ddi_demo -edu || failed=1
wait $! || failed=1
cat /edu.txt

unload_all
# On a PC, what the device is by default: it reaches 256 MiB and no more.
[ "$(uname -m)" != x86_64 ] || dma_bits=28
load_all
[ "$dma_bits" = 32 ] || [ ! -c /dev/edu0 ] || /bin/ddi_demo 'edu buffered' || failed=1
unload_all
[ "$failed" = 1 ] || ok 'all unloaded, loaded and unloaded again'

# The example drivers make no mistake, so any report of misuse is a failure.
if dmesg | grep -i 'ddi: .*\(misuse\|leak\)'; then
	bad 'ddi.ko reports misuse'
else
	ok 'ddi.ko has no misuse to report'
fi
dmesg | grep -q 'hello: slots 1 to 5' || bad 'hello has not said its line'
exit "$failed"
