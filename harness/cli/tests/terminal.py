#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""On a terminal: colour, width, progress; and signals, which end a run with what was done so far.

    terminal.py PROGRAM WORK

The terminal is a pseudo terminal of 60 columns. Nothing here sleeps: signals are sent when the program has shown that it is
in the middle of something.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

FIRST = "scenario: quick\nactors: {a: sink}\nexplore: {strategy: fifo}\n"
LONG = ("scenario: more orders than anybody waits for\nactors:\n  z: sink\n"
        + "".join("  %s: {behaviour: sender, with: {to: <z>}}\n" % name for name in "abcdefghijklm")
        + "explore: {strategy: exhaustive, budget: {runs: 100000000, events: 100000000000}}\n")
RACE = ("scenario: two messages race\nactors:\n  c: sink\n  a: {behaviour: sender, with: {to: <c>, message: 1}}\n"
        "expect: [{received: {c: []}}]\nexplore: {strategy: fifo}\n")
ESCAPE = b"\x1b["
PATIENCE = 60.0  # seconds until a program that says nothing has failed


def environment(**more):
    kept = {name: value for name, value in os.environ.items()
            if name not in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS", "TERM")}
    return dict(kept, **more)


def read_until(descriptor, wanted):
    """Read until the bytes are there, or to the end."""
    said = b""
    while wanted is None or wanted not in said:
        ready, _, _ = select.select([descriptor], [], [], PATIENCE)
        if not ready:
            sys.exit("nothing more was said after %r" % said)
        try:
            piece = os.read(descriptor, 4096)
        except OSError:  # the other end of a terminal is closed
            piece = b""
        if not piece:
            break
        said += piece
    return said


def on_terminal(arguments, folder, until=None, number=None, columns=60, **more):
    """Run on a terminal; returns exit code and output. Sends a signal once `until` has been said."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                          env=environment(**more)) as run:
        os.close(theirs)
        said = b""
        if until is not None:
            said = read_until(ours, until)
            run.send_signal(number)
        said += read_until(ours, None)
        os.close(ours)
    return run.returncode, said.replace(b"\r\n", b"\n")


def on_pipe(arguments, folder, until, number, **more):
    with subprocess.Popen(arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=environment(**more)) as run:
        said = read_until(run.stdout.fileno(), until)
        run.send_signal(number)
        said += read_until(run.stdout.fileno(), None)
    return run.returncode, said


def colours(program, folder):
    run = [program, "run", "race.yaml"]
    for expected, more in ((True, {"TERM": "xterm"}), (False, {}), (False, {"TERM": "dumb"}),
                           (False, {"TERM": "xterm", "NO_COLOR": "1"}), (False, {"TERM": "xterm", "CLICOLOR": "0"}),
                           (True, {"TERM": "xterm", "CLICOLOR": "1"}), (True, {"CLICOLOR_FORCE": "1"})):
        code, said = on_terminal(run, folder, **more)
        if code != 1 or (ESCAPE in said) != expected:
            yield "colour with %r: code %d, %r" % (more, code, said)
    code, said = on_terminal(run + ["--no-color"], folder, TERM="xterm")
    if code != 1 or ESCAPE in said:
        yield "--no-color on a terminal: code %d, %r" % (code, said)


def widths(program, folder):
    _, said = on_terminal([program, "run", "race.yaml"], folder)
    head = next(line for line in said.splitlines() if line.startswith(b"   step "))
    if head.rstrip() != b"   step c                         a":  # 52 characters for two
        yield "the columns of a terminal of 60: %r" % head
    _, said = on_terminal([program, "run", "race.yaml", "--width", "100"], folder, COLUMNS="70")
    if b"   step c                                           a" not in said:
        yield "--width on a terminal: %r" % said


def fits(program, folder):
    """A line a scenario, whatever the width; progress that can be wiped away; a file gets all of it."""
    name = "a-folder/with-another-one-below/a-scenario-whose-name-is-longer-than-it-should-be.yaml"
    os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(FIRST)
    for columns in (40, 60, 80, 120):
        code, said = on_terminal([program, "run", "first.yaml", name, "-v", "--no-times"], folder, columns=columns)
        lines = said.decode().splitlines()
        if code != 0 or len(lines) != 5 or max(map(len, lines)) > columns or "be.yaml  passed" not in lines[2]:
            yield "a terminal of %d columns: code %d, %r" % (columns, code, lines)
        if columns == 60 or columns == 120:  # it takes two seconds
            continue
        found, said = on_terminal([program, "run", "first.yaml", "long.yaml"], folder, until=b"\r\x1b[K2/2 ",
                                  number=signal.SIGINT, columns=columns)
        told = [part for part in said.decode().replace("\n", "\r").split("\r") if part.startswith("\x1b[K2/2")]
        if found != 130 or not told or max(len(part) for part in told) - 3 >= columns:
            yield "progress in %d columns: code %d, %r" % (columns, found, told)
    done = subprocess.run([program, "run", name], cwd=folder, env=environment(COLUMNS="40"), stdout=subprocess.PIPE,
                          text=True, check=False)
    if "PASS  %s  passed, 1 run, 1 outcome\n" % name not in done.stdout:
        yield "a line in a file is cut: %r" % done.stdout


def signals(program, folder):
    # The signal may come between the two scenarios, or in the middle of the second, which then is skipped.
    last = re.compile(rb"^1 passed, 0 failed, [01] skipped$", re.M)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        found, said = on_pipe([program, "run", "first.yaml", "long.yaml"], folder, b"PASS", number)
        if found != code or not last.search(said) or b"interrupted" not in said:
            yield "%s: code %d, %r" % (number.name, found, said)
    # On a terminal it says how far it is, and wipes that away at the end.
    found, said = on_terminal([program, "run", "long.yaml"], folder, until=b" runs, ", number=signal.SIGINT)
    if found != 130 or b"\r\x1b[Klong.yaml: " not in said or b"0 passed, 0 failed, 1 skipped" not in said:
        yield "progress: code %d, %r" % (found, said)


def lines(program, folder):
    """In CI a line of progress for each while in which nothing else is said, on stderr: here the while is short."""
    told = re.compile(rb"^2/2 long\.yaml: (\d+) runs, (\d+) s, about [0-9.e-]+ %, [0-9]+ (?:s|min|h|days) left$")
    command = [program, "run", "first.yaml", "long.yaml"]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment(REHEARSE_PROGRESS_EVERY="300")) as run:
        began, said = time.monotonic(), [run.stderr.readline() for _ in range(4)]
        took = time.monotonic() - began
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=PATIENCE)
    matches = [told.match(line) for line in said]
    if not all(matches) or run.returncode != 130 or b"long.yaml: " in out or b"\x1b" in b"".join(said):
        yield "lines of progress: code %d, %r, %r" % (run.returncode, said, out)
    elif sorted({int(match[1]) for match in matches}) != [int(match[1]) for match in matches]:
        yield "lines of progress that do not grow: %r" % said
    if took < 1.1:  # who is woken late writes soon after
        yield "four lines in %.2f s are more than one every 300 ms" % took
    for every in ("0", "x", "86400001"):  # not taken: half a minute passes before anything is said
        found, said = on_pipe(command, folder, b"PASS", signal.SIGINT, REHEARSE_PROGRESS_EVERY=every)
        if found != 130 or b" runs, " in said:
            yield "a period of %r: code %d, %r" % (every, found, said)


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    for name, text in (("first", FIRST), ("long", LONG), ("race", RACE)):
        with open(os.path.join(folder, name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(text)
    problems = [problem for part in (colours, widths, fits, signals, lines) for problem in part(program, folder)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
