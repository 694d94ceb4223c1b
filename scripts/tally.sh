# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Count what passed and what failed. Sourced after lib.sh.

passed=0 failed=0

# result STATUS NAME [OUTPUT]: one check; the end of OUTPUT is shown if it failed
result() {
	if [ "$1" = 0 ]; then
		echo "ok    $2"
		passed=$((passed + 1))
	else
		echo "FAIL  $2"
		[ -z "${3:-}" ] || tail -n 40 "$3" | sed 's/^/        /'
		failed=$((failed + 1))
	fi
}

# try NAME COMMAND...: the check is whether the command succeeds
try() {
	local name=$1 rc out
	shift

	out=$(mktemp)
	# In a condition `set -e` would be off.
	set +e
	(set -e; "$@") >"$out" 2>&1 </dev/null
	rc=$?
	set -e
	result "$rc" "$name" "$out"
	rm -f "$out"
}

# The last line; the exit status is whether nothing failed.
tally() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
