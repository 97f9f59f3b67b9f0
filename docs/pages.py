#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Do what the pages tell to do, word by word and in order, and compare.

    pages.py PROGRAM WORK [PAGE...]            fail if something is not as a page says; without PAGE all of them, `docs`:
                                               all but README.md
    pages.py PROGRAM WORK [PAGE...] --write    put the output of the commands into the pages

Each page has an empty folder, in which its blocks are done one after the other as a reader would do them, with the tool
installed somewhere and an empty home. What a block without a language begins with `$ ` are commands; what stands below each
must come of it, to the byte, but for a line with an ellipsis, which stands for any lines. A comment in front of a block says more:

    <!-- file: PATH -->          the block is the file PATH
    <!-- change: PATH -->        the block is a diff without a head; its lines are changed in PATH
    <!-- remove from PATH: T --> no block: T is taken out of PATH
    <!-- in: PATH -->            the block can stand at the end of the scenario PATH; it is checked, and PATH stays
    <!-- elsewhere: TEST -->     a test of that name does what the block says

Without such a comment a scenario must pass, and C must compile behind <rehearse/rehearse.h>. Anything else is a block that
nobody checks, which is an error. Links must lead somewhere.
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Pages that are generated or checked by a program of their own.
OTHERS = {"docs/faults.md", "docs/trace-format.md", "docs/scenario-reference.md", "docs/coverage-of-seeds.md",
          "docs/seeded-bugs.md", "docs/shrunk-bugs.md"}
STARTED_AS = "build/release/bin/rehearse"
GROWTH = 1.15
TIMEOUT = 280
BLOCK = re.compile(r"(?:^<!-- ([a-z ]+): (.*?) -->\n+)?^```([\w-]*)\n(.*?)^```$|^<!-- remove from ([^:]+): (.*?) -->$",
                   re.M | re.S)


