# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The first steps of every guest, for the shell of busybox.

mount_all() {
	/bin/busybox mkdir -p /proc /sys /dev /tmp /run
	/bin/busybox mount -t proc proc /proc
	/bin/busybox mount -t sysfs sysfs /sys
	/bin/busybox mount -t devtmpfs devtmpfs /dev 2>/dev/null
	/bin/busybox mount -t tmpfs tmpfs /tmp
	/bin/busybox mount -t debugfs debugfs /sys/kernel/debug
	/bin/busybox --install -s /bin
	export PATH=/bin:/guest HOME=/
}

# Speak through the kernel's log: whole lines, in order, with their times.
tell() {
	echo "<5>ddi-guest: $*" >/dev/kmsg
}

load() {
	module=$1
	shift
	insmod "/modules/$module.ko" "$@" 2>/tmp/insmod.err ||
		tell "insmod failed: $module: $(cat /tmp/insmod.err)"
}

unload() {
	rmmod "$1" 2>/tmp/rmmod.err ||
		tell "rmmod refused: $1: $(cat /tmp/rmmod.err)"
}

set_knob() {
	[ ! -e "/sys/kernel/debug/$1" ] || echo "$2" >"/sys/kernel/debug/$1"
}

# Where a test asks for an allocation to fail, let it fail whatever it is.
any_allocation_may_fail() {
	for kind in failslab fail_page_alloc; do
		set_knob $kind/ignore-gfp-wait N
		set_knob $kind/verbose 0
	done
	set_knob fail_page_alloc/min-order 0
	set_knob fail_page_alloc/ignore-gfp-highmem N
}

# Linux itself loses the name of a cache that it could not show in sysfs, when
# memory is made to fail there. Leave those reports out.
without_names_of_caches() {
	awk 'function end() {
			if (report !~ /sysfs_slab_add/)
				printf "%s", report
			report = ""
		}
		/^unreferenced object/ { end() }
		{ report = report $0 "\n" }
		END { end() }'
}

leaks() {
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	tell "kmemleak: scan $1"
	# An object must be 5 s old, and seen lost twice.
	sleep 5
	echo scan >/sys/kernel/debug/kmemleak
	echo scan >/sys/kernel/debug/kmemleak
	without_names_of_caches </sys/kernel/debug/kmemleak | while read -r line; do
		tell "kmemleak: $line"
	done
}

tell_lockdep() {
	[ ! -e /proc/lockdep_stats ] ||
		tell "lockdep$(sed -n 's/^ *debug_locks: */ debug_locks /p' /proc/lockdep_stats)"
}

kilobytes_available() {
	sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

# cycles N: load ddi.ko and a driver, and unload both, N times. Says ok if all went well, and memory is where it was after the first
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

finish() {
	tell "taint $(cat /proc/sys/kernel/tainted)"
	tell "end"
	sync
	sleep 0.2
	poweroff -f
}
