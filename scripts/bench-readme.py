#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Put the figures of docs/bench into the tables of README.md and docs/benchmarks.md.

usage: bench-readme.py [--check], in the top folder

The README has five rows, the worst of all among them. A table stands between
"<!-- figures: NAME -->" and "<!-- end -->". With --check nothing is written;
tables that differ are named.
"""

import os
import re
import sys

import bench_figures
import bench_targets

DOCUMENTS = ('README.md', 'docs/benchmarks.md')
# The rows of README's table: what, workload, ours, whose best stands beside it
SPEED = (
    ('a unit, quantum cache', 'one', 'vmem-qcache', bench_targets.CACHED),
    ('1 to 64 units, default policy', 'mix', 'vmem', bench_targets.RANGES + ('iova_fast',)),
    ('1 to 64 units, `VM_BESTFIT`', 'mix', 'vmem-best', ('drm_mm-best', 'gen_pool-best')),
    ('64 KiB of `ddi_umem_alloc`', 'umem', 'umem', bench_targets.PAGES),
)
BLOCK = re.compile(r'(<!-- figures: (\w+) -->\n).*?(<!-- end -->)', re.DOTALL)


def markdown(header, rows):
    lines = ['| ' + ' | '.join(header) + ' |', '|---' * len(header) + '|']
    lines += ['| ' + ' | '.join(row) + ' |' for row in rows]
    return '\n'.join(lines) + '\n'


def read(name):
    """The rows of a file of figures, and where they are from"""
    head, rows = bench_figures.read(f'docs/bench/{name}.csv')
    origin = f'\n{bench_figures.origin(head)}.\n'
    if bench_figures.busy(head):
        origin = f'\n**{bench_figures.said(head, "machine")}**\n{origin}'
    return rows, origin


def worst(rows):
    """Workload, allocator and N of ours that is most behind the best of Linux's"""
    def behind(key):
        workload, _, n = key
        peers = [rows[peer][0] for a in bench_targets.RANGES if (peer := (workload, a, n)) in rows]
        return rows[key][0] / min(peers) if peers else 0

    return max((key for key in rows if key[1] in bench_figures.OURS), key=behind)


def speed():
    table, origin = read('pairs')
    rows = bench_figures.exact(table)
    # At the most holes, or the size of pages, for which there are figures
    chosen = [(label, workload, ours, 65536 if ours == 'umem' else
               max(n for w, a, n in rows if (w, a) == (workload, ours)), peers)
              for label, workload, ours, peers in SPEED]
    workload, ours, n = worst(rows)
    chosen.append((f'the worst row: `{ours}` in workload `{workload}`', workload, ours, n,
                   bench_targets.RANGES))
    header = ['instructions for a pair', 'holes', 'ours', 'best of Linux']
    cells = [[label, '' if ours == 'umem' else f'{n:,}',
              bench_figures.show(rows[workload, ours, n]),
              bench_targets.best_of(rows, workload, peers, n)]
             for label, workload, ours, n, peers in chosen]
    return markdown(header, cells) + origin


def targets():
    _, origin = read('pairs')
    header = ['instructions for a pair, if it does not say otherwise', *bench_targets.HEADER[1:]]
    return markdown(header, bench_targets.of_folder('docs/bench')) + origin


def beside(name, header, columns, cell):
    """A line for each allocator, a cell for each of columns"""
    rows, origin = read(name)
    cells = bench_figures.spread(rows)
    table = []
    for allocator in dict.fromkeys(a for _, a, _ in cells):
        found = [cells.get((w, allocator, n)) for w, n in columns]
        table.append([allocator] + [cell(*c) if c else '-' for c in found])
    return markdown(header, table) + origin


def native():
    columns = [(w, n) for w in ('one', 'mix') for n in (1000, 100000)]
    header = ['nanoseconds for a pair, against `vmem`'] + [f'{w}, {n:,} holes' for w, n in columns]
    return beside('native', header, columns,
                  lambda ns, ratio, half, apart: f'{ns:.1f}: {ratio}')


def smp():
    columns = [(w, n) for w in ('one', 'mix') for n in (2, 8)]
    header = ['wall time for a pair', 'one, 2 threads to 1', 'one, 8 threads to 2',
              'mix, 2 threads to 1', 'mix, 8 threads to 2']
    return beside('smp', header, columns,
                  lambda ns, ratio, half, apart: f'{ratio} ({half})' + (apart and f', {apart}'))


def frag():
    rows, origin = read('frag')
    header = ['65,536 units, sizes 1 to 64', 'full at first failure', 'fail at 90 %',
              'bytes a segment']
    table = [[r['allocator'], r['full_median'] + ' %', r['fail_at_90'] + ' %', r['bytes_holes']]
             for r in rows]
    return markdown(header, table) + origin


def longest():
    rows, origin = read('longest')
    most = max(rows, key=lambda row: int(row['interrupts_off']))
    return (f"With up to {max(int(row['n']) for row in rows):,} segments interrupts are off for "
            f"{int(most['interrupts_off']):,} instructions\nat the longest ({most['allocator']}, "
            f"{int(most['n']):,}).\n{origin}")


