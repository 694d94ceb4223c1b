#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make man: make the manual pages of section 9f from the headers' kernel-doc,
# into man/, beside the page of the module itself, ddi(7). Prints their names.
#
# usage: man.sh [check]   check: also look for mistakes in them

. "$(dirname "$0")/lib.sh"

# Pages made twice from the same sources are the same.
page_date() {
	if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
		date -u -d "@$SOURCE_DATE_EPOCH" +%F
	else
		git log -1 --format=%cs -- include 2>/dev/null ||
			date -u -r include/sys +%F
	fi
}

# Parameters and files of the module that ddi(7) lacks
undocumented() {
	local sources name
	mapfile -t sources < <(find . -maxdepth 3 -path './ddi_*' -name '*.c')
	{
		sed -n 's/^module_param[a-z_]*(\([a-z_]*\),.*/\1/p' \
			"${sources[@]}"
		sed -n 's/.*debugfs_create_[a-z_]*("\([a-z_]*\)", 0.*/\1/p' \
			"${sources[@]}"
	} | while read -r name; do
		grep -qE "^\.(I|BR) $name\b" man/ddi.7 ||
			echo "man/ddi.7 does not describe $name"
	done
}

# Print each mistake in the pages
problems() {
	local page
	undocumented
	mandoc -T lint -W style man/*.9f man/*.[78]
	for page in man/*.9f man/*.[78]; do
		man --warnings -l "$page" 2>&1 >/dev/null | sed "s|^|$page: |"
	done
}

cd "$TOP"
version=$(ddi_version)
rm -f man/*.9f
made=$("$SCRIPTS/man.py" "$(page_date)" "$version" man include/sys/*.h \
	include/ddi/*.h)
note "manual pages: $made in man/"
if [ "${1:-}" = check ]; then
	need_packages 'checking manual pages' mandoc man-db
	found=$(problems) || true
	[ -z "$found" ] || die "$found"
fi
printf '%s\n' man/*.9f man/*.[78]
