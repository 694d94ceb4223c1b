#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make manual pages of section 9f from the kernel-doc comments of headers.

usage: man.py DATE VERSION TARGET-FOLDER HEADER...

One page for each function, and for each struct or enum of include/ddi. Other
pages of the same header are its SEE ALSO, and where a text names one of our
functions, it refers to that one's page.
"""

import os
import re
import sys
import textwrap

COMMENT = re.compile(r'/\*\*\n(?P<text>(?: \*.*\n)+?) \*/\n(?P<code>[^;{]*)[;{]')
# Parts of a prototype, or of a macro's head, that only the compiler needs.
NOISE = re.compile(r'\b(static|inline|extern|__printf\(\d, \d\)) *|^#define | \\ \($')
TITLE = re.compile(r'(?P<name>\w+)\(\) - (?P<purpose>.*)')
TYPE = re.compile(r'(?:struct|enum) (?P<name>ddi_\w+) - (?P<purpose>.*)')
PARAMETER = re.compile(r'@(?P<name>\w+|\.\.\.): ?(?P<text>.*)')
SECTION = re.compile(r'(?P<name>Context|Return|Note): ?(?P<text>.*)')
# One that is outside of the parentheses of a function pointer
OUTER_COMMA = re.compile(r',~(?![^()]*\))')
HEADING = {'Context': 'CONTEXT', 'Return': 'RETURN VALUES', 'Note': 'NOTES'}


class Page:
    """What one comment says."""

    def __init__(self, header, text, code):
        self.is_type = bool(TYPE.fullmatch(text[0]))
        title = TYPE.fullmatch(text[0]) or TITLE.fullmatch(text[0])
        self.header = header
        self.words = ' '.join(text)
        self.name = title['name']
        self.purpose = title['purpose']
        self.prototype = code if self.is_type else NOISE.sub('', ' '.join(code.split()))
        self.parameters = []
        self.sections = {'Description': []}
        self.read(text[1:])

    def read(self, lines):
        into = self.sections['Description']
        for line in lines:
            if match := PARAMETER.fullmatch(line):
                into = [match['text']]
                self.parameters.append((match['name'], into))
            elif match := SECTION.fullmatch(line):
                into = self.sections.setdefault(match['name'], [])
                into.append(match['text'])
            elif not line and into is not self.sections['Description']:
                into = self.sections['Description']
            elif into is self.sections['Description']:
                into.append(line)
            else:
                into.append(line.strip())


def pages_of(path):
    header = '/'.join(path.split('/')[-2:])
    with open(path, encoding='utf-8') as f:
        source = f.read()
    for match in COMMENT.finditer(source):
        text = [line[2:].removeprefix(' ')
                for line in match['text'].splitlines()]
        if TITLE.fullmatch(text[0]):
            yield Page(header, text, match['code'])
        elif TYPE.fullmatch(text[0]) and header.startswith('ddi/'):
            end = source.index('\n};', match.end())
            yield Page(header, text, match['code'] + '{' + source[match.end():end] + '\n};')


class Writer:
    """Turns pages into roff."""

    def __init__(self, pages, date, version):
        self.names = {page.name for page in pages}
        self.pages = pages
        self.date = date
        self.version = version

    def inline(self, text, page):
        """Fonts: parameters italic, functions and constants bold."""
        def function(match):
            name = match[1]
            if name == page.name or name not in self.names:
                return rf'\fB{name}\fP()'
            return rf'\fB{name}\fP(9F)'

        def kind(match):
            name = match[2]
            if name == page.name or name not in self.names:
                return match[0]
            return rf'{match[1]} \fB{name}\fP(9F)'

        text = text.replace('\\', r'\e').replace('-', r'\-')
        text = re.sub(r'\b(struct|enum) (\w+)', kind, text)
        text = re.sub(r'(?<!\w)@(\w+)', r'\\fI\1\\fP', text)
        text = re.sub(r'\b(\w+)\(\)', function, text)
        text = re.sub(r'(?<![\\\w])%?\b([A-Z]{2,}_[A-Z0-9_*]+|NULL)',
                      r'\\fB\1\\fP', text)
        return text

    def block(self, lines, page):
        """Paragraphs, and lists of lines that begin with a dash."""
        out = []
        for paragraph in paragraphs(lines):
            if paragraph.startswith('\t'):
                code = paragraph.expandtabs().replace('\\', r'\e')
                out += ['.PP'] if out else []
                out += ['.EX', code.replace('-', r'\-'), '.EE']
                continue
            if paragraph.startswith('- '):
                out.append(r'.IP \(bu 2')
                paragraph = paragraph[2:]
            elif out:
                out.append('.PP')
            text = self.inline(paragraph, page)
            for line in textwrap.wrap(text, 76, break_long_words=False,
                                      break_on_hyphens=False):
                # A text line must not look like a request.
                out.append(r'\&' + line if line[0] in ".'" else line)
        return out

    def prototype(self, page):
        """Lines that fit a terminal, with the parameters in italics."""
        if page.is_type:
            return [rf'\fB{line.expandtabs()}\fP' for line in page.prototype.splitlines()]
        # Spaces at which a line must not end stand as "~" meanwhile.
        before, _, arguments = page.prototype.replace(' ', '~').partition('(')
        text = f"{before}({OUTER_COMMA.sub(', ', arguments.removesuffix(')'))});"
        lines = textwrap.wrap(text, 69, subsequent_indent='    ', break_long_words=False,
                              break_on_hyphens=False)
        return [rf'\fB{emphasise(line.replace("~", " "))}\fP' for line in lines]

    def see_also(self, page):
        same = {other.name for other in self.pages
                if other.header == page.header}
        named = set(re.findall(r'(\w+)\(\)', page.words))
        named |= set(re.findall(r'\b(?:struct|enum) (\w+)', page.words))
        named &= self.names
        refs = [f'.BR {name} (9F),'
                for name in sorted((same | named) - {page.name})]
        return refs + ['.BR ddi (7)']

    def page(self, page):
        out = [
            r'.\" Made from ' + page.header + ' by scripts/man.py',
            f'.TH {page.name.upper()} 9F {self.date} '
            f'"ddi.ko {self.version}" "Kernel Functions for Drivers"',
            '.SH NAME',
            f'{page.name} \\- {page.purpose}'.replace('@', ''),
            '.SH SYNOPSIS',
            '.nf',
            rf'\fB#include <{page.header}>\fP',
            '.PP',
            *self.prototype(page),
            '.fi',
        ]
        if page.parameters:
            out.append('.SH MEMBERS' if page.is_type else '.SH PARAMETERS')
        for name, text in page.parameters:
            out += ['.TP', rf'\fI{name}\fP', *self.block(text, page)]
        description, origin = split_origin(page.sections['Description'])
        # A page without one would look as if it had lost it.
        out += ['.SH DESCRIPTION', *(self.block(description, page) or
                                     [self.inline(sentence(page), page)])]
        for name, heading in HEADING.items():
            if name in page.sections:
                out += [f'.SH {heading}',
                        *self.block(page.sections[name], page)]
        if origin:
            out += ['.SH STANDARDS', *self.block([origin], page)]
        out += ['.SH SEE ALSO', *self.see_also(page)]
        return '\n'.join(out) + '\n'


def paragraphs(lines):
    """Lines joined to paragraphs; list items and code are each one as well."""
    text = ''
    for line in [*lines, '']:
        code = line.startswith('\t')
        if text and (not line or line.startswith('- ') or
                     code != text.startswith('\t')):
            yield text
            text = ''
        if line:
            joint = '\n' if code else ' '
            text += joint + line if text else line


def emphasise(line):
    """The parameters' names in italics, inside bold."""
    line = re.sub(r'\(\*(\w+)\)', r'(*\\fI\1\\fB)', line)
    return re.sub(r'(?<=[ *])(\w+)(?=,|\);)', r'\\fI\1\\fB', line)


def sentence(page):
    if page.is_type:
        return f'This is {page.prototype.split()[0]} {page.name}: {page.purpose}.'
    return f'{page.name}() does this: {page.purpose}.'


def split_origin(lines):
    """Take the line "Defined by NAME(9F); contract RULES." out of a text."""
    for at, line in enumerate(lines):
        if match := re.match(r'Defined by (\w+\(9F\))', line):
            return lines[:at], f'The interface is that of {match[1]} of ' \
                               'Solaris and illumos.'
        if line.startswith('Defined by'):
            return lines[:at], None
    return lines, None


def main():
    date, version, target, *headers = sys.argv[1:]
    pages = [page for header in headers for page in pages_of(header)]
    writer = Writer(pages, date, version)
    for page in pages:
        path = os.path.join(target, page.name + '.9f')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(writer.page(page))
    print(f'{len(pages)} pages')


if __name__ == '__main__':
    main()
