#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""See that the seeded bugs are whole: each diff is listed and read, and each checker has one that only it is named for.

    known.py NAME...
"""

import pathlib
import re
import sys

import bug as bugs

HERE = pathlib.Path(__file__).resolve().parent


def checkers() -> set[str]:
    """The families of harness/check, as they name themselves."""
    found = set()
    for path in (bugs.ROOT / "harness/check").glob("*.c"):
        found.update(re.findall(r'^    \.name = "([a-z]+)",$', path.read_text(), re.MULTILINE))
    return found


def main() -> None:
    listed, present = set(sys.argv[1:]), {path.stem for path in HERE.glob("*.diff")}
    wrong = [f"{name}: listed in CMakeLists.txt, but there is no such diff" for name in sorted(listed - present)]
    wrong += [f"{name}: not listed in CMakeLists.txt, so nothing catches it" for name in sorted(present - listed)]
    caught_by = set()
    for name in sorted(present):
        try:
            caught_by.add(bugs.read(HERE / f"{name}.diff").head["Caught by"].partition("/")[0])
        except bugs.Wrong as error:
            wrong.append(str(error))
    wrong += [f"{name}: no seeded bug is caught by this checker" for name in sorted(checkers() - caught_by)]
    print(f"{len(present)} seeded bugs, {len(checkers())} checkers")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
