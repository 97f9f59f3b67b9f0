#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Explorations that are killed at any moment and go on: they find what they would have found. And what is refused.

    checkpoint.py REHEARSE WORK [--long]
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

ORDERS = """scenario: many orders
time: free
actors:
  all: sink
  a: {behaviour: sender, with: {to: <all>, count: %d}}
  b: {behaviour: sender, with: {to: <all>, count: 3}}
  c: {behaviour: sender, with: {to: <all>, count: 3}}
faults: [{crash: a}]
expect: [{alive: all}]
explore: {strategy: %s}
"""
KILLS = 20 if "--long" in sys.argv else 8

wrong = []


def check(what, holds, *more):
    if not holds:
        wrong.append(what)
        print("WRONG:", what, *more)


def kill(process, number):
    time.sleep(random.uniform(0.01, 0.15))
    process.send_signal(number)
    output = process.communicate(timeout=120)[0]
    return process.returncode, output


def start(rehearse, arguments):
    return subprocess.Popen([rehearse, "run", "s.yaml", "--digests", *arguments],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(rehearse, arguments=()):
    process = start(rehearse, arguments)
    output = process.communicate(timeout=300)[0]
    return process.returncode, output


def survive(rehearse, name, text, number, kills):
    """Kill it so often, begin anew when it gets to its end, and compare each end."""
    open("s.yaml", "w").write(text)
    whole = finish(rehearse)
    check(f"{name}: is explored", whole[0] == 0, whole[1])
    killed = resumed = ends = 0
    shutil.rmtree("state", ignore_errors=True)
    os.mkdir("state")
    while killed < kills or ends == 0:
        there = os.path.exists("state/c")
        arguments = ["--checkpoint", "state/c", "--checkpoint-every", "5", "-j", random.choice("123")]
        process = start(rehearse, arguments + (["--resume", "state/c"] if there else []))
        code, output = kill(process, number) if killed < kills else (None, process.communicate(timeout=300)[0])
        code = process.returncode if code is None else code
        resumed += there
        if code in (-number, 128 + number):
            killed += 1
        else:
            ends += 1
            check(f"{name}: finds the same", (code, output) == whole, output, whole[1])
            if os.path.exists("state/c"):
                os.remove("state/c")
    print(f"{name}: killed {killed} times, resumed {resumed} times, {ends} times to the end:", whole[1].splitlines()[0])
    return resumed


def refuse(rehearse):
    open("s.yaml", "w").write(ORDERS % (3, "exhaustive"))
    process = start(rehearse, ["--checkpoint", "c", "--checkpoint-every", "1", "--budget-time", "60ms"])
    process.communicate(timeout=120)
    check("a budget of time leaves a checkpoint and is inconclusive", process.returncode in (0, 6) and os.path.exists("c"))
    good = open("c", "rb").read()
    version = re.search(rb"rehearse-checkpoint\x01[\x60-\x77]([0-9.]+)", good)
    check("a checkpoint says its release", version is not None)
    at = version.start(1)
    cases = [
        ("nothing", b"", "it is empty"),
        ("a cut one", good[:len(good) // 2], "it was cut"),
        ("one without its end", good[:-19], ""),
        ("something else", b"scenario: x\n" * 9, "it is no checkpoint"),
        ("one of another release", good[:at] + b"9" + good[at + 1:], "it was written by another release"),
        ("a changed one", good[:-1] + bytes([good[-1] ^ 1]), "it was changed since it was written"),
        ("one with more behind it", good + good, "behind its end"),
    ]
    for what, data, why in cases:
        open("bad", "wb").write(data)
        code, output = finish(rehearse, ["--resume", "bad"])
        check(f"{what} is refused", code == 2 and "bad: cannot be resumed: " in output and why in output, code, output)
    open("c", "wb").write(good)
    code, output = finish(rehearse, ["--resume", "c", "--strategy", "dpor"])
    check("other strategies are refused", code == 2 and "other strategies" in output, code, output)
    code, output = finish(rehearse, ["--resume", "absent"])
    check("a file that is not there is complained of", code == 2 and "absent: " in output, code, output)
    open("s.yaml", "a").write("# changed\n")
    code, output = finish(rehearse, ["--resume", "c"])
    check("another scenario is refused", code == 2 and "it is of another scenario" in output, code, output)


def main():
    rehearse, work = os.path.abspath(sys.argv[1]), sys.argv[2]
    random.seed(20)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    os.chdir(work)
    resumed = survive(rehearse, "exhaustive", ORDERS % (3, "exhaustive"), signal.SIGKILL, KILLS)
    resumed += survive(rehearse, "random and exhaustive", ORDERS % (2, "[{random: {runs: 999}}, exhaustive]"), signal.SIGKILL, KILLS // 2)
    resumed += survive(rehearse, "dpor", ORDERS % (3, "dpor"), signal.SIGKILL, KILLS // 2)
    resumed += survive(rehearse, "within bounds", ORDERS % (3, "{exhaustive: {bound: {delays: 7}}}"), signal.SIGKILL, KILLS // 4)
    resumed += survive(rehearse, "those that draw", ORDERS % (3, "[uniform, fair, portfolio], runs: 3000"), signal.SIGKILL, KILLS // 4)
    resumed += survive(rehearse, "exhaustive, asked to end", ORDERS % (3, "exhaustive"), signal.SIGTERM, KILLS // 4)
    check("most were resumed", resumed > KILLS // 2, resumed)
    refuse(rehearse)
    sys.exit(1 if wrong else 0)


main()
