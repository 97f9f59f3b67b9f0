#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Play all scenarios, as a user does, and hold what they covered against what README.md says of it.

    suite.py PROGRAM WORK            fail as the suite does, or if the page says something else than is true
    suite.py PROGRAM WORK --write    put the figures into the page

What is covered may have changed a little since somebody wrote it down; what could be, and what cannot, is exact: nothing may
happen of which the tables say that it cannot.
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "README.md")
ROWS = {"messages": "message", "transitions": "transition", "pairs": "pair", "faults": "fault", "invariants": "invariant"}
ROW = re.compile(r"^\| (%s)\b([^|]*)\| (\d+) \| (\d+) \|$" % "|".join(ROWS), re.M)
SLACK = 0.03


def problems(page, families):
    rows = ROW.findall(page)
    if sorted(row[0] for row in rows) != sorted(ROWS):
        yield "README.md has no table of what is covered: %s" % [row[0] for row in rows]
    for name, _, covered, possible in rows:
        family = families[ROWS[name]]
        if int(possible) != family["possible"]:
            yield "README.md: %s could be, not %s %s" % (family["possible"], possible, name)
        if abs(family["covered"] - int(covered)) > int(covered) * SLACK + 1:
            yield "README.md: %s %s are covered, not %s" % (family["covered"], name, covered)
    for name, family in families.items():
        if family["absurd"]:
            seen = {item["key"] for item in family["items"] if item["covered"]}
            yield "%s: it is said that this cannot happen: %s" % (
                name, ", ".join(one["key"] for one in family["impossible"] if one["key"] in seen))


def main():
    program, work = sys.argv[1:3]
    os.makedirs(work, exist_ok=True)
    report = os.path.join(work, "coverage.json")
    done = subprocess.run([program, "run", "--no-color", "--trace-dir", work, "--report", "coverage-json=" + report,
                           "scenarios"], cwd=ROOT, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    with open(report, encoding="utf-8") as file:
        families = json.load(file)["families"]
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    if "--write" in sys.argv:
        def fill(match):
            family = families[ROWS[match[1]]]
            return "| %s%s| %d | %d |" % (match[1], match[2], family["covered"], family["possible"])
        page = ROW.sub(fill, page)
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page)
    found = list(problems(page, families))
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
