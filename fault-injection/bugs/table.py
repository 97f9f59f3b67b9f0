#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write docs/seeded-bugs.md: in which run each strategy first sees each seeded bug; the median over seeds where runs are drawn.

    table.py BUILD WORK [NAME...]    with names: the rows of these bugs; the others stay as they are
"""

import pathlib
import re
import statistics
import subprocess
import sys

import bug as bugs

HERE = pathlib.Path(__file__).resolve().parent
PAGE = bugs.ROOT / "docs/seeded-bugs.md"
DRAWN = ("random", "uniform", "pct", "pos")
COMPLETE = ("exhaustive", "dpor")
SEEDS = 20
RUNS = 1000
SECONDS = 20
NOT_SEEN = float("inf")


def first_seen(program: pathlib.Path, scenario: str, strategy: str, work: pathlib.Path, *options: str) -> float:
    """The number of the run that fails; infinite if none of RUNS does, or none within SECONDS."""
    command = [program, "run", "--no-color", "-s", strategy, *options, "--trace-dir", work / "traces", scenario]
    try:
        done = subprocess.run(command, cwd=bugs.ROOT, capture_output=True, text=True, errors="replace", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return NOT_SEEN
    match = re.search(r"^FAIL +\S+ +failed, ([\d,]+) runs?", done.stdout, re.MULTILINE)
    return int(match[1].replace(",", "")) if match else NOT_SEEN


def median_seen(program: pathlib.Path, scenario: str, strategy: str, work: pathlib.Path) -> float:
    return statistics.median_high(
        first_seen(program, scenario, strategy, work, "--seed", str(1 + 1000003 * i), "-n", str(RUNS)) for i in range(SEEDS))


def cell(count: float) -> str:
    return "-" if count == NOT_SEEN else f"{count:,.0f}"


def row(bug: bugs.Bug, program: pathlib.Path, work: pathlib.Path) -> str:
    """A line of the table. Where dpor sees nothing the bug says why, and nowhere else."""
    scenario = bug.scenarios[0]
    cells = [cell(first_seen(program, scenario, "fifo", work))]
    cells += [cell(median_seen(program, scenario, strategy, work)) for strategy in DRAWN]
    cells += [cell(first_seen(program, scenario, strategy, work)) for strategy in COMPLETE]
    if (cells[-1] == cell(NOT_SEEN)) != (bugs.UNSEEN in bug.head):
        raise bugs.Wrong(f"{bug.path}: dpor: {cells[-1]}; '{bugs.UNSEEN}': {bug.head.get(bugs.UNSEEN, 'no such field')}")
    name = f"[{bug.path.stem}](../fault-injection/bugs/{bug.path.name})"
    where = f"[{pathlib.Path(scenario).stem}](../{scenario})"
    return f"| {name} | {where} | {bug.head['Caught by']} | {' | '.join(cells)} |"


def written() -> dict[str, str]:
    """The rows of the page, by the names of their bugs."""
    rows = (re.match(r"\| \[([^]]+)\]\(\.\./fault-injection", line) for line in PAGE.read_text().splitlines())
    return {match[1]: match.string for match in rows if match}


def main() -> None:
    build, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    rows, unseen, names, before = [], [], sys.argv[3:], written()
    work.mkdir(parents=True, exist_ok=True)
    for path in sorted(HERE.glob("*.diff")):
        bug = bugs.read(path)
        if bug.head["Caught by"] == "digests":
            continue
        if names and path.stem not in names and path.stem in before:
            rows.append(before[path.stem])
        else:
            rows.append(row(bug, bugs.build_program(bug, build, work), work))
            print(rows[-1], flush=True)
        unseen += [f"- {path.stem}: {bug.head[bugs.UNSEEN]}."] if bugs.UNSEEN in bug.head else []
    head = ["bug", "scenario", "caught by", "fifo", *DRAWN, *COMPLETE]
    PAGE.write_text("\n".join([
        "# When seeded bugs are seen", "",
        "Written by `fault-injection/bugs/table.py`. The number is that of the first run that fails: for strategies that draw, the",
        f"median over {SEEDS} seeds of at most {RUNS:,} runs. `-`: not seen in those, or not within {SECONDS} seconds. Faults of a scenario",
        "are among what is drawn.", "",
        "| " + " | ".join(head) + " |", "|" + "---|" * len(head), *rows, "",
        "What dpor does not see, and why:", "", *unseen]) + "\n")


if __name__ == "__main__":
    main()
