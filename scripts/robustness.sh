#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make robustness: write docs/robustness.md from the logs of the last runs on
# this machine. It runs nothing. What has no log here stays as it was written
# before, with its date; what was never run is listed as not run.
#
# shellcheck disable=SC2016 # Markdown

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/flavours.sh"

page=$TOP/docs/robustness.md
before=$(cat "$page" 2>/dev/null || true)

# row_before START: the rows that begin like this on the page as it is; fails if
# there is none that was run
row_before() {
	awk -v start="$1" 'index($0, start) == 1 && !/\| not run \|/ { print; found = 1 }
		END { exit !found }' <<<"$before"
}

# section_before HEADING: what stands under it on the page as it is, or "Not run."
section_before() {
	awk -v heading="## $1" '
		/^## / { inside = index($0, heading) == 1; next }
		inside && (NF || n) { line[++n] = $0 }
		END {
			while (n && line[n] == "")
				n--
			if (!n)
				print "Not run."
			for (i = 1; i <= n; i++)
				print line[i]
		}' <<<"$before"
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

suites() {
	local flavour log

	echo '| kernel | cases passed | failed | reports | when (UTC) |'
	echo '|---|---|---|---|---|'
	for flavour in $FLAVOURS many; do
		log=$(log_of "$flavour")
		if [ -n "$log" ]; then
			echo "| $flavour | $(verdict "${log%/*}/verdict.txt") |"
		else
			row_before "| $flavour | " | head -n 1 ||
				echo "| $flavour | not run | | | |"
		fi
	done
	log=$(log_of lowmem)
	if [ -n "$log" ]; then
		echo "| lean in 128 MiB, \`make check-lowmem\` | $(verdict "${log%/*}/verdict.txt") |"
	else
		row_before '| lean in 128 MiB' || true
	fi
}

# The summary that torture.sh printed at the end of a run
torture() {
	local what flavour dir

	echo '| run | what it did | passed | failed | reports | when (UTC) |'
	echo '|---|---|---|---|---|---|'
	for what in stress fuzz lifecycle soak; do
		for flavour in $FLAVOURS many; do
			dir=$CACHE/run/check-$what-$flavour.last
			if [ ! -s "$dir/verdict.txt" ]; then
				row_before "| $what, $flavour | " || [ "$flavour" != lean ] ||
					echo "| $what, $flavour | not run | | | | |"
				continue
			fi
			while IFS= read -r line; do
				echo "| $what, $flavour | $line |" \
					"$(verdict "$dir/verdict.txt") |"
			done <"$dir/summary.txt"
		done
	done
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
		if [ -n "$log" ]; then
			echo "| races, $flavour | $(rounds "$log") |" \
				"$(verdict "${log%/*}/verdict.txt") |"
		else
			row_before "| races, $flavour | " || true
		fi
	done
}

faults() {
	local log life

	log=$(log_of debug)
	life=$(log_of lifecycle-debug)
	[ -n "$log$life" ] || { section_before 'Injected allocation failures'; return; }
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

	[ -s "$log" ] || { section_before 'Random changes'; return; }
	seeds=$(sed -n 's/^# seed //p' "$log" | paste -sd '|')
	printf '| seed | noticed | survived |\n|---|---|---|\n'
	section_before 'Random changes' | grep -E '^\| [0-9]+ \|' |
		grep -vE "^\\| ($seeds) \\|" || true
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

	# The text above the table is written below.
	[ -s "$CACHE/run/models" ] || { section_before 'What uses no lock' | grep '^|'; return; }
	names=$(sed -nE 's/^\| ([^ ]+) \|.*/\1/p' "$CACHE/run/models" | sort -u | paste -sd '|')
	echo '| model | explored |'
	echo '|---|---|'
	section_before 'What uses no lock' | grep '^| ' | grep -vE "^\| (model|$names) \|" || true
	cat "$CACHE/run/models"
}

contexts() {
	local filled

	filled=$(grep -cE '^	\{ "(rm|vmem|ddi)' "$TOP/kunit/core/contexts_kunit.c")
	echo "$filled rows of functions by 7 contexts, $((filled * 7)) cells, none empty:"
	echo '[kunit/core/contexts_kunit.c](../kunit/core/contexts_kunit.c).'
}

coverage() {
	local dir=$CACHE/run/check-debug.last

	[ -s "$dir/coverage.txt" ] || { section_before Coverage; return; }
	cat "$dir/coverage.txt"
}

mkdir -p "$(dirname "$page")"
{
	echo '# Robustness: runs and their results'
	echo
	echo 'Written by `make robustness` from the logs of the last runs; see'
	echo '[testing.md](testing.md) for the runs. A run whose log is gone keeps its row.'
	echo 'A report is a line of the kernel log in which the kernel or one of its'
	echo 'checkers names a fault.'
	echo
	echo '## Suites, `make check FLAVOUR=all`'
	echo
	suites
	echo
	echo '## Long runs'
	echo
	torture
	races
	echo
	echo '## Injected allocation failures'
	echo
	faults
	echo
	echo '## Sabotage, `make sabotage`'
	echo
	echo 'A file of [kunit/sabotage](../kunit/sabotage) breaks a copy of the engine;'
	echo 'the named suite must fail. Seconds include the boot of the guest.'
	echo
	sabotage
	echo
	echo '## Random changes, `make mutants`'
	echo
	mutants
	echo
	echo '## What uses no lock, `make models`'
	echo
	echo 'Each of [kunit/models](../kunit/models) fails when it is broken as its head says.'
	echo
	models
	echo
	echo '## Contexts'
	echo
	contexts
	echo
	echo '## Coverage, `make coverage`'
	echo
	coverage
} >"$page"
say "wrote $page"
