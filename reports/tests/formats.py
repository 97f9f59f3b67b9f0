#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Have other programs read our reports: those of a suite that passes, fails, skips and is no suite, and those of any bytes.

    formats.py REHEARSE NOISE WORK
"""
import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys

import yaml

FAILS = """scenario: counts one too many
actors:
  b: sink
  a: {behaviour: sender, with: {to: <b>}}
expect: [{count: {of: {deliver: {to: b}}, is: 2}}]
"""
HOLDS = FAILS.replace("is: 2", "is: 1")
SKIPS = 'scenario: is skipped\nskip: "not <today> & not #tomorrow"\nactors: {a: sink}\n'
BAD = "scenario: [\n"
FORMATS = ("junit", "junit-strict", "tap", "jsonl", "annotations", "markdown", "html", "coverage",
           "coverage-json")
CASES, BYTES = 150, 2500

wrong = []


def check(what, good):
    if not good:
        wrong.append(what)


def run(*command, stdin=None, env=None):
    return subprocess.run(command, input=stdin, capture_output=True, env=env, timeout=100)


def read_junit(path, data):
    done = run("xmllint", "--huge", "--noout", path)
    check("%s: xmllint says %s" % (path, done.stderr[:300]), done.returncode == 0)
    import xml.etree.ElementTree as tree
    root = tree.fromstring(data)
    if b" file=" not in data:
        schema = os.path.join(os.path.dirname(os.path.abspath(__file__)), "junit-strict.rng")
        done = run("xmllint", "--huge", "--noout", "--relaxng", schema, path)
        check("%s: not what the xUnit plugin takes: %s" % (path, done.stderr[:300]), done.returncode == 0)
    # What GitLab wants: a body, names that are there once, attachments below the case, no more than 30 MB.
    is_real = "noise" not in path and "merged" not in path
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    check("%s: a name comes twice" % path, not is_real or len(set(names)) == len(names))
    check("%s: no body" % path, all((found.text or "").strip() for kind in ("failure", "error", "skipped") for found in root.iter(kind)))
    check("%s: an attachment" % path, all(re.match(r"\[\[ATTACHMENT\|.*\]\]$", found.text or "", re.S)
                                         for found in root.iter("system-out")))
    check("%s: too large" % path, len(data) < 30000000)
    for suite in root:
        cases = suite.findall("testcase")
        kept = {found.get("name"): found.get("value") for found in suite.findall("properties/property")}
        check("%s: no version" % path, re.fullmatch(r"\d+\.\d+\.\d+\S*", kept.get("rehearse.version", "")))
        for name in (case.get("name") for case in cases if is_real and case.get("name").startswith(("fails", "holds"))):
            check("%s: how %s was played" % (path, name), kept.get(name + ".strategy") and re.fullmatch(
                "0x[0-9a-f]+", kept.get(name + ".seed", "")) and re.fullmatch("[0-9a-f]{32}", kept.get(name + ".digest", "")))
        check("%s: a sum is wrong" % path, int(suite.get("tests")) == len(cases))
        check("%s: failures" % path, int(suite.get("failures")) == len(suite.findall("testcase/failure")))
        check("%s: errors" % path, int(suite.get("errors")) == len(suite.findall("testcase/error")))
    return len(names)


def read_tap(path, data):
    done = run("prove", "-e", "cat", path)
    text = done.stdout.decode()
    match = re.search(r"Tests=(\d+),", text)
    check("%s: prove says %s" % (path, text[-300:]), match and "Parse errors" not in text)
    for block in re.findall(r"^  ---\n(.*?)^  \.\.\.$", data.decode(), re.M | re.S):
        check("%s: a block is no YAML" % path, isinstance(yaml.load(block, Loader=yaml.CSafeLoader), dict))
    return int(match[1]) if match else -1


def read_jsonl(path, data):
    done = run("jq", "-c", ".tally", path)
    check("%s: jq says %s" % (path, done.stderr[:300]), done.returncode == 0)
    lines = [json.loads(line) for line in data.decode().splitlines()]
    check("%s: no sums at the end" % path, lines[-1].get("summary") is True)
    sums = {tally: sum(1 for line in lines[:-1] if line["tally"] == tally) for tally in ("passed", "failed", "skipped")}
    failures = [line["violation"] for line in lines[:-1] if "violation" in line]
    check("%s: a violation has no fingerprint" % path,
          all(re.fullmatch("[0-9a-f]{32}", one["fingerprint"]) and one["failure"].startswith(one["invariant"]) for one in failures))
    check("%s: the sums are wrong" % path, all(lines[-1][tally] == count for tally, count in sums.items()))
    return len(lines) - 1


def read_annotations(path, data):
    lines = data.decode().splitlines()
    check("%s: a line is no command" % path, all(line.startswith("::error") for line in lines))
    check("%s: too many" % path, len(lines) <= 10)


def read_markdown(path, data):
    text = data.decode()
    check("%s: no sums" % path, re.search(r"^\*\*\d+ passed, \d+ failed, \d+ skipped\*\*$", text, re.M))
    check("%s: a fold is not closed" % path, text.count("<details>") == text.count("</details>"))


class Page(html.parser.HTMLParser):
    """What stands in each script and style, and which elements there are."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.blocks, self.policy, self.within = set(), [], "", None

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        attributes = dict(attributes)
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]
        self.within = [tag, attributes, ""] if tag in ("script", "style") else None
        if self.within:
            self.blocks.append(self.within)

    def handle_data(self, data):
        if self.within:
            self.within[2] += data

    def handle_endtag(self, tag):
        self.within = None


