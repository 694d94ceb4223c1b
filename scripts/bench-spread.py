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

A row of smp may have one figure more: what a word that two threads write cost
then. The two CPUs of a virtual machine share a cache at some times and not at
others; without one, every word that both write costs several times as much. Rows
of such times are left out of these medians, unless there are no others, and have a
median of their ratios in a column of their own.
"""

import math
import statistics
import sys
from typing import NamedTuple

# What the word costs where the CPUs share a cache and where they do not, in times of what
# the harness alone costs one thread. It was 5.0 to 5.8, and 7.5 to 8.1.
NEAR = 6
APART = 7
FEWER = {2: 1, 8: 2}
NEEDED = {'native': 0, 'smp': 2}	# CPUs that must be left


class Figure(NamedTuple):
    ns: float
    word: float


def native_base(workload, allocator, n):
    return workload, 'vmem', n


def smp_base(workload, allocator, n):
    return workload, allocator, FEWER.get(n, n)


def read(lines):
    figures = {}
    for line in lines:
        workload, allocator, n, ns, *word = line.split(',')
        figures.setdefault((workload, allocator, int(n)), []).append(
            Figure(float(ns), float(word[0]) if word else 0))
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
            middle = statistics.median(x.ns for x in mine)
            found += [x.ns / middle for x in mine]
        elif n == 2:
            found += [n * a.ns / b.ns
                      for a, b in zip(mine, figures[workload, allocator, 1])]
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


def places(figures):
    """The most that the word costs near, and the least apart"""
    for (_, allocator, n), mine in figures.items():
        if (allocator, n) == ('none', 1):
            harness_ns = statistics.median(x.ns for x in mine)
            return NEAR * harness_ns, APART * harness_ns
    return math.inf, math.inf


def say_where(figures, near, apart):
    words = [x.word for (_, _, n), mine in figures.items() for x in mine if n > 1 and x.word]
    if not words:
        return
    groups = [[x for x in words if x <= near], [x for x in words if x >= apart]]
    costs = [f'{statistics.median(x):.0f} ns' for x in groups if x]
    print(f'# CPUs: apart in {len(groups[1])} of {len(words)} rows of several threads; '
          f'a word that both write: {" or ".join(costs)}')


def median_of(ratios):
    return f'{statistics.median(ratios):.2f}' if ratios else ''


def main():
    kind = sys.argv[1]
    base_of = {'native': native_base, 'smp': smp_base}[kind]
    figures = read(sys.stdin)
    near, apart = places(figures)
    print(machine(kind, figures, *map(float, sys.argv[2:])))
    say_where(figures, near, apart)
    print('workload,allocator,n,ns,ratio,ratio_low_quartile,ratio_high_quartile,'
          'ratio_of_least,runs,ratio_apart,runs_apart')
    for key, mine in figures.items():
        base = figures.get(base_of(*key), mine)
        # One thread alone is near itself.
        words = [max((x.word for x, n in ((a, key[2]), (b, base_of(*key)[2]))
                      if kind == 'smp' and n > 1), default=0)
                 for a, b in zip(mine, base)]
        pairs = [(a.ns, b.ns) for a, b in zip(mine, base)]
        here = [p for p, word in zip(pairs, words) if word <= near]
        there = [p for p, word in zip(pairs, words) if word >= apart]
        chosen = here or there or pairs
        low, middle, high = quartiles([a / b for a, b in chosen])
        print(*key, f'{statistics.median(a for a, _ in chosen):.1f}', f'{middle:.2f}',
              f'{low:.2f}', f'{high:.2f}',
              f'{min(a for a, _ in chosen) / min(b for _, b in chosen):.2f}', len(here),
              median_of([a / b for a, b in there]), len(there), sep=',')


main()
