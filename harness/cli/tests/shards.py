#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A suite in parts, on many machines, and joined again: the same reports, lines and exit codes as on one machine.

    shards.py REHEARSE SOURCE WORK
"""
import filecmp
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ends import FOR_EVER  # noqa: E402  pylint: disable=wrong-import-position
from golden import SCENARIOS  # noqa: E402  pylint: disable=wrong-import-position

FORMATS = ("junit", "junit-strict", "tap", "jsonl", "annotations", "markdown", "html", "coverage", "coverage-json", "results")
NAMES = ("good", "later.yml", "vacuous", "bound", "race", "lost", "crash", "bad")
OPTIONS = ("--no-times", "--shrink-runs", "200")
ENGINES = (
    ("TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0), ("JOB_COMPLETION_INDEX", "REHEARSE_SHARDS", 0),
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1), ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
    ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0), ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", 0))

wrong = []


def check(what, good, output=""):
    if not good:
        wrong.append(what)
        print("%s\n%s" % (what, str(output)[-1500:]))


class Program:
    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments, **environment):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("SLURM_", "TEST_", "CI_", "CIRCLE_", "BUILDKITE_", "GITHUB_"))}
        return subprocess.run([self.path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=dict(env, **environment), check=False, timeout=200)


def reports(folder):
    return [part for name in FORMATS for part in ("--report", "%s=%s/%s" % (name, folder, name))]


def same(what, one, other):
    """Two folders of reports are equal, byte by byte."""
    for name in FORMATS:
        check("%s: %s differs" % (what, name), filecmp.cmp("%s/%s" % (one, name), "%s/%s" % (other, name), False),
              subprocess.run(["diff", "-a", "%s/%s" % (one, name), "%s/%s" % (other, name)], stdout=subprocess.PIPE,
                             text=True, errors="replace", check=False).stdout)


# ---- partition ----

def partition(rehearse):
    whole = rehearse("list", "suite").stdout.splitlines()
    check("a suite to split", len(whole) > 10, whole)
    for count in (1, 2, 3, 5, 7, len(whole) - 1, len(whole), len(whole) + 3):
        parts = [rehearse("list", "suite", "--shard", "%d/%d" % (i, count)) for i in range(count)]
        check("shards end well", all(part.returncode == 0 for part in parts))
        lines = [part.stdout.splitlines() for part in parts]
        check("%d shards are every %dth" % (count, count), all(lines[i] == whole[i::count] for i in range(count)), lines)
        check("%d shards are all" % count, sorted(sum(lines, [])) == sorted(whole))
    chosen = [rehearse("list", "suite", "--filter", "good", "--shard", "%d/2" % i).stdout.splitlines() for i in (0, 1)]
    check("the filter comes first", abs(len(chosen[0]) - len(chosen[1])) <= 1 and len(chosen[0]) > 1, chosen)


def engines(rehearse):
    whole = rehearse("list", "suite").stdout.splitlines()
    for index, count, first in ENGINES:
        for i in range(3):
            part = rehearse("list", "suite", "--shard", "auto", **{index: str(i + first), count: "3"})
            check("%s is heeded" % index, part.returncode == 0 and part.stdout.splitlines() == whole[i::3], part)
            check("%s is told" % index, "shard %d/3" % i in part.stderr, part.stderr)
        for name, other in ((index, count), (count, index)):
            part = rehearse("run", "suite", "--shard", "auto", **{name: "2"})
            check("half of %s" % index, part.returncode == 2 and "%s is not set" % other in part.stderr, part)
        part = rehearse("run", "suite", "--shard", "auto", **{index: str(3 + first), count: "3"})
        check("%s is too large" % index, part.returncode == 2 and "of 3 shards" in part.stderr, part)
        part = rehearse("run", "suite", "--shard", "auto", **{index: "x", count: "3"})
        check("%s is no number" % index, part.returncode == 2 and "no whole number" in part.stderr, part)
    part = rehearse("list", "suite", "--shard", "auto", CI_NODE_TOTAL="1")
    check("a job of GitLab's that is not split", part.stdout.splitlines() == whole, part)
    array = {"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "4", "SLURM_ARRAY_TASK_MAX": "6"}
    part = rehearse("list", "suite", "--shard", "auto", SLURM_ARRAY_TASK_COUNT="3", **array)
    check("an array from 4 on", part.stdout.splitlines() == whole[1::3], part)
    part = rehearse("list", "suite", "--shard", "auto", SLURM_ARRAY_TASK_COUNT="2", **array)
    check("an array with a gap", part.returncode == 2 and "all numbers in between" in part.stderr, part)
    part = rehearse("run", "suite", "--shard", "auto")
    check("no engine", part.returncode == 2 and "names no shard" in part.stderr, part)
    for text in ("4/4", "1", "a/2", "1/0", "/3", "1/", "-1/2"):
        part = rehearse("run", "suite", "--shard", text)
        check("--shard %s" % text, part.returncode == 2, part)
    part = rehearse("list", "suite", "--shard", "auto", TEST_SHARD_INDEX="0", TEST_TOTAL_SHARDS="2",
                    TEST_SHARD_STATUS_FILE="status")
    check("Bazel is told", part.returncode == 0 and os.path.exists("status"), part)
    part = rehearse("run", "suite/good.yaml", "--report", "junit=asked.xml", "--no-times", XML_OUTPUT_FILE="bazel/test.xml")
    check("Bazel gets its XML", part.returncode == 0 and filecmp.cmp("asked.xml", "bazel/test.xml", False), part)
    part = rehearse("run", "suite/good.yaml", XML_OUTPUT_FILE="suite/good.yaml/test.xml")
    check("Bazel's XML cannot be written", part.returncode == 2, part)
    check("and no variable is no file", rehearse("run", "suite/good.yaml", XML_OUTPUT_FILE="").returncode == 0)
    part = rehearse("run", "suite/good.yaml", "--shard", "1/2", "--report", "results=empty.results")
    check("an empty shard is fine, and says so",
          part.returncode == 0 and "shard 1/2 is empty" in part.stderr and "0 passed, 0 failed" in part.stdout, part)
    part = rehearse("run", "suite", "--filter", "no such title", "--shard", "1/2")
    check("nothing selected is not an empty shard", part.returncode == 4, part)


# ---- one machine and many ----

def whole_and_parts(rehearse, draw):
    whole = rehearse("run", "suite", *OPTIONS, "-v", *reports("whole"))
    check("the suite fails: %d" % whole.returncode, whole.returncode == 2, whole)
    four = rehearse("run", "suite", *OPTIONS, "-v", "--jobs", "4", *reports("four"))
    check("four workers print the same", (four.returncode, four.stdout) == (whole.returncode, whole.stdout), four)
    same("four workers", "whole", "four")
    one = rehearse("merge", "whole/results", "-v", *reports("one"))
    check("a result file is all it takes", (one.returncode, one.stdout) == (whole.returncode, whole.stdout), one)
    same("from a result file", "whole", "one")
    for count in (2, 3, 17):
        names = ["parts/%d.of.%d" % (i, count) for i in range(count)]
        codes = [rehearse("run", "suite", *OPTIONS, "--shard", "%d/%d" % (i, count), "--report", "results=" + name)
                 for i, name in enumerate(names)]
        check("shards end otherwise", {code.returncode for code in codes} <= {0, 1, 2, 6}, codes)
        draw.shuffle(names)
        merged = rehearse("merge", *names, names[0], "-v", *reports("merged"))
        check("%d shards print the same" % count, merged.stdout == whole.stdout, merged.stdout)
        check("%d shards end the same: %d" % (count, merged.returncode), merged.returncode == whole.returncode, merged.stderr)
        os.replace("merged/results", "parts/merged")
        shutil.copy("whole/results", "merged/results")  # whose header knows no shards
        same("%d shards" % count, "whole", "merged")
        cut = draw.randrange(1, count)
        for part, chosen in (("parts/a", names[:cut]), ("parts/b", names[cut:])):
            check("a part is incomplete", rehearse("merge", *chosen, "-o", part).returncode in (2, 6, 1))
        nested = rehearse("merge", "parts/b", "parts/a", "-o", "parts/nested", "-v")
        check("merged twice", nested.stdout == whole.stdout and filecmp.cmp("parts/nested", "parts/merged", False), nested)


def missing(rehearse):
    names = ["parts/%d.of.3" % i for i in range(3)]
    part = rehearse("merge", names[0], names[2])
    check("a shard is missing", part.returncode == 2 and "shard 1/3 is missing" in part.stderr
          and "scenarios 6 were not played" in part.stderr, part)
    for i in (0, 1):
        rehearse("run", "suite/good.yaml", "suite/good2.yaml", "--shard", "%d/2" % i, "--report", "results=two.%d" % i)
    part = rehearse("merge", "two.0")
    check("what is missing is inconclusive", part.returncode == 6 and "1 passed, 0 failed, 0 skipped" in part.stdout, part)
    check("and all of it holds", rehearse("merge", "two.0", "two.1").returncode == 0)
    part = rehearse("merge", "two.0", names[1])
    check("another selection", part.returncode == 2 and "shards of 3 and shards of 2" in part.stderr
          or "options" in part.stderr, part)
    rehearse("run", "suite/good.yaml", "suite/good2.yaml", "--seed", "7", "--report", "results=seven")
    rehearse("run", "suite/good.yaml", "suite/good2.yaml", "--seed", "8", "--report", "results=eight")
    part = rehearse("merge", "seven", "eight")
    check("other options", part.returncode == 2 and "options '--seed 0x8' do not go together" in part.stderr, part)
    with open("suite/good2.yaml", "a", encoding="utf-8") as file:
        file.write("# edited\n")
    rehearse("run", "suite/good.yaml", "suite/good2.yaml", "--shard", "1/2", "--report", "results=two.1")
    part = rehearse("merge", "two.0", "two.1")
    check("other files", part.returncode == 2 and "'suite/good2.yaml' was another file" in part.stderr, part)
    with open("seven", "rb") as file:
        data = file.read()
    version = re.search(rb"\x65(\d+\.\d+\.\d+)", data)[1]
    with open("other", "wb") as file:
        file.write(data.replace(b"\x65" + version, b"\x659.9.9"))
    part = rehearse("merge", "other")
    check("another release", part.returncode == 2 and "another release has written it" in part.stderr, part)
    with open("other", "wb") as file:
        file.write(data.replace(b"good2.yaml", b"good3.yaml", 1))
    part = rehearse("merge", "other")
    check("an edited header", part.returncode == 2 and "its header was changed" in part.stderr, part)
    part = rehearse("merge", "suite/good.yaml")
    check("no result file", part.returncode == 2 and "this is no result file" in part.stderr, part)
    part = rehearse("run", "suite/good.yaml", "--report", "results=-")
    check("results on stdout", part.returncode == 2 and "need a file" in part.stderr, part)


def traces(rehearse):
    part = rehearse("merge", "whole/results", "--trace-dir", "downloaded")
    found = re.search(r"^  replay    \S+ (replay downloaded/\S+)$", part.stdout, re.M)
    check("traces come along", found is not None, part.stdout)
    again = rehearse(*found[1].split())
    check("and can be replayed", again.returncode == 1, again)
    shrunk = re.findall(r"^  shrunk    (downloaded/\S+\.shrunk\.yaml)$", part.stdout, re.M)
    check("so do scenarios that were made small", len(shrunk) > 2, part.stdout)
    for name in shrunk:
        first = os.path.join(".rehearse/traces", os.path.basename(name))
        check("%s is what the shard wrote" % name, filecmp.cmp(name, first, False) and filecmp.cmp(
            name.replace(".yaml", ".trace"), first.replace(".yaml", ".trace"), False))
        told = rehearse("explain", name)
        check("%s can be explained" % name, told.returncode == 0 and
              told.stdout == rehearse("explain", first).stdout.replace(first, name), told)


def kept(rehearse):
    """A run that passes leaves its trace where one asks for it, on the page as well; one that fails as it should leaves none."""
    for name, options in (("good", ("--trace", "kept.trace")), ("good2", ("--check-determinism",))):
        rehearse("run", "suite/%s.yaml" % name, *OPTIONS, *options, *reports("whole"))
        rehearse("merge", "whole/results", *reports("merged"))
        same("a run that passes", "whole", "merged")
        with open("merged/html", encoding="utf-8") as file:
            check("%s: its run is on the page" % name, 'data-role="last"' in file.read())
    with open("expected.yaml", "w", encoding="utf-8") as file:
        file.write(SCENARIOS["race.yaml"] + "expect_failure: expect/received\n")
    part = rehearse("run", "expected.yaml", "--trace-dir", "expected", "--report", "results=expected.results")
    check("what fails as it should passes", part.returncode == 0 and "as it should" in part.stdout, part)
    merged = rehearse("merge", "expected.results", "--trace-dir", "expected")
    check("and merged as well", (merged.returncode, merged.stdout) == (0, part.stdout), merged)
    check("and leaves nothing", not os.path.exists("expected"))


def times(rehearse):
    """With times, too: those of the run, not of the merge."""
    for name in ("suite/good.yaml", "suite/race.yaml"):
        rehearse("run", name, "-v", "--report", "results=timed", "--report", "jsonl=timed.run", "--report", "junit=timed.xml")
        rehearse("merge", "timed", "--report", "jsonl=timed.merge", "--report", "junit=timed.merge.xml")
        check("times come along", filecmp.cmp("timed.run", "timed.merge", False) and
              filecmp.cmp("timed.xml", "timed.merge.xml", False))
        rehearse("merge", "timed", "--no-times", "--report", "jsonl=timed.without")
        with open("timed.without", encoding="utf-8") as file:
            check("and can be left out", "seconds" not in file.read())


def swarm(rehearse):
    whole = rehearse("run", "suite/crash.yaml", "suite/race.yaml", "--swarm", "5", *OPTIONS, *reports("whole"))
    with open("whole/junit", encoding="utf-8") as file:
        names = re.findall(r'<testcase classname="([^"]*)" name="([^"]*)"', file.read())
    check("plans have names of their own", len(names) > 5 and len(set(names)) == len(names), names)
    for i in range(3):
        rehearse("run", "suite/crash.yaml", "suite/race.yaml", "--swarm", "5", *OPTIONS, "--shard", "%d/3" % i,
                 "--report", "results=parts/%d.of.swarm" % i)
    merged = rehearse("merge", *("parts/%d.of.swarm" % i for i in range(3)), *reports("merged"))
    check("a swarm in shards", merged.returncode == whole.returncode, merged)
    shutil.copy("whole/results", "merged/results")
    same("a swarm in shards", "whole", "merged")


def again(rehearse, source):
    """What fails in the same way is told once, by every format, on one machine and on many."""
    with open(os.path.join(source, "scenarios", "canary", "deadlock.yaml"), encoding="utf-8") as file:
        text = re.sub("^expect_failure: .*\n", "", file.read(), flags=re.M)
    with open("suite/deadlock.yaml", "w", encoding="utf-8") as file:
        file.write(text)
    files = ("suite/deadlock.yaml", "suite/race.yaml", "suite/race.yaml", "--swarm", "12", *OPTIONS)
    whole = rehearse("run", *files, *reports("whole"))
    for i in range(3):
        rehearse("run", *files, "--shard", "%d/3" % i, "--report", "results=parts/%d.of.again" % i, "--trace-dir", "parts/traces.%d" % i)
    merged = rehearse("merge", *("parts/%d.of.again" % i for i in (2, 0, 1)), *reports("merged"), "--trace-dir", ".rehearse/traces")
    check("merged, it ends the same", merged.returncode == whole.returncode == 1, merged)
    shutil.copy("whole/results", "merged/results")
    same("what fails again", "whole", "merged")
    plays = [json.loads(line) for line in open("whole/jsonl", encoding="utf-8")][:-1]
    failed = [(number, play) for number, play in enumerate(plays[:12]) if play["tally"] == "failed"]
    first = {number for number, play in failed if "same_as" not in play}
    check("some fail for the first time, some again: %s" % first, 1 < len(first) < len(failed))
    for number, play in failed:
        told = "expected  " in play["explanation"] and "shrunk  " in play["explanation"]
        check("plan %d is told if it is the first" % number, told == (number in first), play)
        check("plan %d can be replayed" % number, " replay .rehearse/traces/" in play["explanation"], play)
        check("plan %d fails as %s" % (number, play.get("same_as")), play.get("same_as", number) in first)
    listed = re.findall(r"^  suite/deadlock.yaml  .*?(?:, (\d+) times)?$", whole.stdout, re.M)
    check("the list has one line for each", len(listed) == len(first) and
          sum(int(times or 1) for times in listed) == len(failed), whole.stdout)
    check("a block for each", whole.stdout.count("suite/deadlock.yaml: error: ") == len(first), whole.stdout)
    with open("whole/markdown", encoding="utf-8") as file:
        text = file.read()
    check("a diagram for each", text.count("```mermaid") == len(first) and
          "%d more fail in the same way" % (len(failed) - len(first)) in text, text)
    with open("whole/html", encoding="utf-8") as file:
        check("a run on the page for each", file.read().count('data-role="failing"') == len(first))
    with open("whole/annotations", encoding="utf-8") as file:
        marks = file.read().splitlines()
    check("a mark for each", len(marks) == min(len(first), 9) + 1 and "and %d more" % (len(failed) - len(first)) in marks[-1], marks)


def plans(rehearse):
    """What a swarm has drawn is told by merge as by run: that of a failure, with -v all."""
    files = ("suite/deadlock.yaml", "--swarm", "12", *OPTIONS)
    whole = rehearse("run", *files, "--report", "results=plans.results")
    orders = re.findall(r"^  or +\S+ (run .*)$", whole.stdout, re.M)
    check("each that fails says how it is drawn again", len(orders) > 1, whole)
    for order in orders:
        drawn = rehearse(*order.split(), "--no-shrink")
        plan = order.split()[-1]
        check("by which it alone fails", "--swarm 1 --seed 0x" in order and drawn.returncode == 1 and
              "\n0 passed, 1 failed" in drawn.stdout and ", plan %s\n" % plan in drawn.stdout, (order, drawn))
    check("the plan that fails is told", "\nfaults: # drawn" in whole.stdout and "\n  scenario  " in whole.stdout, whole)
    merged = rehearse("merge", "plans.results")
    check("by merge as well", merged.stdout == whole.stdout, merged)
    told = rehearse("merge", "plans.results", "--trace-dir", "plans")
    found = re.findall(r"^  scenario  (plans/.*\.yaml)$", told.stdout, re.M)
    check("and written", len(found) == whole.stdout.count("\n  scenario  ") and all(map(os.path.exists, found)), told)
    alone = rehearse("run", *(found or ["none"]), "--no-shrink")
    check("and fails by itself", alone.returncode == 1 and "\n0 passed" in alone.stdout, alone)
    verbose = rehearse("run", *files, "-v", "--report", "results=plans.results")
    check("with -v all are", verbose.stdout.count("\nfaults: # drawn") == 12, verbose)
    merged = rehearse("merge", "-v", "plans.results")
    check("and by merge", merged.stdout == verbose.stdout, merged)


# ---- ends ----

def start(rehearse, *arguments, until):
    process = subprocess.Popen([rehearse.path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for _ in range(300):
        time.sleep(0.1)
        if os.path.exists(until) and os.path.getsize(until) > 0:
            with open(until, "rb") as file:
                if b"suite/good.yaml" in file.read().split(b"nearest", 1)[-1][200:]:
                    break
    return process


def ends(rehearse):
    with open("suite/zz-for-ever.yaml", "w", encoding="utf-8") as file:
        file.write(FOR_EVER % "fifo")
    files = ["suite/good.yaml", "suite/zz-for-ever.yaml", "suite/race.yaml"]
    for number, state in ((signal.SIGTERM, "incomplete: a signal ended it"), (signal.SIGKILL, "cut off")):
        if os.path.exists("ended"):
            os.remove("ended")
        process = start(rehearse, "run", *files, *OPTIONS, "--report", "results=ended", "--report", "junit=ended.xml",
                        until="ended")
        process.send_signal(number)
        said = process.communicate(timeout=60)[0]
        check("%s: code %d" % (number.name, process.returncode),
              process.returncode == (143 if number == signal.SIGTERM else -9), said)
        part = rehearse("merge", "ended", "-o", "ended.merged")
        check("%s leaves what was done" % number.name,
              part.returncode == 6 and "PASS  suite/good.yaml" in part.stdout, part)
        check("%s is named" % number.name, "shard 0/1 is %s" % state in part.stderr, part.stderr)
        check("%s: what is missing is named" % number.name, "of 3 scenarios 2 were not played:\n    suite/zz-for-ever.yaml\n"
              "    suite/race.yaml\n" in part.stderr, part.stderr)
        if number == signal.SIGTERM:
            check("a partial report", os.path.exists("ended.xml") and said.endswith("1 passed, 0 failed, 1 skipped\n"), said)
            check("it says why", "SKIP  suite/zz-for-ever.yaml" in part.stdout and "interrupted after" in part.stdout, part)
    with open("suite/zz-for-ever.yaml", "w", encoding="utf-8") as file:
        file.write(SCENARIOS["good.yaml"])
    rehearse("run", *files, *OPTIONS, "--report", "results=again")
    part = rehearse("merge", "ended", "again")
    check("a repaired scenario is another", part.returncode == 2 and "was another file" in part.stderr, part)


def main():
    rehearse, source, work = Program(os.path.abspath(sys.argv[1])), os.path.abspath(sys.argv[2]), sys.argv[3]
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("suite/more", "whole", "four", "one", "merged", "parts"):
        os.makedirs(os.path.join(work, folder))
    os.chdir(work)
    os.environ["NO_COLOR"] = "1"
    names = [name if name.endswith(".yml") else name + ".yaml" for name in NAMES]
    for name in names:
        with open("suite/" + name, "w", encoding="utf-8") as file:
            file.write(SCENARIOS[name])
    for i in range(2, 6):
        with open("suite/good%d.yaml" % i, "w", encoding="utf-8") as file:
            file.write(SCENARIOS["good.yaml"])
    for name in sorted(os.listdir(os.path.join(source, "scenarios", "links")))[:4]:
        shutil.copy(os.path.join(source, "scenarios", "links", name), "suite/more")
    partition(rehearse)
    engines(rehearse)
    with open("suite/broken.yaml", "w", encoding="utf-8") as file:
        file.write(SCENARIOS["broken.yaml"])
    whole_and_parts(rehearse, random.Random(1))
    traces(rehearse)
    kept(rehearse)
    times(rehearse)
    missing(rehearse)
    swarm(rehearse)
    again(rehearse, source)
    plans(rehearse)
    ends(rehearse)
    print("%d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
