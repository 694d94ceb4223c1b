# SPDX-License-Identifier: GPL-2.0-only
"""ddi.ko's arenas and segments, for gdb: a running guest, or a memory dump.

Needs ddi.ko with its debugging information (as make builds it) and a file of
places, see ddi_arenas.py; no vmlinux. With a guest of `qemu -gdb tcp::1234` or
a dump that QEMU's `dump-guest-memory -p` made:

    gdb -nx -ex 'set architecture i386:x86-64' -ex 'source ddi-gdb.py'
    (gdb) target remote :1234       or      (gdb) core-file dump
    (gdb) ddi-symbols ddi.ko places
    (gdb) ddi-arenas
    (gdb) ddi-segments [ID]

Both print what the files of the same names in debugfs do, but pointers as they
are. ddi-top reads the dumps of kdump.
"""

import functools
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ddi_arenas  # pylint: disable=wrong-import-position


def members(kind, base=0):
    for field in kind.fields():
        at = base + field.bitpos // 8
        if field.name:
            yield field.name, (at, field.type.sizeof)
        else:
            yield from members(field.type, at)


class Reader:
    """What ddi_arenas asks for"""

    places = {}

    @staticmethod
    def memory(address, size):
        return bytes(gdb.selected_inferior().read_memory(address, size))

    @staticmethod
    @functools.lru_cache
    def layout(name):
        kind = gdb.lookup_type('struct ' + name)
        return dict(members(kind), **{'size of it': (0, kind.sizeof)})

    @staticmethod
    def arenas():
        return int(gdb.parse_and_eval('(unsigned long)&vmem_arenas'))


class Symbols(gdb.Command):
    """ddi-symbols MODULE PLACES: MODULE is loaded where the file PLACES says"""

    def __init__(self):
        super().__init__('ddi-symbols', gdb.COMMAND_FILES,
                         gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        module, path = gdb.string_to_argv(argument)
        Reader.places = ddi_arenas.places(path)
        sections = ' '.join(f'-s {name} {at:#x}' for name, at in Reader.places.items()
                            if name in ('.data', '.bss'))
        gdb.execute(f'add-symbol-file {module} {Reader.places[".text"]:#x} {sections}',
                    False, True)


class Arenas(gdb.Command):
    """ddi-arenas: one line for each arena, as debugfs has them"""

    def __init__(self):
        super().__init__('ddi-arenas', gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        ddi_arenas.show_arenas(Reader)


class Segments(gdb.Command):
    """ddi-segments [ID]: every segment of all arenas, or of one"""

    def __init__(self):
        super().__init__('ddi-segments', gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        ddi_arenas.show_segments(Reader, int(argument) if argument else None)


Symbols()
Arenas()
Segments()
