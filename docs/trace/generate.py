#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold docs/trace-format.md to the sources and to the program.

    generate.py PROGRAM                 write the run at the end of the page anew
    generate.py PROGRAM --check WORK    fail if a table of the page is not that of the sources, if the run is not what the
                                        program writes, or if reader.py cannot read what the program writes elsewhere

The other tables are written by hand: who changes a code shall meet the sentence about the number of the format.
"""
import os
import re
import subprocess
import sys
import tempfile
import textwrap

from reader import Malformed, Tables, Trace

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join("docs", "trace-format.md")
# Which X-macro has which table, and the code of its first row.
SOURCES = (
    ("event", "core/include/rehearse/event.h", "RH_EVENT_MAP", 8),
    ("signal", "core/include/rehearse/event.h", "RH_SIGNAL_MAP", 0),
    ("why", "core/include/rehearse/event.h", "RH_WHY_MAP", 0),
    ("status", "core/include/rehearse/status.h", "RH_STATUS_MAP", 0),
    ("site", "harness/include/rehearse/choice.h", "RH_SITE_MAP", 0),
    ("end", "harness/include/rehearse/world.h", "RH_END_MAP", 0),
    ("verdict", "harness/include/rehearse/verdict.h", "RH_VERDICT_MAP", 0),
)
FORMAT = "harness/trace/format.h"


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def rows(path, macro):
    """The rows of an X-macro, each as the texts between its commas up to the second."""
    body = re.search(r"#define %s\(X\)((?:.*\\\n)*.*\n)" % macro, text_of(path)).group(1)
    return re.findall(r"X\((\w+),\s*(?:(\d+),\s*)?\"([^\"]+)\"", body)


def table_problems(tables):
    number = int(re.search(r"#define RH_TRACE_FORMAT (\d+)", text_of(FORMAT)).group(1))
    if number != tables.format:
        yield "%s has format %d, the page describes %d" % (FORMAT, number, tables.format)
    expected = {"item": {int(code): word for _, code, word in rows(FORMAT, "RH_TRACE_ITEM_MAP")}}
    for table, path, macro, first in SOURCES:
        expected[table] = {first + i: word for i, (_, _, word) in enumerate(rows(path, macro))}
    for table, words in expected.items():
        if len(words) < 3:
            yield "the rows of %s were not found" % table
        found = tables.words.get(table, {})
        for code in sorted(set(words) | set(found)):
            if words.get(code) != found.get(code):
                yield ("%s %d: the sources say %s, format %d on the page says %s; with another code the format gets another number"
                       % (table, code, words.get(code), tables.format, found.get(code)))


def scenario(page):
    return re.search(r"^## One run\n.*?^```yaml\n(.*?)^```\n", page, re.M | re.S).group(1)


def play(program, text, folder):
    """Play the run of the page; return its trace, and what `trace show` says of it."""
    with open(os.path.join(folder, "lost.yaml"), "w", encoding="utf-8") as file:
        file.write(text)
    run = subprocess.run([program, "run", "--trace", "lost.trace", "lost.yaml"], cwd=folder, capture_output=True,
                         text=True, check=False)
    if run.returncode != 1:
        sys.exit("the run of %s exits with %d:\n%s%s" % (PAGE, run.returncode, run.stdout, run.stderr))
    with open(os.path.join(folder, "lost.trace"), "rb") as file:
        trace = file.read()
    return trace, show(program, "lost.trace", folder)


def show(program, path, folder):
    return subprocess.run([program, "trace", "show", "--all", "--width", "100", "--no-color", path], cwd=folder,
                          capture_output=True, text=True, check=True).stdout


# ---- the run, annotated ----

def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value if len(value) < 40 else value[:37].replace("\n", " ") + "..."
    if isinstance(value, list):
        return "[%s]" % ", ".join(plain(entry) for entry in value)
    return "null" if value is None else str(value).lower()


def legend(word, fields):
    said = ", ".join("%s %s" % (name, plain(value)) for name, value in fields)
    return word + (": " + said if said else "")


def lines(offset, data, said):
    said = textwrap.wrap(said, 60, subsequent_indent="  ", break_on_hyphens=False)
    for row in range(max((len(data) + 15) // 16, len(said))):
        piece = data[16 * row:16 * row + 16]
        text = said[row] if row < len(said) else ""
        where = "%04x" % (offset + 16 * row) if piece else ""
        yield ("%-4s  %-47s  %s" % (where, piece.hex(" "), text)).rstrip()


def annotated(trace):
    for name, value, begin, end in trace.header_parts:
        if name == "limits":  # the list, then its pairs
            yield from limits(trace.data[begin:end], begin, value)
            continue
        said = "header, %d entries" % value if name == "header" else "%s: %s" % (name, plain(value))
        yield from lines(begin, trace.data[begin:end], said)
    for item in trace.items:
        yield from lines(item.offset, item.data, legend(item.word, item.entries))


def limits(data, begin, pairs):
    yield from lines(begin, data[:1], "limits: %d" % len(pairs))
    at = 1
    for name, value in pairs:
        end = data.find(b"\x82", at + 2 + len(name)) if (name, value) != tuple(pairs[-1]) else len(data)
        yield from lines(begin + at, data[at:end], "limit %s: %d" % (name, value))
        at = end


def with_run(page, trace, shown):
    head, body = page.split("## One run\n")
    blocks = iter(("\n".join(annotated(trace)), shown.rstrip("\n")))
    return head + "## One run\n" + re.sub(r"^```text\n.*?^```$", lambda _: "```text\n%s\n```" % next(blocks), body,
                                          flags=re.M | re.S)


def bytes_on(page):
    """The bytes as a reader of the page takes them from it."""
    block = re.search(r"^## One run\n.*?^```text\n(.*?)^```$", page, re.M | re.S).group(1)
    found = b""
    for line in block.splitlines():
        data = bytes.fromhex(line[6:53])
        if data and int(line[:4], 16) != len(found):
            raise Malformed("the page has %s where byte %04x is" % (line[:4], len(found)))
        found += data
    return found


# ---- everything ----

def run_problems(program, page, tables, work):
    trace, shown = play(program, scenario(page), work)
    if bytes_on(page) != trace:
        yield "the bytes on the page are not what the program writes; docs/trace/generate.py writes them anew"
    elif with_run(page, Trace(tables, trace), shown) != page:
        yield "the legend on the page is not what it would be; docs/trace/generate.py writes it anew"
    with open(os.path.join(work, "page.trace"), "wb") as file:
        file.write(bytes_on(page))
    if show(program, "page.trace", work) != shown:
        yield "`rehearse trace show` reads something else from the bytes on the page"


def elsewhere(program, tables, work):
    """Read traces of other scenarios; yield problems."""
    seen = set()
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(ROOT, "scenarios"))
                   for name in names if name.endswith(".yaml") and "exploration" not in folder)[::3]
    for path in paths:
        out = os.path.join(work, "other.trace")
        if os.path.exists(out):
            os.remove(out)
        subprocess.run([program, "run", "--quiet", "--trace", out, path], cwd=work, capture_output=True, check=False)
        if not os.path.exists(out):
            yield "%s leaves no trace" % os.path.relpath(path, ROOT)
            continue
        with open(out, "rb") as file:
            try:
                seen.update(item.word for item in Trace(tables, file.read()).items)
            except (Malformed, UnicodeDecodeError) as error:
                yield "%s: %s" % (os.path.relpath(path, ROOT), error)
    missing = set(tables.words["item"].values()) - {"event"} - seen
    if missing:
        yield "no trace that was read has a %s" % ", ".join(sorted(missing))
    events = seen & set(tables.words["event"].values())
    if len(events) < 25:
        yield "the traces that were read have only %d kinds of events" % len(events)
    print("%d other traces were read, with %d kinds of events" % (len(paths), len(events)))


def main():
    program = os.path.abspath(sys.argv[1])
    page = text_of(PAGE)
    tables = Tables(page)
    if "--check" not in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            trace, shown = play(program, scenario(page), folder)
        page = with_run(page, Trace(tables, trace), shown)
        with open(os.path.join(ROOT, PAGE), "w", encoding="utf-8") as file:
            file.write(page)
        return 0
    work = os.path.abspath(sys.argv[3])
    os.makedirs(work, exist_ok=True)
    problems = list(table_problems(tables))
    problems += run_problems(program, page, tables, work)
    problems += elsewhere(program, tables, work)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
