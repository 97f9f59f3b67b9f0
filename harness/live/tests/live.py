#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scenarios on real processes.

live.py PROGRAM SOURCE list [--write]  scenarios/live.txt says what the program says; or let it
live.py PROGRAM SOURCE play N [K M]    each that is listed as played, N times; the K-th of M parts
live.py PROGRAM SOURCE ends            whatever ends a run, no process is left
live.py PROGRAM SOURCE inclusion N JOURNAL [K M]
    each of all that can be played and are not astray, N times: how many outcomes were inside the explored set. Where that is not complete, a run
    that the simulator goes along with, to the same outcome, is inside: it is a run of the simulator's. A line of JOURNAL each;
    what it already has with N runs or more is not played again, so that this can be stopped and gone on with.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

LIST = "scenarios/live.txt"


def listed(source):
    """What is played by the tests, and what could be but takes long, or goes astray."""
    played, large = [], []
    for line in (source / LIST).read_text().splitlines():
        if line.startswith("- "):
            large.append(line.split()[-1])
        elif line and not line.startswith("#"):
            played.append(line)
    return played, large


def astray(source):
    """What the simulator is known not to go along with: no runs of that tell anything new."""
    return {line.split()[-1] for line in (source / LIST).read_text().splitlines() if line.startswith("- astray ")}


