#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make models: what runs without a lock, explored. A litmus test of
# kunit/models goes through herd7 under the kernel's memory model and must never
# see what it says "exists"; cache.pml goes through spin, every state of it. A
# model that cannot fail shows nothing, so each is broken, too, as its head says,
# and must fail then. The last line is "N passed, N failed".
#
# MODELS=glob takes only some.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"
. "$SCRIPTS/archive.sh"

models=$TOP/kunit/models
results=$CACHE/run/models
herd=$CACHE/herd7
name=${MODELS:-*}

# herd7 is in Debian unstable only, and wants that one's C library.
get_herd() {
	local name file

	[ ! -e "$herd/usr/bin/herd7" ] || return 0
	use_archive sid
	rm -rf "$herd.part"
	for name in libc6 libgmp10 libzstd1 herdtools7; do
		file=$(fetch_deb "$name") || die "cannot fetch $name"
		dpkg-deb -x "$file" "$herd.part"
	done
	mv "$herd.part" "$herd"
}

# Prints the Observation line, "Never" being the good news
run_herd() {
	(cd "$source/tools/memory-model" &&
	 "$herd/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
		--library-path "$herd/usr/lib/x86_64-linux-gnu" "$herd/usr/bin/herd7" \
		-set-libdir "$herd/usr/share/herdtools7/herd" \
		-conf linux-kernel.cfg "$1") 2>&1
}

# litmus FILE: as it is, and broken by the sed program in its head
litmus() {
	local name broken seen rc=0

	name=$(basename "$1" .litmus)
	broken=$work/$name.litmus
	seen=$(run_herd "$1" | grep -E '^Observation .* Never 0 [1-9]') || rc=1
	result "$rc" "$name: ${seen#Observation * }"
	note_row "$name" "${seen##* } executions, none forbidden" "$rc"

	sed -E "$(sed -nE 's/^ \* Sabotage: //p' "$1")" "$1" >"$broken"
	rc=0
	seen=$(run_herd "$broken" | grep -E '^Observation .* (Sometimes|Always)') || rc=1
	result "$rc" "$name, broken: ${seen#Observation * }"
}

# explore LABEL FLAGS COMPILER-FLAGS PAN-FLAGS: leaves what spin says in $out
explore() {
	local dir=$work/$1

	mkdir -p "$dir"
	out=$dir/out
	(cd "$dir"
	 # shellcheck disable=SC2086 # lists
	 spin -a $2 "$models/cache.pml"
	 # shellcheck disable=SC2086
	 gcc -w -O2 -DCOLLAPSE $3 -o pan pan.c
	 # shellcheck disable=SC2086
	 ./pan -n -m1000000 $4) >"$out" 2>&1 || true
}

# Complete, and without an error?
all_well() {
	grep -q 'errors: 0$' "$out" && ! grep -q 'Search not completed' "$out"
}

states() {
	awk '/states, stored/ { print $1 }' "$out"
}

# Nothing goes wrong; and, in the second exploration, everything ends.
whole() {
	local rc=0

	explore "$1" "$2" -DSAFETY ''
	all_well || rc=1
	result "$rc" "$1: $(states) states" "$out"
	note_row "$1" "$(states) states, no failure, no lost wake-up, no deadlock" "$rc"
	rc=0
	explore "$1-ends" "$2" -DNP -l
	all_well || rc=1
	result "$rc" "$1: comes to an end, $(states) states" "$out"
	note_row "$1" "$(states) states, no cycle without progress" "$rc"
}

broken() {
	local rc=1

	explore "$1" "-DSABOTAGE_$1" -DSAFETY ''
	grep -qE 'errors: [1-9]' "$out" && rc=0
	result "$rc" "cache, broken: $1: $(sed -nE 's/^pan:1: ([a-z ]+).*/\1/p' "$out")"
}

note_row() {
	[ "$3" != 0 ] || echo "| $1 | $2 |" >>"$results"
}

need_packages 'exploring models' spin gcc libc6-dev
: >"$results"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=$("$SCRIPTS/linux-source.sh")
get_herd
for file in "$models"/$name.litmus; do
	[ ! -e "$file" ] || litmus "$file"
done
# shellcheck disable=SC2053 # a glob
if [[ cache == $name ]]; then
	whole cache ''
	whole cache-shrinker -DWITH_SHRINKER
	while read -r -u 4 sabotage; do
		broken "$sabotage"
	done 4< <(sed -nE 's/^#if(n?)def SABOTAGE_//p' "$models/cache.pml" | sort -u)
fi
tally