def read_html(path, data):
    page = Page()
    page.feed(data.decode())
    page.close()
    data_blocks = [json.loads(text) for tag, attributes, text in page.blocks if attributes.get("type") == "application/json"]
    code = [(tag, text) for tag, attributes, text in page.blocks if "type" not in attributes]
    check("%s: odd elements: %s" % (path, page.tags), page.tags == {
        "html", "head", "meta", "title", "link", "style", "body", "noscript", "script"})
    check("%s: %d styles and scripts" % (path, len(code)), [tag for tag, _ in code] == ["style", "script"])
    check("%s: the policy lets anything in: %s" % (path, page.policy),
          page.policy.startswith("default-src 'none';") and "unsafe" not in page.policy and "http" not in page.policy)
    for tag, text in code:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        check("%s: the policy does not allow its own %s" % (path, tag), "%s-src 'sha256-%s'" % (tag, digest) in page.policy)
    scenarios = [block for block in data_blocks if "number" in block]
    check("%s: numbers" % path, [block["number"] for block in scenarios] == list(range(len(scenarios))))
    for block in data_blocks:
        if "role" in block:
            events, count = block["events"], len(block["texts"])
            check("%s: a run is no run" % path, len(events) % 13 == 0 and all(0 <= text < count for text in events[6::13]))
    report = data_blocks[-1]
    check("%s: the catalogue of faults" % path, len(report["catalogue"]) > 30 and all(
        len(row) == 4 and all(row) for row in report["catalogue"]))
    for family in report["coverage"]:
        check("%s: items of %s" % (path, family["family"]), family["items"] and all(
            len(item) in (3, 4) for item in family["items"]) and len({item[0] for item in family["items"]}) == len(family["items"]))
    check("%s: no coverage" % path, report["coverage"])
    for tally in ("passed", "failed", "skipped"):
        check("%s: the sums are wrong" % path, report[tally] == sum(1 for block in scenarios if block["tally"] == tally))
    return len(scenarios)


def read_coverage(path, data):
    text = data.decode()
    families = re.findall(r"^## (\w+): (\d+) of (\d+)$", text, re.M)
    check("%s: %s families" % (path, len(families)), len(families) == 5)
    check("%s: more than there is" % path, all(int(covered) <= int(of) for _, covered, of in families))


def read_coverage_json(path, data):
    done = run("jq", "-e", "[.families[] | .covered <= .possible and (.missing | length) == .possible - .covered] | all",
               path)
    check("%s: jq says %s" % (path, done.stdout[:300] + done.stderr[:300]), done.returncode == 0)
    check("%s: no families" % path, len(json.loads(data)["families"]) == 5)


READERS = {"html": read_html, "junit": read_junit, "junit-strict": read_junit, "tap": read_tap, "jsonl": read_jsonl,
           "annotations": read_annotations, "markdown": read_markdown, "coverage": read_coverage,
           "coverage-json": read_coverage_json}


