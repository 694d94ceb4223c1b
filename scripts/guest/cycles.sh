# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Load ddi.ko and a driver, and unload both, many times. After lib.sh.

kilobytes_available() {
	sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

# cycles N: says ok if all went well, and memory is where it was after the first
cycles() {
	done=0 wrong=0 before=
	while [ "$done" -lt "$1" ]; do
		load ddi
		load ddi_life
		[ -e /sys/module/ddi_life ] || wrong=$((wrong + 1))
		unload ddi_life
		unload ddi
		[ ! -e /sys/module/ddi ] || wrong=$((wrong + 1))
		done=$((done + 1))
		[ -n "$before" ] || [ "$done" -lt $(($1 / 10)) ] ||
			before=$(kilobytes_available)
		[ $((done % 100)) != 0 ] || tell "lifecycle: $done cycles"
	done
	lost=$((before - $(kilobytes_available)))
	tell "lifecycle: $1 cycles done, $wrong wrong, $lost kB lost"
	if [ "$wrong" = 0 ] && [ "$lost" -lt 4096 ]; then
		tell "| ok - $1 cycles of loading and unloading"
	else
		tell "| not ok - $1 cycles of loading and unloading"
	fi
}
