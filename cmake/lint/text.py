# SPDX-License-Identifier: MIT
"""Check the plain text: white space, line ends, the licence line, the width of C, nothing left for later."""

import re

import tree

TEXT = (".c", ".h", ".cpp", ".py", ".sh", ".cmake", ".txt", ".md", ".json", ".yaml", ".yml")
LICENSED = (".c", ".h", ".cpp", ".py", ".sh", ".cmake", "CMakeLists.txt")
# Recorded bytes stay as they were recorded.
RECORDED = re.compile(r"(^|/)(golden|corpus|recorded)/")
# Code is held to 100 by clang-format; prose in comments may run on a little.
COLUMNS = 128
# In pieces, or this file would be its own finding.
LATER = re.compile(r"\b(" + "|".join(("FIX" "ME", "X" "XX", "HA" "CK", "TO" "DO")) + r")\b")


def check(files: tree.Tree):
    for path in files.paths:
        name = path.rpartition("/")[2]
        script = "." not in name and files.read(path).startswith("#!")
        if RECORDED.search(path) or not (path.endswith(TEXT) or script):
            continue
        text = files.read(path)
        if (path.endswith(LICENSED) or script) and "SPDX-License-Identifier: MIT" not in "\n".join(
            text.splitlines()[:3]
        ):
            yield tree.Finding(path, 1, "no SPDX-License-Identifier: MIT in the first lines")
        if text and not text.endswith("\n"):
            yield tree.Finding(path, text.count("\n") + 1, "the last line does not end")
        yield from _lines(path, text)


def _lines(path: str, text: str):
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield tree.Finding(path, number, "white space at the end of the line")
        if "\t" in line:
            yield tree.Finding(path, number, "a tab")
        if path.endswith((".c", ".h")) and len(line) > COLUMNS:
            yield tree.Finding(path, number, f"{len(line)} columns")
        later = LATER.search(line)
        if later:
            yield tree.Finding(path, number, f"{later.group()}: do it or write an issue")


if __name__ == "__main__":
    tree.main(check)
