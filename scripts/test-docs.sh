#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make test-docs: run each command of the documents, as docs-commands.py lists
# them, in a guest or in a copy of the checkout. The last line is "N passed,
# N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/qemu.sh"
. "$SCRIPTS/tally.sh"

kernel=${KERNEL:-6.12-cloud}

# Commands of that place, each once, as "document command"
listed() {
	awk -F'\t' -v place="$1" '$1 == place && !seen[$3]++ {
		print $2 "\t" $3 }' "$work/commands"
}

# The Kbuild in PORTING.md of a driver beside a checkout, with a driver
prepare_driver() {
	mkdir -p "$work/driver"
	awk '/^```make/ { block = ""; inside = 1; next }
		/^```/ { if (block ~ /KBUILD_EXTRA/) printf "%s", block
			inside = 0 }
		inside { block = block $0 "\n" }' "$TOP/PORTING.md" \
		>"$work/driver/Kbuild"
	cp "$TOP/examples/hello.c" "$work/driver/mydriver.c"
}

# What COMMAND builds, if it does
product() {
	case $1 in
	'make -C '*) echo "$work/driver/mydriver.ko" ;;
	make | 'make KDIR='*) echo "$work/src/ddi.ko" ;;
	*) echo "$work/out" ;;
	esac
}

# on_host COMMAND: with this machine's words for the reader's; it has to make
# its product, or to say something
on_host() {
	local command=$1 made folder=$work/src

	made=$(product "$command")
	command=${command//\/path\/to\/headers/$kdir}
	command=${command//\/path\/to\/ddi/$work/src}
	# shellcheck disable=SC2016 # the document's words
	command=${command//'/lib/modules/$(uname -r)/build'/$kdir}
	case $command in
	'make -C '*) folder=$work/driver ;;
	*TRACE=1) folder=$TOP ;;
	esac
	rm -f "$made"
	# One that names no headers means those of the running kernel.
	(cd "$folder" && export KDIR=$kdir PWD=$folder && eval "$command") \
		>"$work/out" 2>&1 && [ -s "$made" ] || return 1
	case $command in
	*TRACE=1) cp "$work/out" "$work/traced" ;;
	esac
}

in_guest() {
	local run=$work log=$work/log

	pack_examples "$stage"
	cp "$SCRIPTS/guest/docs.sh" "$work/root/guest.sh"
	listed guest >"$work/root/commands"
	pack_root run-init.sh
	run_stock "$stock"
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

# What marks the layout of a line in a screen of PORTING.md: where a name below others
# begins and numbers end; where a count ends, and its bar
declare -A edges=(
	[arenas]='^[0-9a-f]{8,16}( +)\S+ +(\d+) +(\d+) +(\d+) +(\d+)$'
	[waits]='^\[\d+[KMG]?, \d+[KMG]?\) +(\d+) \|@* *(\|)$'
)

# Each layout among the lines of that screen on standard input
layouts() {
	perl -nle 'print /'"${edges[$1]}"'/ ? "@+[1..$#+]" : "not such a line: $_" if $. > 1' |
		sort -u
}

# The same screen as it is today
screen() {
	case $1 in
	arenas) sed 's/[ \r]*$//' "$work/report" | sed -n '/^=== arenas$/,/^===$/{//!p}' ;;
	waits) sed 's/[ \r]*$//' "$work/traced" | awk '
		inside && !/^\[/ { exit }
		/^@ns\[rmdrv:xxattach\]:$/ { inside = 1 }
		inside' ;;
	esac
}

# The screen of that name in PORTING.md looks as it does today. SCREENS=new puts that
# one there.
looks_so() {
	screen "$1" >"$work/now"
	cat "$work/now"
	[ "$(wc -l <"$work/now")" -ge 3 ]
	[ -z "${SCREENS:-}" ] || { echo '```text'; cat "$work/now"; echo '```'; } |
		fill "screen: $1" "$TOP/PORTING.md"
	between "screen: $1" "$TOP/PORTING.md" | grep -v '^```' >"$work/shown"
	cat "$work/shown"
	[ "$(head -n 1 "$work/shown")" = "$(head -n 1 "$work/now")" ]
	[ "$(wc -l <"$work/shown")" -ge 3 ]
	layouts "$1" <"$work/now" >"$work/layouts"
	! layouts "$1" <"$work/shown" | grep -vxF -f "$work/layouts"
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

"$SCRIPTS/setup.sh" modules qemu install trace
need_packages 'copying the sources' git rsync
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stock=$("$SCRIPTS/stock-kernel.sh" "$kernel")
kdir=$stock/build
stage=$("$SCRIPTS/build-modules.sh" "stock-$kernel" "$kdir" DDI_EXAMPLES=y)
cd "$TOP"
"$SCRIPTS/docs-commands.py" >"$work/commands"
copy_checkout "$work/src"
prepare_driver
make -C "$work/src" man >/dev/null

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
for name in "${!edges[@]}"; do
	try "PORTING.md: the screen of $name" looks_so "$name"
done
rc=0
shell_works || rc=1
result "$rc" 'README.md: make shell' "$work/out"
awk -F'\t' '$1 !~ /^(guest|host|nowhere)$/ {
	print ($1 ~ /^not run/ ? $1 : "elsewhere, by " $1) ": " $2 ": " $3 }' \
	"$work/commands" | sort
tally
