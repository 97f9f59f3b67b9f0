#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stop a replayed run under gdb, print its state, go on; and step through one in the terminal.

    gdb.py REHEARSE WORK
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(os.path.dirname(HERE), "rehearse.gdb")
SCENARIO = """scenario: two messages and a link
behaviours:
  keeper: {init: [{receive: {tags: [late]}}], on: [{message: [late, $n], do: {output: $n}}]}
actors:
  keeper: {behaviour: keeper, mailbox: true, name: box}
  a: {behaviour: sink, link: <keeper>, script: [{send: {to: <keeper>, message: [early, 1]}}, {send: {to: <keeper>, message: [late, 2]}}]}
expect: [{output: {keeper: [2]}}]
explore: {strategy: random, runs: 1}
"""
wrong = []


def expect(text, *parts):
    for part in parts:
        if part not in text:
            wrong.append("expected %r in:\n%s" % (part, text))


def run(*command, stdin=""):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout + done.stderr


def main():
    rehearse, work = sys.argv[1], sys.argv[2]
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    scenario, trace = os.path.join(work, "s.yaml"), os.path.join(work, "s.trace")
    with open(scenario, "w", encoding="utf-8") as file:
        file.write(SCENARIO)
    code, text = run(rehearse, "run", "--trace", trace, scenario)
    if code != 0:
        sys.exit(text)

    code, text = run(rehearse, "replay", "--at", "4", trace)
    expect(text, "in front of step 4", "registered as 'box'", "link     a", "link     keeper", "may happen",
           "the same run")
    expect(str(code), "0")

    code, text = run(rehearse, "replay", "--step", trace, stdin="w\na keeper\na nobody\n3\np\n1\nh\nc\n")
    expect(text, "step 1>", "in front of step 1", "there is no live actor 'nobody'", "step 3>", "may happen",
           "step 1 is over", "go on to the end", "the same run")
    code, text = run(rehearse, "replay", "--step", trace, stdin="3\nq\n")
    expect(text, "step 3>", "left behind step 2; the same run up to there")
    expect(str(code), "6")

    arguments = ["gdb", "--batch", "-nx", "-x", SCRIPT, "-ex", "run", "-ex", "rh-world", "-ex", "rh-actor keeper",
                 "-ex", "rh-until 5", "-ex", "rh-until 2", "-ex", "rh-pending", "-ex", "rh-next", "-ex", "bt 3", "-ex", "continue", "--args",
                 rehearse, "replay", "--at", "4", trace]
    code, text = run(*arguments)
    if "ptrace" in text and "not permitted" in text.lower():
        print("this machine lets nobody trace processes:\n" + text)
        sys.exit(77)
    expect(text, "rh_debug_stop", "in front of step 4: rh-world", "registered as 'box'", "step 2 is over", "may happen",
           "in front of step 6", "the same run", "exited normally")
    if wrong:
        sys.exit("\n\n".join(wrong))
    print("gdb stopped, printed and went on")


if __name__ == "__main__":
    main()