def check_list(program, source):
    played, large = listed(source)
    said = subprocess.run([program, "list", "--live"], cwd=source, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.splitlines()
    if "--write" in sys.argv:
        lines = [line for line in (source / LIST).read_text().splitlines()
                 if line.startswith("#") or line.split()[-1] in said]
        lines += [f"- unmeasured {path}" for path in said if path not in played + large]
        (source / LIST).write_text("\n".join(lines) + "\n")
        return []
    flaws = [f"{path}: can be played, but is not in {LIST}" for path in said if path not in played + large]
    flaws += [f"{path}: is in {LIST}, but cannot be played" for path in played + large if path not in said]
    if len(set(played + large)) != len(played + large):
        flaws.append(f"{LIST}: something is there twice")
    if len(played) < 30:
        flaws.append(f"{LIST}: {len(played)} are played, which is less than 30")
    if flaws:
        flaws.append("harness/live/tests/live.py PROGRAM SOURCE list --write mends the list")
    return flaws


def nodes_of(program):
    """Processes that are nodes of live runs of this program."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if len(words) > 1 and words[1] == b"live-node" and \
                os.path.basename(words[0].decode()) == os.path.basename(program):
            found.append(int(entry.name))
    return found


def play(program, source, runs, part, parts):
    played, _ = listed(source)
    flaws = []
    with tempfile.TemporaryDirectory() as traces:
        for path in played[part::parts]:
            done = subprocess.run([program, "run", "--live", "-n", str(runs), "--trace-dir", traces, path],
                                  cwd=source, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            print(done.stdout.split("\n", 1)[0])
            if done.returncode != 0:
                flaws.append(f"{path}: exit code {done.returncode}\n{done.stdout}")
    return flaws


def accepts(program, source):
    """The trace of a live run is one that replay goes along with."""
    flaws = []
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "live.trace")
        for path in listed(source)[0]:
            if not path.startswith(("scenarios/remote/", "scenarios/faults/")):
                continue
            for command in (["run", "--live", "-n", "2", "--trace", trace, path], ["replay", trace]):
                done = subprocess.run([program, *command], cwd=source, text=True, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
                if done.returncode != 0:
                    flaws.append(f"{path}: {command[0]}: exit code {done.returncode}\n{done.stdout}")
                    break
    return flaws


def include(program, source, path, runs):
    """One scenario's runs: inside the explored set, outside, and unknown. A failure ends a command, not the rest."""
    tally = {"path": path, "runs": 0, "inside": 0, "along": 0, "outside": 0, "unknown": 0, "why": ""}
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.jsonl")
        while tally["runs"] < runs:
            subprocess.run([program, "run", "--live", "-n", str(runs - tally["runs"]), "--seed", str(1 + tally["runs"]),
                            "--trace-dir", folder, "--report", "jsonl=" + report, path], cwd=source, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            case = json.loads(pathlib.Path(report).read_text().splitlines()[0])
            played = case["runs"]
            if case["verdict"] == "passed":
                tally["inside"] += played
            elif case["verdict"] == "failed" and played > 0:
                tally["inside"] += played - 1
                tally["outside"] += 1
                tally["why"] = f"{case['violation']['invariant']}: {case['violation']['observed']}"
            elif case["verdict"] == "unknown" and played > 0:
                along = int(re.search(r"went along with (\d+) of", case["details"]).group(1))
                tally["inside"] += along
                tally["along"] += along
                tally["unknown"] += played - along
                tally["why"] = case["details"] if along < played else ""
            else:
                tally["why"] = case["details"]
                break
            tally["runs"] += played
    tally["seconds"] = round(time.monotonic() - begun, 1)
    return tally


def inclusion(program, source, runs, journal, part, parts):
    """All of them; a line each, and the sum. What was outside, or could not be played, is a flaw."""
    journal = pathlib.Path(journal)
    done = {}
    if journal.exists():
        for line in journal.read_text().splitlines():
            tally = json.loads(line)
            done[tally["path"]] = tally
    tallies = []
    known = astray(source)
    for path in [path for path in sum(listed(source), []) if path not in known][part::parts]:
        tally = done.get(path)
        if tally is None or tally["runs"] < runs:
            tally = include(program, source, path, runs)
            with journal.open("a") as file:
                file.write(json.dumps(tally) + "\n")
        tallies.append(tally)
        print(f"{tally['inside']:5} inside ({tally['along']:4} gone along with) {tally['outside']:5} outside "
              f"{tally['unknown']:5} unknown "
              f"{tally['seconds']:6} s  {path}  {tally['why']}", flush=True)
    words = ("runs", "inside", "along", "outside", "unknown")
    print(f"{len(tallies)} scenarios: " + ", ".join(f"{sum(tally[word] for tally in tallies)} {word}" for word in words) +
          f"; {sum(tally['seconds'] for tally in tallies):.0f} s")
    return [f"{tally['path']}: {tally['inside']} of {runs} runs inside: {tally['why']}"
            for tally in tallies if tally["inside"] < runs]


def session(process):
    """The nodes that this run has started: its children."""
    found = []
    for pid in nodes_of(process.args[0]):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        if f"\nPPid:\t{process.pid}\n" in status:
            found.append(pid)
    return found


def is_there(pid):
    try:
        return b"live-node" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def folders():
    return set(pathlib.Path("/tmp").glob("rehearse-live-??????"))


def check_ends(program, source):
    """Interrupted or killed in the middle, a run takes its nodes along; and what a killed one leaves, the next one removes."""
    flaws = []
    path = next(path for path in listed(source)[0] if path.startswith("scenarios/remote/"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        before = folders()
        process = subprocess.Popen([program, "run", "--live", "-n", "100000", path], cwd=source,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        nodes, tries = [], 0
        while not nodes and tries < 3000 and process.poll() is None:
            nodes = session(process)
            tries += 1
            time.sleep(0.005)
        own = folders() - before  # of others, too, who play at the same time: theirs go by themselves
        process.send_signal(number)
        process.wait(30)
        if number == signal.SIGKILL:
            subprocess.run([program, "run", "--live", path], cwd=source, stdout=subprocess.DEVNULL, check=False)
        left, tries = nodes, 0
        while left and tries < 2000:
            left = [pid for pid in left if is_there(pid)]
            tries += 1
            time.sleep(0.005)
        if not nodes:
            flaws.append(f"{number.name}: no node was ever seen")
        if left:
            flaws.append(f"{number.name}: nodes are left: {left}")
        tries = 0
        while own & folders() and tries < 2000:
            tries += 1
            time.sleep(0.005)
        if own & folders():
            flaws.append(f"{number.name}: folders are left: {own & folders()}")
    return flaws


def main():
    program, source, what = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    if what == "list":
        flaws = check_list(program, source)
    elif what == "play":
        part, parts = (int(sys.argv[5]), int(sys.argv[6])) if len(sys.argv) > 5 else (0, 1)
        flaws = play(program, source, int(sys.argv[4]), part, parts)
    elif what == "inclusion":
        part, parts = (int(sys.argv[6]), int(sys.argv[7])) if len(sys.argv) > 7 else (0, 1)
        flaws = inclusion(program, source, int(sys.argv[4]), sys.argv[5], part, parts)
    elif what == "accepts":
        flaws = accepts(program, source)
    else:
        flaws = check_ends(program, source)
    for flaw in flaws:
        print(flaw)
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
