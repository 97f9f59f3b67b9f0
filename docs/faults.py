#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold docs/faults.md against the catalogue: its table is what `rehearse help faults` says, each F1 to F30 has a row, what a
row names is there, its scenarios have the kinds that it names, and some scenario has each kind.

    faults.py PROGRAM            fail if something differs
    faults.py PROGRAM --write    write the table anew
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "faults.md")
BEGIN, END = "<!-- catalogue -->\n", "<!-- end of catalogue -->\n"


def catalogue(program):
    """[(word, family, may, may never, promised)]"""
    text = subprocess.run([program, "help", "faults", "--no-color"], stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = []
    for block in text.strip().split("\n\n")[1:]:
        head, *lines = block.split("\n")
        word, family = re.fullmatch(r"(\w+) \((.*)\)", head).groups()
        told = re.sub(r"\n {26}", " ", "\n".join(lines)).split("\n")
        rows.append((word, family, *(line[26:].strip() for line in told)))
    return rows


def table(rows):
    lines = ["| kind | may | may never | promised under it |", "|---|---|---|---|"]
    lines += [f"| `{word}` | {may} | {never} | {promised} |" for word, _, may, never, promised in rows]
    return "\n".join(lines) + "\n"


def uses(scenario, word):
    """Does a scenario have this kind, as a fault or as a step?"""
    with open(scenario, encoding="utf-8") as file:
        return re.search(rf"^\s*- (?:\{{ ?)?{word}:", file.read(), re.M) is not None


def flaws(page, rows):
    words = {row[0] for row in rows}
    listed = re.findall(r"^\| F(\d+) \|.*\| (.*) \| (.*) \|$", page, re.M)
    if [int(number) for number, _, _ in listed] != list(range(1, 31)):
        yield "F1 to F30 are not listed once each, in order"
    for number, devices, links in listed:
        scenarios = [os.path.join(ROOT, "docs", link) for link in re.findall(r"\]\(([^)]*)\)", links)]
        missing = [scenario for scenario in scenarios if not os.path.exists(scenario)]
        yield from (f"F{number}: there is no {scenario}" for scenario in missing)
        if not scenarios:
            yield f"F{number}: no scenario uses it"
        for device in re.findall(r"`([^`]*)`", devices):
            is_file = "/" in device and os.path.exists(os.path.join(ROOT, device))
            if device in words and not missing and not any(uses(scenario, device) for scenario in scenarios):
                yield f"F{number}: none of its scenarios has {device}"
            if device not in words and not is_file and not re.fullmatch(r"[\w ]+: ?.*|rh_\w+", device):
                yield f"F{number}: '{device}' is neither a kind nor a file nor a key"
    everything = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(ROOT, "scenarios"))
                  for name in names if name.endswith(".yaml")]
    yield from (f"no scenario has {word}" for word in sorted(words) if not any(uses(path, word) for path in everything))


def main(arguments):
    program, *rest = arguments
    rows = catalogue(program)
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    before, middle = page.split(BEGIN)
    old, after = middle.split(END)
    found = list(flaws(page, rows))
    if rest == ["--write"]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + table(rows) + END + after)
    elif old != table(rows):
        found.append("the table is not what 'rehearse help faults' says: run docs/faults.py PROGRAM --write")
    for flaw in found:
        print(f"docs/faults.md: {flaw}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
