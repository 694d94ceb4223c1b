#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print pairs.csv as tables: targets first, then every figure.

usage: bench_table.py pairs.csv
"""

import sys

from bench_figures import SIZES, exact, print_columns, read, show
import bench_targets


def matrix(rows, workload):
    sizes = sorted({n for w, _, n in rows if w == workload})
    names = dict.fromkeys(a for w, a, _ in rows if w == workload)
    table = [(workload, *(SIZES[n] if workload == 'umem' else f'{n:,}'
                          for n in sizes))]
    for name in names:
        table.append((name, *(show(rows.get((workload, name, n))) for n in sizes)))
    return table


def main():
    head, table = read(sys.argv[1])
    rows = exact(table)
    print(*head, '', sep='\n')
    met = bench_targets.of_pairs(table)
    if met:
        print_columns([bench_targets.HEADER, *met], sys.stdout)
    for workload in dict.fromkeys(w for w, _, _ in rows):
        print_columns(matrix(rows, workload), sys.stdout)
    if any(failed for _, failed in rows.values()):
        print('* some requests found no fit; ! some failed where one was')
    print('Of each figure the row "none" is the harness itself.')


main()
