#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print a file of figures as tables: targets first, then every figure.

usage: bench_table.py pairs.csv
       bench_table.py FILE.csv, of those that bench-spread.py makes
       bench_table.py magazine.csv
"""

import csv
import sys

OURS = ('vmem', 'vmem-qcache', 'vmem-best', 'vmem-first', 'vmem-next', 'rmap',
        'umem', 'umem-nosleep')
CACHED = ('iova_fast', 'kmem_cache', 'kmalloc')
RANGES = ('gen_pool', 'gen_pool-best', 'ida', 'xarray', 'iova_tree',
          'drm_mm-best', 'drm_mm-low', 'maple')
PAGES = ('alloc_pages_exact', 'vzalloc', 'kvzalloc')
FAULTS = ('umem_mmap', 'devmap', 'devmap_access')
PAGE = 4096
SIZES = {4096: '4 KiB', 65536: '64 KiB', 1048576: '1 MiB'}

# What is asked, of whom, at which N at most, beside whom, the target
TARGETS = (
    ('one, quantum cache', 'one', 'vmem-qcache', 100000, CACHED, 150),
    ('one, default policy', 'one', 'vmem', 100000, RANGES, 300),
    ('one, resource map', 'one', 'rmap', 100000, RANGES, 320),
    ('mix, default policy', 'mix', 'vmem', 0, RANGES + CACHED[:1], 350),
    ('mix, default policy', 'mix', 'vmem', 1000000, RANGES + CACHED[:1], 350),
    ('mix, VM_BESTFIT', 'mix', 'vmem-best', 1000000,
     ('drm_mm-best', 'gen_pool-best'), 900),
    ('mix, VM_FIRSTFIT', 'mix', 'vmem-first', 1000000,
     ('drm_mm-low', 'gen_pool', 'maple'), 900),
    ('adv, VM_BESTFIT', 'adv', 'vmem-best', 100000,
     ('drm_mm-best', 'gen_pool-best'), 1200),
    ('adv, VM_FIRSTFIT', 'adv', 'vmem-first', 100000,
     ('drm_mm-low', 'gen_pool', 'maple'), 1200),
    ('mid, default policy', 'mid', 'vmem', 1000000, RANGES, 1500),
    ('mid, VM_BESTFIT', 'mid', 'vmem-best', 1000000, RANGES, 1500),
    ('one, aligned to 64', 'align', 'vmem', 100000, RANGES, 2000),
)


def read(path):
    """The lines of the head, and the rows by column"""
    with open(path) as f:
        lines = f.read().splitlines()
    head = [line for line in lines if line.startswith('#')]
    return head, list(csv.DictReader(line for line in lines if line[:1] != '#'))


def key_of(row):
    return row['workload'], row['allocator'], int(row['n'])


def exact(table):
    """(workload, allocator, n) -> (instructions, '', '*' or '!')"""
    rows = {}
    for row in table:
        failed = '!' if int(row['false_failures']) else \
            '*' if int(row['failed']) else ''
        rows[key_of(row)] = float(row['instructions']), failed
    return rows


def spread(table):
    """(workload, allocator, n) -> (nanoseconds, ratio, 'low to high', ratio)"""
    return {key_of(row): (float(row['ns']), row['ratio'],
                          row['ratio_low_quartile'] + ' to ' + row['ratio_high_quartile'],
                          row['ratio_of_least'])
            for row in table}


def show(figure):
    if figure is None:
        return '-'
    return f'{figure[0]:,.0f}{figure[1]}'


def print_columns(table, out):
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        first = row[0].ljust(widths[0])
        rest = (cell.rjust(w) for cell, w in zip(row[1:], widths[1:]))
        print('  '.join([first, *rest]).rstrip(), file=out)
    print(file=out)


def best_of(rows, workload, names, n):
    """The cheapest of those that refused nothing wrongly, else of all"""
    found = [(figure[1] == '!', figure[0], name, figure) for name in names
             if (figure := rows.get((workload, name, n)))]
    if not found:
        return '-'
    _, _, name, figure = min(found)
    return f'{name} {show(figure)}'


def targets(rows):
    table = [('instructions per pair', 'holes', 'ours', 'target', '',
              'best of Linux')]
    for label, workload, ours, most, peers, target in TARGETS:
        sizes = [n for w, a, n in rows
                 if (w, a) == (workload, ours) and n <= most]
        if not sizes:
            continue
        n = max(sizes)
        figure = rows[workload, ours, n]
        met = figure[0] <= target and figure[1] != '!'
        table.append((label, f'{n:,}', show(figure), f'{target:,}',
                      'met' if met else 'MISSED',
                      best_of(rows, workload, peers, n)))
    for size, label in SIZES.items():
        figure = rows.get(('umem', 'umem', size))
        if not figure:
            continue
        peers = [rows[key][0] for name in PAGES
                 if (key := ('umem', name, size)) in rows]
        if not peers:
            continue
        limit = 1.1 * min(peers)
        met = figure[0] <= limit and figure[1] != '!'
        table.append((f'umem, {label}', '', show(figure), f'{limit:,.0f}',
                      'met' if met else 'MISSED',
                      best_of(rows, 'umem', PAGES, size)))
    for name in FAULTS:
        figure, plain = (rows.get(('fault', way, PAGE))
                         for way in (name, 'vm_insert_page'))
        if not figure or not plain:
            continue
        limit = 1.2 * plain[0]
        met = figure[0] <= limit and figure[1] != '!'
        table.append((f'first touch, {name}', '', show(figure), f'{limit:,.0f}',
                      'met' if met else 'MISSED',
                      f'vm_insert_page {show(plain)}'))
    return table


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


def print_exact(rows, out):
    table = targets(rows)
    if len(table) > 1:
        print_columns(table, out)
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
        print(line[2:], file=out)
    print(file=out)
    if 'magazine' in table[0]:
        print_magazines(table, out)
        return
    if 'ratio' not in table[0]:
        print_exact(exact(table), out)
        return
    rows = spread(table)
    for workload in dict.fromkeys(w for w, _, _ in rows):
        print_columns(spread_matrix(rows, workload), out)


if __name__ == '__main__':
    main()
