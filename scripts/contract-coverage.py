#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""List the rules that must hold with the test cases that hold them.

The rules stand in kunit/rules.txt. A case, of a KUnit suite or of a program in
kunit/guest, cites the rules that it holds in the comment right above its
function: /* V34, T5 */ or /* V40-V43: why */. A rule without a case is printed
as missing, and the exit status is 1.
"""

import argparse
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

SUITE = re.compile(r'struct\s+kunit_suite\s+\w+\s*=\s*\{(.*?)\};', re.S)
CASE = re.compile(r'\bKUNIT_CASE\w*\(\s*(\w+)')
COMMENT = r'/\*((?:(?!\*/).)*)\*/\s*\n(?:static\s+)?void\s+(\w+)'
FUNCTION = re.compile(COMMENT + r'\(struct kunit \*test\)', re.S)
GUEST_CASE = re.compile(r'\{ "(\w+)",\s+\1 \}')
GUEST_FUNCTION = re.compile(COMMENT + r'\(void\)', re.S)
CITED = re.compile(r'\b([A-Z])(\d+)([a-z]?)(?:-\1?(\d+))?')


def rules():
    """Number, holder ('-' for KUnit) and words of each rule, in the file's order."""
    with open(os.path.join(TOP, 'kunit', 'rules.txt')) as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                yield line.split(None, 2)


def cited_in(comment):
    for letter, first, suffix, last in CITED.findall(comment):
        if not last:
            yield letter + first + suffix
        for number in range(int(first), int(last or 0) + 1):
            yield f'{letter}{number}'


def cite(held, name, text, function, registered):
    for comment, case in function.findall(text):
        for rule in cited_in(comment) if case in registered else ():
            held.setdefault(rule, []).append(f'{name}.{case}')


def cases():
    """Each rule's cases, as suite.case or program.case, from all of them."""
    held = {}
    for path in sorted(glob.glob(os.path.join(TOP, 'kunit', '*', '*_kunit.c'))):
        with open(path) as f:
            text = f.read()
        suite = SUITE.search(text)
        name = re.search(r'\.name\s*=\s*"([^"]+)"', suite[1])[1] if suite else '?'
        cite(held, name, text, FUNCTION, set(CASE.findall(text)))
    for path in sorted(glob.glob(os.path.join(TOP, 'kunit', 'guest', '*', '*.c'))):
        with open(path) as f:
            text = f.read()
        name = os.path.basename(os.path.dirname(path))
        cite(held, name, text, GUEST_FUNCTION, set(GUEST_CASE.findall(text)))
    return held


def elsewhere(holder):
    """A holder 'file:word' outside of KUnit: does the file have the word?"""
    path, _, word = holder.partition(':')
    try:
        with open(os.path.join(TOP, path)) as f:
            return [holder] if word in f.read() else []
    except OSError:
        return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--missing', action='store_true',
                        help='print only rules that nothing holds')
    args = parser.parse_args()

    held, missing, total = cases(), 0, 0
    for rule, holder, words in rules():
        by = list(dict.fromkeys(held.get(rule, [])))
        if holder != '-':
            by += elsewhere(holder)
        total += 1
        if not by:
            missing += 1
            print(f'{rule} is held by nothing: {words.strip()}')
        elif not args.missing:
            print(f'{rule:5} {words.strip()}')
            for name in by:
                print(f'      {name}')
    if not args.missing:
        print(f'{total - missing} passed, {missing} failed')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
