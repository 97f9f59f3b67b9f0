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
TIMED = """scenario: timers among messages
behaviours:
  late:
    state: {n: 0}
    init: [{timer: {after: 3ms, message: tick}}, {timer: {after: 5ms, message: tock}}]
    on:
      - {timeout: tick, do: [{add: {$n: 10}}]}
      - {timeout: tock, do: [{add: {$n: 100}}]}
      - {message: _, do: [{add: {$n: 1}}, {timer: {after: 2ms, message: tick}}]}
actors:
  all: late
  a: {behaviour: sender, with: {to: <all>, count: 2}}
  b: {behaviour: sender, with: {to: <all>, count: 2}}
  c: {behaviour: sender, with: {to: <all>, count: 1}}
faults: [{crash: all}]
expect: {alive: [b]}
explore: {strategy: dpor}
"""
LONG = "--long" in sys.argv
KILLS = 20 if LONG else 8


def fan_in(n, faults=""):
    """n! classes without faults."""
    senders = "".join(f"  s{i}: {{behaviour: sender, with: {{to: <all>}}}}\n" for i in range(n))
    return f"scenario: fan-in\ntime: free\nactors:\n  all: sink\n{senders}{faults}expect: {{alive: [s0]}}\nexplore: {{strategy: dpor}}\n"


def chain(n):
    """Of n links, any of which may crash: 1 + F(2n) classes."""
    links = "".join(f"  c{i}: {{behaviour: node, link: [c{i - 1}]}}\n" for i in range(1, n))
    crashes = "".join(f"  - {{crash: c{i}, reason: r{i}}}\n" for i in range(n))
    return ("scenario: chain\ntime: free\nbehaviours: {node: {on: [{message: never, do: []}]}}\nactors:\n  z: node\n  c0: node\n"
            f"{links}faults:\n{crashes}expect: {{alive: [z]}}\nexplore: {{strategy: dpor}}\n")


# Classes: how many there are, where arithmetic knows it.
FAMILIES = [
    ("fan-in 8" if LONG else "fan-in 7", fan_in(8 if LONG else 7), 40320 if LONG else 5040),
    ("a chain of links", chain(10), 6766),
    ("faults within a budget", fan_in(6, "faults:\n  budget: 2\n  of: [{crash: all}, {crash: s1}, {drop: all, max: 1}]\n"), 8750),
    ("timers", TIMED, None),
]

wrong = []


def check(what, holds, *more):
    if not holds:
        wrong.append(what)
        print("WRONG:", what, *more)


def kill(process, number, within):
    time.sleep(random.uniform(0.01, within))
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


def survive(rehearse, name, text, number, kills, within=0.15, classes=None):
    """Kill it so often, begin anew when it gets to its end, and compare each end."""
    open("s.yaml", "w").write(text)
    begin = time.monotonic()
    whole = finish(rehearse)
    within = within or 0.9 * (time.monotonic() - begin)
    check(f"{name}: is explored", whole[0] == 0, whole[1])
    check(f"{name}: is counted", classes is None or f"proved, {classes} runs" in whole[1], whole[1])
    killed = resumed = ends = 0
    shutil.rmtree("state", ignore_errors=True)
    os.mkdir("state")
    while killed < kills or ends == 0:
        there = os.path.exists("state/c")
        arguments = ["--checkpoint", "state/c", "--checkpoint-every", "5", "-j", random.choice("123")]
        process = start(rehearse, arguments + (["--resume", "state/c"] if there else []))
        code, output = kill(process, number, within) if killed < kills else (None, process.communicate(timeout=300)[0])
        code = process.returncode if code is None else code
        resumed += there
        if code in (-number, 128 + number):
            killed += 1
            check(f"{name}: says how to go on", code < 0 or "interrupted; the same command with --resume state/c goes on" in output,
                  output)
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
    version = re.search(rb"rehearse-checkpoint[\x01-\x17][\x60-\x77]([0-9.]+)", good)
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
        check(f"{what} was not played", "passed" not in output, output)
    open("c", "wb").write(good)
    code, output = finish(rehearse, ["--resume", "c", "--strategy", "dpor"])
    check("other strategies are refused", code == 2 and "other strategies" in output, code, output)
    code, output = finish(rehearse, ["--resume", "absent"])
    check("a file that is not there is complained of", code == 2 and "absent: " in output, code, output)
    for option in ("--checkpoint", "--trace"):
        code, output = finish(rehearse, ["--resume", "c", option, "s.yaml/there"])
        check(f"where nothing can be written is refused for {option}", code == 2 and "s.yaml/there: " in output, code, output)
        code, output = finish(rehearse, ["--resume", "c", option, "there"])
        check(f"{option} writes", code in (0, 6) and os.path.getsize("there") > 0, code, output)
        os.remove("there")
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
    for name, text, classes in FAMILIES:
        resumed += survive(rehearse, name, text, signal.SIGKILL, 25 if LONG else 3, None, classes)
    resumed += survive(rehearse, "within bounds", ORDERS % (3, "{exhaustive: {bound: {delays: 7}}}"), signal.SIGKILL, KILLS // 4)
    resumed += survive(rehearse, "those that draw", ORDERS % (3, "[uniform, fair, portfolio], runs: 3000"), signal.SIGKILL, KILLS // 4)
    resumed += survive(rehearse, "exhaustive, asked to end", ORDERS % (3, "exhaustive"), signal.SIGTERM, KILLS // 4)
    check("most were resumed", resumed > KILLS // 2, resumed)
    refuse(rehearse)
    sys.exit(1 if wrong else 0)


main()
