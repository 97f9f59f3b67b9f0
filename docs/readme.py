#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do what README.md tells to do, and compare.

    readme.py PROGRAM WORK            fail if something is not as README.md says
    readme.py PROGRAM WORK --write    put the output of its commands into README.md

`$ build/release/bin/rehearse ...` runs in a folder that holds the page's first scenario; what stands below must come of it, to
the byte. The other scenarios must pass. `$ ./dev run` is compared line by line, where a line with an ellipsis stands for any lines; the number of scenarios may
have grown a little since somebody wrote it down. C must compile. Links must lead somewhere.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "README.md")
STARTED_AS = "build/release/bin/rehearse"
# What the page tells to leave out of the scenario, before the second run.
LEFT_OUT = ", [[exit, <worker>, noproc]]"
GROWTH = 1.15


def blocks(page, language):
    return [text for word, text in re.findall(r"^```(\w*)\n(.*?)^```$", page, re.M | re.S) if word == language]


def rehearse(program, arguments, folder):
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    environment["NO_COLOR"] = "1"
    run = subprocess.run([STARTED_AS, *arguments], executable=program, cwd=folder, env=environment,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return run.stdout


def scenario_runs(program, page, folder):
    """(what the page shows, what the program says) of each command that plays the first scenario."""
    text = next(block for block in blocks(page, "yaml") if block.startswith("scenario:"))
    for block in blocks(page, ""):
        command, _, shown = block.partition("\n")
        words = command.split()
        if words[:2] != ["$", STARTED_AS]:
            continue
        with open(os.path.join(folder, words[-1]), "w", encoding="utf-8") as file:
            file.write(text)
        yield shown, rehearse(program, words[2:], folder)
        text = text.replace(LEFT_OUT, "")


def later_scenario_problems(program, page, folder):
    """Every other scenario of the page must pass."""
    later = [block for block in blocks(page, "yaml") if block.startswith("scenario:")][1:]
    for number, text in enumerate(later):
        name = "later%d.yaml" % number
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        said = rehearse(program, ["run", name], folder)
        if not said.startswith("PASS  "):
            yield "a scenario of the page does not pass:\n%s" % said


def suite_problems(program, page):
    """The block of `./dev run`: some first lines, an ellipsis, the last line."""
    block = next(block for block in blocks(page, "") if block.startswith("$ ./dev run\n"))
    shown = block.split("\n$ ")[0].splitlines()[1:]
    said = rehearse(program, ["run", "scenarios/"], ROOT).splitlines()
    first, last = shown[:shown.index("…")], shown[-1]
    if said[:len(first)] != first:
        yield "`./dev run` begins with\n%s" % "\n".join(said[:len(first)])
    counts = [re.fullmatch(r"(\d+) passed, 0 failed, 0 skipped", line) for line in (last, said[-1])]
    if None in counts or not int(counts[0].group(1)) <= int(counts[1].group(1)) <= GROWTH * int(counts[0].group(1)):
        yield "`./dev run` ends with '%s', the page has '%s'" % (said[-1], last)


def c_problems(page, folder):
    path = os.path.join(folder, "readme.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#include <rehearse/rehearse.h>\nstatic const struct rh_program program;\n")
        file.write("\n".join(blocks(page, "c")))
    includes = ["-I" + os.path.join(ROOT, part, "include") for part in ("core", "harness", "fault-injection", "reports")]
    run = subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                          "-Wno-unused-const-variable", "-Wno-unused-variable", *includes, path], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        yield "its C does not compile:\n%s" % run.stderr


def link_problems(page):
    named = re.findall(r"\]\(([^)#]+)\)", page) + re.findall(r"^\| `([\w./-]+/)`", page, re.M)
    for path in named:
        if "://" not in path and not os.path.exists(os.path.join(ROOT, path)):
            yield "there is no %s" % path


def main():
    program, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    runs = list(scenario_runs(program, page, folder))
    if "--write" in sys.argv:
        for shown, said in runs:
            page = page.replace(shown, said)
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page)
        return 0
    problems = ["the page shows\n%s\nand the program says\n%s" % run for run in runs if run[0] != run[1]]
    problems += [*later_scenario_problems(program, page, folder), *suite_problems(program, page),
                 *c_problems(page, folder), *link_problems(page)]
    if len(runs) < 2:
        problems.append("the page has no commands to run")
    for problem in problems:
        print("README.md: " + problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
