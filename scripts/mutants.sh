#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make mutants: break the engine at random, in a copy, by one small change at a
# time, and say which changes no suite notices. Each guest is stopped at the
# first sign; a change that the quick cases let through is tried on all. What
# makes no difference is listed in kunit/mutants.txt, with the reason.
#
# N=changes (default 10)  SEED=n (default: a new one)  LEAST=per cent that must
# be noticed (default 95). The last line is "N passed, N failed".

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/tally.sh"

count=${N:-10}
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
tree=$(stage_of mutants)
known=$TOP/kunit/mutants.txt
results=$CACHE/run/mutants.txt
sign='    not ok |Kernel panic|BUG: |WARNING: |guest: . not ok'

# check EXTRA: the suites in the copy; says how it ended
check() {
	local log

	FLAVOUR=lean FILTER='' RECORD='' EXTRA=$1 ENOUGH=$sign \
		"$tree/scripts/check.sh" >"$out" 2>&1 || true
	log=$(sed -nE 's/^lean: (.*console\.log)$/\1/p' "$out" | tail -n 1)
	if [ -z "$log" ]; then
		echo uncompiled
	elif grep -qE "$sign" "$log" || ! grep -q 'ddi-guest: end' "$log"; then
		echo noticed
	elif [ -z "$1" ] && ! tail -n 1 "$out" | grep -q ' 0 failed$'; then
		echo noticed
	else
		echo survived
	fi
	[ -z "$log" ] || rm -rf "$(dirname "$log")"
}

try_change() {
	local file=$1 line=$2 new=$3 how

	restore_copy "$tree"
	"$SCRIPTS/mutate.py" "$tree" change "$file" "$line" "$new"
	how=$(check 'kunit.filter=speed>slow kunit.filter_action=skip')
	[ "$how" != survived ] || how=$(check '')
	printf '%s\n' "$how"
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT
say "$count changes, seed $seed"
echo "# seed $seed" >>"$results"
survivors=()
# Some do not compile: others take their place.
while IFS=$'\t' read -r -u 4 file line name old new; do
	[ $((passed + ${#survivors[@]})) -lt "$count" ] || break
	begin=$SECONDS
	how=$(try_change "$file" "$line" "$new")
	note "$how, $((SECONDS - begin)) s: $file:$line: $old -> $new"
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$how" "$file:$line" "$name" "$old" "$new" \
		"$((SECONDS - begin))" >>"$results"
	case $how in
	noticed) passed=$((passed + 1)) ;;
	survived) survivors+=("$file:$line in $name(): $old -> $new") ;;
	esac
done 4< <("$SCRIPTS/mutate.py" "$TOP" random $((count * 2)) "$seed" "$known")
[ ${#survivors[@]} = 0 ] || printf 'SURVIVED  %s\n' "${survivors[@]}"
if [ $((passed * 100)) -lt $(((passed + ${#survivors[@]}) * ${LEAST:-95})) ]; then
	failed=${#survivors[@]}
fi
tally
