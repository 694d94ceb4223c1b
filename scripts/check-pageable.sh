#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make check-pageable: does Linux swap what drivers have released? In a guest of
# 128 MiB with a stock Debian kernel and a swap device, the example cold serves
# twice as much. The last line is "N passed, N failed".
#
# KERNEL=name of the stock kernel

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/qemu.sh"
. "$SCRIPTS/tally.sh"

kernel=${KERNEL:-6.12-cloud}
memory=128 swap=768M

pack() {
	pack_modules "$stage" examples/cold.ko
	"$SCRIPTS/build-programs.sh" "$TOP/kunit/swap" "$run/root/bin"
	cp "$SCRIPTS/guest/pageable.sh" "$run/root/guest.sh"
	pack_root run-init.sh
	truncate -s "$swap" "$run/swap"
}

# shellcheck disable=SC2317 # called by watch_step
count_cases() {
	printf '%d cases' "$(grep -cE '^(not )?ok' "$run/report" || true)"
}

say "Pageable memory on Debian's kernel $kernel, in $memory MiB"
"$SCRIPTS/setup.sh" modules qemu
stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
stage=$("$SCRIPTS/build-modules.sh" "stock-$kernel" "$stock/build" \
	DDI_EXAMPLES=y)
new_run "pageable-$kernel"
pack
: >"$run/report"
progress=count_cases boot 'running in QEMU' "${TIMEOUT:-900}" "$log" \
	qemu-system-x86_64 -M q35 -cpu max -smp 2 -m "$memory" \
	-kernel "$stock/vmlinuz" -initrd "$run/initramfs" \
	-drive "file=$run/swap,if=none,id=swap,format=raw,cache=unsafe" \
	-device nvme,drive=swap,serial=swap \
	-serial "file:$log" -serial "file:$run/report" \
	-append "console=ttyS0 $(dies_at_once 120) ignore_loglevel printk.devkmsg=on"
rm -rf "$run/root" "$run/initramfs" "$run/swap"
tr -d '\r' <"$run/report" | while read -r line; do
	case $line in
	'ok - '* | 'not ok - '*) ;;
	*) echo "$line" ;;
	esac
done
while read -r line; do
	result "$([ "${line#ok}" != "$line" ]; echo $?)" "${line#*ok - }"
done < <(tr -d '\r' <"$run/report" | grep -E '^(not )?ok - ')
try 'the guest is whole' "$SCRIPTS/judge.py" "$log" --need 'guest.sh exit'
try 'nobody is killed for memory' sh -c "! grep -q 'Out of memory\|oom-kill:' '$log'"
tally
