#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the program says, to the byte: each file of golden/ holds commands and what came of them.

    golden.py PROGRAM ODD WORK            play all commands of all files, compare
    golden.py PROGRAM ODD WORK --write    write the files anew; review the diff

A command is a line `$ [NAME=VALUE...] rehearse ARGUMENT...` (or `odd`, the program of odd.c); what follows is stdout and
stderr as they came, and `= N`, the exit code if it is not 0. Commands of one file share a folder with words.yaml, with the files
of SCENARIOS, and with MADE, which are cut and edited copies of a trace.
"""
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
SCENARIOS = {
    "good.yaml": "scenario: one message\n"
                 "about: as small as can be\n"
                 "covers: [P1, P2]\n"
                 "actors:\n  b: sink\n  a: {behaviour: sender, with: {to: <b>}}\n",
    "bad.yaml": "scenario: nobody exits\n"
                "actors:\n  b: sink\n  a: {behaviour: sender, with: {to: <b>}}\n"
                "expect:\n  - dead: {b: boom}\n",
    "later.yml": "scenario: not yet\nskip: waits for spring\nactors: {a: sink}\n",
    "race.yaml": "scenario: two messages race\n"
                 "actors:\n  c: sink\n  a: {behaviour: sender, with: {to: <c>, message: 1}}\n"
                 "  b: {behaviour: sender, with: {to: <c>, message: 2}}\n"
                 "expect: [{received: {c: [[message, <a>, 1], [message, <b>, 2]]}}]\n"
                 "explore: {strategy: random, runs: 20}\n",
    "bound.yaml": "scenario: more orders than may be tried\n"
                  "actors:\n  c: sink\n  a: {behaviour: sender, with: {to: <c>}}\n"
                  "  b: {behaviour: sender, with: {to: <c>}}\n"
                  "explore: {strategy: exhaustive, budget: {runs: 1}}\n",
    "vacuous.yaml": "scenario: a fault that never strikes\nactors: {a: sink}\n"
                    "faults: [{crash: a, when: {receives: never}}]\nexplore: {strategy: fifo}\n",
    "lost.yaml": "scenario: a notice that comes too late is not counted\n"
                 "about: The watcher stops watching and goes on waiting.\n"
                 "behaviours:\n"
                 "  watcher:\n"
                 "    state: {m: null, heard: 0, level: 3}\n"
                 "    init: [{monitor: {target: <target>, as: $m}}, {send: {to: <other>, message: hello}}]\n"
                 "    on:\n"
                 "      - down: _\n"
                 "        do: {add: {$heard: 1}}\n"
                 "      - user: go\n"
                 "        do: {demonitor: {ref: $m, flush: true}}\n"
                 "actors:\n"
                 "  target: {behaviour: sink, script: [{send: {to: other, message: [bye, 1]}}, done]}\n"
                 "  watcher: {behaviour: watcher}\n"
                 "  other: {behaviour: echo, trap: true}\n"
                 "  more: {behaviour: sink, script: [{send: {to: other, message: x}}, {link: other}]}\n"
                 "steps:\n"
                 "  - input: {to: watcher, message: go}\n"
                 "faults: [{crash: more}]\n"
                 "expect:\n"
                 "  - state: {watcher: {$heard: 1}}\n"
                 "  - alive: [watcher, other]\n"
                 "explore: {strategy: random, runs: 20, seed: 3}\n",
    "crash.yaml": "scenario: a job is lost with its worker\n"
                  "behaviours:\n"
                  "  boss:\n"
                  "    state: {done: 0}\n"
                  "    init: [{send: {to: <hand>, message: [job, 1]}}, {send: {to: <hand>, message: [job, 2]}}]\n"
                  "    on:\n"
                  "      - message: [result, _]\n"
                  "        do: {add: {$done: 1}}\n"
                  "actors: {hand: worker, boss: boss}\n"
                  "faults: [{kill: hand}]\n"
                  "expect: [{state: {boss: {$done: 2}}}]\n"
                  "explore: {strategy: dpor}\n",
    "astray.yaml": "scenario: nobody says what the schedule waits for\n"
                   "actors:\n  c: sink\n  a: {behaviour: sender, with: {to: <c>, message: 1}}\n"
                   "expect: {alive: c}\n"
                   "schedule:\n  - a -> c: 1\n  - a -> c: 2\n",
    "apart.yaml": "scenario: somebody watches an actor on another node\nnodes: [here, there]\n"
                  "pipes: [{between: [here, there], connected: true}]\n"
                  "actors:\n  w: {behaviour: sink, node: here, monitor: <s>}\n  s: {behaviour: sink, node: there}\n"
                  "expect: [{alive: [w]}]\nexplore: {strategy: fifo}\n",
    "broken.yaml": "scenaro: x\n",
    "short.yaml": "scenario: a strategy and nothing else\nactors: {a: sink}\nexpect: {alive: a}\nexplore: fifo\n",
    "unset.yaml": "scenario: a sum that nobody adds to\n"
                  "behaviours:\n  sum: {on: [{message: [book, $n], do: {set: {$sum: $n}}}]}\n"
                  "actors: {s: sum}\n"
                  "expect: [{state: {s: {$sum: 1}}}]\nexplore: {strategy: fifo}\n",
    "bomb.yaml": "scenario: a panic\nactors:\n  b: bomb\n  a: {behaviour: sender, with: {to: <b>}}\n"
                 "explore: {strategy: fifo}\n",
    "fickle.yaml": "scenario: another run is another run\nactors: {a: fickle}\nexplore: {strategy: fifo}\n",
    "folder/more/one.yaml": "scenario: further down\nactors: {a: sink}\n",
    "folder/more/.hidden.yaml": "no scenario",
    "folder/note.txt": "no scenario either",
    "nothing/here.txt": "no scenario",
}
# What the other commands of a file may need, made from the trace `race.trace`.
MADE = {
    "cut.trace": lambda trace: trace[:-40],
    "start.trace": lambda trace: trace[:300],
    "head.trace": lambda trace: trace[:20],
    "edited.trace": lambda trace: trace.replace(b"\x84\x02\x00\x02\x01", b"\x84\x02\x00\x02\x00", 1),
    "rewritten.trace": lambda trace: trace.replace(b"two messages", b"two envelope"),
    "other.trace": lambda trace: trace.replace(b"two messages race", b"two messages rac:"),
    "spoilt.trace": lambda trace: trace[:-200] + b"\xff" + trace[-199:],
    "longer.trace": lambda trace: trace + b"\x81\x00",
    "format.trace": lambda trace: trace.replace(b"rehearse-trace\x01", b"rehearse-trace\x17"),
    "release.trace": lambda trace: trace.replace(b"e0.1.0", b"e9.9.9", 1),
}
# What is another number elsewhere, or after any change of a format, and is tested elsewhere.
VOLATILE = ((re.compile(r"^((?:PASS|FAIL).*), [\d.]+(?:ns|us|ms|s)$", re.M), r"\1, TIME"),
            (re.compile(r"\b[0-9a-f]{32}\b"), "DIGEST"),
            (re.compile(r"\bbyte \d+\b"), "byte N"),
            (re.compile(r"\S*/(\w+\.c):\d+: "), r"\1:N: "))
UNSET = ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS", "TERM")


def prepare(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    shutil.copy(os.path.join(os.path.dirname(HERE), "words.yaml"), folder)
    for name, text in SCENARIOS.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def make_traces(folder):
    """Once race.trace is there: its variants."""
    with open(os.path.join(folder, "race.trace"), "rb") as file:
        trace = file.read()
    for name, change in MADE.items():
        changed = change(trace)
        if changed == trace:
            sys.exit("%s is as race.trace is" % name)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(changed)


def play(programs, command, folder):
    words = shlex.split(command)
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        environment[name] = value
    out = subprocess.PIPE
    if words[-2:-1] == [">"]:
        out = open(words[-1], "wb")  # pylint: disable=consider-using-with
        words = words[:-2]
    run = subprocess.run(words, executable=programs[words[0]], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                         stdout=out, stderr=subprocess.STDOUT if out == subprocess.PIPE else subprocess.PIPE, check=False)
    if os.path.exists(os.path.join(folder, "race.trace")) and not os.path.exists(os.path.join(folder, "cut.trace")):
        make_traces(folder)
    text = (run.stdout or run.stderr or b"").decode("utf-8", errors="backslashreplace")
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    if text and not text.endswith("\n"):
        text += "\\\n"
    return text + ("= %d\n" % run.returncode if run.returncode != 0 else "")


def main():
    programs = {"rehearse": os.path.abspath(sys.argv[1]), "odd": os.path.abspath(sys.argv[2])}
    work = os.path.abspath(sys.argv[3])
    is_writing = "--write" in sys.argv
    commands, different = 0, 0
    for name in sorted(os.listdir(HERE)):
        path = os.path.join(HERE, name)
        folder = os.path.join(work, name.partition(".")[0])
        prepare(folder)
        with open(path, encoding="utf-8") as file:
            expected = file.read()
        said = ""
        for command in re.findall(r"^\$ (.*)$", expected, re.M):
            said += "$ %s\n%s" % (command, play(programs, command, folder))
            commands += 1
        blank = re.search(r"^.*[ \t]$", said, re.M)
        if blank:
            different += 1
            print("%s: a line ends with a blank: %r" % (path, blank.group(0)))
        if is_writing:
            with open(path, "w", encoding="utf-8") as file:
                file.write(said)
        elif said != expected:
            different += 1
            sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), said.splitlines(True), path, "said"))
    print("%d commands, %d files that differ" % (commands, different))
    return 1 if different or commands == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
