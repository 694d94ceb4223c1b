#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print each command of the documents with where it is run.

usage: docs-commands.py, in the top folder. Lines of PLACE, document, command,
between tabs; PLACE is "guest", "host", or the script that runs the command
already. A command that nothing runs has the place "nowhere".
"""

import re

DOCUMENTS = ('README.md', 'PORTING.md', 'CONTRIBUTING.md', 'man/ddi.7')
FENCE = re.compile(r'^```sh\n(.*?)^```', re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r'^\.EX\n(.*?)^\.EE', re.MULTILINE | re.DOTALL)

# Needs a kernel with the module in it.
GUEST = re.compile(r'(cat|echo|dmesg|insmod|rmmod|cd) ')
# Run by scripts/test-docs.sh, with these words of the documents replaced.
HOST = re.compile(r'make( KDIR=| -C |$)')
# Commands that other scripts run, and the words with which they do.
ELSEWHERE = {
    'make run': ('.ci/run', 'make run'),
    'make check': ('.ci/run', 'make check'),
    'make lint': ('.ci/run', 'make lint'),
    'make install': ('scripts/test-install.sh', 'in_copy install'),
    'make dkms': ('scripts/test-install.sh', 'dkms_in build'),
    'make deb': ('scripts/test-install.sh', 'deb.sh'),
    'make shell': ('scripts/test-docs.sh', 'shell_works'),
    'trace-cmd report': ('examples/trace.sh', 'trace-cmd report'),
}
# Programs that `make run TRACE=1` runs, with options of its own.
TRACER = re.compile(r"bpftrace -e '(.*)'|trace-cmd record (.*) PROGRAM")


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def blocks(path):
    if path.endswith('.md'):
        return FENCE.findall(read(path))
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
    if HOST.match(command):
        return 'host'
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


for document in DOCUMENTS:
    for text in blocks(document):
        for words in commands(text):
            print(place(words), document, words, sep='\t')
