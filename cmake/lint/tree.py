# SPDX-License-Identifier: MIT
"""What every lint starts from: the files of the tree, a finding, and a main function."""

import argparse
import os
import pathlib
import subprocess
import sys
from typing import Callable, Iterable, NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_OURS = {"build", ".git", ".rehearse", "__pycache__", "node_modules"}


class Finding(NamedTuple):
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class Tree:
    """The files that git knows or would add; outside a repository, everything but build products."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        names = self._from_git()
        if names is None:
            names = self._from_walk()
        self.paths = sorted(name for name in names if (root / name).is_file())

    def _from_git(self):
        if not (self.root / ".git").exists():
            return None
        command = ["git", "-C", str(self.root), "ls-files", "-z", "-co", "--exclude-standard"]
        try:
            done = subprocess.run(command, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return {name for name in done.stdout.decode().split("\0") if name}

    def _from_walk(self):
        names = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name not in NOT_OURS]
            names += [os.path.relpath(os.path.join(folder, name), self.root) for name in files]
        return names

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def files(self, *suffixes: str) -> list[str]:
        return [path for path in self.paths if path.endswith(suffixes)]

    def c_files(self) -> list[str]:
        return self.files(".c", ".h")


def is_test(path: str) -> bool:
    """Tell whether a file only serves tests: below a folder tests/ or fuzz/."""
    return bool({"tests", "fuzz"} & set(path.split("/")[:-1]))


def main(check: Callable[[Tree], Iterable[Finding]]) -> None:
    parser = argparse.ArgumentParser(description=sys.modules[check.__module__].__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    finish(check(Tree(parser.parse_args().root)))


def finish(findings: Iterable[Finding]) -> None:
    """Print what was found and exit: 0 for nothing, else 1."""
    findings = sorted(set(findings))
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} to look at")
    sys.exit(1 if findings else 0)
