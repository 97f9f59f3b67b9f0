# SPDX-License-Identifier: MIT
"""Enough of C to lint it: comments and literals blanked, includes, function definitions.

It relies on the layout that clang-format enforces: the brace that opens a function, and only that one, stands alone at
the start of a line, and so does the one that closes it.
"""

import re
from typing import Iterator, NamedTuple

TOKEN = re.compile(
    r"""//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL
)


def blank(text: str, literals: bool = True) -> str:
    """Replace comments, and with `literals` the insides of strings too, by spaces; lines stay where they are."""

    def replace(match: re.Match) -> str:
        token = match.group()
        if token[0] in "\"'":
            if not literals:
                return token
            return token[0] + " " * (len(token) - 2) + token[-1]
        return re.sub(r"[^\n]", " ", token)

    return TOKEN.sub(replace, text)


class Include(NamedTuple):
    line: int
    name: str
    system: bool


def includes(text: str) -> Iterator[Include]:
    for number, line in enumerate(blank(text, literals=False).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield Include(number, match.group(2), match.group(1) == "<")


class Function(NamedTuple):
    name: str
    line: int
    lines: int
    parameters: int


def functions(text: str) -> Iterator[Function]:
    lines = blank(text).splitlines()
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            head = _head(lines, start)
            signature = " ".join(lines[head:start])
            name, parameters = _signature(signature)
            if name:
                yield Function(name, head + 1, number - head + 1, parameters)
            start = None


def _head(lines: list[str], brace: int) -> int:
    """Return the line on which the signature above a brace begins."""
    head = brace
    while head > 0:
        above = lines[head - 1].strip()
        if not above or above.endswith((";", "}", "*/", "\\")) or above.startswith("#"):
            break
        head -= 1
    return head


def _signature(signature: str) -> tuple[str, int]:
    """Return name and number of parameters: those of the last parenthesis group at the top level."""
    depth, commas, opened, name, parameters = 0, 0, 0, "", 0
    for place, character in enumerate(signature):
        if character == "(":
            if depth == 0:
                opened, commas = place, 0
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                inside = signature[opened + 1 : place].strip()
                word = re.search(r"(\w+)\s*$", signature[:opened])
                if word:
                    name = word.group(1)
                    parameters = 0 if inside in ("", "void") else commas + 1
        elif character == "," and depth == 1:
            commas += 1
    return name, parameters
