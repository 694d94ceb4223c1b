# SPDX-License-Identifier: GPL-2.0-only
"""ddi.ko's arenas and segments in a kernel's memory.

ddi-gdb.py and ddi-top read that memory, each by a reader with
    memory(address, size)  bytes
    layout(name)           {member: (offset, size)} of a structure
    arenas()               address of vmem_arenas
    places                 addresses by name, from the file that places() reads

The running kernel tells where the module and the per-CPU areas lie. As root:

    cd /sys/module/ddi/sections
    grep . .text .data .bss >/tmp/places
    sed -nE 's/^(\w+) . (__per_cpu_offset|nr_cpu_ids)$/\2:0x\1/p' /proc/kallsyms >>/tmp/places
"""

import functools

NAME_LENGTH = 30
CACHED = 1 << 31
FREE, ALLOC, SPAN = range(3)
ALLOCS, WAITS, FAILS = 0, 2, 3
WORD = (1 << 64) - 1


class Struct:
    """A structure at an address, whose members are numbers"""

    def __init__(self, reader, name, address):
        self.reader = reader
        self.address = address
        self.members = reader.layout(name)

    def bytes(self, member):
        offset, size = self.members[member]
        return self.reader.memory(self.address + offset, size)

    def __getitem__(self, member):
        return int.from_bytes(self.bytes(member), 'little')

    def at(self, member):
        return self.address + self.members[member][0]


def number(reader, address, size):
    return int.from_bytes(reader.memory(address, size), 'little')


def cpu_bases(reader):
    """What to add to a per-CPU pointer, for each CPU"""
    offsets = reader.places['__per_cpu_offset']
    for i in range(number(reader, reader.places['nr_cpu_ids'], 4)):
        yield number(reader, offsets + 8 * i, 8)


class Arena(Struct):
    """One struct vmem"""

    def __init__(self, reader, address):
        super().__init__(reader, 'vmem', address)
        self.id = self['id']
        self.name = self.bytes('name').split(b'\0')[0].decode(errors='replace')
        imports = self['afunc'] or self['xafunc']
        self.parent = self['source'] if imports else 0

    def stat(self, index):
        return int.from_bytes(self.bytes('stat')[8 * index:][:8], 'little')

    def cached(self):
        """What the CPUs' caches add: units in use, and allocations."""
        inuse = allocs = 0
        if not self['qc']:
            return inuse, allocs
        classes = Struct(self.reader, 'vmem_qcache', self['qc'])['classes']
        each = self.reader.layout('vmem_qclass')['size of it'][1]
        for base in cpu_bases(self.reader):
            cpu = Struct(self.reader, 'vmem_qcpu', self['qcpu'] + base & WORD)
            inuse += cpu['inuse']
            for k in range(classes):
                allocs += Struct(self.reader, 'vmem_qclass',
                                 cpu.at('class') + k * each)['hits']
        return inuse, allocs

    def segments(self):
        """In the order of the list"""
        head = self.at('head')
        seg = Struct(self.reader, 'vmem_seg', head)
        while seg['next'] != head:
            seg = Struct(self.reader, 'vmem_seg', seg['next'])
            yield seg


def members(reader, node):
    """Of a tree, in order"""
    if node:
        links = Struct(reader, 'rb_node', node)
        yield from members(reader, links['rb_left'])
        yield node
        yield from members(reader, links['rb_right'])


def arenas(reader):
    """All of them with their depth, each below the one that it imports from."""
    offset = reader.layout('vmem')['node'][0]
    below = {}
    root = Struct(reader, 'rb_root', reader.arenas())
    for node in members(reader, root['rb_node']):
        arena = Arena(reader, node - offset)
        below.setdefault(arena.parent, []).append(arena)

    def walk(parent, depth):
        for arena in below.get(parent, ()):
            yield arena, depth
            yield from walk(arena.address, depth + 1)

    return walk(0, 0)


def show_arenas(reader):
    print('%-18s %-*s %16s %16s %12s %8s' % (
        'ADDR', NAME_LENGTH, 'NAME', 'INUSE', 'TOTAL', 'SUCCEED', 'FAIL'))
    for arena, depth in arenas(reader):
        inuse, allocs = arena.cached()
        print('%-18x %-*s %16d %16d %12d %8d' % (
            arena.address, NAME_LENGTH, '  ' * depth + arena.name,
            arena['inuse'] + inuse & WORD, arena['total'],
            arena.stat(ALLOCS) + allocs & WORD, arena.stat(FAILS)))


def kind_of(seg):
    """As debugfs calls it"""
    kind = seg['prev_type'] & 3
    if kind == ALLOC and seg['qtag'] & CACHED:
        return 'QCCH'
    return ('FREE', 'ALLC', 'SPAN')[kind]


def show_segment(seg):
    allocated = seg['prev_type'] & 3 == ALLOC
    print('%-18x %s %16x %16x %16x' % (
        seg.address, kind_of(seg), seg['start'], seg['start'] + seg['size'] & WORD,
        seg['asize'] if allocated else seg['size']))


def show_segments(reader, number=None):
    print('%-18s %s %16s %16s %16s' % ('ADDR', 'TYPE', 'START', 'END', 'SIZE'))
    for arena, _ in arenas(reader):
        if number is None or arena.id == number:
            print(f'vmem:{arena.id}:{arena.name}')
            for seg in arena.segments():
                show_segment(seg)


def places(path):
    """Of lines such as .text:0xffffffffc0201000"""
    with open(path, encoding='ascii') as f:
        return {name: int(at, 16) for name, at in
                (line.strip().split(':') for line in f if ':' in line)}


class DrgnReader:
    """Reads a dump by drgn: the types are in the module, the memory in the dump."""

    def __init__(self, dump, module, path):
        import drgn  # pylint: disable=import-outside-toplevel
        self.drgn = drgn
        self.kernel = drgn.Program()
        self.kernel.set_core_dump(dump)
        self.module = drgn.Program()
        self.module.load_debug_info([module])
        self.places = places(path)

    def memory(self, address, size):
        return self.kernel.read(address, size)

    def members(self, kind, base=0):
        drgn = self.drgn
        for member in kind.members:
            at = base + member.bit_offset // 8
            if member.name:
                size = 0 if member.type.kind == drgn.TypeKind.ARRAY and \
                    not member.type.length else drgn.sizeof(member.type)
                yield member.name, (at, size)
            else:
                yield from self.members(member.type, at)

    @functools.lru_cache
    def layout(self, name):
        kind = self.module.type('struct ' + name)
        return dict(self.members(kind), **{'size of it': (0, kind.size)})

    def arenas(self):
        # .bss is empty when the module is loaded.
        return self.places['.bss'] + self.module.symbol('vmem_arenas').address
