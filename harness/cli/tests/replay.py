#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every scenario records a run that replays; whatever is done to the recording is noticed.

    replay.py PROGRAM SOURCE WORK [--long]

For each scenario: the recorded run replays event by event (exit code 0); a scenario with a fault is made to fail where
that is possible, by expecting that nobody ever exits, and the failing run replays, too. Then recordings are cut at many
places (they read up to the cut) and altered at many (the replay diverges or finds them
cut, or the reader refuses them; nothing crashes).
"""
import glob
import os
import subprocess
import sys

SAMPLE = 6
OK, FAILED, USAGE, DIVERGED, INCONCLUSIVE = 0, 1, 2, 5, 6


class Tester:
    def __init__(self, program, source, work):
        self.program, self.source, self.work = os.path.abspath(program), source, work
        self.replayed = self.failing = self.cut = self.altered = 0
        os.makedirs(work, exist_ok=True)

    def call(self, *arguments):
        run = subprocess.run([self.program, *arguments], cwd=self.source, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False, env=dict(os.environ, NO_COLOR="1"))
        if run.returncode < 0 or run.returncode == 3:
            sys.exit("rehearse %s: exit code %d\n%s" % (" ".join(arguments), run.returncode,
                                                         run.stdout.decode(errors="replace")))
        return run.returncode, run.stdout.decode(errors="replace")

    def must(self, wanted, *arguments):
        code, output = self.call(*arguments)
        if code not in wanted:
            sys.exit("rehearse %s: exit code %d instead of %s\n%s" % (" ".join(arguments), code, wanted, output))
        return code, output

    def record(self, scenario, name):
        trace = os.path.join(self.work, name + ".trace")
        if os.path.exists(trace):
            os.remove(trace)
        code, _ = self.must((OK, FAILED, INCONCLUSIVE), "run", scenario, "--trace", trace)
        return code, trace

    def replay(self, trace):
        self.must((OK, FAILED), "replay", trace)
        self.replayed += 1

    def provoke(self, scenario, name):
        """Let a scenario that has faults fail: nobody may ever exit because of one."""
        with open(os.path.join(self.source, scenario), encoding="utf-8") as file:
            text = file.read()
        if "\nfaults:" not in text or "\nnever:" in text or "expect_failure" in text:
            return
        changed = os.path.join(self.work, name + ".yaml")
        with open(changed, "w", encoding="utf-8") as file:
            file.write(text + "\nnever:\n  - exit: {actor: _}\n")
        code, trace = self.record(changed, name + ".failing")
        if code == FAILED and os.path.exists(trace):
            self.replay(trace)
            self.failing += 1

    def cuts(self, trace, count):
        with open(trace, "rb") as file:
            whole = file.read()
        path = trace + ".cut"
        for i in range(count):
            with open(path, "wb") as file:
                file.write(whole[:len(whole) * i // count])
            self.must((OK, USAGE, DIVERGED), "trace", "show", path)
            self.must((USAGE, DIVERGED, INCONCLUSIVE), "replay", path)
            self.cut += 1

    def alterations(self, trace, count):
        with open(trace, "rb") as file:
            whole = file.read()
        path = trace + ".altered"
        for i in range(count):
            at = len(whole) * i // count
            with open(path, "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ (1 + i * 37 % 255)]) + whole[at + 1:])
            self.must((USAGE, DIVERGED, INCONCLUSIVE), "replay", path)
            self.altered += 1


def main():
    program, source, work = sys.argv[1:4]
    everything = "--long" in sys.argv
    files = sorted(os.path.relpath(path, source)
                   for path in glob.glob(os.path.join(source, "scenarios", "**", "*.yaml"), recursive=True))
    files = files if everything else files[::SAMPLE]
    if not files:
        sys.exit("there are no scenarios")
    tester = Tester(program, source, work)
    for number, scenario in enumerate(files):
        name = scenario.replace(os.sep, ".")
        _, trace = tester.record(scenario, name)
        tester.replay(trace)
        tester.provoke(scenario, name)
        if everything or number < 3:
            tester.cuts(trace, 40)
            tester.alterations(trace, 40)
    if tester.failing == 0 and everything:
        sys.exit("no scenario could be made to fail by its fault")
    print("%d replays to the byte, %d of them of runs made to fail by a fault; %d cuts read, %d alterations noticed"
          % (tester.replayed, tester.failing, tester.cut, tester.altered))


if __name__ == "__main__":
    main()
