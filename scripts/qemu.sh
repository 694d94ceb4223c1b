# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Start QEMU with a limit on its time. Sourced after lib.sh.

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
