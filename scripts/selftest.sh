#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make selftest: show that the judge of logs is green on a good log and red
# on each fault. A faulty log is the good one with one change, made by sed.
# The same for what judges figures. The last line is "N passed, N failed".
#
# shellcheck disable=SC2016 # sed's $ is no variable

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

good=$SCRIPTS/selftest/good.log
kunit=$("$SCRIPTS/linux-source.sh")/tools/testing/kunit/kunit.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Suites that the log must show, for the judge to find
for name in apple pear plum; do
	printf 'static struct kunit_suite %s_suite = {\n\t.name = "%s",\n};\n' $name $name
done >"$work/suites.c"

judge() {
	"$SCRIPTS/judge.py" "$work/log" --kunit "$kunit" \
		--sources "$work/suites.c" --need taint \
		--need lockdep --need kmemleak: --need 'guest.sh exit' "$@"
}

# green NAME LAST-LINE SED-PROGRAM [JUDGE-ARGUMENT...]
green() {
	local name=$1 last=$2 rc=0
	sed -E "$3" "$good" >"$work/log"
	shift 3
	judge "$@" >"$work/out" || rc=1
	[ "$(tail -n 1 "$work/out")" = "$last" ] || rc=1
	result "$rc" "green: $name" "$work/out"
}

# red NAME REASON SED-PROGRAM: the status, the reason and the count must show
red() {
	local rc=1
	sed -E "$3" "$good" >"$work/log"
	if ! judge >"$work/out" && grep -qF "RED: $2" "$work/out" &&
	   tail -n 1 "$work/out" |
		grep -qE '^[0-9]+ passed, [1-9][0-9]* failed$'; then
		rc=0
	fi
	result "$rc" "red: $1" "$work/out"
}

# splat NAME LINE: a line that the kernel prints while all cases stay green
splat() {
	red "$1" 'report in the log' \
		"/ok 1 ripens/i [    1.091000] $2"
}

# race FRAME... / FRAME...: a sed program that adds KCSAN's report of two accesses to
# the good log. A frame is a function, or function@module; what has spaces is a line.
race() {
	local frame stamp='[    1.091000] ' access='of 8 bytes by task 35 on cpu'
	local report=$work/race.$BASHPID

	{
		echo "$stamp====="
		echo "${stamp}BUG: KCSAN: data-race in f / g"
		printf '%s\n' "$stamp" "${stamp}read to 0xffff88803e81d108 $access 1:"
		for frame; do
			case $frame in
			/)	printf '%s\n' "$stamp" \
					"${stamp}write (marked) to 0xffff88803e81d108 $access 0:" ;;
			*' '*)	echo "$stamp$frame" ;;
			*@*)	echo "$stamp ${frame%@*}+0x5b/0x94 [${frame#*@}]" ;;
			*)	echo "$stamp $frame+0x5b/0x94" ;;
			esac
		done
		printf '%s\n' "$stamp" "${stamp}Reported by Kernel Concurrency Sanitizer on:" \
			"${stamp}Workqueue: first grow_work [first_kunit]" "$stamp====="
	} >"$report"
	echo "/ok 1 ripens/r $report"
}

green 'the good log' '5 passed, 0 failed' ''
green 'carriage returns' '5 passed, 0 failed' 's/$/\r/'
green 'a module of Linux 6.1, whose stream has no header' '5 passed, 0 failed' \
	'/1\.084820/d; /1\.085059/d; /1\.094820/d; /1\.095[0-9]*\] 1\.\./d; s/ok 1 plum/ok 3 plum/'
green 'a filter leaves suites out' '3 passed, 0 failed' \
	'/1\.094820/,/ok 1 plum/d; s/1\.085059\] 1\.\.2/1.085059] 1..1/;
	 /1\.090540/,/ok 2 pear/d' --filter 'app*.*'

green 'a skipped case of a guest program is not a passed one' '5 passed, 0 failed' \
	'/ok 1 - a program/a [    1.120079] ddi-guest: | ok 2 - another # SKIP'
irq=asm_sysvec_apic_timer_interrupt
green 'a data race of Linux in an interrupt of our code' '5 passed, 0 failed' \
	"$(race hrtimer_active $irq grows@first_kunit / __hrtimer_run_queues $irq do_idle)"
green 'a data race of page flags under vmap()' '5 passed, 0 failed' \
	"$(race lru_add shmem_truncate_range shrinks@first_kunit / \
		__vmap_pages_range_noflush vmap grows@first_kunit)"
green 'the same while pages are entered, and our code reports a misuse' \
	'5 passed, 0 failed' \
	"$(race folio_mark_accessed unmap_page_range \
		'ddi: misuse: rmfree: wrong, called from wrongs+0x1/0x2 [second_kunit]' / \
		insert_page_into_pte_locked.isra.0 vm_insert_pages enters@first_kunit)"
green 'the same under unmap_mapping_range()' '5 passed, 0 failed' \
	"$(race lru_add release_pages shrinks@first_kunit / \
		unmap_page_range unmap_mapping_range leaves@first_kunit)"
green 'a data race of the log under printk()' '5 passed, 0 failed' \
	"$(race prb_reserve vprintk_store _printk grows@first_kunit / \
		desc_read prb_first_seq devkmsg_open)"
green 'a warning of Linux about a CPU that goes' '5 passed, 0 failed' \
	'/ok 1 ripens/i [    1.091000] WARNING: CPU: 1 PID: 22 at kernel/sched/core.c:8365 sched_cpu_dying+0x99/0x175
	s/taint 266240/taint 266752/'

