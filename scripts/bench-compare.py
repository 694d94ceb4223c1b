#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare two files of instructions per pair.

usage: bench-compare.py OLD.csv NEW.csv

Names what became more than 3 % slower or faster, fails where it did not, is
missing or new, and targets that are met no more. New is measured in part
only, as the line "measured:" of its head tells: nothing else can be missing.
The exit status is 1 where something is worse or missing, and 2 where the two
cannot be compared: made under another kernel, configuration or compiler, or
with no figure in common.
"""

import sys

from bench_figures import key_of, read, said
from bench_targets import of_pairs

TOLERANCE = 0.03
CONDITIONS = ('kernel', 'configuration', 'sum', 'compiler')


def conditions(old, new):
    """What the two heads say differently; figures cannot be compared then"""
    if old[:1] != new[:1]:
        yield f'figures: {old[0]} -> {new[0]}'
    for word in CONDITIONS:
        was, now = said(old, word), said(new, word)
        if was and now and was != now:
            yield f'{word}: {was} -> {now}'


def measured(head):
    """Was a figure asked for, according to the head? All, if it does not say"""
    found = [line for line in head if line.startswith('measured: ')]
    if not found:
        return lambda key: True
    workloads, allocators, numbers = (
        part.split()[-1].split(',') for part in found[0].split(';'))

    def asked(key):
        workload, allocator, n = key
        return (workload in workloads and
                (allocator in allocators or 'all' in allocators) and
                (workload == 'umem' or str(n) in numbers))
    return asked


def name(key):
    return '{} {} N={}'.format(*key)


def in_groups(keys):
    """A line for each workload and allocator, with all N"""
    groups = {}
    for workload, allocator, n in sorted(keys):
        groups.setdefault((workload, allocator), []).append(n)
    return [name((*group, ', '.join(map(str, sizes)))) for group, sizes in groups.items()]


def changed(was, now):
    """The word for a change that is worth one"""
    if now > (1 + TOLERANCE) * was:
        return 'slower'
    return 'faster' if now < (1 - TOLERANCE) * was else ''


def costs(old, new):
    """('slower' or 'faster', line)"""
    for key in old.keys() & new.keys():
        was, now = float(old[key]['instructions']), float(new[key]['instructions'])
        if word := changed(was, now):
            yield word, (f'{name(key):32} {was:10.1f} -> {now:10.1f} '
                         f'({100 * (now / was - 1):+.1f} %)')


def failures(old, new):
    for key in old.keys() & new.keys():
        was, now = int(old[key]['false_failures']), int(new[key]['false_failures'])
        if now > was:
            yield 'fails', f'{name(key):32} {was:10} -> {now:10} wrongly'


def lost_targets(old, new):
    """Targets that the old figures meet and the new do not"""
    met = {row[0] for row in of_pairs(old) if row[4] == 'met'}
    for label, n, ours, target, word, _ in of_pairs(new):
        if word != 'met' and label in met:
            yield 'target', f'{label} {n}: {ours} now, {target} asked'


def main():
    (old_head, old_table), (new_head, new_table) = map(read, sys.argv[1:])
    old, new = ({key_of(row): row for row in table} for table in (old_table, new_table))
    differ = list(conditions(old_head, new_head))
    found = [*costs(old, new), *failures(old, new), *lost_targets(old_table, new_table)]
    found += [('missing', line)
              for line in in_groups(filter(measured(new_head), old.keys() - new))]
    found += [('new', line) for line in in_groups(new.keys() - old)]
    for word, line in [('other', line) for line in differ] + sorted(found):
        print(f'{word}:'.ljust(8), line)

    common = len(old.keys() & new.keys())
    worse = sum(word not in ('faster', 'new') for word, _ in found)
    print(f'{common} figures compared, {worse} worse or missing')
    if differ:
        print('They cannot be compared: measure the old code under the new conditions, too.')
    sys.exit(2 if differ or not common else bool(worse))


main()
