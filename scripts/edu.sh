#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make edu: the example's driver of QEMU's edu device in a test kernel, and its
# program in a loop: DMA, interrupts, locked memory, processes that are killed, a
# device that goes away. The last line is "N passed, N failed".
#
# usage: edu.sh   FLAVOUR=debug (default), rt, lean or kcsan   MINUTES=n
#	THREADED=1 (interrupt handlers are threads, as on rt)

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/flavours.sh"
. "$SCRIPTS/qemu.sh"

minutes=${MINUTES:-5}

pack() {
	pack_examples "$stage"
	echo $((minutes * 60)) >"$run/root/seconds"
	pack_root edu-init.sh
}

results() {
	tr -d '\r' <"$log" | sed -nE "s/.*ddi-guest: \| $1 - (edu [a-z]+) .*/\1/p"
}

# shellcheck disable=SC2317 # called by watch_step
count_results() {
	printf '%d tests passed or skipped, %d failed' "$(results ok | wc -l)" \
		"$(results 'not ok' | wc -l)"
}

# Each test, how often it passed or was skipped, and what it said in the end
summary() {
	results ok | sort | uniq -c | while read -r count name; do
		printf '%4d times  %s\n' "$count" \
			"$(grep -ao "| ok - $name .*" "$log" | tail -n 1 |
				tr -d '\r' | cut -c 8-)"
	done
	for word in interrupt 'DMA API'; do
		tr -d '\r' <"$log" | sed -n "s/.*ddi-guest: $word/$word/p" | tail -n 1
	done
}

pick_flavour "${FLAVOUR:-debug}"
[ "$arch" = x86_64 ] || die 'edu runs in x86-64 flavours only'
[ -z "${THREADED:-}" ] || append+=' threadirqs'
say "edu, $flavour kernel, $minutes minutes"
"$SCRIPTS/setup.sh" qemu
kernel=$("$SCRIPTS/kunit-kernel.sh" "$flavour")
stage=$("$SCRIPTS/build-modules.sh" "edu-$flavour" "$kernel" DDI_EXAMPLES=y \
	"ARCH=$arch")
new_run check-edu
pack
# shellcheck disable=SC2086 # a list of words
progress=count_results boot_flavour $((minutes * 60 + 400)) kunit.enable=0 \
	$EDU -serial "file:$log"
summary
mapfile -t need < <(needs "$kernel")
"$SCRIPTS/judge.py" "$log" --label "$flavour: $log" --need taint "${need[@]}" |
	tee "$run/verdict.txt" | grep -v '^ok - edu'
