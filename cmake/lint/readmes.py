# SPDX-License-Identifier: MIT
"""Check that every folder with sources says in a README.md of at most 30 lines what it holds."""

import tree

LINES = 30


def check(files: tree.Tree):
    folders = {path.rpartition("/")[0] for path in files.c_files()}
    for folder in folders:
        if "include/rehearse" in folder or tree.is_test(folder + "/"):
            continue
        if f"{folder}/README.md" not in files.paths:
            yield tree.Finding(folder, 1, "has sources and no README.md")
    for path in files.files("/README.md"):
        folder = path.rpartition("/")[0]
        lines = files.read(path).count("\n")
        if folder in folders and lines > LINES:
            yield tree.Finding(path, lines, f"{lines} lines; {LINES} are enough for a folder")


if __name__ == "__main__":
    tree.main(check)
