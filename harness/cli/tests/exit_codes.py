#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every exit code, and what is said with it.

    exit_codes.py PROGRAM WORK
"""
import os
import subprocess
import sys

GOOD = "scenario: one message\nactors:\n  b: sink\n  a: {behaviour: sender, with: {to: <b>}}\n"
BAD = GOOD + "expect:\n  - dead: {b: boom}\n"

CASES = [
    (0, ["run", "good.yaml"], "1 passed, 0 failed, 0 skipped\n"),
    (0, ["run", "good.yaml", "--seed", "0x7"], "1 passed, 0 failed, 0 skipped\n"),
    (1, ["run", "bad.yaml"], "bad.yaml:6:"),
    (1, ["replay", ".rehearse/traces/bad.0x0.trace"], "the same run"),
    (0, ["trace", "show", ".rehearse/traces/bad.0x0.trace"], "is spawned"),
    (0, ["trace", "diff", ".rehearse/traces/bad.0x0.trace", ".rehearse/traces/bad.0x0.trace"], "the same run"),
    (2, ["run", "broken.yaml"], "broken.yaml:1:"),
    (2, ["check", "broken.yaml"], "did you mean 'scenario'?"),
    (2, ["replay", "good.yaml"], "this is no trace of rehearse"),
    (2, ["run", "--sede", "7"], "did you mean '--seed'?"),
    (2, ["run", "--se", "7"], "'run' has no option '--se'"),
    (2, ["runn"], "did you mean 'run'?"),
    (2, ["run", "--runs", "many"], "takes a whole number"),
    (2, ["run", "nowhere"], "No such file"),
    (2, [], "a command is needed"),
    (4, ["run", "good.yaml", "--filter", "nothing like it"], "no scenario was selected"),
    (0, ["help"], "exit codes"),
    (0, ["run", "--help"], "--check-determinism"),
    (0, ["version"], "rehearse "),
    (0, ["list", "good.yaml"], "one message"),
]


def main():
    program, work = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(work, exist_ok=True)
    for name, text in (("good", GOOD), ("bad", BAD), ("broken", "scenaro: x\n")):
        with open(os.path.join(work, name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(text)
    wrong = 0
    for code, arguments, said in CASES:
        run = subprocess.run([program, *arguments], cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             check=False, env=dict(os.environ, NO_COLOR="1"))
        output = run.stdout.decode(errors="replace")
        if run.returncode != code or said not in output:
            wrong += 1
            print("rehearse %s: code %d, not %d with %r:\n%s" % (" ".join(arguments), run.returncode, code, said, output))
    print("%d of %d as they should be" % (len(CASES) - wrong, len(CASES)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
