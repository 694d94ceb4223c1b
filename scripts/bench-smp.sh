#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-smp: wall time per pair when two CPUs share one arena, as ratio
# to one CPU; 0.5 is perfect. The machine must be quiet and have two CPUs.
# Writes docs/bench/smp.csv.

. "$(dirname "$0")/lib.sh"

out=${BENCH_OUT:-$TOP/docs/bench/smp.csv}
workloads=${BENCH_ONLY:-one,mix}
allocators=vmem,vmem-qcache,vmem-first,rmap,gen_pool,ida,xarray,iova_fast
allocators+=,iova_tree,drm_mm-best,drm_mm-low,kmem_cache,kmalloc
allocators=${BENCH_ALLOC:-$allocators}

# workload,allocator,ps on one CPU,on two -> medians, and the ratio's spread
medians() {
	awk -F, '
		function sorted(v, n,	j, k, t) {
			for (j = 2; j <= n; j++)
				for (k = j; k > 1 && v[k] < v[k - 1]; k--) {
					t = v[k]; v[k] = v[k - 1]; v[k - 1] = t
				}
		}
		function median(v, n) {
			sorted(v, n)
			return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
		}
		{
			key = $1 "," $2
			if (!(key in n))
				order[++keys] = key
			i = ++n[key]
			one[key, i] = $3 / 1000
			two[key, i] = $4 / 1000
		}
		END {
			for (k = 1; k <= keys; k++) {
				key = order[k]
				for (i = 1; i <= n[key]; i++) {
					a[i] = one[key, i]
					b[i] = two[key, i]
					r[i] = b[i] / a[i]
				}
				m = median(r, n[key])
				q = int((n[key] + 3) / 4)
				printf "%s,%.1f,%.1f,%.2f,%.2f,%.2f,%d\n", key,
					median(a, n[key]), median(b, n[key]), m,
					r[q], r[n[key] + 1 - q], n[key]
			}
		}'
}

[ "$(nproc)" -ge 2 ] || die 'two CPUs are needed'
mkdir -p "$(dirname "$out")" "$CACHE/log"
rows=$(for workload in ${workloads//,/ }; do
		for allocator in ${allocators//,/ }; do
			echo "smp $workload $allocator"
		done
	done | "$SCRIPTS/bench-run.sh" smp 'measuring on two CPUs')
{
	"$SCRIPTS/bench-head.sh" 'nanoseconds of wall time per pair (QEMU, TCG), 1 and 2 CPUs'
	echo 'workload,allocator,ns_1cpu,ns_2cpu,ratio,ratio_low_quartile,ratio_high_quartile,runs'
	sed -n 's/^smp,//p' <<<"$rows" | medians
} >"$out"
grep '^#' "$out" | cut -c3-
echo
grep -v '^#' "$out" | sed '1s/_/ /g' | column -t -s,
say "the figures are in ${out#"$TOP/"}"
