#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What `make run TRACE=1` does in its guest: the examples once more, watched
# through ddi.ko's tracepoints with nothing but tracefs. Exit status: 0 only
# if each question below got an answer.

tracing=/sys/kernel/tracing
failed=0

answered() {
	echo "--- $1"
	shift
	if "$@" >/tmp/answer && [ -s /tmp/answer ]; then
		head -n 16 /tmp/answer
	else
		echo "FAIL  no answer"
		failed=1
	fi
}

grep -q " $tracing " /proc/mounts || mount -t tracefs tracefs $tracing
for module in ddi rmdrv idspace native; do
	insmod "/modules/$module.ko" || exit 1
done
cd $tracing || exit 1

# Size of requests, by arena and caller: who holds an arena.
holders='hist:keys=name,caller.sym:vals=size:sort=size.descending'
echo "$holders" >events/ddi/vmem_alloc/trigger
# How long waiters waited, in powers of two of nanoseconds.
waits='hist:keys=name,ns.log2:sort=name,ns'
echo "$waits" >events/ddi/vmem_wait_end/trigger
echo 1 >events/ddi/enable
/bin/ddi_demo >/dev/null || failed=1
echo 0 >events/ddi/enable

answered 'events seen' sh -c "sed -n 's/^.*: \\([a-z_]*\\): .*/\\1/p' trace |
	sort | uniq -c"
answered 'the last ones' tail -n 3 trace
answered 'who allocates: events/ddi/vmem_alloc/hist' \
	grep '^{' events/ddi/vmem_alloc/hist
answered 'waits: events/ddi/vmem_wait_end/hist' \
	grep -v '^#' events/ddi/vmem_wait_end/hist
# A module cannot go in peace while somebody watches it.
echo "!$holders" >events/ddi/vmem_alloc/trigger
echo "!$waits" >events/ddi/vmem_wait_end/trigger
for module in native idspace rmdrv ddi; do
	rmmod "$module" || failed=1
done
exit $failed
