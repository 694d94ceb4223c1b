# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What goes into a guest, and QEMU with a limit on its time. Sourced after lib.sh.

# dies_at_once SECONDS: kernel parameters with which a broken kernel ends at
# once: at an oops, at the first warning after boot, when a CPU does not come
# back, and when a thread has slept for SECONDS without a wake-up. insmod sleeps
# like that while a KUnit case runs, so that SECONDS limit each case, too.
dies_at_once() {
	echo "panic=-1 oops=panic unknown_nmi_panic sysctl.kernel.panic_on_warn=1" \
		"sysctl.kernel.softlockup_panic=1" \
		"sysctl.kernel.hung_task_panic=1" \
		"sysctl.kernel.hung_task_all_cpu_backtrace=1" \
		"sysctl.kernel.hung_task_timeout_secs=$1" \
		"sysctl.kernel.hung_task_check_interval_secs=10"
}

# not_for_ever LIMIT SILENCE LOG COMMAND...: a guest that runs for too long, or
# says nothing for too long, is made to say where it is (by an NMI, which its
# kernel takes for a reason to panic), and stopped.
not_for_ever() {
	local limit=$1 silence=$2 log=$3 begin=$SECONDS spoke=$SECONDS size=0 now pid why=
	shift 3

	"$@" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.3
		now=$(stat -c %s "$log")
		[ "$now" = "$size" ] || spoke=$SECONDS
		size=$now
		if [ $((SECONDS - begin)) -ge "$limit" ]; then
			why="stopped after the limit of $limit s"
		elif [ $((SECONDS - spoke)) -ge "$silence" ]; then
			why="stopped after $silence s of silence"
		elif [ -n "${ENOUGH:-}" ] && grep -qE "$ENOUGH" "$log"; then
			kill "$pid"
			break
		else
			continue
		fi
		echo nmi 1<>"$log.monitor.in"
		sleep 3
		kill "$pid" 2>/dev/null
		sleep 0.3
		kill -9 "$pid" 2>/dev/null
		break
	done
	wait "$pid" || [ -n "$why" ] || return
	[ -z "$why" ] || echo "ddi-host: $why" >>"$log"
}

# boot LABEL LIMIT LOG QEMU-ARGUMENT...: run until power-off, for LIMIT seconds
# at most, and, where $silence says so, with no more than that between two lines
# of the log. The exit status of QEMU tells nothing, be it a clean end, a panic
# or a triple fault: only the log does.
boot() {
	local label=$1 limit=$2 log=$3 begin=$SECONDS
	shift 3

	: >"$log"
	rm -f "$log".monitor.*
	mkfifo "$log.monitor.in" "$log.monitor.out"
	start not_for_ever "$limit" "${silence:-$limit}" "$log" "$@" \
		-accel tcg,thread=multi -no-reboot -display none \
		-nodefaults -no-user-config \
		-chardev "pipe,id=monitor,path=$log.monitor" -mon monitor \
		>"$log.qemu" 2>&1
	finish "$label" || sed 's/^/ddi-host: qemu: /' "$log.qemu" >>"$log"
	rm -f "$log".monitor.*
	note "$label: $((SECONDS - begin)) s"
}

# new_run NAME: sets $run, a folder for the log of a run, and $log. Folders of runs
# go after hours, but for the last one of each kind that others look at.
new_run() {
	local kept

	kept=$(find "$CACHE/run" -maxdepth 1 -name 'check-*.last' -printf '%l\n')
	find "$CACHE/run" -mindepth 1 -maxdepth 1 -type d -name '*.??????' \
		-mmin +240 -printf '%f\n' |
		grep -vxF "$kept" | while read -r name; do
			rm -rf "${CACHE:?}/run/$name"
		done || true
	run=$(mktemp -d "$CACHE/run/$1.XXXXXX")
	log=$run/console.log
}

# pack_modules BUILD-FOLDER NAME...: into the guest's root folder, with ddi.ko
pack_modules() {
	mkdir -p "$run/root/modules"
	(cd "$1" && cp ddi.ko "${@:2}" "$run/root/modules/")
}

