# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What to measure, whether the machine is quiet, and where figures go. Sourced
# by the bench scripts, after lib.sh.

# Those that are measured where many repetitions cost time
FEW=none,vmem,vmem-qcache,vmem-first,rmap,gen_pool,ida,xarray,iova_fast
FEW+=,iova_tree,drm_mm-best,drm_mm-low,kmem_cache,kmalloc

# each WHAT WORKLOADS NUMBERS ALLOCATORS: a command for ddi_bench.ko for each.
# Lists have commas.
each() {
	local workload n allocator

	for workload in ${2//,/ }; do
		for n in ${3//,/ }; do
			for allocator in ${4//,/ }; do
				echo "$1 $workload $allocator $n"
			done
		done
	done
}

# repeat TIMES COMMAND...
repeat() {
	local i times=$1
	shift

	for ((i = 0; i < times; i++)); do "$@"; done
}

# figures_of NAME: print the file for the figures of a kind. What a person
# chose to measure, instead of everything, is not for docs.
figures_of() {
	local chosen=${BENCH_ONLY:-}${BENCH_ALLOC:-}${BENCH_N:-}${BENCH_KERNEL:-}${BENCH_PAGES:-}
	local file=$TOP/docs/bench/$1.csv

	[ -z "$chosen${BENCH_REPEAT:-}${BENCH_SIZES:-}" ] || file=$CACHE/bench/$1.csv
	file=${BENCH_OUT:-$file}
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "$file"
}

# clocks: what all CPUs could have done since boot, what they did, what a
# hypervisor kept from them, and what this script and its children did
clocks() {
	awk -v mine="$(sed 's/.*) //' "/proc/$$/stat")" '
		BEGIN { split(mine, my, " ") }
		$1 == "cpu" {
			for (i = 2; i <= 9; i++)
				all += $i
			print all, $2 + $3 + $4 + $7 + $8, $9,
				my[12] + my[13] + my[14] + my[15]
		}' /proc/stat
}

# others_since CLOCKS: how many CPUs other work has used since, how many a
# hypervisor kept, of how many
others_since() {
	echo "$1 $(clocks)" | awk -v cpus="$(nproc)" '{
		used = $6 - $2 - ($8 - $4)
		printf "%.2f %.2f %d\n", (used > 0 ? used : 0) / ($5 - $1) * cpus,
			($7 - $3) / ($5 - $1) * cpus, cpus
	}'
}

# must_be_quiet CPUS: give up, with exit status 3, where other work uses more
must_be_quiet() {
	local begin others

	begin=$(clocks)
	sleep 3
	others=$(others_since "$begin")
	awk -v most="$1" '{ exit $1 + $2 > most }' <<<"$others" && return
	say "Other work uses ${others%% *} CPUs; wait for a quiet machine."
	exit 3
}

# head_of WHAT: the head of a file of figures: kernel, compiler, date, commit
head_of() {
	local commit kernel config sum
	local configs=("$TOP/kunit/bench.config")

	case ${BENCH_KERNEL:-bench} in
	bench)	;;
	traced)	configs+=("$TOP/kunit/traced.config") ;;
	*)	configs=("$TOP/kunit/$BENCH_KERNEL.config") ;;
	esac
	if [ -n "${KERNEL:-}" ]; then
		kernel=$(cat "$("$SCRIPTS/stock-kernel.sh" "$KERNEL")/version")
		config="Debian's"
	else
		kernel=$(basename "$("$SCRIPTS/linux-source.sh")" | tr _ ' ')
		config=$(printf ' and %s' "${configs[@]#"$TOP/"}")
		sum=$(cat "${configs[@]}" | sha256sum | cut -c1-12)
		config="${config# and }, sum: $sum"
	fi
	commit=$(git -C "$TOP" rev-parse --short HEAD 2>/dev/null || echo unknown)
	[ -z "$(git -C "$TOP" status --porcelain -- '*.[ch]' Kbuild '*/Kbuild' \
		'*.config' 2>/dev/null)" ] || commit="$commit and changes"
	cat <<-EOT
	# $1
	# kernel: $kernel, configuration: $config
	# compiler: $(gcc --version | head -n 1)
	# date: $(date -u +%Y-%m-%d), commit: $commit
	EOT
}

# publish FILE WHAT COLUMNS <ROWS: write the figures with their head, show them as a
# table, by $table_maker if there is one, and keep that
publish() {
	local file=$1

	{ head_of "$2"; echo "$3"; cat; } >"$file"
	"${table_maker:-plain_table}" "$file" | tee "${file%.csv}.txt"
	say "$SECONDS s; the figures are in ${file#"$TOP/"}"
}

# publish_timed FILE WHAT FIGURES: the same for what bench-spread.py says. Figures
# of a busy machine are shown, and kept out of docs; the exit status is 3 then.
publish_timed() {
	local file=$1

	case $3 in
	'# machine: BUSY'*)	file=${file/#"$TOP/docs"/$CACHE} ;;
	esac
	mkdir -p "$(dirname "$file")"
	publish "$file" "$2" "$3" </dev/null
	[ "$file" = "$1" ] && return
	say "The machine was busy with other things: ${1#"$TOP/"} stays as it was."
	return 3
}

# publish_smp FILE WHAT COMMAND...: measure what the command asks ddi_bench.ko for, in
# wall time on two CPUs, as often as BENCH_REPEAT says
publish_smp() {
	local file=$1 what=$2 begin rows figures
	shift 2

	[ "$(nproc)" -ge 2 ] || die 'two CPUs are needed'
	# A run that would end as BUSY takes minutes, so refuse it, unless it was chosen.
	[ "$file" = "${file#"$TOP/docs"}" ] || must_be_quiet $(($(nproc) - 2)).2
	begin=$(clocks)
	rows=$(repeat "${BENCH_REPEAT:-15}" "$@" |
		"$SCRIPTS/bench-run.sh" smp 'measuring on two CPUs')
	# shellcheck disable=SC2046 # three numbers
	figures=$(sed -n 's/^smp,//p' <<<"$rows" |
		"$SCRIPTS/bench-spread.py" smp $(others_since "$begin"))
	publish_timed "$file" "$what" "$figures"
}

# The table of a file, as it is
plain_table() {
	grep '^#' "$1" | cut -c3-
	echo
	grep -v '^#' "$1" | sed '1s/_/ /g' | column -t -s,
}
