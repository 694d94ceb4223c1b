#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""List the rules of the contract with the test cases that check them.

The rules stand in docs/contract.md, which says in brackets how a rule is held
that needs no case. A case, of a KUnit suite or of a program in kunit/guest,
cites the rules that it checks in the comment right above its function:
/* V34, T5 */ or /* V40-V43: why */. A rule without a case is printed, and so is
a number that a comment or a document cites and the contract has not; the exit
status is then 1.
"""

import argparse
import glob
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

RULE = re.compile(r'^(?:- |\| )\*\*([A-Z]\d+[a-z]?)\*\* (.*?)(?=^- |^\| |^#|^$)', re.M | re.S)
BRACKET = re.compile(r'\[([^]]+)\]$')
SUITE = re.compile(r'struct\s+kunit_suite\s+\w+\s*=\s*\{(.*?)\};', re.S)
CASE = re.compile(r'\bKUNIT_CASE\w*\(\s*(\w+)')
COMMENT = r'/\*((?:(?!\*/).)*)\*/\s*\n(?:static\s+)?void\s+(\w+)'
FUNCTION = re.compile(COMMENT + r'\(struct kunit \*test\)', re.S)
GUEST_CASE = re.compile(r'\{ "(\w+)",\s+\1 \}')
GUEST_FUNCTION = re.compile(COMMENT + r'\(void\)', re.S)
CITED = re.compile(r'\b([CDGKLNQRTUVX])(\d+)([a-z]?)\b(?:-\1?(\d+))?')
C_COMMENT = re.compile(r'/\*.*?\*/', re.S)


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return f.read()


def rules():
    """Number, how it is held ('-' for a case) and words of each, in the file's order."""
    for rule, text in RULE.findall(read('docs/contract.md')):
        text = ' '.join(text.split())
        bracket = BRACKET.search(text)
        holder = bracket[1] if bracket else 'free' if rule[0] == 'C' else '-'
        # A rule of which a half is not there yet needs a case for the other half.
        yield rule, '-' if holder.startswith('not yet:') else holder, text


def cited_in(comment):
    for letter, first, suffix, last in CITED.findall(comment):
        yield letter + first + suffix
        for number in range(int(first) + 1, int(last or 0) + 1):
            yield f'{letter}{number}'


def named_in(text):
    """Like cited_in(), but of V1-V9 only the ends: not each number has a rule."""
    for letter, first, suffix, last in CITED.findall(text):
        yield letter + first + suffix
        if last:
            yield letter + last


def cite(held, name, text, function, registered):
    for comment, case in function.findall(text):
        for rule in cited_in(comment) if case in registered else ():
            held.setdefault(rule, []).append(f'{name}.{case}')


def cases():
    """Each rule's cases, as suite.case or program.case, from all of them."""
    held = {}
    for path in sorted(glob.glob(os.path.join(TOP, 'kunit', '*', '*_kunit.c'))):
        text = read(path)
        suite = SUITE.search(text)
        name = re.search(r'\.name\s*=\s*"([^"]+)"', suite[1])[1] if suite else '?'
        cite(held, name, text, FUNCTION, set(CASE.findall(text)))
    for path in sorted(glob.glob(os.path.join(TOP, 'kunit', 'guest', '*', '*.c'))):
        text = read(path)
        name = os.path.basename(os.path.dirname(path))
        cite(held, name, text, GUEST_FUNCTION, set(GUEST_CASE.findall(text)))
    return held


def elsewhere(holder):
    """A holder 'file:word' outside of KUnit: does the file have the word?"""
    path, _, word = holder.partition(':')
    try:
        return [holder] if word in read(path) else []
    except OSError:
        return []


def unknown(known):
    """Numbers that are cited in comments and documents, and are no rule's"""
    names = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '*.c', '*.h', '*.md'],
                           cwd=TOP, check=True, text=True, capture_output=True).stdout.split()
    for name in sorted(set(names)):
        if os.path.exists(os.path.join(TOP, name)):
            text = read(name)
            if not name.endswith('.md'):
                text = '\n'.join(C_COMMENT.findall(text))
            for rule in sorted(set(named_in(text)) - known):
                yield f'{name} cites {rule}, which docs/contract.md has not'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--missing', action='store_true',
                        help='print only rules that nothing holds')
    args = parser.parse_args()

    held, missing, known = cases(), [], {}
    for rule, holder, words in rules():
        if rule in known:
            missing.append(f'docs/contract.md has {rule} twice')
        known[rule] = words
        by = list(dict.fromkeys(held.get(rule, [])))
        if holder == 'not yet' and by:
            missing.append(f'{rule} has a test and is said to be "not yet": {words}')
        if ':' in holder:
            by += elsewhere(holder)
        if not by and holder not in ('free', 'not yet'):
            missing.append(f'{rule} is checked by nothing: {words}')
        if not args.missing:
            print(f'{rule:5} {words}')
            for name in by or [holder]:
                print(f'      {name}')
    missing += unknown(set(known))
    if len(known) < 300:
        missing.append('docs/contract.md is not read as it should be')
    for line in missing:
        print(line)
    if not args.missing:
        print(f'{len(known)} rules, {len(missing)} complaints')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
