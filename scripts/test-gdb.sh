#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make test-gdb: do gdb and drgn show of a stock kernel, through QEMU's stub and
# in a dump of its memory, what the kernel itself says in debugfs? The last line
# is "N passed, N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/qemu.sh"
. "$SCRIPTS/tally.sh"

kernel=${KERNEL:-6.12-cloud}

# part NAME FILE: what stands below "=== NAME" there
part() {
	tr -d '\r' <"$2" | sed -n "/^=== $1\$/,/^===/p" | grep -v '^==='
}

# The same without the addresses, which debugfs hashes
plain_part() {
	part "$@" | sed -E '/^vmem:|^ADDR/!s/^[0-9a-f]+ +//'
}

# same NAME FILE: as the guest says?
same() {
	plain_part "$1" "$run/report" >"$run/guest.txt"
	plain_part "$1" "$2" >"$run/other.txt"
	tail -n 5 "$2"
	[ "$(wc -l <"$run/guest.txt")" -ge 4 ]
	diff "$run/guest.txt" "$run/other.txt"
}

# look OUTPUT COMMAND...: gdb, as the script's head tells
look() {
	local output=$1 command commands=()
	shift

	for command; do
		commands+=(-ex "$command")
	done
	timeout 120 gdb -nx -batch -ex 'set architecture i386:x86-64' \
		-ex "source $TOP/tools/ddi-gdb.py" "${commands[@]}" \
		>"$output" 2>&1 || echo 'gdb failed' >>"$output"
}

# top_of live|dead ARGUMENT...: ddi-top, of debugfs or of the dump
top_of() {
	local from=(--debugfs "$run/debugfs")

	[ "$1" = live ] || from=(--dump "$run/dump" --module "$run/ddi.ko" --places "$run/places")
	timeout 120 "$TOP/tools/ddi-top" "${from[@]}" "${@:2}"
}

# What look shows, by ddi-top in the dump
by_drgn() {
	for what in arenas segments; do
		echo "=== $what"
		top_of dead "$what" 2>&1 || echo 'drgn failed'
	done
}

# Linux's driver that tells QEMU what a dump needs, out of its package
unpack_fw_cfg() {
	local deb name=linux-image-$version

	deb=$(fetch_deb "$name-unsigned" || fetch_deb "$name") ||
		die "cannot fetch $name"
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO --wildcards '*/qemu_fw_cfg.ko*' | xz -dcf >"$1"
}

show=("ddi-symbols PLACE/ddi.ko PLACE/places"
	'echo === arenas\n' ddi-arenas 'echo === segments\n' ddi-segments
	'echo === end\n')

pack() {
	pack_examples "$stage"
	cp "$stage/ddi.ko" "$run/"
	unpack_fw_cfg "$run/root/modules/qemu_fw_cfg.ko"
	cp "$SCRIPTS/guest/gdb.sh" "$run/root/guest.sh"
	pack_root run-init.sh
}

# Leaves the guest running, with its stub at $run/gdb
boot_guest() {
	: >"$run/report"
	start timeout 500 qemu-system-x86_64 -M q35 -cpu max -smp 2 -m 256 \
		-accel tcg,thread=multi -display none -nodefaults \
		-no-user-config -device vmcoreinfo -no-reboot -kernel "$stock/vmlinuz" \
		-initrd "$run/initramfs" -serial "file:$log" \
		-serial "file:$run/report" \
		-gdb "unix:$run/gdb,server=on,wait=off" \
		-append 'console=ttyS0 panic=-1 nopti'
	for ((i = 0; i < 240; i++)); do
		! grep -q '^=== end' "$run/report" || return 0
		kill -0 "$job" 2>/dev/null || break
		sleep 1
	done
	die "the guest did not get ready; its log is $log"
}

"$SCRIPTS/setup.sh" modules qemu
need_packages 'looking into a kernel' gdb python3-drgn xz-utils
stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
version=$(cat "$stock/version")
stage=$("$SCRIPTS/build-modules.sh" "stock-$kernel" "$stock/build" \
	DDI_EXAMPLES=y)
new_run "gdb-$kernel"
pack
boot_guest
# A cached size must be among what is compared.
grep -qE ' native_slots +[0-9]+ +[0-9]+ +[1-9]' "$run/report" ||
	die "no use of quantum caches; see $run/report"
part places "$run/report" >"$run/places"
show[0]=${show[0]//PLACE/$run}
look "$run/live" "target remote $run/gdb" "${show[@]}" \
	"monitor dump-guest-memory -p $run/dump" kill
kill -- "-$job" 2>/dev/null || true
wait "$job" 2>/dev/null || true
trap - EXIT INT TERM
look "$run/dead" "core-file $run/dump" "${show[@]}"
by_drgn >"$run/drgn"
# What ddi-top draws of the dump has every segment in it.
draws() {
	top_of dead map "$1" | tee "$run/map"
	grep -qE "^$1 \([0-9]+\): [0-9]+ of [1-9]" "$run/map"
	grep -qE '^  \|.*[#+c].*\|$' "$run/map"
}

# The files of debugfs as the guest printed them, for ddi-top to read
save_debugfs() {
	local name

	mkdir -p "$run/debugfs"
	for name in arenas segments stats misuses; do
		part "$name" "$run/report" >"$run/debugfs/$name"
	done
}

# Live or from the dump, ddi-top shows the same.
top_agrees() {
	top_of live -n 1 -s name >"$run/live.txt"
	top_of dead -n 1 -s name >"$run/dead.txt"
	cat "$run/live.txt"
	[ "$(wc -l <"$run/live.txt")" -ge 4 ]
	diff "$run/live.txt" "$run/dead.txt"
}

maps_agree() {
	top_of live map "$1" >"$run/live-map"
	draws "$1"
	diff "$run/live-map" "$run/map"
}

save_debugfs
try 'ddi-top, of debugfs and of a dump' top_agrees
try 'a map, by ddi-top of debugfs and of a dump' maps_agree xx_minors
for what in arenas segments; do
	try "$what, by gdb through the stub" same $what "$run/live"
	try "$what, by gdb in a dump" same $what "$run/dead"
	try "$what, by ddi-top in a dump" same $what "$run/drgn"
done
rm -rf "$run/root" "$run/initramfs" "$run/dump"
tally
