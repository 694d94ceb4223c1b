#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print each command of the documents with where it is run.

usage: docs-commands.py, in the top folder. Lines of PLACE, document, command,
between tabs. PLACE is "guest", "host", the script that runs the command
already, "not run", followed by the reason, or "nowhere".
usage: docs-commands.py port host|guest: the commands of the worked port, as
they stand in PORTING.md.
"""

import re
import sys

DOCUMENTS = ('README.md', 'PORTING.md', 'CONTRIBUTING.md', 'docs/testing.md',
             'docs/benchmarks.md', 'man/ddi.7')
FENCE = re.compile(r'^```sh\n(.*?)^```', re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r'^\.EX\n(.*?)^\.EE', re.MULTILINE | re.DOTALL)
INLINE = re.compile(r'`((?:[A-Z]+=\S+ )?(?:make|man|grep|apt-get|drgn|gdb)\b[^`]*)`')
FENCED = re.compile(r'^```.*?^```$', re.MULTILINE | re.DOTALL)
PORT = re.compile(r'^## A port from start to end\n(.*?)^## ', re.MULTILINE | re.DOTALL)

# Needs a kernel with the module in it.
GUEST = re.compile(r'(cat|echo|dmesg|insmod|modprobe|rmmod|cd|dd) ')
# Run by scripts/test-docs.sh, with these words of the documents replaced.
HOST = re.compile(r'make( KDIR=.*| -C .*| help| run TRACE=1|)|man -l .*|grep .*')
# Commands that other scripts run, and the words with which they do.
ELSEWHERE = {
    'make deb': ('scripts/test-install.sh', r'-C "$TOP" deb'),
    'make dkms': ('scripts/test-install.sh', 'in_copy DESTDIR="$work/dkms-alone" dkms'),
    'make install': ('scripts/test-install.sh', 'in_copy install'),
    'make man': ('scripts/test-docs.sh', 'src" man'),
    'make shell': ('scripts/test-docs.sh', 'shell_works'),
    'make uninstall': ('scripts/test-install.sh', 'in_copy uninstall'),
    'man ddi': ('scripts/test-install.sh', 'man ddi |'),
    'man rmalloc': ('scripts/test-install.sh', 'man rmalloc |'),
    'perf script': ('examples/trace.sh', 'perf script'),
    'trace-cmd report': ('examples/trace.sh', 'trace-cmd report'),
}
KERNEL = re.compile(r'make run KERNEL=(\S+)')
# Programs that `make run TRACE=1` runs, with options of its own.
TRACER = re.compile(r"bpftrace -e '(.*)'|(?:trace-cmd record|perf stat|perf record) (.*) PROGRAM")
# Commands that no test runs, and the reason
NOT_RUN = {
    r"make check (FILTER='.*'|QUICK=1)": 'a part of make check, which CI runs whole',
    r'apt-get install .*': 'changes the machine; tests unpack the packages instead',
    r'(BENCH=\w+ )?make bench.*': 'measures for up to an hour; docs/bench has what it said',
    r'make (fuzz|soak) MINUTES=.*':
        'takes an hour or as long as one likes; docs/robustness.md has what it said',
    r'make (sabotage|mutants.*)': 'builds and runs the engine for each patch; docs/robustness.md has what it said',
    r'make check SOURCE=.*|make (check|stress) FLAVOUR=many|'
    r'make (fuzz|stress) KERNEL=.*|make next|make clang':
        'builds a kernel of its own, or takes minutes',
    r'make models': 'looks at protocols, not at the code; docs/robustness.md has what it said',
    r'make edu .*': 'takes as long as one likes; make run drives the same device',
}


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def port():
    return PORT.search(read('PORTING.md'))[1]


def blocks(path):
    if path.endswith('.md'):
        text = read(path)
        if path == 'PORTING.md':
            text = text.replace(port(), '')
        inline = INLINE.findall(FENCED.sub('', text))
        return FENCE.findall(text) + list(map(words_of, inline))
    # What roff writes for a minus sign and a backslash
    return (block.replace(r'\-', '-').replace(r'\e', '\\')
            for block in EXAMPLE.findall(read(path)))


def words_of(text):
    return ' '.join(text.replace('\\\n', ' ').split())


def place(command):
    tracer = TRACER.fullmatch(command)
    if tracer:
        run = words_of(tracer[1] or tracer[2]) in words_of(read('examples/trace.sh'))
        return 'examples/trace.sh' if run else 'nowhere'
    if GUEST.match(command):
        return 'guest'
    if HOST.fullmatch(command):
        return 'host'
    # CI may add settings.
    if re.search(rf'{re.escape(command)}(?![\w-])', read('.ci/run')):
        return '.ci/run'
    if KERNEL.fullmatch(command):
        kernels = re.search(r"^all='(.*?)'", read('scripts/matrix.sh'), re.M | re.S)[1]
        known = KERNEL.fullmatch(command)[1] in kernels.split()
        return 'scripts/matrix.sh' if known else 'nowhere'
    for pattern, reason in NOT_RUN.items():
        if re.fullmatch(pattern, command):
            return 'not run: ' + reason
    script, words = ELSEWHERE.get(command, (None, None))
    return script if script and words in read(script) else 'nowhere'


def commands(block):
    """Lines without their comments; a command goes on behind a backslash, and
    until its quotation ends."""
    block = re.sub(r'\s+# .*$', '', block, flags=re.MULTILINE)
    block = re.sub(r"'[^']*'", lambda quoted: words_of(quoted[0]), block)
    for line in block.replace('\\\n', '').splitlines():
        line = line.strip()
        # The shape of a report is no command.
        if line and not line.startswith('ddi: '):
            yield line


def show_port(where):
    """Its blocks are for one or the other."""
    for block in FENCE.findall(port()):
        guest = re.search('^(insmod|rmmod) ', block, re.MULTILINE)
        if (where == 'guest') == bool(guest):
            print(block, end='')


def main():
    if sys.argv[1:2] == ['port']:
        show_port(sys.argv[2])
        return
    shown = set()
    for document in DOCUMENTS:
        for text in blocks(document):
            for words in commands(text):
                if (document, words) not in shown:
                    print(place(words), document, words, sep='\t')
                shown.add((document, words))


main()