class Page:
    """One page, and the folder in which it is played."""

    def __init__(self, path, tools, work, is_played=True):
        self.path = path
        self.tools = tools
        self.folder = os.path.join(work, path.replace("/", "."))
        self.problems = []
        self.commands = 0
        self.inside = "" # the folder that `cd` has led to
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            self.text = file.read()
        if is_played:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.makedirs(os.path.join(self.folder, os.path.dirname(STARTED_AS)))
            os.symlink(tools.program, os.path.join(self.folder, STARTED_AS))

    def complain(self, what):
        self.problems.append(what)

    def run(self, command):
        return self.tools.run(command, os.path.join(self.folder, self.inside))

    def file(self, path):
        path = os.path.join(self.folder, self.inside, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def read(self, path):
        with open(self.file(path), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text):
        with open(self.file(path), "w", encoding="utf-8") as file:
            file.write(text)

    def play(self):
        """Do everything; returns the page as it should be."""
        parts, at = [], 0
        for match in BLOCK.finditer(self.text):
            word, what, language, body, path, gone = match.groups()
            parts.append(self.text[at:match.start()])
            at = match.end()
            block = match[0]
            if path:
                self.change(path, gone, "")
            else:
                told = self.do(word, what, language, body)
                if told != body:
                    block = block.replace("```%s\n%s" % (language, body), "```%s\n%s" % (language, told))
            parts.append(block)
        return "".join(parts) + self.text[at:]

    def change(self, path, old, new):
        text = self.read(path)
        if text.count(old) != 1:
            self.complain("%s has %d times\n%s" % (path, text.count(old), old))
        self.write(path, text.replace(old, new))

    def do(self, word, what, language, body):
        if word == "file":
            self.write(what, body)
        elif word == "change":
            lines = body.splitlines(True)
            self.change(what, "".join(line[1:] for line in lines if line[0] != "+"),
                        "".join(line[1:] for line in lines if line[0] != "-"))
        elif word == "in":
            self.write("fragment.yaml", self.read(what) + body)
            said = self.run("rehearse check -q fragment.yaml && echo fine")
            if not said.endswith("fine\n"):
                self.complain("a block is not accepted:\n%s" % said)
        elif word == "elsewhere":
            self.tools.expect_test(what, self)
        elif word:
            self.complain("nobody knows what '%s' means" % word)
        elif language == "" and body.startswith("$ ./dev "):
            self.suite(body)
        elif language == "" and body.startswith("$ "):
            return self.console(body)
        elif language == "yaml" and body.startswith("scenario:"):
            self.write("passes.yaml", body)
            said = self.run("rehearse run passes.yaml")
            if not said.startswith("PASS  "):
                self.complain("a scenario does not pass:\n%s" % said)
        elif language == "c":
            self.compile(body)
        else:
            self.complain("nobody checks this block:\n%s" % body)
        return body

    def console(self, body):
        told = []
        for entry in re.split(r"^(?=\$ )", body, flags=re.M)[1:]:
            command = re.match(r"\$ ((?:.*\\\n)*.*\n)", entry)
            shown = entry[command.end():]
            said = ""
            if re.fullmatch(r"cd [\w.-]+\n", command[1]):
                self.inside = os.path.join(self.inside, command[1].split()[1])
            else:
                said = self.run(command[1])
            self.commands += 1
            if matches(shown, said):
                said = shown
            elif "…\n" in shown:
                self.complain("$ %sshows\n%sand says\n%s" % (command[1], shown, said))
                said = shown
            told.append(command[0] + said)
        told = "".join(told)
        if told != body and not self.tools.is_writing:
            self.complain("the page shows\n%s\nand the program says\n%s" % (body, told))
        return told

    def compile(self, body):
        if not os.path.exists(self.file("page.c")):
            self.write("page.c", "#include <rehearse/rehearse.h>\nstatic const struct rh_program program;\n")
        self.write("page.c", self.read("page.c") + body)
        said = self.run("cc -std=c17 -fsyntax-only -Wall -Wextra -Werror -Wno-unused-const-variable "
                        "-Wno-unused-variable $(pkg-config --cflags rehearse) page.c")
        if said:
            self.complain("its C does not compile:\n%s" % said)

    def suite(self, body):
        """`./dev run`, as far as it can be played here; the number of scenarios may have grown a little since it was written down."""
        if not body.startswith("$ ./dev run\n"):
            return self.complain("nobody runs\n%s" % body)
        shown = body.split("\n$ ")[0].splitlines()[1:]
        said = self.tools.run("%s run scenarios/" % self.tools.program, ROOT).splitlines()
        first, last = shown[:shown.index("…")], shown[-1]
        if said[:len(first)] != first:
            self.complain("`./dev run` begins with\n%s" % "\n".join(said[:len(first)]))
        counts = [re.fullmatch(r"(\d+) passed, 0 failed, 0 skipped", line) for line in (last, said[-1])]
        if None in counts or not int(counts[0].group(1)) <= int(counts[1].group(1)) <= GROWTH * int(counts[0].group(1)):
            self.complain("`./dev run` ends with '%s', the page has '%s'" % (said[-1], last))
        return None

    def links(self):
        prose = re.sub(r"^```.*?^```$", "", self.text, flags=re.M | re.S)
        named = re.findall(r"\]\(([^)]+)\)", prose)
        if self.path == "README.md":
            named += re.findall(r"^\| `([\w./-]+/)`", prose, re.M)
        for link in named:
            path, _, anchor = link.partition("#")
            if "://" in link:
                continue
            target = os.path.normpath(os.path.join(ROOT, os.path.dirname(self.path), path)) if path \
                else os.path.join(ROOT, self.path)
            if not os.path.exists(target):
                self.complain("there is no %s" % link)
            elif anchor and anchor not in anchors(target):
                self.complain("there is no heading for %s" % link)


def anchors(path):
    with open(path, encoding="utf-8") as file:
        prose = re.sub(r"^```.*?^```$", "", file.read(), flags=re.M | re.S)
    heads = re.findall(r"^#+ (.*)$", prose, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def matches(shown, said):
    if "…\n" not in shown:
        return shown == said
    pattern = "".join("(?:.*\n)*?" if line == "…\n" else re.escape(line) for line in shown.splitlines(True))
    return re.fullmatch(pattern, said) is not None


class Tools:
    """An installed tree, a home, and what runs in them."""

    def __init__(self, program, work, is_writing):
        self.program = program
        self.is_writing = is_writing
        self.build = os.path.dirname(os.path.dirname(program))
        prefix, home = os.path.join(work, "prefix"), os.path.join(work, "home")
        for folder in (prefix, home):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        done = subprocess.run(["cmake", "--install", self.build, "--prefix", prefix], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            sys.exit("cannot install:\n%s" % done.stdout)
        configurations = [folder for folder, _, files in os.walk(prefix) if "rehearse.pc" in files]
        self.environment = {"PATH": "%s/bin:/usr/local/bin:/usr/bin:/bin" % prefix, "HOME": home, "NO_COLOR": "1",
                            "LC_ALL": "C.UTF-8", "TERM": "dumb", "CMAKE_PREFIX_PATH": prefix,
                            "PKG_CONFIG_PATH": configurations[0], "LD_LIBRARY_PATH": os.path.dirname(configurations[0])}
        self.tests = None

    def run(self, command, folder):
        run = subprocess.run(["sh", "-c", command], cwd=folder, env=self.environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
        return run.stdout.decode("utf-8", "replace")

    def expect_test(self, name, page):
        if self.tests is None:
            listed = subprocess.run(["ctest", "--test-dir", self.build, "-N"], stdout=subprocess.PIPE, text=True, check=False)
            self.tests = set(re.findall(r"^ *Test +#\d+: (?:[\w-]+:)?(\S+)$", listed.stdout, re.M))
        if name not in self.tests:
            page.complain("there is no test %s" % name)


def all_pages():
    docs = sorted("docs/" + name for name in os.listdir(os.path.join(ROOT, "docs")) if name.endswith(".md"))
    return ["README.md"] + [path for path in docs if path not in OTHERS]


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    program, work, *paths = (os.path.abspath(arguments[0]), os.path.abspath(arguments[1]), *arguments[2:])
    os.makedirs(work, exist_ok=True)
    tools = Tools(program, work, "--write" in sys.argv)
    failed = False
    for path in [page for page in all_pages() if page.startswith("docs/")] if paths == ["docs"] else paths or all_pages():
        page = Page(path, tools, work)
        text = page.play()
        page.links()
        if tools.is_writing:
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
                file.write(text)
        for problem in page.problems:
            print("%s: %s" % (path, problem))
        failed = failed or bool(page.problems)
        print("%s: %d commands" % (path, page.commands))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
