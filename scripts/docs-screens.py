#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Does what PORTING.md shows of a run look as a run does today?

usage: docs-screens.py PORTING.md REPORT TRACED [--write]
Each screen of the document stands between "<!-- screen: NAME -->" and
"<!-- end -->". That of "arenas" is compared with what stands below
"=== arenas" in REPORT, that of "waits" with what bpftrace printed in TRACED:
the first line, and where columns begin and end. With --write they replace it.
"""

import re
import sys

SCREEN = re.compile(r'(<!-- screen: (\w+) -->\n```text\n)(.*?)(```\n<!-- end -->)', re.DOTALL)
EDGE = {
    # A pointer, a name below others, numbers
    'arenas': re.compile(r'[0-9a-f]{8,16}( +)\S+ +(\d+) +(\d+) +(\d+) +(\d+)'),
    # [from, to)  count |bar|
    'waits': re.compile(r'\[\d+[KMG]?, \d+[KMG]?\) +(\d+) \|@* *(\|)'),
}


def read(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        return re.sub('[ \r]+$', '', f.read(), flags=re.MULTILINE)


def real(name, report, traced):
    if name == 'arenas':
        found = re.search(r'^=== arenas\n(.*?)^===', read(report), re.MULTILINE | re.DOTALL)
    else:
        found = re.search(r'^(@ns\[rmdrv:xxattach\]:\n(?:\[.*\n)+)', read(traced), re.MULTILINE)
    return found[1] if found else ''


def layouts(name, lines):
    """Where names begin and numbers end, for each kind of line"""
    for line in lines:
        edges = EDGE[name].fullmatch(line)
        if edges:
            yield tuple(edges.end(i) for i in range(1, edges.re.groups + 1))
        else:
            yield 'not such a line: ' + line


def problems(name, shown, now):
    shown, now = shown.splitlines(), now.splitlines()
    if len(now) < 3:
        yield 'the run has no such screen'
    elif len(shown) < 3:
        yield 'it is empty'
    elif shown[:1] != now[:1]:
        yield f'first line is {shown[:1]}, in the run {now[0]!r}'
    else:
        for layout in set(layouts(name, shown[1:])) - set(layouts(name, now[1:])):
            yield f'columns: {layout}'


def main():
    path, report, traced, *write = sys.argv[1:]
    text = read(path)
    if write:
        text = SCREEN.sub(lambda screen: screen[1] + (real(screen[2], report, traced) or screen[3])
                          + screen[4], text)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
    screens = SCREEN.findall(text)
    if sorted(name for _, name, *_ in screens) != sorted(EDGE):
        sys.exit(f'{path}: screens are missing')
    found = False
    for _, name, shown, _ in screens:
        for problem in problems(name, shown, real(name, report, traced)):
            print(f'{path}: {name}: {problem}')
            found = True
    sys.exit(found)


main()
