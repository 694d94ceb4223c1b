# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2016
#
# What judges figures: the comparison with older ones, the targets, and whether
# the machine did other things. New figures are the old ones with one change,
# made by sed. Sourced by selftest.sh.

figures=$SCRIPTS/selftest/pairs.csv

# compared NAME STATUS LINE SED-PROGRAM: the status and the line must show,
# and what is not "slower", "faster" and so on by that line is not named
compared() {
	local name=$1 status=$2 line=$3 rc=0

	sed -E "$4" "$figures" >"$work/new.csv"
	"$SCRIPTS/bench-compare.py" "$figures" "$work/new.csv" \
		>"$work/out" 2>&1 || rc=$?
	[ "$rc" = "$status" ] && grep -qF -- "$line" "$work/out" &&
		[ "$(grep -cE '^[a-z]+:' "$work/out")" -le 1 ] && rc=0 || rc=1
	result "$rc" "figures, status $status: $name" "$work/out"
}

compared 'the same' 0 '12 figures compared, 0 worse or missing' ''
compared 'another date and commit' 0 '0 worse' 's/2026-01-01/2026-01-02/; s/t: 1234567/t: 89abcde/'
compared '3 % slower' 0 '0 worse' 's/^(one,vmem,1000),200.0/\1,206.0/'
compared 'more than 3 % slower' 1 'slower:  one vmem N=1000 ' \
	's/^(one,vmem,1000),200.0/\1,206.1/'
compared 'more than 3 % faster' 0 'faster:  one vmem N=1000 ' \
	's/^(one,vmem,1000),200.0/\1,193.9/'
compared 'page memory slower' 1 'slower:  umem umem N=4096 ' 's/,860.0/,890.0/'
compared 'the harness slower' 1 'slower:  one none N=0 ' \
	's/^(one,none,0),17.0/\1,18.0/'
compared 'fails where there is a fit' 1 'fails:   mix vmem N=1000 ' \
	's/400.0,5,0/400.0,5,1/'
compared 'fails where there is none' 0 '0 worse' 's/400.0,5,0/400.0,6,0/'
compared 'a target that is met no more' 1 \
	'target:  one, quantum cache 1,000: 137 now, 135 asked' \
	's/^(one,vmem-qcache,1000),134.0/\1,137.0/'
compared 'a row is missing' 1 'missing: one vmem N=1000' '/^one,vmem,1000/d'
compared 'rows are missing' 1 'missing: one vmem N=0, 1000' '/^one,vmem,/d'
compared 'pages are missing' 1 'missing: umem umem N=4096' '/^umem,umem/d'
compared 'a row is missing, and no word of what was measured' 1 \
	'missing: one vmem N=1000' '/^one,vmem,1000/d; /^# measured/d'
compared 'other allocators were not measured' 0 '9 figures compared, 0 worse' \
	's/of all,all/of none,vmem,vmem-qcache,umem/; /iova_fast|kvzalloc/d'
compared 'other N were not measured' 0 '7 figures compared, 0 worse' \
	's/N 0,1000/N 1000/; /,0,[0-9]+\./d'
compared 'another workload was not measured' 0 '10 figures compared, 0 worse' \
	's/: one,mix,umem/: one,umem/; /^mix/d'
compared 'a row is new' 0 'new:     one ida N=0' \
	'$a one,ida,0,300.0,0,0,16384'
compared 'another kernel' 2 \
	'other:   kernel: linux-source-6.12 6.12.1-1 -> linux-source-6.12 6.12.2-1' \
	's/6.12.1-1/6.12.2-1/'
compared 'another configuration' 2 \
	'other:   configuration: kunit/bench.config -> kunit/lean.config' \
	's/bench.config/lean.config/'
compared 'a changed configuration' 2 \
	'other:   sum: 0123456789ab -> 0123456789ac' 's/89ab/89ac/'
compared 'another compiler' 2 'other:   compiler: gcc ' 's/\) 12.2.0/) 13.1.0/'
compared 'another kind of figure' 2 'other:   figures: ' '1s/.*/# nanoseconds/'
compared 'no figures' 2 '0 figures compared' \
	'/^[a-z]+,[a-z_-]+,[0-9]/d; s/: one,mix,umem;/: fault;/'

# targets NAME STATUS LINE SED-PROGRAM: the same for bench_targets.py
targets() {
	local name=$1 status=$2 line=$3 rc=0

	mkdir -p "$work/figures"
	sed -E "$4" "$figures" >"$work/figures/pairs.csv"
	"$SCRIPTS/bench_targets.py" "$work/figures" >"$work/out" 2>&1 || rc=$?
	[ "$rc" = "$status" ] && grep -qE -- "$line" "$work/out" && rc=0 || rc=1
	result "$rc" "targets, status $status: $name" "$work/out"
}

targets 'all met' 0 '^3 targets met, 0 not' '/^mix/d'
targets 'one missed' 1 '^mix, default policy +0 .*MISSED' ''
targets 'the worst number of holes' 1 '^one, default policy +1,000 +226 .*MISSED' \
	's/^(one,vmem,1000),200.0/\1,226.0/'
targets 'met by failing wrongly' 1 '^one, quantum cache .*MISSED' \
	's/134.0,0,0/134.0,9,9/'
