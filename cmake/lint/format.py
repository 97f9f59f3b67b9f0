# SPDX-License-Identifier: MIT
"""Check the layout of C files with clang-format, or correct it with --fix."""

import argparse
import pathlib
import subprocess
import sys

import tree


def clang_format(root: pathlib.Path, paths: list[str], *options: str) -> int:
    if not paths:
        return 0
    return subprocess.run(["clang-format", *options, *paths], cwd=root, check=False).returncode


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, default=tree.ROOT)
    arguments = parser.parse_args()
    options = ["-i"] if arguments.fix else ["--dry-run", "-Werror"]
    sys.exit(clang_format(arguments.root, tree.Tree(arguments.root).c_files(), *options))
