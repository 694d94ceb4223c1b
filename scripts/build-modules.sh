#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Copy the sources to the cache folder and build the modules there, against
# one kernel. The checkout stays clean and may have a space in its path;
# copied files keep their times, so a second build compiles only what changed.
# Prints the build folder.
#
# usage: build-modules.sh NAME KDIR [MAKE-ARGUMENT...]
# With FRESH=1 every file is compiled again. TOOLCHAIN=folder of toolchain.sh to
# build in, CC=compiler there.
#   NAME	tells builds apart, e.g. kunit-lean
#   e.g. build-modules.sh stock-6.12 /path/to/headers DDI_EXAMPLES=y

. "$(dirname "$0")/lib.sh"

name=$1 kdir=$2
shift 2
stage=$(stage_of "$name")
step_log=$stage.log

# Excluded names, which are those that Linux's build makes, are neither copied nor, on
# the other side, deleted.
copy_sources() {
	rsync -a --delete --exclude=.git --exclude=/.built-with --exclude='.tmp_*' \
		--exclude-from="$TOP/.gitignore" "$TOP/" "$stage/"
}

# Objects of another kernel or of other settings are of no use.
drop_stale() {
	local with="$kdir ${make[*]} $*"

	[ "${FRESH:-0}" = 1 ] ||
	[ "$(cat "$stage/.built-with" 2>/dev/null)" != "$with" ] || return 0
	rm -rf "$stage"
	mkdir -p "$stage"
	printf '%s\n' "$with" >"$stage/.built-with"
}

# Headers that came with a toolchain name the compiler in it.
pick_make() {
	local cc=${CC:-gcc} tree

	tree=${TOOLCHAIN:-$(readlink "$(dirname "$kdir")/toolchain" || true)}
	if [ -n "$tree" ]; then
		make=("$SCRIPTS/inside.sh" "$tree" make ${CC:+CC="$CC"})
		return
	fi
	! command -v ccache >/dev/null || cc="ccache $cc"
	make=(make CC="$cc")
}

build() {
	pick_make
	drop_stale "$@"
	copy_sources
	progress=count_objects step "building the modules ($name)" \
		"$step_log" "${make[@]}" -C "$kdir" M="$stage" -j"$JOBS" \
		"$@" modules
}

mkdir -p "$stage"
with_lock "$stage.lock" build "$@"
# Warnings are for reading, not for hiding in a log.
grep -E 'warning:|WARNING:' "$step_log" >&2 || true
printf '%s\n' "$stage"
