#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do includes and calls go one way through the layers?

usage: layers.py FOLDER, in the top folder; FOLDER has the objects of ddi.ko
       layers.py --known

BELOW says for each layer which others it may include and call. A layer is what
begins with its name; of several the longest counts. Each include and each
symbol that one object uses and another defines is compared with it. What goes
the wrong way is printed, unless KNOWN lists it; so is an entry of KNOWN that
nothing needs any more. --known prints that list.
"""

import glob
import os
import re
import subprocess
import sys

# From the bottom up. Tracepoints read an arena's name and number and call nothing.
VMEM = ('ddi_vmem/report/trace', 'ddi_vmem/segment/', 'ddi_vmem/space/', 'ddi_vmem/search/',
        'ddi_vmem/cache/', 'ddi_vmem/arena/', 'ddi_vmem/report/', 'ddi_vmem/native/',
        'ddi_vmem/init')
BELOW = {
    'ddi_core/': (),
    # What lies in the folder itself: the arena, and what resource maps see of it
    'ddi_vmem/': ('ddi_core/',),
    **{layer: ('ddi_core/', 'ddi_vmem/', *VMEM[:i]) for i, layer in enumerate(VMEM)},
    'ddi_rmap/': ('ddi_core/', 'ddi_vmem/', *VMEM),
    'ddi_umem/': ('ddi_core/',),
    'ddi_devmap/': ('ddi_core/', 'ddi_umem/'),
}
# File, what it includes or calls, why that goes the wrong way
KNOWN = (
    ('ddi_core/main.c', r'ddi_(vmem|umem)_(init|exit)',
     'loading and unloading start and stop every part'),
    ('ddi_core/module_exit.c', r'ddi_(vmem|umem)_module_(came|goes)',
     'every part looks for what an unloaded driver has left'),
)


def layer_of(name):
    return max((layer for layer in BELOW if name.startswith(layer)), key=len, default=None)


def includes():
    """File and included file, of ours"""
    for name in sorted(glob.glob('ddi_*/**/*.[ch]', recursive=True)):
        with open(name, encoding='utf-8') as f:
            for included in re.findall(r'^#include "([^"]+)"', f.read(), re.MULTILINE):
                yield name, included, included


def calls(folder):
    """Source, symbol, and the source that defines it"""
    defined, used = {}, []
    for path in sorted(glob.glob(f'{folder}/ddi_*/**/*.o', recursive=True)):
        name = os.path.relpath(path, folder)[:-1] + 'c'
        symbols = subprocess.run(['nm', path], check=True, text=True, capture_output=True).stdout
        # A symbol that is not there has no address.
        for kind, symbol in re.findall(r'^[0-9a-f ]{8,} ([A-Za-z]) (\w+)$', symbols, re.MULTILINE):
            if kind == 'U':
                used.append((name, symbol))
            elif kind.isupper():
                defined[symbol] = name
    for name, symbol in used:
        if symbol in defined:
            yield name, symbol, defined[symbol]


def wrong(uses):
    for name, what, to in uses:
        here, there = layer_of(name), layer_of(to)
        if here and there and here != there and there not in BELOW[here]:
            yield name, what, there


def main():
    if sys.argv[1:] == ['--known']:
        for name, what, why in KNOWN:
            print(f'{name} uses {what}: {why}')
        return
    found = list(calls(sys.argv[1]))
    if len(found) < 100:
        print(f'{sys.argv[1]} has no objects to look at')
    needed = set()
    for name, what, there in wrong([*includes(), *found]):
        known = {k for k in KNOWN if re.match(k[0], name) and re.fullmatch(k[1], what)}
        needed |= known
        if not known:
            print(f'{name} uses {what} of {there}, which is not below it')
    for name, what, _ in sorted(set(KNOWN) - needed):
        print(f'scripts/layers.py: nothing in {name} uses {what} any more; take it off the list')


main()
