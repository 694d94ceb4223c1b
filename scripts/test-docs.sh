#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make test-docs: run each command of the documents, as docs-commands.py lists
# them, in a guest or in a copy of the checkout. The last line is "N passed,
# N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/qemu.sh"

kernel=${KERNEL:-6.12-cloud}
passed=0 failed=0

result() {
	if [ "$1" = 0 ]; then
		echo "ok    $2"
		passed=$((passed + 1))
	else
		echo "FAIL  $2"
		[ -z "${3:-}" ] || tail -n 10 "$3" | sed 's/^/        /'
		failed=$((failed + 1))
	fi
}

# Commands of that place, as "document command"
listed() {
	awk -F'\t' -v place="$1" '$1 == place { print $2 "\t" $3 }' \
		"$work/commands"
}

# The README's Kbuild of a driver beside a checkout, with a driver
prepare_driver() {
	mkdir -p "$work/driver"
	awk '/^```make/ { block = ""; inside = 1; next }
		/^```/ { if (block ~ /KBUILD_EXTRA/) printf "%s", block
			inside = 0 }
		inside { block = block $0 "\n" }' "$TOP/README.md" \
		>"$work/driver/Kbuild"
	cp "$TOP/examples/hello.c" "$work/driver/mydriver.c"
}

# on_host COMMAND: with this machine's words for the reader's
on_host() {
	local command=$1 made=$work/src/ddi.ko folder=$work/src

	command=${command//\/path\/to\/headers/$kdir}
	command=${command//\/path\/to\/ddi/$work/src}
	# shellcheck disable=SC2016 # the document's words
	command=${command//'/lib/modules/$(uname -r)/build'/$kdir}
	case $command in
	'make -C '*) folder=$work/driver made=$work/driver/mydriver.ko ;;
	esac
	rm -f "$made"
	# One that names no headers means those of the running kernel.
	(cd "$folder" && export KDIR=$kdir PWD=$folder && eval "$command") \
		>"$work/out" 2>&1 && [ -e "$made" ]
}

in_guest() {
	mkdir -p "$work/root/modules" "$work/root/bin"
	cp "$stage/ddi.ko" "$stage"/examples/*.ko "$work/root/modules/"
	cp "$SCRIPTS/guest/docs.sh" "$work/root/guest.sh"
	listed guest >"$work/root/commands"
	"$SCRIPTS/initramfs.sh" "$work/root" "$SCRIPTS/guest/run-init.sh" \
		/bin/busybox "$work/initramfs"
	boot 'running in QEMU' 300 "$work/log" qemu-system-x86_64 -M q35 \
		-cpu max -smp 2 -m 512 -kernel "$stock/vmlinuz" \
		-initrd "$work/initramfs" -serial "file:$work/log" \
		-serial "file:$work/report" \
		-append 'console=ttyS0 panic=-1 ignore_loglevel printk.devkmsg=on'
}

guest_results() {
	local word line

	while read -r word line; do
		case $word in
		ok) result 0 "$line" ;;
		FAIL) result 1 "$line" "$work/report" ;;
		esac
	done < <(tr -d '\r' <"$work/report")
	"$SCRIPTS/judge.py" "$work/log" --need 'guest.sh exit' \
		>"$work/out" 2>&1 || result 1 'the log of the guest' "$work/out"
}

# Once the prompt is there, leave it.
leave_shell() {
	while ! grep -q 'Leave: exit' "$work/out"; do sleep 1; done
	sleep 2
	echo exit
}

# The prompt works, and leaving it ends the guest.
shell_works() {
	: >"$work/out"
	leave_shell |
		timeout 300 make -C "$TOP" shell >"$work/out" 2>&1 &&
		grep -q 'guest.sh ended with exit status 0' "$work/out"
}

"$SCRIPTS/setup.sh" modules qemu
need_packages 'copying the sources' git rsync
mkdir -p "$CACHE/log"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
kdir=$stock/build
stage=$("$SCRIPTS/build-modules.sh" "stock-$kernel" "$kdir" DDI_EXAMPLES=y)
cd "$TOP"
"$SCRIPTS/docs-commands.py" >"$work/commands"
git ls-files -z | rsync -a --from0 --files-from=- ./ "$work/src/"
prepare_driver

while IFS=$'\t' read -r document command; do
	rc=0
	on_host "$command" </dev/null || rc=1
	result "$rc" "$document: $command" "$work/out"
done < <(listed host)
while IFS=$'\t' read -r document command; do
	result 1 "$document: nothing runs $command"
done < <(listed nowhere)
in_guest
guest_results
trap 'rm -rf "$work"' EXIT
rc=0
shell_works || rc=1
result "$rc" 'README.md: make shell' "$work/out"
awk -F'\t' '$1 ~ /\// { print "elsewhere: " $2 ": " $3 ", by " $1 }' \
	"$work/commands"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