def magazine():
    rows, origin = read('magazine')
    columns = [('one', '0'), ('burst', '100'), ('burst', '1000'), ('hand', '1024')]
    header = ['objects in a magazine', 'one', '100 taken, then freed', '1,000 taken, then freed',
              'CPU to CPU, 1,024 queued']
    table = []
    for size, name in dict.fromkeys((r['magazine'], r['allocator']) for r in rows):
        found = [next((r for r in rows if (r['magazine'], r['allocator'], r['workload'], r['n'])
                       == (size, name, *c)), None) for c in columns]
        table.append([name if size == '-' else size] +
                     ['-' if not r else f"{float(r['instructions']):.0f}" if size == '-' else
                      f"{float(r['instructions']):.0f} ({r['trips']})" for r in found])
    return markdown(header, table) + origin


def fault():
    rows, origin = read('fault')
    cost = {(r['pattern'], r['way']): r for r in rows}
    # Wall time is measured on a quiet machine alone.
    timed = os.path.exists('docs/bench/fault-smp.csv')
    both = bench_figures.spread(read('fault-smp')[0]) if timed else {}
    header = ['instructions', 'mmap of one page', 'its touch', 'a page of 64 MiB in order',
              'at random', 'mmap of 64 MiB, each page', 'wall time of two processes to one']
    cells = (('one', 'mmap'), ('one', 'touch'), ('order', 'touch'), ('random', 'touch'),
             ('order', 'mmap'))
    table = []
    for way in dict.fromkeys(way for _, way in cost):
        two = both.get(('touch', way, 2))
        table.append([way, *(f'{int(cost[pattern, way][what]):,}' for pattern, what in cells),
                      f'{two[1]} ({two[2]})' if two else '-'])
    return markdown(header, table) + origin


def mappings():
    rows, origin = read('mappings')
    cost = {(r['what'], int(r['n'])): int(r['instructions']) for r in rows}
    numbers = sorted({n for what, n in cost if what == 'fault'})
    header = ['instructions', *(f'{n:,} handle{"s" * (n > 1)}' for n in numbers)]
    table = [[label, *(f'{cost[what, n] / (n if each else 1):,.0f}' for n in numbers)]
             for label, what, each in (('mmap, each handle', 'mmap', True),
                                       ('a fault that enters one page', 'fault', False),
                                       ('fork and exit, each handle', 'fork_and_exit', True),
                                       ('munmap, each handle', 'munmap', True))]
    return markdown(header, table) + '\n' + ''.join(
        f'- {text.format(f"{n:,}")}: {cost[what, n]:,}\n' for text, what, n in (
            (text, what, n) for text, name in (
                ('to map and touch a page of 64 MiB, in {} handle(s)', 'page_in_a_row'),
                ('to touch it alone, in {} handle(s)', 'touch_in_a_row'),
                ('munmap of one page, one handle in {} vmas', 'munmap_in_vmas'),
                ('unload of a relative, of {} that fork has made', 'unload'),
                ('to give a page to another of {} relatives that take turns', 'turn'))
            for what, n in cost if what == name)) + origin


def cpus():
    rows, origin = read('cpus')
    cost = {(r['what'], int(r['cpus'])): r for r in rows}
    numbers = sorted({int(r['cpus']) for r in rows})
    header = ['instructions', *(f'{n} CPU{"s" * (n > 1)}' for n in numbers),
              'interrupts off at the longest']
    table = [[label, *(f"{int(cost[what, n]['instructions']):,}" for n in numbers),
              f"{max(int(cost[what, n]['interrupts_off']) for n in numbers):,}"]
             for label, what in (
                 ('a request that fails, no CPU open', 'refused'),
                 ('a request that fails, every CPU open, with nothing cached', 'refused_first'),
                 ('a request that has to empty 64 objects of one CPU', 'emptied_one'),
                 ('a request that has to empty 64 objects of all CPUs', 'emptied_each'),
                 ('vmem_size', 'vmem_size'),
                 ('to drain the per-CPU page caches, all empty', 'drained_none'),
                 ('to drain the per-CPU page caches, 16 pages in one', 'drained_16'))]
    return markdown(header, table) + '\n' + ''.join(
        f"A page of umem beside {int(r['what'].split('_')[0]):,} cookies costs "
        f"{int(r['instructions']):,}.\n"
        for r in rows if r['what'].endswith('cookies')) + origin


def traced():
    rows, origin = read('traced')
    chosen = [r for r in rows if r['n'] == '100000' and r['allocator'] in bench_figures.OURS]
    header = ['tracepoints, 100,000 holes', 'none', 'off', 'cost']
    table = [[f"{r['workload']}, {r['allocator']}", r['without'], r['with'], r['cost']]
             for r in chosen]
    return markdown(header, table) + origin


TABLES = {f.__name__: f for f in (speed, targets, fault, native, smp, frag, longest,
                                  magazine, mappings, cpus, traced)}


def fill(path, check):
    with open(path, encoding='utf-8') as f:
        old = f.read()
    new = BLOCK.sub(lambda block: block[1] + TABLES[block[2]]() + block[3], old)
    if check:
        for was, now in zip(BLOCK.finditer(old), BLOCK.finditer(new)):
            if was[0] != now[0]:
                print(f'{path}: the table "{was[2]}" is not what docs/bench says;'
                      ' run make bench-readme')
    elif new != old:
        with open(path, 'w', encoding='utf-8') as f:
            f.write(new)


for document in DOCUMENTS:
    fill(document, sys.argv[1:] == ['--check'])
