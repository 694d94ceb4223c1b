#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Add up a QEMU trace of single instructions by function.

usage: bench-profile.py exec.log symbols PAIRS [FUNCTION]
"""

import bisect
import collections
import re
import sys

TRACE = re.compile(r'^Trace \d+: \S+ \[[^/]*/([0-9a-f]+)/')


def read_symbols(path):
    found = {}
    with open(path) as f:
        for line in f:
            address, _, name, *module = line.split()
            found[int(address, 16)] = ' '.join([name, *module])
    starts = sorted(found)
    return starts, [found[start] for start in starts]


def main():
    trace, symbols, pairs, *only = sys.argv[1:]
    pairs = int(pairs)
    executed = collections.Counter()
    with open(trace) as f:
        for line in f:
            if match := TRACE.match(line):
                executed[match[1]] += 1
    starts, names = read_symbols(symbols)
    cost, calls = collections.Counter(), collections.Counter()
    inside = {}
    for pc, count in executed.items():
        pc = int(pc, 16)
        at = bisect.bisect(starts, pc) - 1
        name = names[at] if at >= 0 else '?'
        cost[name] += count
        if at >= 0 and pc == starts[at]:
            calls[name] += count
        if only and only[0] and name.split()[0] == only[0]:
            inside[pc - starts[at]] = count
    print(f'{"instructions":>12} {"calls":>8}  per pair, over {pairs} pairs')
    for name, count in cost.most_common():
        if count >= pairs / 20 and name.split()[0] != 'bench_mark':
            print(f'{count / pairs:12.1f} {calls[name] / pairs:8.2f}  {name}')
    print(f'{sum(cost.values()) / pairs:12.1f} {"":8}  all')
    for offset, count in sorted(inside.items()):
        print(f'{only[0]}+{offset:#x}: {count / pairs:.3f}')


main()
