#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build the program with a seeded bug in it, and see that its scenarios catch it, by the checker that its head names.

What fails is made small, too: it must hold without the bug, or it tells of something else; nothing single can be left out of
it; and it fails after hardly more events than the smallest version that is known.

    catch.py BUILD WORK BUG.diff
"""

import pathlib
import re
import shutil
import subprocess
import sys

import bug as bugs
import versions

SECONDS = 100
PROCESSES = 40
MOST = 1.5  # times the fewest events that are known


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


def shrink(program: pathlib.Path, scenario: str, small: pathlib.Path, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run([program, "shrink", "--no-color", *options, "--output", small, scenario], cwd=bugs.ROOT,
                          capture_output=True, text=True, errors="replace", timeout=SECONDS)


def events_of(output: str) -> int:
    match = re.search(r"' in (\d+) of \d+ steps", output)
    if not match:
        raise bugs.Wrong(f"does not say how many steps are left:\n{output}")
    return int(match[1])


def verdict_without(healthy: pathlib.Path, small: pathlib.Path, work: pathlib.Path) -> tuple[int, str]:
    """Does it hold without the bug? Then a run may leave the schedule."""
    text = small.read_text()
    copy = work / "without.yaml"
    copy.write_text(text + ("allow_vacuous: the bug is not there\n" if "\nschedule:" in text else ""))
    return verdict(healthy, str(copy), work)


def check_small(bug: bugs.Bug, program: pathlib.Path, healthy: pathlib.Path, scenario: str, work: pathlib.Path) -> None:
    fewest = bug.fewest[scenario]
    if fewest is None:
        return
    small = work / "small.yaml"
    done = shrink(program, scenario, small, "--against", str(healthy))
    if done.returncode != 0:
        raise bugs.Wrong(f"{scenario} does not get smaller:\n{done.stdout}{done.stderr}")
    code, output = verdict_without(healthy, small, work)
    if code != 0:
        raise bugs.Wrong(f"made small, {scenario} fails without the bug:\n{output}\n{small.read_text()}")
    events = events_of(done.stdout)
    if events > MOST * fewest or events < fewest:
        raise bugs.Wrong(f"made small, {scenario} fails after {events} events; the fewest that are known are {fewest}:\n"
                         f"{small.read_text()}")
    spare = versions.spare(small.read_text(), versions.Oracle(program, work / "here"), versions.Oracle(healthy, work / "there"))
    if spare:
        raise bugs.Wrong(f"made small, {scenario} still fails without {', '.join(spare)}:\n{small.read_text()}")
    print(f"made small, it fails after {events} events, and known is {fewest}; nothing single can be left out")


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
