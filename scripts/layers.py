#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do includes and calls go one way through the layers?

usage: layers.py FOLDER, in the top folder; FOLDER has the objects of ddi.ko

BELOW says for each layer which others it may include and call. A layer is what
begins with its name; of several the longest counts. Each include and each
symbol that one object uses and another defines is compared with it. What goes
the wrong way is printed; there are no exceptions.
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
    # Starts and stops every part
    'ddi_module/': ('ddi_core/', *VMEM, 'ddi_umem/', 'ddi_devmap/'),
}

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


def main():
    found = list(calls(sys.argv[1]))
    if len(found) < 100:
        print(f'{sys.argv[1]} has no objects to look at')
    for name, what, to in [*includes(), *found]:
        here, there = layer_of(name), layer_of(to)
        if here and there and here != there and there not in BELOW[here]:
            print(f'{name} uses {what} of {there}, which is not below it')


main()
