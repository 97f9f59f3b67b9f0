#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build the program with a seeded bug in it, and see that its scenarios catch it, by the checker that its head names.

What fails is made small, too: the smallest scenario must hold without the bug, or it tells of something else.

    catch.py BUILD WORK BUG.diff
"""

import pathlib
import re
import shutil
import subprocess
import sys

import bug as bugs

SECONDS = 100
PROCESSES = 40
# Bugs whose failure does not get smaller as itself, and why.
NOT_SHRUNK = {
    "M16-commands-are-carried-out-again": "a run of it cannot be played again",
    "M25-a-callback-is-awaited-for-ever": "without the time-out that the bug ignores, its absence is no bug",
    "who-waits-for-the-dead-waits-for-ever": "without whoever dies, who waits for nobody waits for ever, too",
}


def verdict(program: pathlib.Path, scenario: str, work: pathlib.Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [program, "run", "--no-color", "--no-shrink", *options, "--trace-dir", work / "traces", scenario],
        cwd=bugs.ROOT, capture_output=True, text=True, errors="replace", timeout=SECONDS)
    return done.returncode, done.stdout + done.stderr


def are_digests_equal(program: pathlib.Path, scenario: str, work: pathlib.Path) -> bool:
    """Do several processes, each with other addresses, say the same?"""
    first = verdict(program, scenario, work, "--digests")
    return all(verdict(program, scenario, work, "--digests") == first for _ in range(PROCESSES - 1))


def is_caught(bug: bugs.Bug, program: pathlib.Path, scenario: str, work: pathlib.Path) -> tuple[bool, str]:
    wanted = bug.head["Caught by"]
    if wanted == "digests":
        return not are_digests_equal(program, scenario, work), "all digests are equal"
    code, output = verdict(program, scenario, work)
    violated = re.findall(r"error: invariant '([^']+)' violated", output)
    named = any(name == wanted or name.startswith(wanted + "/") for name in violated)
    return code == 1 and named, f"exit code {code}:\n{output}"


def check_small(bug: bugs.Bug, program: pathlib.Path, healthy: pathlib.Path, scenario: str, work: pathlib.Path) -> None:
    if bug.path.stem in NOT_SHRUNK or bug.head["Caught by"] == "digests":
        return
    small = work / "small.yaml"
    done = subprocess.run([program, "shrink", "--no-color", "--output", small, scenario], cwd=bugs.ROOT,
                          capture_output=True, text=True, errors="replace", timeout=SECONDS)
    if done.returncode != 0:
        raise bugs.Wrong(f"{scenario} does not get smaller:\n{done.stdout}{done.stderr}")
    code, output = verdict(healthy, str(small), work)
    if code != 0:
        raise bugs.Wrong(f"made small, {scenario} fails without the bug:\n{output}\n{small.read_text()}")
    print(done.stdout.partition("\n")[0])


def main() -> None:
    build, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        bug = bugs.read(pathlib.Path(sys.argv[3]).resolve())
        program = bugs.build_program(bug, build, work)
        for scenario in bug.scenarios:
            code, output = verdict(build / "bin/rehearse", scenario, work)
            if code != 0:
                raise bugs.Wrong(f"{scenario} fails without the bug:\n{output}")
            caught, why_not = is_caught(bug, program, scenario, work)
            if not caught:
                raise bugs.Wrong(f"{scenario} does not catch {bug.path.name} by {bug.head['Caught by']}: {why_not}")
            print(f"{scenario} catches it, by {bug.head['Caught by']}")
            check_small(bug, program, build / "bin/rehearse", scenario, work)
    except bugs.Wrong as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    main()
