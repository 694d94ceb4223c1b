#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make check: run every KUnit suite in a kernel built for it, under QEMU.
# The last line is "N passed, N failed".
#
# FLAVOUR=name|all  FILTER=suite.case (a glob)  MEMORY=MiB of the guest
# SOURCE=6.1|6.12|newest, of which the kernel is made (default: 6.12)
# EXTRA=kernel parameters, or NAME=value for the programs: DEVMAP_SECONDS=150 for long
#	races, DEVMAP_CASE=registers,fork for the cases with one of these in their names
# QUICK=1: leave out the cases that are marked as slow
# ENOUGH=regular expression: stop the guest at this line
# ICOUNT=1: one CPU, and a nanosecond of the guest is an instruction
# RECORD=name under which make robustness finds it; without a filter the flavour

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/flavours.sh"
. "$SCRIPTS/qemu.sh"

FILTER=${FILTER:-}
[ -z "${QUICK:-}" ] || EXTRA+=' kunit.filter=speed>slow kunit.filter_action=skip'
counting=
if [ -n "${ICOUNT:-}" ]; then
	counting='-accel tcg,thread=single -icount shift=0,sleep=off'
	SMP=1
fi
# Told apart from what others look at
other=${SOURCE:+-$SOURCE}
other=${other#-6.12}

# Which checkers must have spoken, by what the kernel was built with
needs() {
	! grep -qx 'CONFIG_PROVE_LOCKING=y' "$1/.config" || echo --need=lockdep
	! grep -qx 'CONFIG_DEBUG_KMEMLEAK=y' "$1/.config" ||
		echo --need=kmemleak:
	[ ! -e "$TOP/kunit/guest.sh" ] || echo '--need=guest.sh exit'
}

count_cases() {
	printf '%d cases' "$(grep -cE '^[^a-z]*\]     +(not )?ok ' "$log" ||
		true)"
}

# Fill the guest's root folder
pack() {
	mkdir -p "$run/root/modules" "$run/root/guest"
	cp "$stage/ddi.ko" "$stage/kunit/ddi_kunit.ko" "$run/root/modules/"
	"$SCRIPTS/build-programs.sh" "$TOP/kunit/guest" "$run/root/guest" \
		"${cross}gcc"
	[ ! -e "$TOP/kunit/guest.sh" ] ||
		cp "$TOP/kunit/guest.sh" "$run/root/guest.sh"
	mkdir -p "$run/root/corpus"
	cp "$TOP"/kunit/corpus/*.txt "$run/root/corpus/"
	"$SCRIPTS/initramfs.sh" "$run/root" "$SCRIPTS/guest/kunit-init.sh" \
		"$("$SCRIPTS/busybox.sh" "$debarch")" "$run/initramfs"
}

serial_ports() {
	case $arch in
	s390)
		echo "-chardev file,id=log,path=$log" \
			"-device sclplmconsole,chardev=log" ;;
	arm64)
		echo "-serial file:$log" ;;
	*)
		echo "-serial file:$log -serial file:$run/gcov.tar.gz" ;;
	esac
}

check_one() {
	pick_flavour "$1"
	say "KUnit suites, $flavour kernel${other:+ of Linux ${other#-}}"
	"$SCRIPTS/setup.sh" qemu
	local kernel settings=(DDI_KUNIT=y "ARCH=$arch" "CROSS_COMPILE=$cross")
	kernel=$("$SCRIPTS/kunit-kernel.sh" "$flavour")
	! grep -qx 'CONFIG_GCOV_KERNEL=y' "$kernel/.config" ||
		settings+=(DDI_GCOV=y)
	stage=$(CC=${cross}gcc "$SCRIPTS/build-modules.sh" "kunit-$flavour$other" \
		"$kernel" "${settings[@]}")
	run=$(mktemp -d "$CACHE/run/check-$flavour$other.XXXXXX")
	log=$run/console.log
	pack
	# shellcheck disable=SC2046,SC2086 # lists of words
	silence=$((stuck + 20)) progress=count_cases boot "running in QEMU" "${TIMEOUT:-$limit}" \
		"$log" $qemu $counting -smp "${SMP:-$cpus}" -m "${MEMORY:-$memory}" \
		$(serial_ports) \
		-kernel "$kernel/$image" -initrd "$run/initramfs" \
		-append "$(dies_at_once "$stuck") $append slab_nomerge ignore_loglevel printk.devkmsg=on ${EXTRA:-}${FILTER:+ kunit.filter_glob=$FILTER}"
	rm -rf "$run/root" "$run/initramfs"
	# A run of some suites only is not recorded for other scripts.
	record=${RECORD:-}
	[ -n "$FILTER${QUICK:-}" ] || record=$flavour$other
	[ -z "$record" ] ||
		ln -sfn "$(basename "$run")" "$CACHE/run/check-$record.last"

	local source need
	source=$("$SCRIPTS/linux-source.sh")
	mapfile -t need < <(needs "$kernel")
	"$SCRIPTS/judge.py" "$log" --label "$flavour$other: $log" --filter "$FILTER" \
		--kunit "$source/tools/testing/kunit/kunit.py" \
		--sources "$stage"/kunit/*/*_kunit.c --need "taint" "${need[@]}" |
		tee "$run/verdict.txt"
}

# Add up the last lines of several runs.
check_all() {
	local name out passed=0 failed=0 summary=()

	for name; do
		out=$(FLAVOUR=$name "$0" | tee /dev/stderr | tail -n 1) || true
		if [[ $out =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
			passed=$((passed + BASH_REMATCH[1]))
			failed=$((failed + BASH_REMATCH[2]))
		else
			out='did not get as far as running'
			failed=$((failed + 1))
		fi
		summary+=("$(printf '%-6s %s' "$name" "$out")")
	done
	printf '%s\n' "${summary[@]}"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}

# Keep the logs of the last runs only: of each kind the last, others for hours.
prune_runs() {
	local kept

	kept=$(find "$CACHE/run" -maxdepth 1 -name 'check-*.last' -printf '%l\n')
	find "$CACHE/run" -maxdepth 1 -type d -name 'check-*' -mmin +240 -printf '%f\n' |
		grep -vxF "$kept" | while read -r name; do
			rm -rf "${CACHE:?}/run/$name"
		done || true
}

mkdir -p "$CACHE/run" "$CACHE/log"
prune_runs
case ${FLAVOUR:-lean} in
all)
	# shellcheck disable=SC2086 # a list
	check_all $FLAVOURS ;;
*)
	check_one "${FLAVOUR:-lean}" ;;
esac
