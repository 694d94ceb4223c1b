# SPDX-License-Identifier: GPL-2.0-only
"""ddi.ko's arenas and segments, for gdb: a running guest, or a memory dump.

Needs ddi.ko with its debugging information (as make builds it) and where the
kernel put it; no vmlinux. As root in the guest, while it can still tell:

    cd /sys/module/ddi/sections; grep . .text .data .bss >/tmp/sections

Then, outside, with a guest of `qemu -gdb tcp::1234` or a dump that QEMU's
`dump-guest-memory -p` made:

    gdb -nx -ex 'set architecture i386:x86-64' -ex 'source ddi-gdb.py'
    (gdb) target remote :1234       or      (gdb) core-file dump
    (gdb) ddi-symbols ddi.ko sections
    (gdb) ddi-arenas
    (gdb) ddi-segments [ID]

Both print what the files of the same names in debugfs do, but pointers as they
are. What quantum caches hold is added up with each CPU's base address, which
comes from __per_cpu_offset if vmlinux is loaded, and else from x86's registers.
"""

import gdb

NAME_LENGTH = 30
CACHED = 1 << 31
FREE, ALLOC, SPAN = range(3)
STATS = ('alloc', 'free', 'wait', 'fail')


def type_pointer(name):
    return gdb.lookup_type(name).pointer()


def address(value):
    return int(value) & (1 << 8 * value.type.sizeof) - 1


def container(pointer, name, member):
    """What the list node that `pointer` points to is in."""
    kind = gdb.lookup_type(name)
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == member)
    return gdb.Value(address(pointer) - offset).cast(kind.pointer())


def cpu_bases():
    """What to add to a per-CPU pointer, for each CPU."""
    try:
        offsets = gdb.parse_and_eval('(unsigned long *)&__per_cpu_offset')
        count = int(gdb.parse_and_eval('*(unsigned int *)&nr_cpu_ids'))
        return [int(offsets[i]) for i in range(count)]
    except gdb.error:
        pass
    bases = []
    before = gdb.selected_thread()
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        # In user mode the two have changed places.
        for register in '$gs_base', '$k_gs_base':
            base = gdb.parse_and_eval(register)
            if base.type.code == gdb.TYPE_CODE_VOID:
                continue
            base = int(base) & (1 << 64) - 1
            if base >> 63:
                bases.append(base)
                break
    before.switch()
    return bases


class Arena:
    """One struct vmem"""

    def __init__(self, vm):
        self.vm = vm
        self.address = address(vm)
        self.id = int(vm['id'])
        self.name = vm['name'].string()
        imports = address(vm['afunc']) or address(vm['xafunc'])
        self.parent = address(vm['source']) if imports else 0

    def stat(self, name):
        return int(self.vm['stat'][STATS.index(name)])

    def cached(self, bases):
        """What the CPUs' caches add: units in use, and allocations."""
        inuse = allocs = 0
        if not address(self.vm['qc']):
            return inuse, allocs
        for base in bases:
            where = (address(self.vm['qcpu']) + base) & (1 << 64) - 1
            cpu = gdb.Value(where).cast(type_pointer('struct vmem_qcpu'))
            inuse += int(cpu['inuse'])
            classes = cpu['class'].cast(
                type_pointer('struct vmem_qclass'))
            for k in range(int(self.vm['qc']['classes'])):
                allocs += int(classes[k]['hits'])
        return inuse, allocs

    def segments(self):
        """Type, descriptor, in the order of the list."""
        head = address(self.vm['head'].address)
        seg = self.vm['head']['next']
        while address(seg) != head:
            yield int(seg['prev_type']) & 3, seg
            seg = seg['next']


def members(node):
    """Of a tree, in order"""
    while address(node):
        yield from members(node['rb_left'])
        yield node
        node = node['rb_right']


def arenas():
    """All of them with their depth, each below the one that it imports from."""
    below = {}
    for node in members(gdb.parse_and_eval('vmem_arenas.rb_node')):
        arena = Arena(container(node, 'struct vmem', 'node'))
        below.setdefault(arena.parent, []).append(arena)

    def walk(parent, depth):
        for arena in below.get(parent, ()):
            yield arena, depth
            yield from walk(arena.address, depth + 1)

    return walk(0, 0)


class Symbols(gdb.Command):
    """ddi-symbols MODULE SECTIONS: MODULE is loaded where the file SECTIONS
says, in lines such as .text:0xffffffffc0201000"""

    def __init__(self):
        super().__init__('ddi-symbols', gdb.COMMAND_FILES,
                         gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        module, sections = gdb.string_to_argv(argument)
        with open(sections, encoding='ascii') as f:
            where = dict(line.strip().split(':') for line in f if ':' in line)
        text = where.pop('.text')
        rest = ' '.join(f'-s {name} {at}' for name, at in where.items())
        gdb.execute(f'add-symbol-file {module} {text} {rest}', False, True)


class Arenas(gdb.Command):
    """ddi-arenas: one line for each arena, as debugfs has them"""

    def __init__(self):
        super().__init__('ddi-arenas', gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        bases = cpu_bases()
        print('%-18s %-*s %16s %16s %12s %8s' % (
            'ADDR', NAME_LENGTH, 'NAME', 'INUSE', 'TOTAL', 'SUCCEED', 'FAIL'))
        for arena, depth in arenas():
            inuse, allocs = arena.cached(bases)
            mask = (1 << 64) - 1
            print('%-18x %-*s %16d %16d %12d %8d' % (
                arena.address, NAME_LENGTH, '  ' * depth + arena.name,
                int(arena.vm['inuse']) + inuse & mask, int(arena.vm['total']),
                arena.stat('alloc') + allocs & mask, arena.stat('fail')))


class Segments(gdb.Command):
    """ddi-segments [ID]: every segment of all arenas, or of one"""

    def __init__(self):
        super().__init__('ddi-segments', gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        print('%-18s %s %16s %16s %16s' % (
            'ADDR', 'TYPE', 'START', 'END', 'SIZE'))
        for arena, _ in arenas():
            if argument and arena.id != int(argument):
                continue
            print(f'vmem:{arena.id}:{arena.name}')
            for kind, seg in arena.segments():
                self.show(kind, seg)

    @staticmethod
    def show(kind, seg):
        cached = kind == ALLOC and int(seg['qtag']) & CACHED
        word = 'QCCH' if cached else ('FREE', 'ALLC', 'SPAN')[kind]
        start, size = int(seg['start']), int(seg['size'])
        end = start + size & (1 << 8 * seg['start'].type.sizeof) - 1
        shown = int(seg['asize']) if kind == ALLOC else size
        print('%-18x %s %16x %16x %16x' % (
            address(seg), word, start, end, shown))


Symbols()
Arenas()
Segments()
