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

count_cases() {
	printf '%d cases' "$(grep -cE '^[^a-z]*\]     +(not )?ok ' "$log" ||
		true)"
}

pack() {
	pack_modules "$stage" kunit/ddi_kunit.ko
	"$SCRIPTS/build-programs.sh" "$TOP/kunit/guest" "$run/root/guest" "${cross}gcc"
	cp "$TOP/kunit/guest.sh" "$run/root/guest.sh"
	install -D -m 644 -t "$run/root/corpus" "$TOP"/kunit/corpus/*.txt
	pack_root kunit-init.sh "$debarch"
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
	new_run "check-$flavour$other"
	pack
	# shellcheck disable=SC2046,SC2086 # lists of words
	progress=count_cases boot_flavour "$limit" \
		"slab_nomerge ${EXTRA:-}${FILTER:+ kunit.filter_glob=$FILTER}" \
		$counting $(serial_ports)
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
		--sources "$stage"/kunit/*/*_kunit.c --need taint --need 'guest.sh exit' "${need[@]}" |
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

case ${FLAVOUR:-lean} in
all)
	# shellcheck disable=SC2086 # a list
	check_all $FLAVOURS ;;
*)
	check_one "${FLAVOUR:-lean}" ;;
esac
