#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot the bench kernel with ddi.ko and ddi_bench.ko, give ddi_bench.ko the
# commands on standard input (see bench/main.c), print the rows it answers
# with. Used by the other bench scripts.
#
# usage: bench-run.sh icount|icount2|native|smp|trace LABEL [MODULE-SETTING...]
#   icount	time stamps count instructions; one CPU
#   icount2	the same, of two CPUs that take turns, together; or of more
#   native	User Mode Linux, nanoseconds; one CPU
#   smp		time stamps are real time; two CPUs
#   trace	as icount; what is timed is traced into the folder $TRACE
# KERNEL=name of a stock kernel (see stock-kernel.sh) to do it in instead
#   e.g. echo 'pair one all 1000' | scripts/bench-run.sh icount try

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/flavours.sh"
. "$SCRIPTS/qemu.sh"

mode=$1 label=$2
shift 2

kind=${BENCH_KERNEL:-bench}
single='-accel tcg,thread=single -icount shift=0,sleep=off -smp 1'
case $mode in
icount)	machine=$single ;;
icount[0-9]*) machine=${single%1}${mode#icount} ;;
native)	kind=native ;;
smp)	machine='-accel tcg,thread=multi -smp 2' ;;
trace)	machine="$single -D $TRACE/exec.log \
		-chardev pipe,id=mark,path=$TRACE/mark \
		-mon chardev=tracer,mode=readline \
		-chardev pipe,id=tracer,path=$TRACE/monitor" ;;
*)	die "unknown mode '$mode'" ;;
esac

# ddi_bench.ko writes a dot at the beginning and the end of what it times, and
# waits: this turns a log line for every instruction on, then off.
trace() {
	local dots mark answer

	exec {dots}<>"$TRACE/mark.out" {answer}<>"$TRACE/mark.in" \
		{monitor}<>"$TRACE/monitor.in"
	for mark in 'singlestep on|log exec,nochain' 'log none|singlestep off'; do
		IFS= read -r -d . -u "$dots" _
		tr '|' '\n' <<<"$mark" >&"$monitor"
		sleep 0.3
		printf x >&"$answer"
	done
}

count_rows() {
	local row

	row=$(grep -o 'ddi_bench: row,.*' "$log" | tail -n 1 | tr -d '\r' |
		cut -d, -f2-5 | tr ',' ' ')
	printf '%d rows (%s)' "$(grep -c 'ddi_bench: row,' "$log" || true)" \
		"$row"
}

pack() {
	pack_modules "$stage" bench/ddi_bench.ko
	mkdir "$run/root/bench"
	cat >"$run/root/bench/commands"
	[ "$mode" != trace ] || : >"$run/root/bench/trace"
	cp "$SCRIPTS/guest/bench.sh" "$run/root/guest.sh"
	pack_root run-init.sh
}

# The kernel as a process. It does not see what is new in the machine's vector
# registers, see native/no_xstate.c; so busybox must not use them either.
boot_native() {
	local rc=0 begin=$SECONDS plain='-AVX,-AVX2,-AVX512F,-AVX512VL,-XSAVE,-XSAVEC'

	gcc -O2 -shared -fPIC -o "$run/no_xstate.so" "$SCRIPTS/native/no_xstate.c"
	LD_PRELOAD=$run/no_xstate.so start timeout -k 5 "${TIMEOUT:-$limit}" \
		setarch -R "$kernel/$image" mem="${MEMORY:-$memory}M" \
		initrd="$run/initramfs" stderr=1 earlyprintk panic=-1 \
		printk.devkmsg=on GLIBC_TUNABLES="glibc.cpu.hwcaps=$plain" \
		>"$log" 2>&1
	finish "$label" || rc=$?
	note "$label: $((SECONDS - begin)) s"
	[ "$rc" = 0 ] || echo "ddi-host: ended with status $rc" >>"$log"
}

boot_qemu() {
	# shellcheck disable=SC2086 # lists of words
	boot "$label" "${TIMEOUT:-$limit}" "$log" \
		$qemu $machine -m "${MEMORY:-$memory}" $ports \
		-kernel "${stock:-$kernel}/$image" -initrd "$run/initramfs" \
		-append "$append panic=-1 nokaslr printk.devkmsg=on"
}

pick_flavour "$kind"
"$SCRIPTS/setup.sh" modules qemu
if [ -n "${KERNEL:-}" ]; then
	stock=$("$SCRIPTS/stock-kernel.sh" "$KERNEL")
	kind=$KERNEL kernel=$stock/build image=vmlinuz
	qemu='qemu-system-x86_64 -M q35 -cpu qemu64'
else
	kernel=$("$SCRIPTS/kunit-kernel.sh" "$kind")
fi
stage=$("$SCRIPTS/build-modules.sh" "$kind${1:+-${1%%=*}}" "$kernel" \
	DDI_BENCH=y ARCH="$arch" "$@")
new_run bench
pack
ports="-serial file:$log -serial file:$run/report.txt"
if [ "$mode" = trace ]; then
	ports+=' -serial chardev:mark'
	mkfifo "$TRACE"/{mark,monitor}.{in,out}
	trace &
	tracer=$!
fi
if [ "$mode" = native ]; then
	progress=count_rows boot_native
else
	progress=count_rows boot_qemu
fi
rm -rf "$run/root" "$run/initramfs"
if [ "$mode" = trace ]; then
	kill "$tracer" 2>/dev/null || true
	tr -d '\r' <"$run/report.txt" >"$TRACE/symbols"
	grep -i ' [tw] ' "$kernel/System.map" >>"$TRACE/symbols"
fi

tr -d '\r' <"$log" | sed -n 's/.*ddi_bench: row,//p'
grep -E 'ddi_bench: .* error|insmod failed' "$log" >&2 || true
"$SCRIPTS/judge.py" "$log" --need 'guest.sh exit 0' >"$run/verdict.txt" || {
	sed '$d' "$run/verdict.txt" >&2
	die "the run went wrong; the log is $log"
}
