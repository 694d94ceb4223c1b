#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make next: what does the newest Linux in Debian unstable break, or the one in
# the folder KSRC? Builds everything against it with W=1, runs the suites in a
# lean kernel of it and the examples, and ends with a list: file and line, name,
# what the compiler or the guest said, and what the source has by that name. The
# last line is "N passed, N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"
. "$SCRIPTS/flavours.sh"
. "$SCRIPTS/qemu.sh"

export SOURCE=${KSRC:+source}
SOURCE=${SOURCE:-newest}
broke=$CACHE/log/next.txt
: >"$broke"

# What the new kernel has by that name, to see at once what became of it
now_called() {
	[ -n "$1" ] || return 0
	grep -rnE --include='*.h' "(^|[^[:alnum:]_])$1(\(|;|[[:space:]]*\\[)" \
		"$source/include/linux" "$source/include/kunit" |
		head -n 2 | sed "s|^$source/|        |" || true
}

# One line for each message, however often a header repeats it
messages() {
	sed "s|$stage/||g" "$stage.log" |
		grep -E '^[^ :]+:[0-9]+:.*(error|warning): |(ERROR|WARNING): modpost' |
		sort -u -t: -k1,2 || true
}

explain_build() {
	local line name

	messages | while read -r line; do
		name=$(sed -nE "s/[^'\"‘]*['\"‘]([A-Za-z_0-9]+)['\"’].*/\1/p" <<<"$line")
		echo "$line"
		now_called "$name"
	done >>"$broke"
	! messages | grep -q .
}

# build NAME SETTING...: as much of it as can be built
build() {
	stage=$(stage_of "$1")
	FRESH=1 "$SCRIPTS/build-modules.sh" "$1" "$kernel" -k W=1 "${@:2}" \
		>/dev/null || true
	explain_build || return 1
	[ -e "$stage/ddi.ko" ] || { tail -n 15 "$stage.log" >>"$broke"; return 1; }
}

suites() {
	local out=$CACHE/log/next-check.log

	if FLAVOUR=lean "$SCRIPTS/check.sh" >"$out"; then
		return
	fi
	grep -E '^RED:|^not ok|FAILED\]|^lean.*:' "$out" >>"$broke"
	return 1
}

# The examples, in the same kernel
examples() {
	local run log stage rc=0

	stage=$(stage_of next-examples)
	new_run run-next
	mkdir -p "$run/stock"
	ln -s "$kernel/$image" "$run/stock/vmlinuz"
	echo x86_64 >"$run/stock/arch"
	pack_examples "$stage"
	cp "$TOP/examples/guest.sh" "$run/root/guest.sh"
	pack_root run-init.sh
	run_stock "$run/stock"
	"$SCRIPTS/judge.py" "$log" --need 'guest.sh exit 0' \
		>"$run/verdict.txt" || rc=1
	[ "$rc" = 0 ] || {
		grep FAIL "$run/report"
		cat "$run/verdict.txt"
	} >>"$broke"
	return "$rc"
}

begin=$SECONDS
"$SCRIPTS/setup.sh" kernel modules qemu
source=$("$SCRIPTS/linux-source.sh")
say "What $(make -s -C "$source" kernelversion) breaks"
pick_flavour lean
kernel=$("$SCRIPTS/kunit-kernel.sh" lean)
try 'ddi.ko and the examples build with W=1' build next-examples DDI_EXAMPLES=y
try 'the suites build with W=1' build next-kunit DDI_KUNIT=y
try 'the benchmarks build with W=1' build next-bench DDI_BENCH=y
try 'the suites' suites
try 'the examples' examples
if [ -s "$broke" ]; then
	echo "What broke:"
	cat "$broke"
fi
echo "Linux $(make -s -C "$source" kernelversion), $((SECONDS - begin)) s"
tally
