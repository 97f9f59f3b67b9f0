#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is written where: whole or not at all, over nothing that is no file, under names that differ, by one who can be told.

    outputs.py REHEARSE WORK
"""
import glob
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys

GOOD = "scenario: one message\nactors:\n  b: sink\n  a: {behaviour: sender, with: {to: <b>}}\n"
RACE = """scenario: two messages race
actors:
  c: sink
  a: {behaviour: sender, with: {to: <c>, message: 1}}
  b: {behaviour: sender, with: {to: <c>, message: 2}}
expect: [{received: {c: [[message, <a>, 1], [message, <b>, 2]]}}]
explore: {strategy: %s}
"""
RARE = """scenario: one of eight is not to be the first
actors:
  c: sink
%s  b: {behaviour: sender, with: {to: <c>, message: 2}}
expect: [{received: {c: [[message, _, 1], _, _, _, _, _, _, _]}}]
explore: {strategy: fifo}
""" % "".join("  a%d: {behaviour: sender, with: {to: <c>, message: 1}}\n" % i for i in range(7))
REHEARSE = os.path.abspath(sys.argv[1])

wrong = []


def expect(what, holds, output=""):
    if not holds:
        wrong.append(what)
        print(("%s:\n%s" % (what, output)).encode(errors="replace").decode())


def write(name, text):
    if os.path.dirname(name):
        os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


def read(name):
    with open(name, "rb") as file:
        return file.read().decode(errors="replace")


def run(*arguments, shell=None):
    """Returns code and output of the program, or of a line of a shell in which it is $R."""
    command = ["/bin/sh", "-c", shell] if shell else [REHEARSE, *arguments]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=240,
                         env=dict(os.environ, R=REHEARSE))
    return ran.returncode, ran.stdout.decode(errors="surrogateescape")


def refused(what, *arguments, says=""):
    code, output = run("run", *arguments)
    expect("%s: code %d" % (what, code), code == 2 and says in output and "PASS" not in output, output)


def options():
    write("good.yaml", GOOD)
    refused("no plan", "good.yaml", "--swarm", "0", says="from 1 to")
    refused("more plans than can be counted", "good.yaml", "--swarm", "18446744073709551615", says="from 1 to")
    refused("no depth", "good.yaml", "-s", "pct:0", says="the depth in 'pct:DEPTH' is a number from 1 to 64, not '0'")
    for one, other in (("--swarm 2", "--checkpoint f"), ("--swarm 2", "-t f"), ("--swarm 2", "-s fifo"), ("--live", "-s fifo"),
                       ("--live", "--checkpoint f"), ("--live", "--check-determinism"), ("--check-determinism", "--resume f")):
        refused("%s and %s" % (one, other), "good.yaml", *one.split(), *other.split(), says="do not go together")
    for time in ("5124095h", "9999999h"):
        code, output = run("run", "good.yaml", "--budget-time", time)
        expect("a budget of %s: code %d" % (time, code), code == 0, output)
    code, output = run("run", "good.yaml", "--checkpoint", "f", "--checkpoint-every", "18446744073709551615")
    expect("a checkpoint at the end of time: code %d" % code, code == 0, output)
    write("race.yaml", RACE % "exhaustive")
    code, output = run("run", "race.yaml", "-s", "pct:" + "0" * 3000 + "5", "--seed", "7", "--shrink-time", "18446744073709551615")
    expect("a number with many zeros: code %d" % code, "--strategy pct:5 --seed 0x7 --runs 1\n" in output, output)


def again():
    """What is printed to run again fails again, however runs are drawn."""
    write("rare.yaml", RARE)
    for strategy in ("random", "uniform", "pct", "pct:2", "pos", "fair", "portfolio", "exhaustive", "dpor"):
        code, output = run("run", "rare.yaml", "-s", strategy, "-n", "2000", "--seed", "77", "--no-shrink")
        command = re.search(r"^  or +(.*)$", output, re.M)
        seed = re.search(r", (seed 0x[0-9a-f]+)$", output, re.M)
        expect("%s fails: code %d" % (strategy, code), code == 1 and command and seed, output)
        if command:
            code, output = run(*shlex.split(command.group(1))[1:])
            expect("%s fails again: %s: code %d" % (strategy, command.group(1), code), code == 1 and seed.group(1) in output, output)


def names():
    """Each failure has a trace of its own, whatever its file is called."""
    shutil.rmtree(".rehearse", ignore_errors=True)
    odd = "odd/a b'\"$`\n\t\x1b[31m<&>\u00e9\U0001F600\udcff-.yaml"
    long_one = "/".join(["l" * 200] * 3) + "/x.yaml"
    paths = ["d/x.y.yaml", "d/x/y.yaml", "x.yaml", "scenarios/x.yaml", odd, long_one]
    for path in paths:
        write(path, RACE % "exhaustive")
    code, output = run("run", *paths, "x.yaml", "--report", "jsonl=names.jsonl", "--report", "junit=names.xml")
    expect("odd names: code %d" % code, code == 1, output)
    expect("no control character is shown", not re.search("[\x00-\x08\x0b-\x1f]", output), repr(output))
    traces = glob.glob(".rehearse/traces/*1.trace")
    expect("%d traces of %d failures" % (len(traces), len(paths) + 1), len(traces) == len(paths) + 1, output)
    expect("what is shrunk stands beside each", len(glob.glob(".rehearse/traces/*.shrunk.yaml")) == len(traces), output)
    replays = re.findall(r"^  replay +(.*)$", output, re.M)
    for line, path in zip(replays, paths + ["x.yaml"]):
        ran = subprocess.run(["/bin/bash", "-c", line + " -q"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        expect("%s: code %d" % (line, ran.returncode), ran.returncode == 1, ran.stdout.decode(errors="replace"))
        shown = subprocess.run(["/bin/bash", "-c", line.replace(" replay ", " trace show ", 1)], stdout=subprocess.PIPE,
                               check=False).stdout.decode(errors="replace")
        expect("%s is of %r" % (line, path), path == odd or ("\nscenario  %s\n" % path) in "\n" + shown, shown[:300])
    os.chdir("d")
    write("-x.yaml", RACE % "exhaustive")
    code, output = run("run", "--", "-x.yaml")
    command = re.search(r"^  or +(.*)$", output, re.M)
    code, output = run(*shlex.split(command.group(1))[1:]) if command else (0, output)
    expect("a name like an option: code %d" % code, code == 1, output)
    os.chdir("..")


def places():
    """Nothing takes the place of a device, a pipe, a scenario or another report; links are followed."""
    write("good.yaml", GOOD)
    os.mkfifo("pipe")
    for how in ("run good.yaml --report junit=pipe", "run good.yaml -s fifo -t x.trace --report tap=pipe"):
        code, output = run(shell='cat pipe >piped & "$R" %s; code=$?; wait; exit $code' % how)
        expect("a pipe stays: %s" % how, code == 0 and stat.S_ISFIFO(os.stat("pipe").st_mode) and read("piped"), output)
    code, output = run(shell='cat pipe >piped & "$R" trace export --format json x.trace -o pipe; code=$?; wait; exit $code')
    expect("a pipe stays: export", code == 0 and stat.S_ISFIFO(os.stat("pipe").st_mode) and "events" in read("piped"), output)
    os.symlink("/dev/full", "full")
    for how in ("run good.yaml --report junit=full", "run good.yaml --report results=full",
                "trace export --format json x.trace -o full", "run good.yaml --checkpoint full --checkpoint-every 0",
                "run good.yaml -t full"):
        code, output = run(*how.split())
        expect("what is full is said: %s: code %d" % (how, code), code == 3 and "No space left on device" in output, output)
        expect("a link stays: %s" % how, os.path.islink("full") and stat.S_ISCHR(os.stat("full").st_mode), output)
    os.mkdir("elsewhere")
    for link, target in (("link", "elsewhere/old"), ("new", "elsewhere/new")):
        os.symlink(target, link)
        write("elsewhere/old", "old")
        code, output = run("run", "good.yaml", "--report", "junit=" + link)
        expect("%s is followed" % link, code == 0 and os.path.islink(link) and "testcase" in read(target), output)
    refused("a scenario", "good.yaml", "--report", "tap=./good.yaml", says="./good.yaml: is a scenario")
    refused("a scenario as a trace", "good.yaml", "-t", "elsewhere/../good.yaml", says="is a scenario")
    refused("two reports", "good.yaml", "--report", "tap=both", "--report", "junit=./both", says="two things")
    expect("the scenario is what it was", read("good.yaml") == GOOD)
    os.symlink("/dev/stdout", "stdout") # links, so that a failure of this test breaks nothing
    os.symlink("/dev/null", "null")
    code, output = run(shell='"$R" run good.yaml --report tap=stdout >all; cat all')
    expect("another name of stdout: code %d" % code, "PASS" in output and "ok 1" in output and "1 passed" in output, output)
    code, output = run(shell='"$R" run good.yaml --report junit=null --report tap=null >/dev/null')
    expect("nowhere, twice: code %d" % code, code == 0 and os.path.islink("null"), output)
    expect("nothing is left beside", not glob.glob("*.part") and not glob.glob("elsewhere/*.part"), str(os.listdir(".")))


def has_locked(pid):
    return any(line.split()[1] == "POSIX" and line.split()[4] == str(pid) for line in read("/proc/locks").splitlines())


def at_once():
    """Two that write the same file leave one whole report, or one of them is told."""
    write("race.yaml", RACE % "exhaustive")
    racers = [subprocess.Popen([REHEARSE, "run", "race.yaml", "--report", "html=same.html", "--report", "jsonl=same.jsonl"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(6)]
    codes = [racer.wait(120) for racer in racers]
    page = read("same.html")
    expect("six at once: %s" % codes, codes == [1] * 6)
    expect("one whole page", page.rstrip().endswith("</html>") and page.count("</html>") == 1, page[-200:])
    expect("one whole list", len(read("same.jsonl").splitlines()) == 2, read("same.jsonl"))
    expect("nothing is left beside", not glob.glob("*.part"))
    os.mkfifo("go")
    write("held.yaml", GOOD)
    first = subprocess.Popen([REHEARSE, "run", "held.yaml", "--report", "results=same.results", "--report", "tap=go"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not has_locked(first.pid):
        pass # it opens the results, and waits for a reader of the pipe
    refused("results that somebody writes", "held.yaml", "--report", "results=same.results", says="another process is writing it")
    read("go")
    expect("the first is whole", first.wait(60) == 0 and run("merge", "same.results")[0] == 0)


def writes_part(pid):
    """Is a part open in a process? One that only lies there may be of another one."""
    folder = "/proc/%d/fd" % pid
    try:
        return any(os.readlink(os.path.join(folder, name)).endswith(".part") for name in os.listdir(folder))
    except FileNotFoundError: # closed meanwhile
        return False


def killed():
    """Who is killed while it writes leaves a part; the next one takes it over, and takes none that is being written."""
    write("good.yaml", GOOD)
    os.mkfifo("stop")
    for i in range(3):
        first = subprocess.Popen([REHEARSE, "run", "good.yaml", "--report", "junit=left.xml", "--report", "tap=stop"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not writes_part(first.pid):
            pass # it opens the first report, and waits for a reader of the second
        if i == 1:
            code, output = run("run", "good.yaml", "--report", "junit=left.xml")
            expect("another one writes meanwhile: code %d" % code, code == 0 and "testcase" in read("left.xml"), output)
        expect("one part, time %d" % i, len(glob.glob("left.xml.*.part")) == 1, str(os.listdir(".")))
        first.kill()
        first.wait(60)
    write(glob.glob("left.xml.*.part")[0], "old" * 100000)
    code, output = run("run", "good.yaml", "--report", "junit=left.xml")
    expect("the part is taken over: code %d" % code, code == 0 and not glob.glob("*.part"), output + str(os.listdir(".")))
    expect("and begun anew", read("left.xml").rstrip().endswith("</testsuites>") and "old" not in read("left.xml"), read("left.xml"))
    os.symlink("good.yaml", "left.xml.rehearse-0.part")
    os.link("good.yaml", "left.xml.rehearse-1.part")
    code, output = run("run", "good.yaml", "--report", "junit=left.xml")
    expect("what only looks like a part is left alone", code == 0 and read("good.yaml") == GOOD and
           os.path.islink("left.xml.rehearse-0.part") and os.path.exists("left.xml.rehearse-1.part"), output)
    for name in glob.glob("*.part"):
        os.remove(name)


def nobody_listens():
    for i in range(300):
        write("many/%d.yaml" % i, GOOD)
    code, output = run(shell='("$R" run many --report junit=pipe.xml --report results=pipe.results; echo "code $?" >&2) | head -1')
    expect("a closed pipe is told", "nobody reads standard output" in output and "code 141" in output, output)
    expect("the report is written", read("pipe.xml").rstrip().endswith("</testsuites>"), output)
    code, output = run("merge", "pipe.results")
    expect("the results know: code %d" % code, code == 6 and "a signal ended it" in output, output)
    write("race.yaml", RACE % "exhaustive")
    for what, wanted in (("run race.yaml", 1), ("run good.yaml", 3), ("trace show x.trace", 3), ("help", 3)):
        code, output = run(shell='"$R" %s >/dev/full' % what)
        expect("%s into what is full: code %d" % (what, code),
               code == wanted and "standard output cannot be written" in output, output)
    for what, closed, wanted in (("race.yaml", ">&-", 1), ("race.yaml", "<&- >&- 2>&-", 1), ("good.yaml", "<&- >&-", 3)):
        code, output = run(shell='"$R" run %s --report junit=closed.xml %s' % (what, closed))
        page = read("closed.xml")
        expect("%s %s: code %d, what is said to nobody is in no report" % (what, closed, code),
               code == wanted and page.startswith("<?xml") and page.rstrip().endswith("</testsuites>"), output + page)
        expect("%s %s: it is told" % (what, closed), "2>&-" in closed or "standard output cannot be written" in output, output)


def aligned():
    """Rows of a table end in the same column."""
    _, output = run("selfcheck", "-n", "10", "--no-color")
    rows = [line for line in output.splitlines() if line.startswith("ok ")]
    expect("selfcheck has rows of one length", len(rows) > 100 and len(set(map(len, rows))) == 1, output)


def main():
    work = sys.argv[2]
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    os.chdir(work)
    for name in list(os.environ):
        if name.startswith("GITHUB_") or name in ("COLUMNS", "NO_COLOR", "CLICOLOR_FORCE"):
            del os.environ[name]
    for part in (options, again, names, places, at_once, killed, nobody_listens, aligned):
        part()
    print("%d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
