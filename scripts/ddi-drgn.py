# SPDX-License-Identifier: GPL-2.0-only
"""ddi.ko's arenas and segments, for drgn: a dump of memory.

Needs Debian's python3-drgn, ddi.ko with its debugging information (as make
builds it) and a file of places, see ddi_arenas.py; no vmlinux. As root

    drgn -q -c DUMP ddi-drgn.py ddi.ko places arenas
    drgn -q -c DUMP ddi-drgn.py ddi.ko places segments [ID]

print what the files of the same names in debugfs do, but pointers as they are.
DUMP is an ELF file: of QEMU's `dump-guest-memory -p`, if the guest had
`-device vmcoreinfo` and loaded qemu_fw_cfg, or of kdump. What makedumpfile or
QEMU compress in kdump's format, Debian 12's drgn and gdb do not read, so let
kdump write ELF: MAKEDUMP_ARGS="-E -d 31" in /etc/default/kdump-tools.
"""

import functools
import os
import sys

import drgn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ddi_arenas  # pylint: disable=wrong-import-position


def members(kind, base=0):
    for member in kind.members:
        at = base + member.bit_offset // 8
        if member.name:
            size = 0 if member.type.kind == drgn.TypeKind.ARRAY and \
                not member.type.length else drgn.sizeof(member.type)
            yield member.name, (at, size)
        else:
            yield from members(member.type, at)


class Reader:
    """What ddi_arenas asks for: the types are in the module, the memory in
    the dump"""

    def __init__(self, kernel, module, path):
        self.kernel = kernel
        self.module = drgn.Program()
        self.module.load_debug_info([module])
        self.places = ddi_arenas.places(path)

    def memory(self, address, size):
        return self.kernel.read(address, size)

    @functools.lru_cache
    def layout(self, name):
        kind = self.module.type('struct ' + name)
        return dict(members(kind), **{'size of it': (0, kind.size)})

    def arenas(self):
        # It is empty when the module is loaded.
        return self.places['.bss'] + self.module.symbol('vmem_arenas').address


def main(kernel):
    module, path, what, *number = sys.argv[1:]
    reader = Reader(kernel, module, path)
    if what == 'arenas':
        ddi_arenas.show_arenas(reader)
    else:
        ddi_arenas.show_segments(reader, *map(int, number))


# drgn puts the program there.
main(globals()['prog'])
