#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make test-gdb: does gdb show of a stock kernel, through QEMU's stub and in a
# dump of its memory, what the kernel itself says in debugfs? The last line is
# "N passed, N failed".

. "$(dirname "$0")/lib.sh"

kernel=${KERNEL:-6.12-cloud}
passed=0 failed=0

# part NAME FILE: what stands below "=== NAME" there, without the addresses,
# which debugfs hashes
part() {
	tr -d '\r' <"$2" | sed -n "/^=== $1\$/,/^===/p" | grep -v '^===' |
		sed -E '/^vmem:|^ADDR/!s/^[0-9a-f]+ +//'
}

# same NAME HOW FILE: as the guest says?
same() {
	part "$1" "$run/report" >"$run/guest.txt"
	part "$1" "$3" >"$run/gdb.txt"
	if [ "$(wc -l <"$run/guest.txt")" -ge 4 ] &&
	   diff "$run/guest.txt" "$run/gdb.txt" >"$run/diff.txt"; then
		echo "ok    $1, $2: $(wc -l <"$run/gdb.txt") lines"
		passed=$((passed + 1))
	else
		echo "FAIL  $1, $2"
		head -n 10 "$run/diff.txt"
		tail -n 5 "$3"
		failed=$((failed + 1))
	fi
}

# look OUTPUT COMMAND...: gdb, as the script's head tells
look() {
	local output=$1 command commands=()
	shift

	for command; do
		commands+=(-ex "$command")
	done
	timeout 120 gdb -nx -batch -ex 'set architecture i386:x86-64' \
		-ex "source $SCRIPTS/ddi-gdb.py" "${commands[@]}" \
		>"$output" 2>&1 || echo 'gdb failed' >>"$output"
}

show=("ddi-symbols PLACE/ddi.ko PLACE/sections"
	'echo === arenas\n' ddi-arenas 'echo === segments\n' ddi-segments
	'echo === end\n')

pack() {
	mkdir -p "$run/root/modules" "$run/root/bin"
	cp "$stage/ddi.ko" "$stage"/examples/*.ko "$run/root/modules/"
	cp "$stage/ddi.ko" "$run/"
	"$SCRIPTS/build-programs.sh" "$TOP/examples/user" "$run/root/bin"
	cp "$SCRIPTS/guest/gdb.sh" "$run/root/guest.sh"
	"$SCRIPTS/initramfs.sh" "$run/root" "$SCRIPTS/guest/run-init.sh" \
		/bin/busybox "$run/initramfs"
}

# Leaves the guest running, with its stub at $run/gdb
boot_guest() {
	: >"$run/report"
	start timeout 500 qemu-system-x86_64 -M q35 -cpu max -smp 2 -m 256 \
		-accel tcg,thread=multi -display none -nodefaults \
		-no-user-config -no-reboot -kernel "$stock/vmlinuz" \
		-initrd "$run/initramfs" -serial "file:$run/log" \
		-serial "file:$run/report" \
		-gdb "unix:$run/gdb,server=on,wait=off" \
		-append 'console=ttyS0 panic=-1 nopti'
	for ((i = 0; i < 240; i++)); do
		! grep -q '^=== end' "$run/report" || return 0
		kill -0 "$job" 2>/dev/null || break
		sleep 1
	done
	die "the guest did not get ready; its log is $run/log"
}

"$SCRIPTS/setup.sh" modules qemu
need_packages 'looking into a kernel' gdb
stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
stage=$("$SCRIPTS/build-modules.sh" "stock-$kernel" "$stock/build" \
	DDI_EXAMPLES=y)
mkdir -p "$CACHE/run"
run=$(mktemp -d "$CACHE/run/gdb-$kernel.XXXXXX")
pack
boot_guest
# A cached size must be among what is compared.
grep -qE ' native_slots +[0-9]+ +[0-9]+ +[1-9]' "$run/report" ||
	die "no use of quantum caches; see $run/report"
part sections "$run/report" >"$run/sections"
show[0]=${show[0]//PLACE/$run}
look "$run/live" "target remote $run/gdb" "${show[@]}" \
	"monitor dump-guest-memory -p $run/dump" kill
kill -- "-$job" 2>/dev/null || true
wait "$job" 2>/dev/null || true
trap - EXIT INT TERM
same arenas 'through the stub' "$run/live"
same segments 'through the stub' "$run/live"
look "$run/dead" "core-file $run/dump" "${show[@]}"
same arenas 'in a dump' "$run/dead"
same segments 'in a dump' "$run/dead"
rm -rf "$run/root" "$run/initramfs" "$run/dump"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
