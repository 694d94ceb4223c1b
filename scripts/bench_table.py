#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print a file of figures as tables: targets first, then every figure.

usage: bench_table.py pairs.csv
       bench_table.py FILE.csv, of those that bench-spread.py makes
       bench_table.py magazine.csv
"""

import sys

from bench_figures import SIZES, exact, print_columns, read, show, spread
import bench_targets


def matrix(rows, workload):
    sizes = sorted({n for w, _, n in rows if w == workload})
    names = [a for w, a, n in rows if w == workload]
    names = sorted(set(names), key=names.index)
    table = [(workload, *(SIZES[n] if workload in ('umem', 'fault') else f'{n:,}'
                          for n in sizes))]
    for name in names:
        table.append((name, *(show(rows.get((workload, name, n)))
                              for n in sizes)))
    return table


def spread_matrix(rows, workload):
    """For each n: nanoseconds, the ratio, where half of the ratios lay, the
    ratio of the least nanoseconds"""
    mine = {(a, n): row for (w, a, n), row in rows.items() if w == workload}
    names = dict.fromkeys(a for a, _ in mine)
    table = [[workload]] + [[name] for name in names]
    for n in sorted({n for _, n in mine}):
        column = [mine.get((name, n), (None, '-', '', '')) for name in names]
        cells = [[f'{n:,}: ns', 'ratio', 'half of them', 'of least']]
        cells += [['-' if ns is None else f'{ns:,.1f}', *ratios]
                  for ns, *ratios in column]
        compared = any(row[1] not in ('-', '1.00') for row in column)
        for line, more in zip(table, cells):
            line += more if compared else more[:1]
    return table


def magazine_matrix(table, figure):
    """A line for each size of magazine, then one for each other allocator"""
    label = {row['magazine'] + row['allocator']:
             row['magazine'] if row['magazine'] != '-' else row['allocator']
             for row in table}
    columns = dict.fromkeys((row['workload'], row['n']) for row in table)
    cells = {(row['magazine'] + row['allocator'], row['workload'], row['n']):
             row[figure] for row in table if row['magazine'] != '-' or
             figure == 'instructions'}
    lines = [[figure] + [f'{w} {n}' if w in ('burst', 'hand') else w for w, n in columns]]
    for line, name in label.items():
        found = [cells.get((line, *column), '-') for column in columns]
        if found.count('-') < len(found):
            lines.append([name, *found])
    return lines


def print_magazines(table, out):
    for figure in ('instructions', 'trips', 'misses'):
        print_columns(magazine_matrix(table, figure), out)


def print_exact(table, out):
    rows = exact(table)
    met = bench_targets.of_pairs(table)
    if met:
        print_columns([bench_targets.HEADER, *met], out)
    for workload in dict.fromkeys(w for w, _, _ in rows):
        print_columns(matrix(rows, workload), out)
    if any(failed for _, failed in rows.values()):
        print('* some requests found no fit; ! some failed where one was',
              file=out)
    print('Of each figure the row "none" is the harness itself.', file=out)


def main():
    head, table = read(sys.argv[1])
    out = sys.stdout
    for line in head:
        print(line, file=out)
    print(file=out)
    if 'magazine' in table[0]:
        print_magazines(table, out)
        return
    if 'ratio' not in table[0]:
        print_exact(table, out)
        return
    rows = spread(table)
    for workload in dict.fromkeys(w for w, _, _ in rows):
        print_columns(spread_matrix(rows, workload), out)


if __name__ == '__main__':
    main()
