#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draw the figures of a folder, as SVG beside them, by gnuplot.

usage: bench-plots.py FOLDER

One plot for each workload of pairs.csv, cost against N; native.svg, smp.svg
and frag.svg. Prints their names. Ours stand in strong colours before grey
ones of Linux; the foot says where the figures are from.
"""

import os
import subprocess
import sys

from bench_figures import OURS, SIZES, busy, exact, origin, read, said, spread

TITLES = {
    'one': 'one: 1 unit, 64 live',
    'mix': 'mix: 1 to 64 units, 64 live',
    'adv': 'adv: 48 units, larger than every hole',
    'mid': 'mid: 1 to 64 units in a narrow window',
    'align': 'align: 1 unit, aligned to 64',
    'lifo': 'lifo: 1 to 64 units, freed at once',
    'lifo1': 'lifo1: 1 unit, freed at once',
    'join': 'join: a free that joins both neighbours',
    'umem': 'umem: zeroed pages',
}
LINES = {
    'vmem': 'lc rgb "#c00000" lw 3 pt 7', 'vmem-qcache': 'lc rgb "#e08000" lw 3 pt 5',
    'vmem-best': 'lc rgb "#0050c0" lw 3 pt 9', 'vmem-first': 'lc rgb "#008040" lw 3 pt 11',
    'vmem-next': 'lc rgb "#8000a0" lw 3 pt 13', 'rmap': 'lc rgb "#000000" lw 3 pt 15',
    'umem': 'lc rgb "#c00000" lw 3 pt 7', 'umem-nosleep': 'lc rgb "#e08000" lw 3 pt 5',
}
GREYS = ('40', '70', '90', 'a0', 'b0')
# The colours of two figures side by side: ours, Linux's
PAIR = ((0xc00000, 0x707070), (0xf09090, 0xc8c8c8))
HOLES = [(100, '0')] + [(10 ** i, f'{10 ** i:,}') for i in range(3, 7)]


def draw(path, head, script, height=560):
    """Let gnuplot draw it, and say where it is from"""
    foot = origin(head) + ('; ' + said(head, 'machine') if busy(head) else '')
    subprocess.run(['gnuplot'], check=True, text=True, input='\n'.join([
        f'set terminal svg noenhanced size 900,{height} font "sans,13" background "white"',
        f'set output "{path}"',
        f'set label 99 "{foot}" at screen 0.01,0.02 font ",10" textcolor rgb "#606060"',
        'set grid', 'set bmargin 5', *script]) + '\n')
    print(path)


def block(name, rows):
    return [f'${name} << EOD', *(' '.join(map(str, row)) for row in rows), 'EOD']


def tics(pairs):
    return ', '.join(f'"{label}" {at}' for at, label in pairs)


def line_style(name, i):
    grey = GREYS[i % len(GREYS)] * 3
    return LINES.get(name, f'lw 1 dt 2 pt {i % 14 + 1} lc rgb "#{grey}"')


def against_n(rows, workload):
    """Cost against N, a line for each allocator; on a log axis 0 stands at 100"""
    names = dict.fromkeys(a for w, a, _ in rows if w == workload and a != 'none')
    pages = workload == 'umem'
    script = [f'set title "{TITLES[workload]}"', 'set logscale xy', 'set key outside right',
              'set format y "%.0f"', 'set ylabel "instructions per allocation and free"',
              f'set xlabel "{"size" if pages else "holes"}"',
              'set xrange [3500:1250000]' if pages else 'set xrange [80:1300000]',
              f'set xtics ({tics(SIZES.items() if pages else HOLES)})']
    plots = []
    for i, name in enumerate(names):
        script += block(f'D{i}', [(n or 100, figure[0]) for (w, a, n), figure in rows.items()
                                  if (w, a) == (workload, name)])
        plots.append(f'$D{i} with linespoints {line_style(name, i)} title "{name}"')
    return script + ['plot ' + ', '.join(plots)]


def colour(name, which):
    return PAIR[which][name not in OURS]


def side_by_side(names, labels, style, values):
    """A script that draws two figures for each name. @style is gnuplot's, with a
    colour in the last column; @values(name, which) its columns, None if there
    is no such figure."""
    script, plots = [f'set xtics ({tics(enumerate(names))}) rotate by 40 right',
                     f'set xrange [-0.7:{len(names) - 0.3}]', 'set key outside top center horizontal'], []
    for which, label in enumerate(labels):
        rows = [(i + (which - 0.5) * 0.4, *columns, colour(name, which))
                for i, name in enumerate(names) if (columns := values(name, which))]
        script += block(f'D{which}', rows)
        plots.append(f'$D{which} {style} lc rgb variable notitle')
        plots += [f'NaN with boxes fs solid 1 noborder lc rgb {PAIR[which][peer]} '
                  f'title "{"Linux" if peer else "ours"}: {label}"' for peer in (0, 1)]
    return script + ['set boxwidth 0.38', 'plot ' + ', '.join(plots)]


BARS = 'with boxes fs solid 1 noborder'


def native(table):
    """Nanoseconds of two workloads, one over the other"""
    rows = spread(table)
    sizes = sorted({n for _, _, n in rows})[-2:]
    script = ['set multiplot layout 2,1', 'set logscale y', 'set ylabel "nanoseconds"',
              'set yrange [1:*]', 'set bmargin 6']
    for workload in ('one', 'mix'):
        names = list(dict.fromkeys(a for w, a, _ in rows if w == workload))
        script += [f'set title "{TITLES[workload]}, nanoseconds for a pair"'] + side_by_side(
            names, [f'{n:,} holes' for n in sizes], 'using 1:2:3 ' + BARS,
            lambda name, which, w=workload: rows.get((w, name, sizes[which]), ())[:1])
    return script + ['unset multiplot']


def smp(table):
    """What a second CPU brings: medians, and where half of the ratios lay"""
    rows = spread(table)
    names = list(dict.fromkeys(a for _, a, _ in rows))
    workloads = ('one', 'mix')

    def values(name, which):
        row = rows.get((workloads[which], name, 2))
        return row and (row[1], *row[2].split(' to '))

    return ['set title "wall time for a pair, 2 CPUs to 1: 0.5 is perfect, above 1 the '
            'second one hinders"', 'set logscale y 2', 'set ylabel "ratio"',
            'set bmargin 7', 'set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead',
            'set arrow from graph 0, first 1 to graph 1, first 1 nohead dt 2',
            *side_by_side(names, workloads,
                          'using 1:2:3:4:5 with yerrorbars pt 7 lw 2', values)]


def frag(table):
    """How full at the first failure, and what then fails"""
    rows = {row['allocator']: row for row in table}

    def values(name, which):
        row = rows[name]
        if which:
            return (row['fail_at_90'],) * 3
        return row['full_median'], row['full_least'], row['full_most']

    return ['set title "65,536 units, sizes 1 to 64"', 'set ylabel "percent"',
            'set yrange [0:105]', 'set bmargin 7', 'set ytics 20',
            *side_by_side(list(rows), ('full at first failure (11 seeds)',
                                       'requests that fail at 90 %'),
                          'using 1:2:3:4:(0.38):5 with boxerrorbars fs solid 1 border -1', values)]


def main():
    folder = sys.argv[1]
    head, table = read(f'{folder}/pairs.csv')
    rows = exact(table)
    for workload in dict.fromkeys(w for w, _, _ in rows if w in TITLES):
        draw(f'{folder}/{workload}.svg', head, against_n(rows, workload))
    for kind, height in ((native, 900), (smp, 560), (frag, 560)):
        path = f'{folder}/{kind.__name__}.csv'
        if os.path.exists(path):
            head, table = read(path)
            draw(path.replace('.csv', '.svg'), head, kind(table), height)


main()