def suite(rehearse, work):
    folder = os.path.join(work, "suite", "with ü & <b>")
    os.makedirs(folder)
    for name, text in (("bad", BAD), ("fails", FAILS), ("holds", HOLDS), ("skips", SKIPS)):
        with open(os.path.join(folder, name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(text)
    paths = {name: os.path.join(work, "out", name) for name in FORMATS}
    options = [part for name in FORMATS for part in ("--report", "%s=%s" % (name, paths[name]))]
    again = os.path.join(folder, "fails.yaml")  # named twice, played twice, told apart
    command = [rehearse, "run", "--no-times", "--trace-dir", os.path.join(work, "traces"), *options, folder, again]
    first = run(*command)
    check("the suite ends with %d" % first.returncode, first.returncode == 2)
    texts = {}
    for name in FORMATS:
        with open(paths[name], "rb") as file:
            texts[name] = file.read()
        count = READERS[name](paths[name], texts[name])
        check("%s: %s cases" % (name, count), count in (None, 5))
    run(*command)
    for name in FORMATS:
        with open(paths[name], "rb") as file:
            check("%s: not the same a second time" % name, file.read() == texts[name])
    check("a part is left", not [name for name in os.listdir(os.path.join(work, "out")) if name.endswith(".part")])
    check("strict JUnit has a file", b" file=" not in texts["junit-strict"] and b" file=" in texts["junit"])
    check("no attachment", b"[[ATTACHMENT|" in texts["junit"])
    check("no diagram", b"```mermaid\nsequenceDiagram" in texts["markdown"])
    check("no run on the page", b'data-role="failing"' in texts["html"])
    check("no mark of a line", re.search(rb"::error file=[^,\n]+,line=\d+,col=\d+,title=expect/count::", texts["annotations"]))

    summary = os.path.join(work, "summary.md")
    with open(summary, "w", encoding="utf-8") as file:
        file.write("before\n")
    env = dict(os.environ, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)
    done = run(rehearse, "run", "--trace-dir", os.path.join(work, "traces"), folder, env=env)
    with open(summary, encoding="utf-8") as file:
        check("GitHub's summary", file.read().startswith("before\n") and b"::error file=" in done.stdout)

    done = run(rehearse, "run", "--report", "html4=x", folder)
    check("an unknown format: %s" % done.stderr, done.returncode == 2 and b"junit-strict" in done.stderr)
    done = run(rehearse, "run", "--report", "tap=-", os.path.join(folder, "holds.yaml"))
    check("a report on stdout", done.returncode == 0 and b"ok 1 - " in done.stdout)


def read_results(rehearse, path, work):
    """A result file is read by `merge`, which tells it in every other format, and to a terminal."""
    outs = {name: os.path.join(work, "merged." + name) for name in FORMATS}
    done = run(rehearse, "merge", path, "-v", *(part for name, out in outs.items() for part in ("--report", "%s=%s" % (name, out))))
    check("%s: merge ends with %d: %s" % (path, done.returncode, done.stderr[:300]), done.returncode in (1, 2, 3, 6))
    check("%s: something is incomplete: %s" % (path, done.stderr[:300]), b"incomplete" not in done.stderr)
    check("%s: the terminal is painted" % path, not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", done.stdout))
    check("%s: the terminal is told little" % path, len(done.stdout) > BYTES * CASES // 3)
    for name, out in outs.items():
        with open(out, "rb") as file:
            count = READERS[name](out, file.read())
        check("%s: %s cases" % (out, count), count in (None, CASES))


def noise(rehearse, program, work):
    path = os.path.join(work, "noise.results")
    with open(path, "wb") as file:
        done = subprocess.run([program, "results", "4", str(CASES), str(BYTES)], stdout=file, timeout=100, check=False)
    check("%s: too little noise" % path, done.returncode == 0 and os.path.getsize(path) > 300000)
    read_results(rehearse, path, work)
    for name in FORMATS:
        for seed in range(3):
            path = os.path.join(work, "noise.%d.%s" % (seed, name))
            done = run(program, name, str(seed), str(CASES), str(BYTES))
            check("noise %s ends with %d" % (name, done.returncode), done.returncode == 0)
            with open(path, "wb") as file:
                file.write(done.stdout)
            check("%s: too little noise" % path, name in ("annotations", "markdown", "coverage", "coverage-json") or len(done.stdout) > 300000)
            count = READERS[name](path, done.stdout)
            check("%s: %s cases" % (path, count), count in (None, CASES))


def main():
    rehearse, program, work = sys.argv[1:4]
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(os.path.join(work, "out"))
    suite(rehearse, work)
    noise(rehearse, program, work)
    if wrong:
        sys.exit("\n".join(wrong))
    print("%d formats, read by xmllint, prove, jq, PyYAML, json and html.parser" % len(FORMATS))


if __name__ == "__main__":
    main()
