# SPDX-License-Identifier: MIT
"""Check what a library of ours takes from outside against a committed list.

The list names one symbol a line. A symbol that the library needs and the list lacks is a finding: a new dependency of
the core is a decision, not an accident.
"""

import argparse
import pathlib
import subprocess

import tree

# What compilers put in by themselves: position independence, stack protection, coverage, sanitizers.
COMPILER = ("_GLOBAL_OFFSET_TABLE_", "__stack_chk", "__gcov", "__asan", "__ubsan", "__tsan", "__sanitizer")


def outside(nm: str) -> set[str]:
    """Return what is undefined and not defined by another member, given the output of nm."""
    needed, defined = set(), set()
    for line in nm.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] in ("U", "w", "v"):
            needed.add(words[1])
        elif len(words) == 3:
            defined.add(words[2])
    return {name for name in needed - defined if not name.startswith(COMPILER)}


def check(nm: str, table: str, name: str):
    allowed = {line.split("#")[0].strip() for line in table.splitlines()}
    for symbol in outside(nm) - allowed:
        yield tree.Finding(name, 1, f"{symbol} is needed from outside and not listed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("list", type=pathlib.Path)
    arguments = parser.parse_args()
    output = subprocess.run(["nm", str(arguments.library)], capture_output=True, text=True, check=True)
    tree.finish(check(output.stdout, arguments.list.read_text(), str(arguments.list)))
