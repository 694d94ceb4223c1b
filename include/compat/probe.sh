#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Ask the compiler what neither #ifdef nor __has_include can tell about the
# headers of a kernel. Each probe/NAME.c compiles with kernels that have the
# thing. Prints -DDDI_HAVE_NAME for each that does. One that does not must fail
# for the reason that stands in it, as a pattern after "Fails with:"; any other
# message of the compiler means that the headers or the probe are broken, and is
# printed after the word "error".
#
# Called by Kbuild, which keeps the answer in the file RESULT.
#
# usage: probe.sh RESULT COMPILER [ARGUMENT...]

result=$1
shift
dir=${0%/*}/probe
messages=$result.messages

# What decides the answer: the compiler, its arguments and the probes.
key=$({ "$@" --version; echo "$*"; cat "$0" "$dir"/*.c; } 2>&1 | cksum)

if [ "$(sed -n 1p "$result" 2>/dev/null)" = "$key" ]; then
	sed -n 2p "$result"
	exit
fi

have=
for probe in "$dir"/*.c; do
	name=$(basename "$probe" .c | tr '[:lower:]' '[:upper:]')
	if LC_ALL=C "$@" -Wno-error -Werror=incompatible-pointer-types \
		-fsyntax-only "$probe" >"$messages" 2>&1; then
		have="$have -DDDI_HAVE_$name"
		continue
	fi
	reason=$(sed -n 's/.*Fails with: //p' "$probe")
	if ! grep -q 'error:' "$messages" ||
	   grep 'error:' "$messages" | grep -qvE "$reason"; then
		# shellcheck disable=SC2016 # quotes of the message
		echo "error: $probe fails for another reason than it looks" \
			"for: $({ grep 'error' "$messages" || cat "$messages"; } | head -n 3)"
		exit
	fi
done
rm -f "$messages"
printf '%s\n%s\n' "$key" "$have" >"$result"
echo "$have"
