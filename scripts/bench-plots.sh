#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-plots: draw docs/bench/pairs.csv, one SVG per workload.

. "$(dirname "$0")/lib.sh"

dir=$TOP/docs/bench
csv=$dir/pairs.csv

title() {
	case $1 in
	one)	echo 'one: 1 unit, 64 live' ;;
	mix)	echo 'mix: 1 to 64 units, 64 live' ;;
	adv)	echo 'adv: 48 units, larger than every hole' ;;
	mid)	echo 'mid: 1 to 64 units in a narrow window' ;;
	align)	echo 'align: 1 unit, aligned to 64' ;;
	lifo)	echo 'lifo: 1 to 64 units, freed at once' ;;
	lifo1)	echo 'lifo1: 1 unit, freed at once' ;;
	esac
}

# The points of one line; on a log axis no holes stand at 100.
points() {
	awk -F, -v w="$1" -v a="$2" \
		'$1 == w && $2 == a { print ($3 ? $3 : 100), $4 }' "$csv"
}

# Ours in strong colours, Linux's behind them
style() {
	case $1 in
	vmem)		echo 'lc rgb "#c00000" lw 3 pt 7' ;;
	vmem-qcache)	echo 'lc rgb "#e08000" lw 3 pt 5' ;;
	vmem-best)	echo 'lc rgb "#0050c0" lw 3 pt 9' ;;
	vmem-first)	echo 'lc rgb "#008040" lw 3 pt 11' ;;
	vmem-next)	echo 'lc rgb "#8000a0" lw 3 pt 13' ;;
	rmap)		echo 'lc rgb "#000000" lw 3 pt 15' ;;
	*)		echo "lw 1 dt 2 pt $2 lc rgb \"#${3}${3}${3}\"" ;;
	esac
}

script() {
	local workload=$1 names name plots='' i=0 greys=(40 70 90 a0 b0)

	names=$(awk -F, -v w="$workload" \
		'$1 == w && !seen[$2]++ { print $2 }' "$csv")
	echo 'set terminal svg noenhanced size 900,560 font "sans,13" background "white"'
	echo "set title '$(title "$workload")'"
	echo 'set logscale xy; set grid; set key outside right'
	echo 'set xrange [80:1300000]; set format y "%.0f"'
	echo 'set xlabel "holes"; set ylabel "instructions per allocation and free"'
	echo 'set xtics ("0" 100, "1,000" 1000, "10,000" 10000, "100,000" 100000, "1,000,000" 1000000)'
	for name in $names; do
		[ "$name" != none ] || continue
		printf '$%s << EOD\n' "D$i"
		points "$workload" "$name"
		echo EOD
		plots+="${plots:+, }\$D$i with linespoints $(style "$name" \
			$((i % 14 + 1)) "${greys[i % 5]}") title '$name'"
		i=$((i + 1))
	done
	echo "plot $plots"
}

"$SCRIPTS/setup.sh" plots
[ -e "$csv" ] || die "there is no ${csv#"$TOP/"}; run make bench first"
# shellcheck disable=SC2013 # plain names
for workload in $(awk -F, '!/^#/ && $1 != "workload" && $1 !~ /^(umem|fault)$/ &&
		!seen[$1]++ { print $1 }' "$csv"); do
	script "$workload" | gnuplot >"$dir/$workload.svg"
	note "${dir#"$TOP/"}/$workload.svg"
done