red 'a data race under our code' 'report in the log' \
	"$(race rb_erase vmem_free@ddi $irq grows@first_kunit / __hrtimer_run_queues $irq do_idle)"
red 'the same in the second access' 'report in the log' \
	"$(race hrtimer_active $irq do_idle / rb_erase vmem_free@ddi)"
red 'a data race of what our code prints' 'report in the log' \
	"$(race string vsnprintf vprintk_store _printk grows@first_kunit / rb_erase do_idle)"
red 'a failed case' 'KUnit: 1 failed: apple.falls' \
	's/    ok 2 falls/    not ok 2 falls/; s/ok 1 apple/not ok 1 apple/'
red 'a failed case in the second stream' 'KUnit: 1 failed: plum.drops' \
	's/    ok 1 drops/    not ok 1 drops/; s/ok 1 plum/not ok 1 plum/'
red 'a case that does not end' 'KUnit: ' '/ok 2 falls/d'
red 'a crash inside a suite' 'suite pear did not end' \
	'/ok 1 ripens/,$d'
red 'a crash says where' \
	'no end marker: the guest did not finish; suite pear, after case none' \
	'/ok 1 ripens/,$d'
red 'a missing suite' 'suite plum did not run' '/1\.094820/,/ok 1 plum/d'
red 'no stream at all' 'no KTAP stream' '/1\.084820/,/ok 1 plum/d'
red 'suites without cases' 'KUnit: ' '/    ok [0-9]/d'
red 'an empty log' 'no start marker' d
red 'no start marker' 'no start marker' '/ddi-guest: start/d'
red 'no end marker' 'no end marker' '/ddi-guest: end/d'
red 'out of time' 'stopped after the limit' \
	'/ddi-guest: end/d; $a ddi-host: stopped after the limit of 300 s'
red 'QEMU that cannot start' 'qemu: ' \
	'1!d; s/.*/ddi-host: qemu: could not open the kernel/'
red 'a refused insmod' 'insmod failed' \
	'/ddi-guest: end/i [    1.1] ddi-guest: insmod failed: ddi: no'
red 'a refused rmmod' 'rmmod refused' \
	'/ddi-guest: end/i [    1.1] ddi-guest: rmmod refused: ddi: busy'
red 'a guest program that says not ok' 'guest program: not ok' \
	's/\| ok 1/| not ok 1/'
red 'a guest script that fails' 'guest.sh exit 1' 's/exit 0/exit 1/'
red 'a guest script that did not end' 'the guest did not tell about: guest.sh' \
	'/guest.sh exit/d'
red 'a taint by a warning' 'kernel tainted: W' 's/taint 266240/taint 266752/'
red 'a taint by a bad page' 'kernel tainted: B' 's/taint 266240/taint 266272/'
red 'no word about taint' 'the guest did not tell its taint' '/guest: taint/d'
red 'a dead lockdep' 'lockdep turned itself off' \
	's/debug_locks 1/debug_locks 0/'
red 'a silent lockdep' 'the guest did not tell about: lockdep' '/debug_locks/d'
red 'no search for leaks' 'the guest did not tell about: kmemleak' '/kmemleak/d'
red 'a leak' 'report in the log' \
	'/scan loaded/a [    1.14] ddi-guest: kmemleak: unreferenced object 0xffff888003e4a000 (size 64):'

splat 'WARN' 'WARNING: CPU: 0 PID: 55 at kernel/x.c:10 f+0x1/0x2 [ddi]'
splat 'BUG' 'kernel BUG at mm/slub.c:448!'
splat 'oops' 'Oops: Oops: 0000 [#1] PREEMPT SMP'
splat 'panic' 'Kernel panic - not syncing: no'
splat 'null pointer' 'BUG: kernel NULL pointer dereference, address: 0'
splat 'general protection' 'Oops: general protection fault, probably'
splat 'fault on arm64' 'Unable to handle kernel paging request at virtual'
splat 'KASAN' 'BUG: KASAN: slab-use-after-free in f+0x1/0x2 [ddi]'
splat 'KFENCE' 'BUG: KFENCE: out-of-bounds read in f+0x1/0x2'
splat 'UBSAN' 'UBSAN: shift-out-of-bounds in ddi_vmem/search/policy.c:5:6'
splat 'KCSAN' 'BUG: KCSAN: data-race in f / g'
splat 'slab corruption' 'BUG kmalloc-64 (Tainted: G O): Poison overwritten'
splat 'lockdep cycle' 'WARNING: possible circular locking dependency detected'
splat 'lockdep context' '[ BUG: Invalid wait context ]'
splat 'atomic sleep' \
	'BUG: sleeping function called from invalid context at f.c:1'
splat 'scheduling while atomic' 'BUG: scheduling while atomic: a/1/0x2'
splat 'stall' 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:'
splat 'hung task' 'INFO: task a:1 blocked for more than 60 seconds.'
splat 'soft lockup' 'watchdog: BUG: soft lockup - CPU#0 stuck for 26s!'
splat 'object debugging' 'ODEBUG: free active (active state 0) object: 0'
splat 'reference count' 'refcount_t: underflow; use-after-free.'
splat 'list corruption' 'list_del corruption. prev->next should be 0'
splat 'page state' 'BUG: Bad page state in process a  pfn:1'
splat 'out of memory' 'Out of memory: Killed process 1 (a)'

# shellcheck source=scripts/selftest/figures.sh
. "$SCRIPTS/selftest/figures.sh"

tally
