# SPDX-License-Identifier: MIT
"""A seeded bug: a unified diff with a head, applied to copies of the files it names and linked in front of the library.

Nothing else is built: the objects of the altered files shadow those of the static libraries.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIELDS = ("Bug", "Brings back", "Caught by", "Scenario", "Fewest events")
UNSEEN = "Not seen by dpor"  # why, if it is not: a field of the head behind the others
LIBRARIES = ("rehearse_core", "rehearse_uv", "rehearse")


class Wrong(Exception):
    """What is wrong with a bug: a sentence."""


class Bug(NamedTuple):
    path: pathlib.Path
    head: dict[str, str]
    files: list[str]

    @property
    def scenarios(self) -> list[str]:
        return self.head["Scenario"].split()

    @property
    def fewest(self) -> dict[str, int | None]:
        """Of each scenario: after how many events its smallest version fails, as far as anybody knows; None: it is not shrunk."""
        numbers = [None if word == "-" else int(word) for word in self.head["Fewest events"].split()]
        if len(numbers) != len(self.scenarios):
            raise Wrong(f"{self.path}: {len(self.scenarios)} scenarios and {len(numbers)} numbers of fewest events")
        return dict(zip(self.scenarios, numbers))


def read(path: pathlib.Path) -> Bug:
    """Read the head of a diff: `Field: text`, each once, in order; a line that begins with blanks goes on."""
    text = path.read_text()
    head_text, found, _ = text.partition("\n--- a/")
    if not found:
        raise Wrong(f"{path}: no diff below the head")
    head: dict[str, str] = {}
    for line in head_text.splitlines():
        match = re.match(r"([A-Z][a-z ]+): (.+)", line)
        if match:
            head[match[1]] = match[2].strip()
        elif line.startswith("  ") and head:
            head[list(head)[-1]] += " " + line.strip()
        elif line.strip():
            raise Wrong(f"{path}: not a line of a head: {line}")
    if tuple(name for name in head if name != UNSEEN) != FIELDS:
        raise Wrong(f"{path}: the head has {', '.join(head)}; expected {', '.join(FIELDS)}")
    return Bug(path, head, re.findall(r"^\+\+\+ b/(\S+)", text, re.MULTILINE))


def apply(bug: Bug, tree: pathlib.Path) -> None:
    """Copy what the diff names into an empty `tree`, and alter it. A hunk that does not fit exactly is an error."""
    shutil.rmtree(tree, ignore_errors=True)
    for name in bug.files:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    patch = subprocess.run(
        ["patch", "--batch", "--strip=1", "--fuzz=0", "--no-backup-if-mismatch", "--reject-file=-", "-i", bug.path],
        cwd=tree, capture_output=True, text=True)
    if patch.returncode != 0:
        raise Wrong(f"{bug.path.name} does not apply any more:\n{patch.stdout}{patch.stderr}")


def ninja(build: pathlib.Path, *arguments: str) -> str:
    return subprocess.run(["ninja", "-C", build, "--quiet", *arguments], check=True, capture_output=True, text=True).stdout


def objects_of(bug: Bug, build: pathlib.Path) -> dict[str, str]:
    """Which objects of the libraries depend on a file of the diff, and the source of each."""
    touched = {str(ROOT / name) for name in bug.files}
    affected = {}
    for block in ninja(build, "-t", "deps").split("\n\n"):
        first, *rest = block.strip().split("\n")
        output = first.partition(":")[0]
        # Relative to the build where ccache was told so.
        needs = [os.path.normpath(os.path.join(build, line.strip())) for line in rest]
        if touched.intersection(needs) and output.startswith(tuple(f"CMakeFiles/{name}.dir/" for name in LIBRARIES)):
            affected[output] = needs[0]
    if not affected:
        raise Wrong(f"{bug.path.name}: nothing in {build} is compiled from {', '.join(bug.files)}; build it first")
    return affected


def run(command: list[str], build: pathlib.Path, what: str) -> None:
    done = subprocess.run(command, cwd=build, capture_output=True, text=True)
    if done.returncode != 0:
        raise Wrong(f"{what}:\n{shlex.join(command)}\n{done.stdout}{done.stderr}")


def compile_object(bug: Bug, command: str, output: str, source: str, work: pathlib.Path, build: pathlib.Path) -> str:
    tree, altered = work / "tree", str(work / pathlib.Path(output).name)
    mine = tree / pathlib.Path(source).relative_to(ROOT)
    words = shlex.split(command)
    words[words.index("-o") + 1] = altered
    for option in ("-MF", "-MT"):
        words[words.index(option) + 1] = altered + ".d"
    words[words.index(source)] = str(mine) if mine.exists() else source
    headers = [f"-I{tree}"] + [f"-I{tree}/{room}/include" for room in ("core", "core/uv", "fault-injection", "harness", "reports")]
    options = next(i for i, word in enumerate(words) if word.startswith("-"))  # behind the compiler, and ccache if it is used
    run(words[:options] + headers + words[options:] + ["-w"], build, f"{bug.path.name} does not compile")
    return altered


def build_program(bug: Bug, build: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """The program with the bug in it."""
    apply(bug, work / "tree")
    affected = objects_of(bug, build)
    commands = ninja(build, "-t", "commands", "bin/rehearse").splitlines()
    compiling = {}
    for command in commands:
        match = re.search(r" -o (\S+\.o) ", command)
        if match:
            compiling[match[1]] = command
    altered = [compile_object(bug, compiling[output], output, source, work, build)
               for output, source in sorted(affected.items())]
    words = [word for word in shlex.split(commands[-1]) if word not in (":", "&&")]
    program = work / "rehearse"
    words[words.index("-o") + 1] = str(program)
    first = next(i for i, word in enumerate(words) if word.endswith(".a"))
    run(words[:first] + altered + words[first:], build, f"{bug.path.name} does not link")
    return program
