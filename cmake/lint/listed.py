# SPDX-License-Identifier: MIT
"""Check that every C file is named in the CMakeLists.txt of its folder or of one above it."""

import re

import tree


def check(files: tree.Tree):
    lists = {}
    for path in files.files("CMakeLists.txt", ".cmake"):
        text = re.sub(r"#.*", "", files.read(path))
        folder = path.rpartition("/")[0]
        lists[folder] = set(re.split(r"[\s()\"]+", text))
        for number, line in enumerate(text.splitlines(), 1):
            globs = re.search(r"\bGLOB(_RECURSE)?\b|\baux_source_directory\b", line, re.IGNORECASE)
            if globs and "*.yaml" not in line:  # scenarios are found, not listed
                yield tree.Finding(path, number, "sources are listed, not globbed")
    for path in files.files(".c"):
        parts = path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(len(parts)))
        if not any("/".join(parts[depth:]) in lists.get(folder, ())
                   for depth, folder in enumerate(above)):
            yield tree.Finding(path, 1, "no CMakeLists.txt lists it: it is never compiled")


if __name__ == "__main__":
    tree.main(check)
