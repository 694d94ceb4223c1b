#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make fuzz, stress, lifecycle, soak: run ddi_kunit.ko's fuzzer, its stress of
# everything at once, loads and unloads, or all these by turns, without the
# suites, in a guest. The last line is "N passed, N failed".
#
# usage: torture.sh fuzz|stress|lifecycle|soak   FLAVOUR=lean|debug|kcsan|rt|many
#	MINUTES=n  SEED=n (default: a new one)  CYCLES=n (lifecycle)
#	KERNEL=name of a stock kernel (see stock-kernel.sh) to do it in instead
#	OPERATIONS=n (stress: enough; default in the lean kernel: 10 million)

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/flavours.sh"
. "$SCRIPTS/qemu.sh"

what=$1
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
minutes=${MINUTES:-5}
seconds=$((minutes * 60))

# What the guest is to do: a parameter of the module and its value, a line each
commands() {
	case $what in
	fuzz)
		echo "fuzz $seed $seconds" ;;
	stress)
		echo "stress $seed $seconds $operations" ;;
	soak)
		for ((minute = 0; minute < minutes; minute++)); do
			echo "stress $((seed + minute)) 35 0"
			echo "fuzz $((seed + minute)) 20"
			echo "cycles 10"
		done ;;
	esac
}

pack() {
	local init=torture-init.sh

	[ "$what" != lifecycle ] || init=lifecycle-init.sh
	pack_modules "$stage" kunit/ddi_kunit.ko kunit/life/ddi_life.ko
	"$SCRIPTS/build-programs.sh" "$TOP/kunit/guest" "$run/root/guest"
	commands >"$run/root/commands"
	echo "${CYCLES:-$cycles}" >"$run/root/cycles"
	pack_root "$init"
}

# shellcheck disable=SC2317 # called by watch_step
last_progress() {
	grep -aoE '(fuzz|stress|lifecycle): [0-9]+ .*' "$log" | tail -n 1 | tr -d '\r'
}

# An input that failed joins the corpus, to be looked at and committed.
keep_failing() {
	local file hex

	hex=$(sed -n 's/.*fuzz: failing input: \([0-9a-f]*\).*/\1/p' "$log")
	[ -n "$hex" ] || return 0
	file=$TOP/kunit/corpus/seed-$seed.txt
	printf '# Found by make fuzz SEED=%s\n%s\n' "$seed" "$hex" >"$file"
	say "The failing input is in $file; make check replays it."
}

# What was done, added up over all turns
summary() {
	tr -d '\r' <"$log" | sed -nE 's/.*ddi_kunit: (fuzz|stress): seed [0-9]+: /\1 /p' | awk '
		$1 == "fuzz" { inputs += $2; fuzzed += $4; if ($6 > places) places = $6 }
		$1 == "stress" { ops += $2; irq += $4; refused += $9; waits += $11
			cpus += $13; checks += $18 }
		END {
			if (ops)
				printf "stress: %d operations, %d of them in interrupts, %d refused, %d waits, %d times a CPU came and went, %d quiet checks\n",
					ops, irq, refused, waits, cpus, checks
			if (inputs)
				printf "fuzz: %d inputs, %d operations%s\n", inputs, fuzzed,
					places + 0 ? ", " places " places reached" : ""
		}'
	tr -d '\r' <"$log" | sed -nE 's/.*ddi-guest: lifecycle: ([0-9]+) cycles done, .*/\1/p' |
		awk '{ cycles += $1 } END { if (cycles) printf "lifecycle: %d loads and unloads\n", cycles }'
}

pick_flavour "${FLAVOUR:-lean}"
operations=${OPERATIONS:-0}
cycles=100
[ "$flavour" != lean ] || operations=${OPERATIONS:-10000000} cycles=1000
[ "$arch" = x86_64 ] || die "$what runs in x86-64 flavours only"
if [ "$what" = lifecycle ]; then
	say "$what, $flavour kernel, ${CYCLES:-$cycles} cycles"
else
	say "$what, $flavour kernel, seed $seed, $minutes minutes"
fi
"$SCRIPTS/setup.sh" qemu
settings=(DDI_KUNIT=y "ARCH=$arch")
if [ -n "${KERNEL:-}" ]; then
	flavour=$KERNEL operations=${OPERATIONS:-0} memory=1024
	stock=$("$SCRIPTS/stock-kernel.sh" "$KERNEL")
	kernel=$stock/build image=vmlinuz
	qemu='qemu-system-x86_64 -M q35 -cpu max'
	settings+=(DDI_TORTURE=y)
else
	kernel=$("$SCRIPTS/kunit-kernel.sh" "$flavour")
fi
[ "$what" != fuzz ] || settings+=(DDI_TRACE_PC=y)
stage=$("$SCRIPTS/build-modules.sh" "$what-$flavour" "$kernel" \
	"${settings[@]}")
new_run "check-$what"
pack
progress=last_progress boot_flavour $((seconds * 2 + 300)) kunit.enable=0 -serial "file:$log"
keep_failing
mapfile -t need < <(needs "$kernel")
summary | tee "$run/summary.txt"
ln -sfn "$(basename "$run")" "$CACHE/run/check-$what-$flavour.last"
"$SCRIPTS/judge.py" "$log" --label "$flavour: $log" --need taint "${need[@]}" |
	tee "$run/verdict.txt"