# pack_examples BUILD-FOLDER [COMPILER]: all of them, and the program that goes with them
pack_examples() {
	pack_modules "$1"
	cp "$1"/examples/*.ko "$run/root/modules/"
	"$SCRIPTS/build-programs.sh" "$TOP/examples/user" "$run/root/bin" "${2:-gcc}"
}

# pack_root INIT [ARCH]: the guest's root folder, with busybox, for the kernel to
# unpack; INIT is the name of a script in guest/
pack_root() {
	local busybox root=$run/root

	busybox=$("$SCRIPTS/busybox.sh" "${2:-amd64}")
	mkdir -p "$root/bin" "$root/lib" "$root/dev"
	cp "$busybox" "$root/bin/busybox"
	ln -sf busybox "$root/bin/sh"
	cp "$SCRIPTS/guest/lib.sh" "$root/lib/guest.sh"
	install -m 755 "$SCRIPTS/guest/$1" "$root/init"
	(cd "$root" && find . | sort | cpio --quiet -o -H newc -R 0:0) >"$run/initramfs"
}

# For the example's driver of it. Its DMA engine, unless told otherwise, reaches 256
# MiB, of which arm64's board has none.
EDU='-device edu,dma_mask=0xffffffff'
# For the example's driver of it: a device with memory
CARVEOUT='-object memory-backend-ram,id=carveout,size=1M,share=on -device ivshmem-plain,memdev=carveout'

# Under QEMU a CPU may trap on an instruction that the other one has just patched:
# did Linux die of that before its first process ran anything?
died_of_patching() {
	grep -q 'Oops: int3' "$1" && ! grep -q 'ddi-guest: start' "$1"
}

# boot_flavour LIMIT PARAMETERS [QEMU-ARGUMENT...]: boot what pick_flavour chose
boot_flavour() {
	# shellcheck disable=SC2086,SC2154 # a list of words; pick_flavour's
	silence=$((stuck + 20)) boot 'running in QEMU' "${TIMEOUT:-$1}" "$log" \
		$qemu -smp "${SMP:-$cpus}" -m "${MEMORY:-$memory}" "${@:3}" \
		-kernel "${stock:-$kernel}/$image" -initrd "$run/initramfs" \
		-append "$(dies_at_once "$stuck") $append ignore_loglevel printk.devkmsg=on $2"
	rm -rf "$run/root" "$run/initramfs"
}

# needs KERNEL: for judge.py, which of its checkers must have spoken
needs() {
	! grep -qx 'CONFIG_PROVE_LOCKING=y' "$1/.config" || echo --need=lockdep
	! grep -qx 'CONFIG_DEBUG_KMEMLEAK=y' "$1/.config" || echo --need=kmemleak:
}

# run_stock STOCK-KERNEL [MEMORY]: boot a stock kernel.
# The console is for the kernel, the second port for what guest.sh says. The kernel
# puts words of its command line that it does not know into the environment of the
# first process, which thus gets the limit, and says what it does when that is near.
run_stock() {
	local stock=$1 memory=${2:-512} limit=${TIMEOUT:-300} report=$run/report
	local qemu='qemu-system-x86_64 -M q35 -cpu max' console=ttyS0 port=ttyS1
	local second=(-serial "file:$report")

	if [ "$(cat "$stock/arch")" = arm64 ]; then
		# Its board has one port that Linux may use.
		qemu='qemu-system-aarch64 -M virt -cpu cortex-a57'
		console=ttyAMA0 port=ttyS0
		second=(-chardev "file,id=report,path=$report"
			-device 'pci-serial,chardev=report')
	fi
	# shellcheck disable=SC2086 # a list of words
	set -- $qemu $EDU $CARVEOUT -smp 2 -m "$memory" -kernel "$stock/vmlinuz" \
		-initrd "$run/initramfs" -serial "file:$log" "${second[@]}" \
		-append "console=$console $(dies_at_once 60) ignore_loglevel \
printk.devkmsg=on limit=$limit port=$port"
	: >"$report"
	boot 'running in QEMU' "$limit" "$log" "$@"
	if died_of_patching "$log"; then
		note 'Linux died while it booted, of patching its own code; once more'
		boot 'running in QEMU' "$limit" "$log" "$@"
	fi
	rm -rf "$run/root" "$run/initramfs"
}
