#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build the program with a seeded bug in it, and see that its scenarios catch it, by the checker that its head names.

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


def verdict(program: pathlib.Path, scenario: str, work: pathlib.Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [program, "run", "--no-color", *options, "--trace-dir", work / "traces", scenario],
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
    except bugs.Wrong as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    main()
