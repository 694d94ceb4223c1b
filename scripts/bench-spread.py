#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sum up repeated measurements of time on a machine that does other things, too.

usage: bench-spread.py native|smp OTHERS STOLEN CPUS <ROWS

Meanwhile other work used OTHERS CPUs and a hypervisor kept STOLEN, of CPUS. A
first line says so, and calls the machine BUSY where the harness itself is off
what it must be, or where too little was left: for native that does no harm.

A row is workload,allocator,n,figure; n is the number of holes, or of threads.
Its k-th appearance is the k-th repetition. Each is compared with another row
of the same repetition: native with vmem, smp with the same allocator's on
fewer CPUs. Prints medians, the quartiles of the ratio as its spread, and the ratio of
the least figures, which other work on the machine disturbs least.
"""

import statistics
import sys

FEWER = {2: 1, 8: 2}
NEEDED = {'native': 0, 'smp': 2}	# CPUs that must be left


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


def harness(kind, figures):
    """What half of the harness's own figures lie between; all should be 1."""
    found = []
    for (workload, allocator, n), mine in figures.items():
        if allocator != 'none':
            continue
        if kind == 'native':
            found += [x / statistics.median(mine) for x in mine]
        elif n == 2:
            found += [n * a / b for a, b in zip(mine, figures[workload, allocator, 1])]
    low, _, high = quartiles(found) if found else (1, 1, 1)
    return low, high


def machine(kind, figures, others, stolen, cpus):
    needed = NEEDED[kind]
    low, high = harness(kind, figures)
    busy = (others + stolen > cpus - needed + 0.05 * needed or
            not 0.9 <= low <= high <= 1.1)
    return (f'# machine: {"BUSY" if busy else "quiet enough"}; other work used {others:.2f} of '
            f'{cpus:.0f} CPUs; {stolen:.2f} stolen; half of the time the harness took '
            f'{low:.2f} to {high:.2f} of what it should')


def main():
    kind = sys.argv[1]
    base_of = {'native': native_base, 'smp': smp_base}[kind]
    figures = read(sys.stdin)
    print(machine(kind, figures, *map(float, sys.argv[2:])))
    print('workload,allocator,n,ns,ratio,ratio_low_quartile,ratio_high_quartile,'
          'ratio_of_least,runs')
    for key, mine in figures.items():
        base = figures.get(base_of(*key), mine)
        low, middle, high = quartiles([a / b for a, b in zip(mine, base)])
        print(*key, f'{statistics.median(mine):.1f}', f'{middle:.2f}', f'{low:.2f}',
              f'{high:.2f}', f'{min(mine) / min(base):.2f}', len(mine), sep=',')


main()
