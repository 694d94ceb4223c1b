# SPDX-License-Identifier: GPL-2.0-only
"""Read the files of figures that the bench scripts write."""

import csv
import re

OURS = ('vmem', 'vmem-qcache', 'vmem-best', 'vmem-first', 'vmem-next', 'rmap',
        'umem', 'umem-nosleep', 'umem-pageable', 'umem-hold', 'umem_mmap',
        'umem_mmap-pageable', 'devmap', 'devmap_access')
SIZES = {4096: '4 KiB', 65536: '64 KiB', 1048576: '1 MiB'}


def read(path):
    """The lines of the head, and the rows by column"""
    with open(path, encoding='utf-8') as f:
        lines = f.read().splitlines()
    head = [line[2:] for line in lines if line.startswith('#')]
    return head, list(csv.DictReader(line for line in lines if line[:1] != '#'))


def said(head, word):
    """What the head says about a word, '' if nothing"""
    found = re.search(rf'\b{word}: ([^,\n]*)', '\n'.join(head))
    return found[1] if found else ''


def origin(head):
    """Kernel, configuration, date and commit, in a line"""
    kernel = said(head, 'kernel').split()[-1]
    return (f"Linux {kernel}, {said(head, 'configuration')}; {said(head, 'date')}, "
            f"commit {said(head, 'commit')}")


def busy(head):
    """Did the machine do other things meanwhile?"""
    return said(head, 'machine').startswith('BUSY')


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
    """(workload, allocator, n) -> (nanoseconds, ratio, 'low to high', ratio of CPUs apart)"""
    return {key_of(row): (float(row['ns']), row['ratio'],
                          row['ratio_low_quartile'] + ' to ' + row['ratio_high_quartile'],
                          row.get('ratio_apart', ''))
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
