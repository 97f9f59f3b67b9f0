# SPDX-License-Identifier: MIT
"""Ask about long files, long functions and long parameter lists; sizes.txt holds the answers."""

import pathlib

import c_source
import tree

TABLE = pathlib.Path(__file__).with_name("sizes.txt")
FILE_LINES, FUNCTION_LINES, PARAMETERS = 800, 70, 6


def questions(files: tree.Tree):
    """Yield (key as in sizes.txt, line, text) for everything that is larger than usual."""
    for path in files.c_files():
        text = files.read(path)
        lines = text.count("\n")
        if lines > FILE_LINES:
            yield f"file {path}", 1, f"{lines} lines: is this one concept?"
        for function in c_source.functions(text):
            # The list of cases in a test's main is a table, not logic.
            table = function.name == "main" and tree.is_test(path)
            if function.lines > FUNCTION_LINES and not table:
                text_of = f"{function.name} has {function.lines} lines: is this one job?"
                yield f"lines {path} {function.name}", function.line, text_of
            if function.parameters > PARAMETERS:
                text_of = f"{function.name} has {function.parameters} parameters: is there a struct?"
                yield f"parameters {path} {function.name}", function.line, text_of


def check(files: tree.Tree, table: str | None = None):
    answered = set()
    known = {}
    rows = TABLE.read_text() if table is None else table
    for number, line in enumerate(rows.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, _, reason = line.partition(":")
        if not reason.strip():
            yield tree.Finding("cmake/lint/sizes.txt", number, "a row needs a reason")
        known[key.strip()] = number
    for key, line, text in questions(files):
        if key in known:
            answered.add(key)
        else:
            yield tree.Finding(key.split()[1], line, text + " If so, say why in cmake/lint/sizes.txt")
    for key in known.keys() - answered:
        yield tree.Finding("cmake/lint/sizes.txt", known[key], f"no longer applies: {key}")


if __name__ == "__main__":
    tree.main(check)
