#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print what the documents claim about the tree and is false, one line a claim.

usage: docs.py, in the top folder. It finds
- a link to a file or a heading that does not exist;
- a C example of the README that is not in examples/ word by word;
- a folder, or a C file's folder, that CONTRIBUTING.md's map of the tree lacks;
- an exported function that PORTING.md's table of functions lacks;
- a `make` target, or a file named as `path/file.ext`, that does not exist;
- a `make` target that `make help` lacks, or one of its that does not exist;
- a README of more than 170 lines.
"""

import glob
import os
import re
import subprocess

LINK = re.compile(r'\[[^]]+\]\(([^)]+)\)')
FENCE = re.compile(r'^```(\w*)\n(.*?)^```', re.MULTILINE | re.DOTALL)
TARGET = re.compile(r'\bmake ([a-z][a-z-]*)\b')
NAMED = re.compile(r'`((?:[a-z_]+/)+[\w.-]+\.(?:[chs]|sh|py|7))`')


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def anchors(text):
    """The names that a reader's browser gives to headings."""
    for heading in re.findall(r'^#+ (.*)$', text, re.MULTILINE):
        heading = re.sub(r'[^\w\- ]', '', heading.lower())
        yield heading.replace(' ', '-')


def links(path, text):
    for target in LINK.findall(text):
        file, _, anchor = target.partition('#')
        if '://' in target:
            continue
        file = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
        if not os.path.exists(file):
            yield f'{path}: no {file}'
        elif anchor and anchor not in anchors(read(file)):
            yield f'{path}: no heading for {target}'


def rules():
    """The targets of the Makefile"""
    found = re.findall(r'^([a-z][a-z -]*):', read('Makefile').replace('\\\n', ''),
                       re.MULTILINE)
    return set(' '.join(found).split())


def targets(path, text):
    code = '\n'.join(block for language, block in FENCE.findall(text)
                     if language == 'sh')
    code += '\n'.join(re.findall(r'`([^`\n]+)`', text))
    for name in sorted(set(TARGET.findall(code)) - rules()):
        yield f'{path}: the Makefile has no target {name}'


def helped(path, text):
    """All targets but "modules", which is plain make, and "help" itself"""
    told = set(re.findall(r'(?<![\w-])[a-z][a-z-]*(?![\w-])', text))
    for name in sorted(rules() - told - {'modules', 'help'}):
        yield f'{path}: does not tell about make {name}'
    for name in sorted(set(re.findall(r'^make ([a-z][a-z-]*)', text, re.MULTILINE)) - rules()):
        yield f'{path}: the Makefile has no target {name}'


def named_files(path, text):
    for name in sorted(set(NAMED.findall(text))):
        if not os.path.exists(name) and not os.path.exists('include/' + name):
            yield f'{path}: no {name}'


def examples(path, text):
    sources = ''.join(map(read, glob.glob('examples/*.c')))
    for language, block in FENCE.findall(text):
        if language == 'c' and block not in sources:
            yield f'{path}: not in examples/: {block.splitlines()[0]} ...'


def tree(path, text):
    tracked = subprocess.run(['git', 'ls-files'], check=True, text=True,
                             capture_output=True).stdout.split()
    folders = {name.split('/')[0] for name in tracked if '/' in name}
    folders |= {os.path.dirname(name) for name in tracked if re.match(r'ddi_.*\.c$', name)}
    shown = {link.rstrip('/') for link in LINK.findall(text)}
    shown |= {link.split('/')[0] for link in shown}
    for name in sorted(folders - shown):
        if not name.startswith('.'):
            yield f'{path}: does not show {name}/'


def short(path, text):
    if text.count('\n') > 170:
        yield f'{path}: is longer than a newcomer reads'


def functions(path, text):
    exports = re.findall(r'^\w+$', read('scripts/exports.txt'), re.MULTILINE)
    table = '\n'.join(line for line in text.splitlines()
                      if line.startswith('| `'))
    for name in exports:
        if f'`{name}`' not in table:
            yield f'{path}: the table of functions has no {name}'


def main():
    checks = {
        'README.md': (links, targets, named_files, examples, short),
        'PORTING.md': (links, targets, named_files, functions),
        'CONTRIBUTING.md': (links, targets, named_files, tree),
        'scripts/help.sh': (helped,),
    }
    for path in glob.glob('docs/*.md'):
        checks[path] = (links, targets, named_files)
    for path, functions_of in checks.items():
        text = read(path)
        for check in functions_of:
            for problem in check(path, text):
                print(problem)


if __name__ == '__main__':
    main()
