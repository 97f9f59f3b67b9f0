# SPDX-License-Identifier: MIT
"""Check the shell scripts with shellcheck."""

import re
import subprocess
import sys

import tree


def scripts(files: tree.Tree) -> list[str]:
    """Return the files that a Bourne shell runs, by their first line."""
    bare = [path for path in files.paths if "." not in path.rpartition("/")[2] or path.endswith(".sh")]
    return [path for path in bare if re.match(r"#!.*\b(sh|bash|dash)\b", files.read(path))]


if __name__ == "__main__":
    found = scripts(tree.Tree(tree.ROOT))
    sys.exit(subprocess.run(["shellcheck", *found], cwd=tree.ROOT, check=False).returncode)