targets 'none measured' 1 '^0 targets met' '/^[a-z]+,[a-z_-]+,[0-9]/d'
printf '%s\n' '# machine: BUSY; other work' "$(sed -n 2,4p "$figures")" \
	workload,allocator,n,ns,ratio,ratio_low_quartile,ratio_high_quartile,ratio_of_least,runs \
	one,vmem-qcache,2,88.0,0.50,0.50,0.52,0.50,9 >"$work/figures/smp.csv"
targets 'measured on a busy machine' 1 '^two CPUs .* quantum cache .*BUSY' '/^mix/d'

rm "$work/figures/smp.csv"

# mappings NAME STATUS LINE SED-PROGRAM: the same for figures of mappings
mappings() {
	printf '%s\n' what,n,instructions page_in_a_row,1,500 page_in_a_row,4096,600 \
		fault,1024,30000 fault,65536,39000 fork_and_exit,1024,10240000 \
		fork_and_exit,65536,655360000 munmap,1024,10240000 munmap,65536,655360000 |
		sed -E "$4" >"$work/figures/mappings.csv"
	targets "$1" "$2" "$3" '/^mix/d'
	rm "$work/figures/mappings.csv"
}

mappings 'all of mappings met' 0 '^8 targets met, 0 not' ''
mappings 'a page of many handles costs too much' 1 \
	'^map and touch pages in a row, each +4,096 handles +601 +600 +MISSED' 's/,600$/,601/'
mappings 'a fault that grows' 1 '^fault, .* 65,536 handles +39,001 +39,000 +MISSED' \
	's/,39000$/,39001/'
mappings 'a fork that grows' 1 '^fork and exit, .* +13,001 +13,000 +MISSED' \
	's/(exit,65536),.*/\1,852033536/'

# touches NAME STATUS LINE SED-PROGRAM: the same for figures of touched pages
touches() {
	printf '%s\n' pattern,way,mmap,touch,failed,pages order,vm_insert_page,0,1287,0,9 \
		order,umem_mmap,0,350,0,9 order,devmap,0,350,0,9 \
		order,umem_mmap-huge,0,30,0,9 order,devmap-huge,0,30,0,9 |
		sed -E "$4" >"$work/figures/fault.csv"
	targets "$1" "$2" "$3" '/^mix/d'
	rm "$work/figures/fault.csv"
}

touches 'all touches met' 0 '^7 targets met, 0 not' ''
touches 'huge pages were not measured' 0 '^5 targets met, 0 not' '/huge/d'
touches 'a touch that costs too much' 1 '^touch 64 MiB .*, devmap +351 +350 +MISSED' \
	's/(devmap,0),350/\1,351/'
touches 'a touch in huge pages that costs too much' 1 \
	'^the same in huge pages, umem_mmap +31 +30 +MISSED' 's/(umem_mmap-huge,0),30/\1,31/'
touches 'pages that could not be touched' 1 '^touch 64 MiB .*, devmap +350! .*MISSED' \
	's/(devmap,0,350),0/\1,1/'

# machine NAME KIND WORD "OTHERS STOLEN CPUS" SED-PROGRAM: what is said of the
# machine, of figures in which a sed program changed something
machine() {
	local rc=0 one='one,none,1,29.0\none,none,2,14.5\none,vmem,1,280.0\none,vmem,2,440.0\n'

	# shellcheck disable=SC2059,SC2086 # lines; three numbers
	printf "$one$one$one$one$one" | sed -E "$5" |
		"$SCRIPTS/bench-spread.py" "$2" $4 >"$work/out" 2>&1 || rc=1
	head -n 1 "$work/out" | grep -q "^# machine: $3" || rc=1
	result "$rc" "machine, $2: $1" "$work/out"
}

machine 'quiet' smp quiet '0.04 0.00 2' ''
machine 'quiet, and more CPUs than are needed' smp quiet '1.50 0.00 4' ''
machine 'other work' smp BUSY '0.30 0.00 2' ''
machine 'time stolen' smp BUSY '0.04 0.30 2' ''
machine 'two threads that take turns' smp BUSY '0.04 0.00 2' 's/14.5/29.0/'
machine 'a harness that varies' smp BUSY '0.04 0.00 2' '2~8s/14.5/29.0/'
machine 'other work on both CPUs' native quiet '1.20 0.00 2' ''
machine 'a harness that varies' native BUSY '0.04 0.00 2' '1~8s/29.0/60.0/; 2~8s/14.5/30.0/'

# apart NAME "NS RATIO ... OF-VMEM" SED-PROGRAM: the figures of vmem on two CPUs; sed changes
# what a word cost that both wrote, which was 150 ns
apart() {
	local rc=0 rows='one,none,1,30.0,150.0\none,none,2,15.0,150.0\n'

	rows+='one,vmem,1,200.0,150.0\none,vmem,2,180.0,150.0\n'
	# shellcheck disable=SC2059 # lines
	{ printf "$rows"; printf "$rows" | sed -E "$3"; } |
		"$SCRIPTS/bench-spread.py" smp 0.04 0.00 2 >"$work/out" 2>&1 || rc=1
	grep -qx "one,vmem,2,$2" "$work/out" || rc=1
	result "$rc" "two CPUs, $1" "$work/out"
}

apart 'near each other' '180.0,0.90,0.90,0.90,0.90,2,,0' ''
apart 'apart at times' '180.0,0.90,0.90,0.90,0.90,1,2.00,1' 's/180.0,150/400.0,215/'
apart 'that move meanwhile' '180.0,0.90,0.90,0.90,0.90,1,,0' 's/180.0,150/300.0,190/'
