#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write docs/shrunk-bugs.md: how near `rehearse shrink` comes to the smallest version that is known of each seeded bug's scenario.

    shrunk.py BUILD WORK             fail if anything is larger than the page says
    shrunk.py BUILD WORK --write     write the page
    shrunk.py BUILD WORK NAME...     print the rows of these bugs
"""

import pathlib
import re
import shutil
import statistics
import sys

import bug as bugs
import catch
import versions

HERE = pathlib.Path(__file__).resolve().parent
PAGE = bugs.ROOT / "docs/shrunk-bugs.md"
NEAREST = (
    ("Without the ", "without a fault"),
    (" come before ", "one pair the other way round"),
    ("been another number", "one number drawn"),
    ("No order holds", "none: every order fails"),
    ("No order that was tried holds", "none: every order that was tried fails"),
    ("No run that differs", "none that near"),
)
ROW = re.compile(r"^\| \[[^]]*\]\(\.\./fault-injection/bugs/([^)]*)\) \| \[[^]]*\]\(\.\./([^)]*)\) \| \d+ \| (\d+) \|", re.MULTILINE)
WHY = {
    "M19-close-stops-no-participants": "alone: that nobody closes shows in no event, so all that had to do with it is kept",
    "M22-a-failed-spawn-leaves-its-record": "alone: as M19",
}


def nearest(output: str) -> str:
    text = " ".join(output.partition("What would have helped")[2].split())
    return next((what for words, what in NEAREST if words in text), "?")


def ratio(events: int, fewest: int) -> float:
    return 1.0 if events == fewest else events / fewest if fewest > 0 else float("inf")


class Row:
    def __init__(self, bug: bugs.Bug, scenario: str, program: pathlib.Path, healthy: pathlib.Path, work: pathlib.Path):
        self.bug, self.scenario, self.fewest = bug, scenario, bug.fewest[scenario]
        small = work / "small.yaml"
        against = catch.shrink(program, scenario, small, "--against", str(healthy))
        if against.returncode != 0:
            raise bugs.Wrong(f"{bug.path.stem}: {against.stdout}{against.stderr}")
        self.events = catch.events_of(against.stdout)
        self.nearest = nearest(against.stdout)
        self.spare = versions.spare(small.read_text(), versions.Oracle(program, work / "a"), versions.Oracle(healthy, work / "b"))
        alone = catch.shrink(program, scenario, small)
        self.alone = catch.events_of(alone.stdout) if alone.returncode == 0 else None
        self.is_itself = alone.returncode == 0 and catch.verdict_without(healthy, small, work)[0] == 0

    @property
    def ratio(self) -> float:
        return ratio(self.events, self.fewest)

    @property
    def ratio_alone(self) -> float | None:
        return ratio(self.alone, self.fewest) if self.is_itself else None

    def text(self) -> str:
        name = f"[{self.bug.path.stem}](../fault-injection/bugs/{self.bug.path.name})"
        where = f"[{pathlib.Path(self.scenario).stem}](../{self.scenario})"
        alone = f"{self.alone} | {self.ratio_alone:.2f}" if self.is_itself else "another failure | -"
        spare = "yes" if not self.spare else "no: " + ", ".join(self.spare)
        return f"| {name} | {where} | {self.fewest} | {self.events} | {self.ratio:.2f} | {alone} | {spare} | {self.nearest} |"


def spread(ratios: list[float]) -> str:
    return f"median {statistics.median(ratios):.2f}, worst {max(ratios):.2f}, {sum(one == 1 for one in ratios)} of {len(ratios)} at 1.00"


def page(rows: list[Row]) -> str:
    head = ["bug", "scenario", "fewest known", "`--against`", "ratio", "alone", "ratio", "1-minimal", "the nearest run that holds"]
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row.nearest] = kinds.get(row.nearest, 0) + 1
    far = [f"- {row.bug.path.stem}: {WHY.get(row.bug.path.stem, '?')}" for row in rows
           if max(row.ratio, row.ratio_alone or 0) > catch.MOST]
    return "\n".join([
        "# How small seeded bugs get", "",
        "Written by `fault-injection/bugs/shrunk.py`. Events are those of the failing run. The fewest that are known come from",
        "`fault-injection/bugs/smallest.py`, which shares nothing with `rehearse shrink`: a wide search through all versions of the",
        "scenario that is done with two programs, one of them without the bug. `--against` is `rehearse shrink --against PROGRAM`,",
        "which has that program, too; alone is `rehearse shrink`, which has not: where a version without the bug fails in the same",
        "way, it may come to \"another failure\". 1-minimal: each entry and each line of the schedule was left out of the result by",
        "itself, and the failure was gone.", "",
        f"With `--against`: {spread([row.ratio for row in rows])}.",
        f"Alone: {spread([row.ratio_alone for row in rows if row.ratio_alone is not None])}; "
        f"{sum(row.ratio_alone is None for row in rows)} become another failure.", "",
        "Above 1.5:", "", *far, "",
        "The nearest run that holds: " + "; ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds, key=lambda one: -kinds[one])) + ".",
        "Where every order fails, the bug asks for no order and for no fault, and there is no such run.", "",
        "| " + " | ".join(head) + " |", "|" + "---|" * len(head), *(row.text() for row in rows)]) + "\n"


def main() -> None:
    build, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    names = [name for name in sys.argv[3:] if name != "--write"]
    rows = []
    try:
        for path in sorted(HERE.glob("*.diff")):
            bug = bugs.read(path)
            if (names and path.stem not in names) or None in bug.fewest.values():
                continue
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            program = bugs.build_program(bug, build, work)
            for scenario in bug.scenarios:
                rows.append(Row(bug, scenario, program, build / "bin/rehearse", work))
                print(rows[-1].text(), flush=True)
    except bugs.Wrong as wrong:
        sys.exit(str(wrong))
    if names:
        return
    text = page(rows)
    if "--write" in sys.argv:
        PAGE.write_text(text)
    said = {row[:2]: int(row[2]) for row in ROW.findall(PAGE.read_text())}
    larger = [row.bug.path.stem for row in rows if row.events > said.get((row.bug.path.name, row.scenario), -1)]
    if larger:
        sys.exit(f"larger than {PAGE} says: {', '.join(larger)}")
    wrong = [row.bug.path.stem for row in rows if row.spare or row.ratio > catch.MOST or "?" in row.nearest]
    if wrong:
        sys.exit("not small, or not told: " + ", ".join(wrong))


if __name__ == "__main__":
    main()
