#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Break the engine in a copy of the tree, on purpose or at random.

mutate.py TREE sabotage FILE
    Apply a file of kunit/sabotage: lines "In FUNCTION:", each followed by
    substitutions s/PATTERN/REPLACEMENT/ in the syntax of Python, each of which
    must change the function's body in one place.
mutate.py TREE random COUNT SEED KNOWN
    Print COUNT small changes at random places, one a line: file, line number,
    function, the line as it is, the line as it becomes, between tabs. Changes
    that KNOWN lists as making no difference are left out.
mutate.py TREE change FILE LINE NEW
    Make one of them.
"""

import glob
import os
import random
import re
import sys
from pathlib import Path


def sources(tree):
    return sorted(glob.glob(f'{tree}/ddi_*/**/*.[ch]', recursive=True))


def lines_of(path):
    return Path(path).read_text(encoding='utf-8').split('\n')


def write(path, lines):
    Path(path).write_text('\n'.join(lines), encoding='utf-8')


def functions(lines):
    """Yield name, first and last line of each function's body."""
    for begin, line in enumerate(lines):
        if line != '{':
            continue
        head = begin
        while head and lines[head - 1] and not re.search(r'[;}/]$|^#', lines[head - 1]):
            head -= 1
        name = re.search(r'(\w+)\s*\(', ' '.join(lines[head:begin]))
        if name and '}' in lines[begin:]:
            yield name[1], begin + 1, lines.index('}', begin)


def code_only(line):
    """The line with strings and comments blanked out, at the same places."""
    blank = lambda m: ' ' * len(m[0])
    return re.sub(r'"(\\.|[^"\\])*"|/\*.*?\*/|/\*.*|^\s*\*.*', blank, line)


# On purpose

def substitution(text):
    cut = text[1]
    parts = re.split(r'(?<!\\)' + re.escape(cut), text[2:])
    if text[0] != 's' or len(parts) != 3:
        sys.exit(f'no substitution: {text}')
    return re.compile(parts[0], re.S), parts[1]


def apply_to_function(tree, function, edits):
    for path in sources(tree):
        lines = lines_of(path)
        for name, begin, end in functions(lines):
            if name != function:
                continue
            body = '\n'.join(lines[begin:end])
            for pattern, new in edits:
                if len(pattern.findall(body)) != 1:
                    sys.exit(f'{function}: not once: {pattern.pattern}')
                body = pattern.sub(new, body)
            write(path, lines[:begin] + [body] + lines[end:])
            return
    sys.exit(f'there is no function {function}')


def sabotage(tree, path):
    edits = {}
    for line in lines_of(path):
        name = re.match(r'In (\w+):$', line)
        if name:
            target = edits.setdefault(name[1], [])
        elif line.startswith('s'):
            target.append(substitution(line))
    if not edits:
        sys.exit(f'{path}: no function')
    for function, wanted in edits.items():
        apply_to_function(tree, function, wanted)


# At random: a pattern to look for in code, and what it may become.

OPERATORS = [
    (r'==', ['!=']), (r'!=', ['==']),
    (r'(?<=[\w)\]] )<(?= )', ['<=', '>=']), (r'(?<=[\w)\]] )>(?= )', ['>=', '<=']),
    (r'<=(?= )', ['<', '>']), (r'>=(?= )', ['>', '<']),
    (r'&&', ['||']), (r'\|\|', ['&&']),
    (r'(?<=[\w)\]] )\+(?= )', ['-']), (r'(?<=[\w)\]] )-(?= )', ['+']),
    (r'\+=', ['-=']), (r'-=', ['+=']),
    (r'\+\+', ['--']), (r'(?<!-)--(?!-)', ['++']),
    (r'\btrue\b', ['false']), (r'\bfalse\b', ['true']),
    (r'(?<![\w.])0\b(?!x)', ['1']), (r'(?<![\w.])1\b', ['0', '2']),
]
CONDITION = re.compile(r'^(\t+(?:\} else )?(?:if|while) \()(.*)(\)(?: \{)?)$')
STATEMENT = re.compile(r'^\t+(?:[\w>.*()\[\]-]+ [-+|&]?= [^;]*|[\w>.-]+\(.*\)|[\w>.-]+(?:\+\+|--));$')
# What only speaks, or only checks, or only hurries.
NO_MATTER = re.compile(r'lockdep_assert|might_sleep|trace_|pr_[a-z]+\(|seq_p|cpu_relax'
                       r'|cond_resched|WARN_ON|ddi_misuse|BUILD_BUG|static_assert')


def changes_of(line):
    """Every changed form of one line."""
    code = code_only(line)
    if NO_MATTER.search(code):
        return
    for pattern, becomes in OPERATORS:
        for hit in re.finditer(pattern, code):
            for new in becomes:
                yield line[:hit.start()] + new + line[hit.end():]
    if STATEMENT.match(code):
        yield re.match(r'\t+', line)[0] + ';'
    condition = CONDITION.match(code)
    if condition:
        begin, end = condition.span(2)
        yield f'{line[:begin]}!({line[begin:end]}){line[end:]}'


def all_changes(tree):
    for path in sources(tree):
        lines = lines_of(path)
        for name, begin, end in functions(lines):
            for at in range(begin, end):
                for new in changes_of(lines[at]):
                    yield os.path.relpath(path, tree), at + 1, name, lines[at], new


def known_changes(path):
    """Function, line before and line after, of those that make no difference."""
    return {tuple(line.split('\t')[:3]) for line in lines_of(path)
            if not line.startswith('#') and line.count('\t') >= 3}


def pick(tree, count, seed, known):
    skip = known_changes(known)
    changes = [c for c in all_changes(tree) if (c[2], c[3].strip(), c[4].strip()) not in skip]
    random.Random(seed).shuffle(changes)
    print(f'{len(changes)} possible changes', file=sys.stderr)
    for file, line, name, old, new in changes[:count]:
        print(file, line, name, old.strip(), new.strip(), sep='\t')


def change(tree, file, number, new):
    path = os.path.join(tree, file)
    lines = lines_of(path)
    indent = re.match(r'\s*', lines[number - 1])[0]
    lines[number - 1] = indent + new
    write(path, lines)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    tree, what, *args = sys.argv[1:]
    if what == 'sabotage':
        sabotage(tree, args[0])
    elif what == 'random':
        pick(tree, int(args[0]), *args[1:])
    elif what == 'change':
        change(tree, args[0], int(args[1]), args[2])
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
