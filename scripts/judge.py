#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Read a guest's console log and say what passed and what failed.

Most detectors of the kernel leave test cases green, QEMU's exit status says
nothing, and kunit.py reads only the first of a log's KTAP streams. So the log
is the only witness, and every way in which it can speak of trouble, or be
silent, is a reason here. The last line printed is "N passed, N failed".
"""

import argparse
import fnmatch
import os
import re
import subprocess
import sys

STAMP = re.compile(r'^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?')

# What the kernel prints when something is wrong, whoever found it.
SPLAT = re.compile(
    r'BUG: |BUG at |BUG \S+ \(|WARNING: (?!ddi_kunit)|UBSAN: |KCSAN: |KASAN: |KFENCE: |ODEBUG: '
    r'|Oops|Kernel panic|general protection fault|Unable to handle kernel'
    r'|unreferenced object|rcu: INFO:|INFO: possible|INFO: trying|INFO: task'
    r'|blocked for more than|soft lockup|hard LOCKUP|DEBUG_LOCKS_WARN|refcount_t: '
    r'|sleeping function called|scheduling while atomic|Out of memory: '
    r'|[Bb]ad page|list_(add|del) corruption|Memory leak detected')

# Linux 6.12 counts the server that a CPU has for fair tasks among its tasks. Its timer
# may queue it while the CPU is taken away, and then Linux finds fault with itself.
LINUX_OWN = re.compile(r'WARNING: .* kernel/sched/(core\.c:\d+ sched_cpu_dying|deadline\.c:\d+ )')

# Where an interrupt came in: frames below are what it happened to interrupt.
IRQ_ENTRY = re.compile(r' asm_(sysvec|common_interrupt|exc)_?')

# Calls into parts of Linux that race with themselves: its memory management, which sets some
# flags of a struct page by atomic operations while it reads others; and the ring buffer of
# the log, which is opened while others write.
OF_LINUX = re.compile(
    r' (prb_\w+|vmap|vunmap|vmf?_insert_\w+|shmem_\w+|pin_user_pages\w*|unpin_user_pages?\w*'
    r'|unmap_mapping_\w+|release_pages|folio_\w+|__folio_put)\+')

# A line of a stack that is in a module. Others may speak in between.
IN_MODULE = re.compile(r' \S+\+0x\S+ \[\w+\]\s*$')

# One fault may repeat a thousand times.
MOST_SPLATS = 10

# Out-of-tree module, unsigned module, KUnit ran: these say nothing bad.
TAINTS = 'PFSRMBUDAWCIOELKXTN'
HARMLESS = {'O', 'E', 'N'}

CASES = re.compile(r'Testing complete\. Ran (\d+) tests?:?(.*)')


class Verdict:
    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.others = 0
        self.warnings = 0
        self.reasons = []

    def fail(self, reason, count=1):
        self.reasons += [reason] * count


def read_log(path):
    """The log's lines without stamps, from the guest's start marker on."""
    with open(path, errors='backslashreplace') as f:
        lines = [STAMP.sub('', line.rstrip('\r\n')) for line in f]
    for at, line in enumerate(lines):
        if line.startswith('ddi-guest: start'):
            return lines[at + 1:], True
    return lines, False


def streams(lines):
    """Each loaded module prints its own KTAP stream. On Linux 6.1 it has no header."""
    found = []
    for line in lines:
        if line.startswith(('ddi-guest: ', 'ddi-host: ')):
            continue
        if line == 'KTAP version 1':
            found.append([])
        elif not found and line == '    KTAP version 1':
            suites = sum(bool(re.match(r'(not )?ok \d+ ', l)) for l in lines)
            found.append(['KTAP version 1', f'1..{suites}'])
        if found:
            found[-1].append(line)
    return found


def failed_cases(stream):
    """Names of the cases that failed, as FILTER= takes them."""
    suite, names = 'none', []
    for line in stream:
        begun = re.match(r' {4}# Subtest: (\S+)', line)
        failed = re.match(r' {4}not ok \d+ (\S+)', line)
        if begun:
            suite = begun[1]
        elif failed:
            names.append(f'{suite}.{failed[1]}')
    return names


def parse_stream(stream, kunit_py, verdict):
    """Show one stream as kunit.py does; take the numbers from its summary."""
    run = subprocess.run([sys.executable, kunit_py, 'parse'], input='\n'.join(stream) + '\n',
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, errors='backslashreplace', check=False)
    print(run.stdout, end='')
    summary = CASES.search(run.stdout)
    if not summary:
        verdict.fail('kunit.py gave no summary of a stream')
        return
    counts = {name: int(n) for name, n in re.findall(r'(\w+): (\d+)', summary[2])}
    verdict.passed += counts.get('passed', 0)
    verdict.skipped += counts.get('skipped', 0)
    named = ', '.join(failed_cases(stream)) or 'see above'
    for kind in ('failed', 'crashed', 'errors'):
        if counts.get(kind):
            verdict.fail(f'KUnit: {counts[kind]} {kind}: {named}', counts[kind])


def place_of(lines):
    """Where a guest was that did not come to its end: suite, and case before."""
    suite = case = 'none'
    for line in lines:
        begun = re.match(r' {4}# Subtest: (\S+)', line)
        ended = re.match(r' {4}(?:not )?ok \d+ (\S+)', line)
        if begun:
            suite, case = begun[1], 'none'
        elif ended:
            case = ended[1]
    return f'suite {suite}, after case {case}'


def check_suites(lines, expected, verdict):
    begun = {m[1] for m in (re.match(r' {4}# Subtest: (\S+)', l) for l in lines) if m}
    ended = {m[1] for m in (re.match(r'(?:not )?ok \d+ (\S+)', l) for l in lines) if m}
    for suite in expected:
        if suite not in begun:
            verdict.fail(f'suite {suite} did not run')
        elif suite not in ended:
            verdict.fail(f'suite {suite} did not end')


def suites_of(sources, pattern):
    """Names of all struct kunit_suite in the sources that the filter lets through."""
    glob = (pattern or '*').split('.')[0] or '*'
    names = []
    for path in sources:
        with open(path, errors='backslashreplace') as f:
            text = re.sub(r'/\*.*?\*/|//[^\n]*', '', f.read(), flags=re.S)
        for body in re.findall(r'struct\s+kunit_suite\s+\w+\s*=\s*\{(.*?)\};', text, re.S):
            names += re.findall(r'\.name\s*=\s*"([^"]+)"', body)
    return [n for n in sorted(set(names)) if fnmatch.fnmatch(n, glob)]


def taint_letters(value):
    return {c for bit, c in enumerate(TAINTS) if value >> bit & 1}


def race_of_others(lines, at):
    """Is this KCSAN report about the kernel alone?

    It is ours when one of the two accesses was made by a module or by what it
    called, unless that was a call into a part of Linux that has races of its own,
    which strict settings show.
    """
    if 'KCSAN: ' not in lines[at]:
        return False
    # A frame ends with its module's name in brackets.
    interrupted = accesses = of_linux = False
    for line in lines[at + 1:at + 100]:
        # The lines after this describe the interrupted work, which may be ours.
        if line.startswith(('=====', 'Reported by Kernel Concurrency Sanitizer')):
            break
        if not line.strip() or 'bytes by' in line:
            interrupted = of_linux = False
            accesses |= bool(line.strip())
        elif IRQ_ENTRY.search(line):
            interrupted = True
        elif OF_LINUX.match(line):
            of_linux = True
        elif not (interrupted or of_linux) and IN_MODULE.match(line):
            return False
    return accesses


def check_splats(lines, verdict):
    seen = set()
    for at, line in enumerate(lines):
        hit = SPLAT.search(line)
        # What a guest program says about itself is not the kernel speaking.
        kind = re.sub(r'0x[0-9a-f]+|[0-9a-f]{8,}|\d+', '#', line).strip()
        if hit and race_of_others(lines, at):
            verdict.others += 1
            continue
        if LINUX_OWN.search(line):
            verdict.warnings += 1
            continue
        if (not hit or line.startswith('ddi-guest: |') or kind in seen
                or len(seen) == MOST_SPLATS):
            continue
        if not seen:
            print('The first report in the log:')
            for context in lines[at:at + 30]:
                print('    ' + context)
        seen.add(kind)
        verdict.fail('report in the log: ' + line.strip())


def check_taint(taint, verdict):
    """A warning taints, too."""
    bad = taint_letters(taint) - HARMLESS - ({'W'} if verdict.warnings else set())
    if bad:
        verdict.fail('kernel tainted: ' + ''.join(sorted(bad)))


def check_guest(lines, started, args, verdict):
    """The markers of the guest's first process."""
    told = [l[len('ddi-guest: '):] for l in lines if l.startswith('ddi-guest: ')]
    if not started:
        verdict.fail('no start marker: the guest did not come up')
    if 'end' not in told:
        verdict.fail(f'no end marker: the guest did not finish; {place_of(lines)}')
    for line in lines:
        if line.startswith('ddi-host: '):
            verdict.fail(line[len('ddi-host: '):])
    taint = None
    for line in told:
        if line.startswith(('insmod failed', 'rmmod refused')):
            verdict.fail(line)
        elif line.startswith('guest.sh exit ') and line != 'guest.sh exit 0':
            verdict.fail(line)
        elif line.startswith('lockdep debug_locks 0'):
            verdict.fail('lockdep turned itself off')
        elif line.startswith('taint '):
            taint = int(line.split()[1])
        elif line.startswith('| not ok'):
            verdict.fail('guest program: ' + line[2:])
        elif re.match(r'\| ok\b.*# SKIP', line):
            verdict.skipped += 1
        elif re.match(r'\| ok\b', line):
            verdict.passed += 1
    if taint is None:
        verdict.fail('the guest did not tell its taint')
    else:
        check_taint(taint, verdict)
    for need in args.need:
        if not any(line.startswith(need) for line in told):
            verdict.fail(f'the guest did not tell about: {need}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('log')
    parser.add_argument('--kunit', help="path of the kernel's kunit.py; without it no suites")
    parser.add_argument('--sources', nargs='*', default=[], help='C files that hold suites')
    parser.add_argument('--filter', default='', help='the KUnit filter in force')
    parser.add_argument('--need', action='append', default=[],
                        help='marker that the guest must have told, e.g. lockdep')
    parser.add_argument('--label', default='', help='what ran, for the reader')
    args = parser.parse_args()

    verdict = Verdict()
    lines, started = read_log(args.log)
    if args.kunit:
        found = streams(lines)
        for stream in found:
            parse_stream(stream, os.path.abspath(args.kunit), verdict)
        if not found:
            verdict.fail('no KTAP stream: no suite ran')
        check_suites(lines, suites_of(args.sources, args.filter), verdict)
    for line in lines:
        if line.startswith('ddi-guest: | '):
            print(line[len('ddi-guest: | '):])
    check_splats(lines, verdict)
    check_guest(lines, started, args, verdict)
    if args.kunit and not verdict.passed and not verdict.reasons:
        verdict.fail('not one case ran')

    for reason in dict.fromkeys(verdict.reasons):
        print(f'RED: {reason}')
    if verdict.others:
        print(f'{verdict.others} data races inside Linux itself, none of ours')
    if verdict.warnings:
        print(f'{verdict.warnings} warnings of Linux about its own scheduler')
    if verdict.skipped:
        print(f'{verdict.skipped} skipped')
    if args.label:
        print(args.label)
    print(f'{verdict.passed} passed, {len(verdict.reasons)} failed')
    return 1 if verdict.reasons else 0


if __name__ == '__main__':
    sys.exit(main())
