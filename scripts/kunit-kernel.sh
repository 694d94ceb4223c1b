#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the test kernel of one flavour from Debian's linux-source; prints
# its build folder. The folder's name holds a hash of all that decides the
# result: configuration, source version, compiler, and RECIPE, which is for
# changes of this script that change what it makes.
#
# usage: kunit-kernel.sh FLAVOUR	SOURCE=6.12

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/flavours.sh"

RECIPE=1

pick_flavour "$1"
"$SCRIPTS/setup.sh" kernel
! foreign || "$SCRIPTS/setup.sh" "$flavour"

source=$("$SCRIPTS/linux-source.sh")
configs=()
for name in $fragments; do
	configs+=("$TOP/kunit/$name.config")
done
key=$({ grep -h '^CONFIG_' "${configs[@]}"; echo "$RECIPE $source"
	"$cc" -v 2>&1; } | sha256sum | cut -c1-12)
out=$CACHE/kernel/$flavour-$key
step_log=$CACHE/log/kernel-$flavour.log

kmake() {
	nice make -C "$source" O="$out" ARCH="$arch" CROSS_COMPILE="$cross" \
		CC="ccache $cc" ${llvm:+LLVM="$llvm"} KBUILD_BUILD_USER=ddi \
		KBUILD_BUILD_HOST=kunit \
		KBUILD_BUILD_TIMESTAMP='2024-11-17 00:00:00' "$@"
}

# merge_config.sh splits its arguments at spaces, which the checkout's path
# may have: it gets copies, by names that have none.
configure() {
	cp "${configs[@]}" "$out/"
	kmake tinyconfig
	# shellcheck disable=SC2046,SC2086 # lists of words
	(cd "$out" && ARCH=$arch "$source/scripts/kconfig/merge_config.sh" \
		-m .config $(printf '%s.config ' $fragments))
	kmake olddefconfig
	check_config
}

# Each option that this source knows, and that one can set
known_options() {
	find "$source" -name 'Kconfig*' -exec awk '
		/^[ \t]*(menu)?config / { name = $2 }
		/^[ \t]*(bool|int|hex|string|tristate|prompt)[ \t]+"/ {
			print "CONFIG_" name
		}' {} +
}

# Kconfig drops what it cannot satisfy and says nothing: every option that
# was asked for must have survived, unless this source does not have it. Of two
# fragments the later one wins.
check_config() {
	known_options >"$out/.known"
	cat "${configs[@]}" | awk -F= '
		FILENAME == ARGV[1] { known[$1]; next }
		FILENAME == "-" && /^CONFIG_/ { want[$1] = $2; next }
		/^CONFIG_/ { have[$1] = $2 }
		END {
			for (o in want) {
				got = (o in have) ? have[o] : "n"
				if (got == want[o] || !(o in known))
					continue
				printf "error: %s is %s, not %s\n", o, got, want[o]
				bad = 1
			}
			exit bad
		}' "$out/.known" - "$out/.config"
}

build() {
	[ ! -e "$out/.built" ] || return 0
	mkdir -p "$out"
	step "configuring the $flavour kernel" "$CACHE/log/config-$flavour.log" \
		configure
	# shellcheck disable=SC2086 # $targets is a list
	progress=count_objects step "building the $flavour kernel (once)" \
		"$step_log" kmake -j"$JOBS" $targets
	touch "$out/.built"
	# shellcheck disable=SC2012 # our own plain names
	ls -dt "$CACHE/kernel/$flavour"-* | tail -n +7 | xargs -r rm -rf
}

# Kernels are built one after the other, however many ask.
[ -e "$out/.built" ] || with_lock "$CACHE/kernel/building.lock" build
printf '%s\n' "$out"
