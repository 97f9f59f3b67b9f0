# SPDX-License-Identifier: MIT
"""Check every #include against the table in layers.txt."""

import pathlib
import re

import c_source
import tree

TABLE = pathlib.Path(__file__).with_name("layers.txt")
PUBLIC = ("core", "core/uv", "harness", "fault-injection", "reports")


class Table:
    def __init__(self, text: str):
        self.groups: dict[str, list[str]] = {}
        self.rows: dict[str, list[str]] = {}
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if not line:
                continue
            group = re.match(r"(@\w+)\s*=\s*(.*)", line)
            if group:
                self.groups.setdefault(group.group(1), []).extend(group.group(2).split())
                continue
            folder, items = line.split(":", 1)
            if folder in self.rows:
                raise ValueError(f"layers.txt: two rows for {folder}")
            self.rows[folder] = items.split()

    def row(self, path: str):
        """Return the folder whose row decides for a file, or None."""
        fitting = [folder for folder in self.rows if path.startswith(folder + "/")]
        return max(fitting, key=len, default=None)

    def items(self, names: list[str]) -> set[str]:
        result = set()
        for name in names:
            result |= self.items(self.groups[name]) if name.startswith("@") else {name}
        return result


def fits(target: str, header: str, item: str) -> bool:
    """Tell whether an item allows a header, given as written and as the file that it is in the tree."""
    if item.startswith("<"):
        name = item[1:-1]
        return header.startswith(name[:-1]) if name.endswith("*") else header == name
    return target == item or target.startswith(item + "/")


def resolve(files: tree.Tree, include: c_source.Include) -> str:
    """Return the path of an included header in the tree, or "" for one from outside."""
    if not include.system:
        return include.name
    for part in PUBLIC:
        path = f"{part}/include/{include.name}"
        if path in files.paths:
            return path
    return ""


def own_folder(path: str) -> str:
    """Return the folder of a file, for tests and fuzzers that of what they test."""
    parts = path.split("/")[:-1]
    return "/".join(parts[:-1] if tree.is_test(path) and parts[-1] in ("tests", "fuzz") else parts)


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def is_own_project(files: tree.Tree, folder: str) -> bool:
    """Tell whether a folder below the root is the root of a project that only uses this one."""
    lists = f"{folder}/CMakeLists.txt"
    return folder != "" and lists in files.paths and "\nproject(" in files.read(lists)


def check(files: tree.Tree, text: str = ""):
    table = Table(text or TABLE.read_text())
    for path in files.c_files():
        folder = table.row(path)
        if folder is None:
            yield tree.Finding(path, 1, "its folder has no row in cmake/lint/layers.txt")
            continue
        items = table.items(table.rows[folder] + (["@test"] if tree.is_test(path) else []))
        items.add(own_folder(path))
        for include in c_source.includes(files.read(path)):
            if not include.system and is_own_project(files, folder_of(path)):
                continue  # which has a root of its own
            target = resolve(files, include)
            if not include.system and include.name not in files.paths:
                message = f'"{include.name}" is no path from the root of the tree'
                yield tree.Finding(path, include.line, message)
            elif include.system and include.name.startswith("rehearse/") and not target:
                yield tree.Finding(path, include.line, f"<{include.name}> is no public header")
            elif not any(fits(target, include.name if include.system else "", item) for item in items):
                message = f"{folder} may not include {target or '<' + include.name + '>'}"
                yield tree.Finding(path, include.line, message)


if __name__ == "__main__":
    tree.main(check)
