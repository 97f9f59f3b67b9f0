#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sum up a tracefile of lcov by folder; with --write, put the percentages into the table of README.md.

    summary.py PROJECT.info ROOT [--write]
"""
import os
import re
import sys

FOLDERS = ("core", "harness", "fault-injection", "reports")
KINDS = (("lines", "L"), ("branches", "BR"), ("functions", "FN"))


def place(key, rest):
    """What a line of a tracefile counts: (kind, where, how often), or None."""
    fields = rest.split(",")
    if key == "DA":
        return "L", fields[0], int(fields[1])
    if key == "BRDA":
        return "BR", tuple(fields[:3]), 0 if fields[3] == "-" else int(fields[3])
    return ("FN", fields[1], int(fields[0])) if key == "FNDA" else None


def sums(path, root):
    """Return {folder: {"LF": found, "LH": hit ...}}. A file stands there once for each test name: it is counted once."""
    counts = {}
    name = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, _, rest = line.strip().partition(":")
            if key == "SF":
                name = os.path.relpath(rest, root)
            found = place(key, rest)
            if found is not None:
                where = (name, found[0], found[1])
                counts[where] = counts.get(where, 0) + found[2]
    found = {folder: {} for folder in FOLDERS}
    for (name, kind, _), count in counts.items():
        folder = found.get(name.split("/")[0])
        if folder is not None:
            folder[kind + "F"] = folder.get(kind + "F", 0) + 1
            folder[kind + "H"] = folder.get(kind + "H", 0) + (count > 0)
    return found


def percent(counts, kind):
    of = counts.get(kind + "F", 0)
    return 100.0 * counts.get(kind + "H", 0) / of if of else 100.0


def main():
    found = sums(sys.argv[1], sys.argv[2])
    for folder, counts in found.items():
        print("%-16s %s" % (folder, "   ".join("%s %5d of %5d (%5.1f%%)" % (
            word, counts.get(kind + "H", 0), counts.get(kind + "F", 0), percent(counts, kind)) for word, kind in KINDS)))
    if "--write" in sys.argv:
        page = os.path.join(sys.argv[2], "README.md")
        with open(page, encoding="utf-8") as file:
            text = file.read()
        for folder, counts in found.items():
            text = re.sub(r"^\| `%s` \|[\d. |]*$" % folder, "| `%s` | %s |" % (folder, " | ".join(
                "%.1f" % percent(counts, kind) for _, kind in KINDS)), text, flags=re.M)
        with open(page, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
