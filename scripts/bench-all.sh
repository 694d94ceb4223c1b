#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-all: measure all figures of docs/bench, draw the plots, and fill
# the tables of the documents. Takes half an hour on a quiet machine. If a part
# fails the others still run; as long as the sources are the same, the next
# bench-all runs only the parts that are missing.
#
# With a choice, such as BENCH_N=1000 BENCH_REPEAT=2 BENCH_SIZES=32, all output
# goes to the cache folder instead.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/bench-lib.sh"

parts=(pairs frag longest magazine mappings cpus traced native smp fault)
export BENCH=${BENCH:-full}
[ -z "${BENCH_OUT:-}" ] || die 'BENCH_OUT is for a single kind of figures'
dir=$(dirname "$(figures_of pairs)")

# The files on which the figures depend
sources() {
	cd "$TOP"
	echo "$TOP"
	env | grep '^BENCH' | sort
	git ls-files -co --exclude-standard -- '*.[ch]' '*Kbuild' '*.config' \
		scripts | xargs -d '\n' sha256sum
}

# part NAME: measure one kind, and remember that
part() {
	local begin=$SECONDS rc=0 script=$SCRIPTS/bench-$1.sh

	[ "$1" != pairs ] || script=$SCRIPTS/bench.sh
	"$script" || rc=$?
	case $rc in
	0)	echo "$((SECONDS - begin)) s" >"$stamps/$1" ;;
	3)	echo 'not done, the machine is busy' >"$stamps/$1.not" ;;
	*)	echo "FAILED after $((SECONDS - begin)) s" >"$stamps/$1.not" ;;
	esac
}

stamps=$CACHE/bench/done-$(sources | sha256sum | cut -c1-12)
mkdir -p "$stamps"
for ((i = 0; i < ${#parts[@]}; i++)); do
	name=${parts[i]}
	say "== $((i + 1)) of ${#parts[@]}: $name, after $((SECONDS / 60)) minutes"
	rm -f "$stamps/$name.not"
	if [ -e "$stamps/$name" ]; then
		note "done before, in $(cat "$stamps/$name")"
	else
		part "$name"
	fi
done
"$SCRIPTS/setup.sh" plots
"$SCRIPTS/bench-plots.py" "$dir" >&2
if [ "$dir" = "$TOP/docs/bench" ]; then
	(cd "$TOP" && scripts/bench-readme.py)
fi

say "== all, in $((SECONDS / 60)) minutes, into ${dir#"$TOP/"}:"
for name in "${parts[@]}"; do
	note "$name: $(cat "$stamps/$name" 2>/dev/null || cat "$stamps/$name.not")"
done
if compgen -G "$stamps/*.not" >/dev/null; then
	die 'not all of it was done; make bench-all goes on from here'
fi
rm -r "$stamps"
