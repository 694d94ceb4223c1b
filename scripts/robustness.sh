#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make robustness: fill the tables of docs/robustness.md from the logs of the last
# runs on this machine. It runs nothing. What has no log here stays as it was written
# before, with its date; what was never run is listed as not run.
#
# shellcheck disable=SC2016 # Markdown

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/flavours.sh"

page=$TOP/docs/robustness.md

# row_before START: the rows that begin like this in the section as it is; fails if
# there is none that was run
row_before() {
	awk -v start="$1" 'index($0, start) == 1 && !/\| not run \|/ { print; found = 1 }
		END { exit !found }' <<<"$before"
}

# log_of WHAT: the console of the last run of check-WHAT that came to an end,
# or nothing
log_of() {
	local run=$CACHE/run/check-$1.last

	[ ! -s "$run/verdict.txt" ] || printf '%s\n' "$run/console.log"
}

text() {
	tr -d '\r' <"$1"
}

# From the judge's output: passed, failed, reports of the kernel, and the time
verdict() {
	awk '/^RED: report in the log/ { reports++ }
		{ last = $0 }
		END {
			split(last, n, /[ ,]+/)
			printf "%d | %d | %d | ", n[1], n[3], reports
		}' "$1"
	date -u -r "$1" '+%F %H:%M'
}

# row LABEL RUN [WORDS]: of the last run of check-RUN, or as it was before
row() {
	local verdict=$CACHE/run/check-$2.last/verdict.txt

	if [ -s "$verdict" ]; then
		echo "| $1 | ${3:+$3 | }$(verdict "$verdict") |"
	else
		row_before "| $1 | "
	fi
}

suites() {
	local flavour

	echo '| kernel | cases passed | failed | reports | when (UTC) |'
	echo '|---|---|---|---|---|'
	for flavour in $FLAVOURS many; do
		row "$flavour" "$flavour" || echo "| $flavour | not run | | | |"
	done
	row 'lean in 128 MiB, `make check-lowmem`' lowmem || true
}

# The summary that torture.sh printed at the end of a run, and what is below
long_runs() {
	local what flavour run line

	echo '| run | what it did | passed | failed | reports | when (UTC) |'
	echo '|---|---|---|---|---|---|'
	for what in stress fuzz lifecycle soak; do
		for flavour in $FLAVOURS many; do
			run=$what-$flavour
			if [ ! -s "$CACHE/run/check-$run.last/verdict.txt" ]; then
				row_before "| $what, $flavour | " || [ "$flavour" != lean ] ||
					echo "| $what, $flavour | not run | | | | |"
				continue
			fi
			while IFS= read -r line; do
				row "$what, $flavour" "$run" "$line"
			done <"$CACHE/run/check-$run.last/summary.txt"
		done
	done
	races
}

# rounds LOG: what each race of kunit/guest/devmap/races.c did
rounds() {
	text "$1" | awk '
		/ # [0-9]+ rounds$/ { n = $(NF - 1) }
		n && / ok [0-9]+ - / { printf "%s%s: %d rounds", sep, $NF, n; n = 0; sep = ", " }'
}

# They take minutes, and run when somebody asks for them:
# RECORD=races-debug FLAVOUR=debug FILTER='ddi_devmap*' QUICK=1 TIMEOUT=3000 \
#	EXTRA='DEVMAP_SECONDS=85 DEVMAP_CASE=never_lost,faults_go_well,pieces_go' make check
races() {
	local flavour log

	for flavour in $FLAVOURS; do
		log=$(log_of "races-$flavour")
		row "races, $flavour" "races-$flavour" "${log:+$(rounds "$log")}" || true
	done
}

faults() {
	local log life

	log=$(log_of debug)
	life=$(log_of lifecycle-debug)
	[ -n "$log$life" ] || { echo "$before"; return; }
	[ -z "$log" ] || text "$log" | sed -nE \
		-e 's/.*fault_at_each_allocation: .*: ([0-9]+) faults$/calls \1/p' \
		-e 's/.*faults_at_random: ([0-9]+) faults$/random \1/p' \
		-e 's/.*\| # ([0-9]+) faults with devmap, ([0-9]+) without$/maps \1 \2/p' |
		awk '{ n[$1] += $2 + $3; k[$1]++ }
		END {
			printf "- %d in %d kinds of call, one by one\n", n["calls"], k["calls"]
			printf "- %d in mmap, fork and munmap of devmap, one by one\n", n["maps"]
			printf "- %d at random, at our own points\n", n["random"]
		}'
	[ -z "$life" ] || text "$life" | sed -nE \
		's/.*from each of ([0-9]+) faults.*/- \1 while the module is loaded, one by one/p'
}

# The results of sabotage.sh, a file for each of kunit/sabotage
sabotage() {
	local file name

	echo '| what is broken | by which suites it is noticed | first sign | seconds | when |'
	echo '|---|---|---|---|---|'
	for file in "$TOP"/kunit/sabotage/*.txt; do
		name=$(basename "$file" .txt)
		cat "$CACHE/run/sabotage/$name" 2>/dev/null ||
			row_before "| $(head -n 1 "$file") | " ||
			echo "| $(head -n 1 "$file") | not run | | | |"
	done
}

# The changes that mutants.sh tried, by seed; rows of other seeds stay.
mutants() {
	local log=$CACHE/run/mutants.txt seeds

	[ -s "$log" ] || { echo "$before"; return; }
	seeds=$(sed -n 's/^# seed //p' "$log" | paste -sd '|')
	printf '| seed | noticed | survived |\n|---|---|---|\n'
	grep -E '^\| [0-9]+ \|' <<<"$before" | grep -vE "^\\| ($seeds) \\|" || true
	awk -F'\t' '
		/^# seed / { seed = substr($0, 8); seeds[++n] = seed; next }
		$1 == "noticed" { noticed[seed]++ }
		$1 == "survived" { survived[seed]++
			left = left sprintf("- %s, %s(): `%s` became `%s`\n", $2, $3, $4, $5) }
		END {
			for (i = 1; i <= n; i++)
				if (noticed[seeds[i]] + survived[seeds[i]])
					printf "| %s | %d | %d |\n", seeds[i],
						noticed[seeds[i]], survived[seeds[i]]
			if (left)
				printf "\nSurvivors:\n\n%s", left
		}' "$log"
}

# Rows of models that did not run this time stay.
models() {
	local names

	[ -s "$CACHE/run/models" ] || { echo "$before"; return; }
	names=$(sed -nE 's/^\| ([^ ]+) \|.*/\1/p' "$CACHE/run/models" | sort -u | paste -sd '|')
	echo '| model | explored |'
	echo '|---|---|'
	grep '^| ' <<<"$before" | grep -vE "^\| (model|$names) \|" || true
	cat "$CACHE/run/models"
}

contexts() {
	local filled

	filled=$(grep -cE '^	\{ "(rm|vmem|ddi)' "$TOP/kunit/core/contexts_kunit.c")
	echo "$filled rows of functions by 7 contexts, $((filled * 7)) cells, none empty:"
	echo '[kunit/core/contexts_kunit.c](../kunit/core/contexts_kunit.c).'
}

coverage() {
	cat "$CACHE/run/check-debug.last/coverage.txt" 2>/dev/null || echo "$before"
}

for section in suites long_runs faults sabotage mutants models contexts coverage; do
	before=$(between "$section" "$page")
	"$section" | fill "$section" "$page"
done
say "wrote $page"
