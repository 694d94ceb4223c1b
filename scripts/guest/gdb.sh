#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The guest of `make test-gdb`: the examples in the middle of their work, held
# there; what debugfs tells of that; then wait to be looked at from outside.

for module in qemu_fw_cfg ddi rmdrv idspace native; do
	insmod "/modules/$module.ko" || exit 1
done
for part in rmdrv idspace native; do
	(while :; do /bin/ddi_demo $part; done) >/dev/null &
done
sleep 3

# What sleeps in the kernel stops when it has ended.
cd /sys/kernel/debug/ddi || exit 1
while killall -STOP ddi_demo 2>/dev/null; cat arenas segments >/tmp/now
	! cmp -s /tmp/now /tmp/before; do
	cp /tmp/now /tmp/before
	sleep 1
done

echo '=== places'
cd /sys/module/ddi/sections && grep . .text .data .bss
sed -nE 's/^(\w+) . (__per_cpu_offset|nr_cpu_ids)$/\2:0x\1/p' /proc/kallsyms
echo '=== arenas'
cat /sys/kernel/debug/ddi/arenas
for file in segments stats misuses; do
	echo "=== $file"
	cat /sys/kernel/debug/ddi/$file
done
echo '=== end'
sleep 600
