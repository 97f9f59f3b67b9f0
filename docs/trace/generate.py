#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hold docs/trace-format.md to the sources and to the program.

    generate.py PROGRAM                 bring the tables up to date, and write the run at the end of the page anew
    generate.py PROGRAM --check WORK    fail if a table of the page is not that of the sources, if the run is not what the
                                        program writes, or if reader.py cannot read what the program writes elsewhere

A row that is new gets the sentence of the sources. Once a release has the format, which the page says, no code of it
changes: the number of the format goes up, on the page and in harness/trace/format.h.
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
    ("event", "core/include/rehearse/event.h", "RH_EVENT_MAP", 9),
    ("signal", "core/include/rehearse/event.h", "RH_SIGNAL_MAP", 0),
    ("why", "core/include/rehearse/event.h", "RH_WHY_MAP", 0),
    ("status", "core/include/rehearse/status.h", "RH_STATUS_MAP", 0),
    ("site", "harness/include/rehearse/choice.h", "RH_SITE_MAP", 0),
    ("end", "harness/include/rehearse/world.h", "RH_END_MAP", 0),
    ("verdict", "harness/include/rehearse/verdict.h", "RH_VERDICT_MAP", 0),
)
UNRELEASED = "which no release has yet"
FORMAT = "harness/trace/format.h"


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def rows(path, macro):
    """The rows of an X-macro: code (or nothing), word, sentence."""
    body = re.search(r"#define %s\(X\)((?:.*\\\n)*.*\n)" % macro, text_of(path)).group(1).replace("\\\n", " ")
    return re.findall(r"X\(\w+,\s*(?:(\d+),\s*)?\"([^\"]+)\"(?:,\s*(?:\"\w+\"|[A-Z]+))??,\s*\"([^\"]+)\"\)", body)


def sources():
    """{table: {code: (word, sentence)}}, as the page should have it."""
    found = {"item": {int(code): (word, says) for code, word, says in rows(FORMAT, "RH_TRACE_ITEM_MAP")}}
    for table, path, macro, first in SOURCES:
        found[table] = {first + i: (word, says) for i, (_, word, says) in enumerate(rows(path, macro))}
    return found


def table_problems(tables):
    number = int(re.search(r"#define RH_TRACE_FORMAT (\d+)", text_of(FORMAT)).group(1))
    if number != tables.format:
        yield "%s has format %d, the page describes %d" % (FORMAT, number, tables.format)
    for table, words in sources().items():
        if len(words) < 3:
            yield "the rows of %s were not found" % table
        found = tables.words.get(table, {})
        for code in sorted(set(words) | set(found)):
            word = words.get(code, ("nothing",))[0]
            if word != found.get(code, "nothing"):
                yield "%s %d: the sources say %s, format %d on the page says %s" % (table, code, word, tables.format,
                                                                                  found.get(code, "nothing"))


def number_problems():
    """The writer leaves out the number of a kind of event that is not in its list."""
    listed = re.search(r"#define RH_TRACE_NUMBERED((?:.*\\\n)*.*\n)", text_of(FORMAT)).group(1)
    listed = {kind.lower() for kind in re.findall(r"RH_LISTEN\((\w+)\)", listed)}
    having = {word for word, says in sources()["event"].values() if re.search(r"\bnumber\b", says)}
    for word in sorted(listed ^ having):
        yield "RH_TRACE_NUMBERED of %s and the sentence of '%s' disagree on whether it has a number" % (FORMAT, word)


def with_tables(page):
    """The page with the codes of the sources, as long as no release has them."""
    for table, words in sources().items():
        block = re.search(r"^\| code \| %s \|.*\n\|[-|]+\n((?:\|.*\n)+)" % table, page, re.M)
        texts = dict(re.findall(r"^\| \d+ \| `([^`]+)` \|(.*)\n", block.group(1), re.M))
        lines_of = ["| %d | `%s` |%s\n" % (code, word, texts.get(word, " %s |" % says))
                    for code, (word, says) in sorted(words.items())]
        if "".join(lines_of) != block.group(1) and UNRELEASED not in page:
            sys.exit("format %d has been released: other codes are another format" % Tables(page).format)
        page = page[:block.start(1)] + "".join(lines_of) + page[block.end(1):]
    return page


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
        yield "the bytes on the page are not what the program writes"
    elif with_run(page, Trace(tables, trace), shown) != page:
        yield "the legend on the page is not what it would be"
    with open(os.path.join(work, "page.trace"), "wb") as file:
        file.write(bytes_on(page))
    if show(program, "page.trace", work) != shown:
        yield "`rehearse trace show` reads something else from the bytes on the page"


def elsewhere(program, tables, work):
    """Read traces of other scenarios; yield problems."""
    seen = set()
    played = 0
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(ROOT, "scenarios"))
                   for name in names if name.endswith(".yaml") and "exploration" not in folder)
    wanted = set(tables.words["item"].values()) - {"event"}
    sample = paths[::3]
    for path in sample + [path for path in paths if path not in sample]:
        if path not in sample and not wanted - seen:
            break  # the rest is for what the sample has not
        played += 1
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
    missing = wanted - seen
    if missing:
        yield "no trace that was read has a %s" % ", ".join(sorted(missing))
    events = seen & set(tables.words["event"].values())
    if len(events) < 25:
        yield "the traces that were read have only %d kinds of events" % len(events)
    print("%d other traces were read, with %d kinds of events" % (played, len(events)))


def main():
    program = os.path.abspath(sys.argv[1])
    page = text_of(PAGE)
    if "--check" not in sys.argv:
        page = with_tables(page)
        tables = Tables(page)
        with tempfile.TemporaryDirectory() as folder:
            trace, shown = play(program, scenario(page), folder)
        page = with_run(page, Trace(tables, trace), shown)
        with open(os.path.join(ROOT, PAGE), "w", encoding="utf-8") as file:
            file.write(page)
        return 0
    tables = Tables(page)
    work = os.path.abspath(sys.argv[3])
    os.makedirs(work, exist_ok=True)
    problems = list(table_problems(tables)) + list(number_problems())
    problems += run_problems(program, page, tables, work)
    problems += elsewhere(program, tables, work)
    for problem in problems:
        print(problem)
    if problems:
        print("`docs/trace/generate.py PROGRAM` brings %s up to date" % PAGE)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
