# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What goes into a guest, and QEMU with a limit on its time. Sourced after lib.sh.

# boot LABEL LIMIT LOG QEMU-ARGUMENT...: run until power-off. The exit status
# of QEMU tells nothing, be it a clean end, a panic or a triple fault; who
# wants to know reads the log. Only running out of time leaves a trace.
boot() {
	local label=$1 limit=$2 log=$3 rc=0 begin=$SECONDS
	shift 3

	: >"$log"
	start timeout -k 5 "$limit" "$@" \
		-accel tcg,thread=multi -no-reboot -display none \
		-nodefaults -no-user-config >"$log.qemu" 2>&1
	finish "$label" || rc=$?
	note "$label: $((SECONDS - begin)) s"
	if [ "$rc" = 124 ] || [ "$rc" = 137 ]; then
		echo "ddi-host: stopped after the limit of $limit s" >>"$log"
	elif [ "$rc" != 0 ]; then
		sed 's/^/ddi-host: qemu: /' "$log.qemu" >>"$log"
	fi
}

# pack_examples ROOT BUILD-FOLDER [COMPILER]: the modules, and the program that goes with them
pack_examples() {
	mkdir -p "$1/modules" "$1/bin"
	cp "$2/ddi.ko" "$2"/examples/*.ko "$1/modules/"
	"$SCRIPTS/build-programs.sh" "$TOP/examples/user" "$1/bin" \
		"${3:-gcc}"
}

# run_stock LIMIT MEMORY STOCK-KERNEL INITRAMFS LOG REPORT: boot a stock kernel.
# The console is for the kernel, the second port for what guest.sh says. What
# the kernel does not know on its command line is its first process's
# environment: that one says what it does when the limit is near.
run_stock() {
	local limit=$1 memory=$2 stock=$3 initramfs=$4 log=$5 report=$6

	local qemu='qemu-system-x86_64 -M q35 -cpu max' console=ttyS0 port=ttyS1
	local second=(-serial "file:$report")

	if [ "$(cat "$stock/arch")" = arm64 ]; then
		# Its board has one port that Linux may use.
		qemu='qemu-system-aarch64 -M virt -cpu cortex-a57'
		console=ttyAMA0 port=ttyS0
		second=(-chardev "file,id=report,path=$report"
			-device 'pci-serial,chardev=report')
	fi
	: >"$report"
	# shellcheck disable=SC2086 # a list of words
	boot 'running in QEMU' "$limit" "$log" $qemu \
		-smp 2 -m "$memory" -kernel "$stock/vmlinuz" \
		-initrd "$initramfs" -serial "file:$log" "${second[@]}" \
		-append "console=$console panic=-1 ignore_loglevel \
printk.devkmsg=on limit=$limit port=$port"
}

# run_script FOLDER STOCK-KERNEL: the same for the guest.sh in FOLDER/root,
# which goes; leaves FOLDER/log and FOLDER/report.
run_script() {
	"$SCRIPTS/initramfs.sh" "$1/root" "$SCRIPTS/guest/run-init.sh" \
		/bin/busybox "$1/initramfs"
	run_stock 300 512 "$2" "$1/initramfs" "$1/log" "$1/report"
	rm -rf "$1/root" "$1/initramfs"
}
