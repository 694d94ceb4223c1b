#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sum up repeated measurements of time on a machine that does other things, too.

usage: bench-spread.py native|smp <ROWS

A row is workload,allocator,n,figure; n is the number of holes, or of threads.
Its k-th appearance is the k-th repetition. Each is compared with another row
of the same repetition: native with vmem, smp with the same allocator's on
fewer CPUs. Prints medians, the quartiles of the ratio as its spread, and the ratio of
the least figures, which other work on the machine disturbs least.
"""

import statistics
import sys

FEWER = {2: 1, 8: 2}


def native_base(workload, allocator, n):
    return workload, 'vmem', n


def smp_base(workload, allocator, n):
    return workload, allocator, FEWER.get(n, n)


def read(lines):
    figures = {}
    for line in lines:
        workload, allocator, n, figure = line.split(',')
        figures.setdefault((workload, allocator, int(n)), []).append(float(figure))
    return figures


def quartiles(values):
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method='inclusive')


def main():
    base_of = {'native': native_base, 'smp': smp_base}[sys.argv[1]]
    figures = read(sys.stdin)
    print('workload,allocator,n,ns,ratio,ratio_low_quartile,ratio_high_quartile,'
          'ratio_of_least,runs')
    for key, mine in figures.items():
        base = figures.get(base_of(*key), mine)
        low, middle, high = quartiles([a / b for a, b in zip(mine, base)])
        print(*key, f'{statistics.median(mine):.1f}', f'{middle:.2f}', f'{low:.2f}',
              f'{high:.2f}', f'{min(mine) / min(base):.2f}', len(mine), sep=',')


main()
