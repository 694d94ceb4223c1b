#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Runs in the guest of `make run TRACE=1`: the examples again, watched through
# ddi.ko's tracepoints by tracefs alone, by trace-cmd, by perf, and by bpftrace. Exit
# status: 0 only if each question below got an answer.

tracing=/sys/kernel/tracing
failed=0

# answered QUESTION: there is something in /tmp/answer
answered() {
	echo "--- $1"
	if [ -s /tmp/answer ]; then
		head -n 16 /tmp/answer
	else
		echo "FAIL  no answer"
		tail -n 5 /tmp/log
		failed=1
	fi
	rm -f /tmp/answer
}

waits_and_failures() {
	trace-cmd record -e ddi:vmem_wait_end -e ddi:vmem_fail \
		-o /tmp/trace.dat /bin/ddi_demo rmdrv >/tmp/log 2>&1 &&
	trace-cmd report -i /tmp/trace.dat 2>/tmp/log | grep vmem_ | head -n 4
}

counts() {
	perf stat -a -e 'ddi:*' /bin/ddi_demo rmdrv 2>&1 >/dev/null | tee /tmp/log |
		grep -E '^ +[1-9].* ddi:'
}

# With the stack of each
failing_calls() {
	perf record -g -a -e ddi:vmem_fail -o /tmp/perf.data /bin/ddi_demo idspace \
		>/tmp/log 2>&1 &&
	perf script -i /tmp/perf.data 2>/tmp/log | grep -m 1 -A 9 ddi:vmem_fail
}

wait_times() {
	bpftrace -c '/bin/ddi_demo rmdrv' /tools/waits.bt 2>/tmp/log |
		grep -A 12 '^@ns'
}

failures() {
	bpftrace -c '/bin/ddi_demo idspace' /tools/failures.bt 2>/tmp/log |
		grep -A 12 '^@size'
}

# One that has ended stays a zombie until it is waited for.
runs() {
	grep -qs '^State:.[^Z]' "/proc/$1/status"
}

# still SECONDS PROCESS COMMAND...: until the command succeeds; fails when the
# time is over or the process has ended
still() {
	left=$1 process=$2
	shift 2
	until "$@"; do
		[ "$left" -gt 0 ] && runs "$process" || return 1
		left=$((left - 1))
		sleep 1
	done
}

# bpftrace loses an interrupt that arrives while it reads events, and a second
# one while it prints its maps cuts the output short. So send it again, but only
# after a while.
end_watching() {
	for patience in 15 30; do
		kill -INT "$1" 2>/dev/null
		still $patience "$1" false
	done
	kill "$1" 2>/dev/null
}

# Each open of the device has a minor number.
holders_of_minors() {
	: >/tmp/log
	bpftrace /tools/holders.bt >/tmp/log 2>&1 &
	watcher=$!
	still 60 $watcher grep -q Attaching /tmp/log
	sleep 5
	exec 3<>/dev/rmdrv
	exec 4<>/dev/rmdrv
	sleep 2
	end_watching $watcher
	exec 3<&- 4<&-
	wait $watcher
	grep '^@holder' /tmp/log
}

grep -q " $tracing " /proc/mounts || mount -t tracefs tracefs $tracing
for module in ddi rmdrv idspace native cold frames; do
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
/bin/ddi_demo >/tmp/log || { grep -v "^ok" /tmp/log; failed=1; }
echo 0 >events/ddi/enable

sed -n 's/^.*: \([a-z_]*\): .*/\1/p' trace | sort | uniq -c >/tmp/answer
answered 'events seen'
tail -n 3 trace >/tmp/answer
answered 'the last ones'
grep '^{' events/ddi/vmem_alloc/hist >/tmp/answer
answered 'who allocates: events/ddi/vmem_alloc/hist'
grep -v '^#' events/ddi/vmem_wait_end/hist >/tmp/answer
answered 'waits: events/ddi/vmem_wait_end/hist'
# A trigger holds a reference to the module.
echo "!$holders" >events/ddi/vmem_alloc/trigger
echo "!$waits" >events/ddi/vmem_wait_end/trigger

waits_and_failures >/tmp/answer
answered 'trace-cmd: waits and failures'
counts >/tmp/answer
answered 'perf: how often which event'
failing_calls >/tmp/answer
answered 'perf: where a request failed'
wait_times >/tmp/answer
answered 'bpftrace: how long threads wait, in nanoseconds'
failures >/tmp/answer
answered 'bpftrace: which requests fail'
holders_of_minors >/tmp/answer
answered 'bpftrace: who holds which minor numbers'

cd /
for module in frames cold native idspace rmdrv ddi; do
	rmmod "$module" || failed=1
done
exit $failed
