#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make fuzz: run ddi_kunit.ko's fuzzer, without the suites, in a guest. The
# last line is "N passed, N failed".
#
# usage: torture.sh fuzz   FLAVOUR=lean|debug|kcsan|rt  MINUTES=n
#	SEED=n (default: a new one)

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
	esac
}

pack() {
	mkdir -p "$run/root/modules"
	cp "$stage/ddi.ko" "$stage/kunit/ddi_kunit.ko" "$run/root/modules/"
	commands >"$run/root/commands"
	"$SCRIPTS/initramfs.sh" "$run/root" "$SCRIPTS/guest/torture-init.sh" \
		"$("$SCRIPTS/busybox.sh" "$debarch")" "$run/initramfs"
}

# shellcheck disable=SC2317 # called by watch_step
last_progress() {
	grep -aoE 'fuzz: [0-9]+ .*' "$log" | tail -n 1
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

pick_flavour "${FLAVOUR:-lean}"
[ "$arch" = x86_64 ] || die "$what runs in x86-64 flavours only"
say "$what, $flavour kernel, seed $seed, $minutes minutes"
"$SCRIPTS/setup.sh" qemu
kernel=$("$SCRIPTS/kunit-kernel.sh" "$flavour")
settings=(DDI_KUNIT=y "ARCH=$arch")
[ "$what" != fuzz ] || settings+=(DDI_TRACE_PC=y)
stage=$("$SCRIPTS/build-modules.sh" "$what-$flavour" "$kernel" \
	"${settings[@]}")
mkdir -p "$CACHE/run"
run=$(mktemp -d "$CACHE/run/check-$what.XXXXXX")
log=$run/console.log
pack
# shellcheck disable=SC2086 # a list of words
progress=last_progress boot "running in QEMU" "${TIMEOUT:-$((seconds * 2 + 300))}" \
	"$log" $qemu -smp "${SMP:-2}" -m "$memory" -serial "file:$log" \
	-kernel "$kernel/$image" -initrd "$run/initramfs" \
	-append "$append panic=-1 ignore_loglevel kunit.enable=0"
rm -rf "$run/root" "$run/initramfs"
keep_failing
need=()
! grep -qx 'CONFIG_PROVE_LOCKING=y' "$kernel/.config" || need+=(--need=lockdep)
grep -aoE 'ddi_kunit: fuzz: seed .*' "$log" || true
"$SCRIPTS/judge.py" "$log" --label "$flavour: $log" --need taint "${need[@]}"
