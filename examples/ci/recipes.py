#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run every command of github.yml and gitlab.yml in a scratch project, as the services would: with the program of the tutorial,
as it is mended and as it fails.

    recipes.py BUILD WORK          the commands that fetch and install packages or the tool give way to `cmake --install BUILD`
    recipes.py BUILD WORK --long   only those that install packages are left out; the tool comes from this clone
"""
import os
import re
import shutil
import subprocess
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "docs"))
import pages  # noqa: E402: the tutorial is read as its own test reads it

wrong = []


def check(what, good):
    if not good:
        wrong.append(what)
    return good


class Runner:
    """Where commands are run, and what they see."""

    def __init__(self, build, work, is_long):
        self.work, self.is_long, self.prefix = work, is_long, os.path.join(work, "prefix")
        if not is_long:
            done = subprocess.run(["cmake", "--install", build, "--prefix", self.prefix], capture_output=True, text=True,
                                  check=False)
            check("cannot install: %s" % done.stderr, done.returncode == 0)
        self.ran = 0

    def replaces(self, command):
        """What is not done here: packages, and without --long the tool."""
        if "apt-get" in command:
            return True
        return "git clone" in command and not self.is_long

    def run(self, command, folder, environment):
        if self.replaces(command):
            check("dev has no install", "dev install --prefix" in command or "apt-get" in command)
            return subprocess.CompletedProcess(command, 0, "")
        self.ran += 1
        return subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command], cwd=folder,
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=900, check=False)

    def environment(self, variables):
        base = {"PATH": os.environ["PATH"], "HOME": os.path.join(self.work, "home"), "LC_ALL": "C.UTF-8", "CI": "true"}
        base.update({name: str(value) for name, value in variables.items()})
        base.update({"PREFIX": self.prefix, "REHEARSE_URL": "file://" + ROOT, "REHEARSE_VERSION": branch()})
        return base


def branch():
    done = subprocess.run(["git", "-C", ROOT, "rev-parse", "--abbrev-ref", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "main"


def project(work, name, is_mended):
    """The files of the tutorial; without its changes of C if it is not mended."""
    folder = os.path.join(work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    page = pages.Page("docs/tutorial.md", None, os.path.join(work, "page"), False)
    page.folder = folder
    for match in pages.BLOCK.finditer(page.text):
        word, what, language, body = match.groups()[:4]
        if word == "file" or (word == "change" and (is_mended or not what.endswith(".c"))):
            page.do(word, what, language, body)
    check("the tutorial is another: %s" % page.problems, not page.problems)
    return folder


# ---- GitHub ----

KEYS = {"name", "uses", "with", "run", "if", "id"}
CONDITIONS = {"steps.rehearse.outputs.cache-hit != 'true'", "always()", "github.event_name == 'schedule'"}


def github_flaws(recipe):
    """YAML reads the key `on` as true."""
    if set(recipe) != {"name", True, "env", "jobs"}:
        yield "keys %s" % list(recipe)
    for job in recipe["jobs"].values():
        for step in job["steps"]:
            if not set(step) <= KEYS or ("run" in step) == ("uses" in step):
                yield "step %s" % step
            if "uses" in step and not re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]):
                yield "action %s" % step["uses"]
            if step.get("if", "always()") not in CONDITIONS:
                yield "nobody knows whether %s" % step["if"]
    used = {step["with"]["path"].rstrip("/") for job in recipe["jobs"].values() for step in job["steps"] if "path" in step.get("with", {})}
    if used != {recipe["env"]["PREFIX"], "kept", "reports"}:
        yield "paths %s" % used


def read_additions(environment, work):
    """What a step has written for those behind it."""
    for line in open(os.path.join(work, "env"), encoding="utf-8").read().splitlines():
        name, _, value = line.partition("=")
        environment[name] = value
    added = open(os.path.join(work, "path"), encoding="utf-8").read().split()
    environment["PATH"] = ":".join(added + [environment["PATH"]])
    for name in ("env", "path"):
        open(os.path.join(work, name), "w", encoding="utf-8").close()


def github(runner, work, folder):
    """Returns the steps that failed. As there, what follows a failure is left out unless it says always()."""
    with open(os.path.join(HERE, "github.yml"), encoding="utf-8") as file:
        recipe = yaml.safe_load(file)
    for flaw in github_flaws(recipe):
        check("github.yml: %s" % flaw, False)
    environment = runner.environment(dict(recipe["env"], GITHUB_ACTIONS="true", GITHUB_RUN_ID=4711,
                                          GITHUB_ENV=os.path.join(work, "env"), GITHUB_PATH=os.path.join(work, "path"),
                                          GITHUB_STEP_SUMMARY=os.path.join(work, "summary.md")))
    for name in ("env", "path", "summary.md"):
        open(os.path.join(work, name), "w", encoding="utf-8").close()
    failed = []
    for step in recipe["jobs"]["scenarios"]["steps"]:
        is_cached = "cache-hit" in step.get("if", "") and os.path.exists(os.path.join(runner.prefix, "bin", "rehearse"))
        if "run" not in step or is_cached or (failed and step.get("if") != "always()"):
            continue
        done = runner.run(step["run"], folder, environment)
        read_additions(environment, work)
        if done.returncode != 0:
            failed.append((step["name"], done.returncode, done.stdout))
    return failed


# ---- GitLab ----


def gitlab(runner, folder):
    with open(os.path.join(HERE, "gitlab.yml"), encoding="utf-8") as file:
        recipe = yaml.safe_load(file)
    jobs = {name: job for name, job in recipe.items() if name not in ("variables", "stages", "default")}
    check("gitlab.yml: keys", set(recipe["default"]) == {"image", "cache", "before_script"})
    check("gitlab.yml: stages", [job["stage"] for job in jobs.values()] == recipe["stages"])
    failed = []
    for name, job in jobs.items():
        check("gitlab.yml: %s" % name, set(job) <= {"stage", "script", "artifacts", "parallel", "when"})
        count = job.get("parallel", 1)
        for index in range(1, count + 1):
            variables = dict(recipe["variables"], CI_PROJECT_DIR=folder, GITLAB_CI="true", CI_JOB_NAME=name)
            if count > 1:
                variables.update(CI_NODE_INDEX=index, CI_NODE_TOTAL=count)
            kept = [line for line in recipe["default"]["before_script"] + job["script"] if not runner.replaces(line)]
            done = runner.run("\n".join(kept), folder, runner.environment(variables))
            if done.returncode != 0:
                failed.append((name, done.returncode, done.stdout))
    return failed


# ---- both, with a program that holds and one that does not ----


def read_junit(folder):
    import xml.etree.ElementTree as tree
    root = tree.parse(os.path.join(folder, "reports", "rehearse.xml")).getroot()
    return len(root.findall(".//testcase")), len(root.findall(".//failure"))


def is_of_bug(name):
    """The scenario of the bank is known to fail, and leaves a trace in any case."""
    return name.endswith(".trace") and not name.startswith("bank-crashes")


def main():
    build, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(os.path.join(work, "home"))
    runner = Runner(build, work, "--long" in sys.argv)
    for service in ("github", "gitlab"):
        for is_mended in (True, False):
            folder = project(work, "%s.%s" % (service, "mended" if is_mended else "fails"), is_mended)
            failed = github(runner, work, folder) if service == "github" else gitlab(runner, folder)
            what = "%s, %s: %s" % (service, "mended" if is_mended else "not mended", failed)
            expected = [] if is_mended else ["Play"] if service == "github" else ["play", "join"]
            check(what, sorted({name for name, *_ in failed}) == sorted(expected) and all(code == 1 for _, code, _ in failed))
            if not check(what + ": no report", os.path.exists(os.path.join(folder, "reports", "rehearse.xml"))):
                continue
            cases, failures = read_junit(folder)
            check("%s: %d cases, %d failures" % (what, cases, failures), cases == 3 and failures == (0 if is_mended else 1))
            check("%s: no page" % what, os.path.exists(os.path.join(folder, "reports", "rehearse.html")))
            traces = [os.path.join(place, name) for place, _, names in os.walk(os.path.join(folder, "reports")) for name in names
                      if is_of_bug(name)]
            check("%s: traces %s" % (what, traces), bool(traces) != is_mended)
    # The failure of before is played again, and stays; with the bug mended it goes.
    before, after = (os.path.join(work, "github." + name) for name in ("fails", "mended"))
    kept = [name for name in os.listdir(os.path.join(before, "kept")) if is_of_bug(name)]
    shutil.copytree(os.path.join(before, "kept"), os.path.join(after, "kept"), dirs_exist_ok=True)
    again = github(runner, work, before)
    check("the failure is forgotten: %s" % again, kept and set(kept) <= set(os.listdir(os.path.join(before, "kept"))))
    again = github(runner, work, after)
    check("the failure is not forgotten: %s" % again, not again and not any(is_of_bug(name) for name in os.listdir(os.path.join(after, "kept"))))
    if wrong:
        sys.exit("\n".join(wrong))
    print("2 files, %d commands" % runner.ran)


if __name__ == "__main__":
    main()
