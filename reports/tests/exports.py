#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Have others read what `rehearse trace export` writes: of two scenarios, compared with golden files; of traces that were
changed at random, where anything may come but nothing ill-formed; and of one with 100,000 events, in time.

    exports.py REHEARSE WORK             compare
    exports.py REHEARSE WORK --write     write the golden files anew; review the diff
    exports.py REHEARSE WORK --foreign   also with PlantUML and, in the node_modules that RH_MERMAID names, Mermaid
"""
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GOLDEN = os.path.join(HERE, "export")
FORMATS = ("text", "mermaid", "plantuml", "shiviz", "perfetto", "dot", "json")
MUTANTS = 60
FEW, MANY = 3125, 25000
LOUD = 300000
# Each ping is sent, handled, answered, and the answer handled: four events.
LONG = """scenario: to and fro
actors:
  a: {behaviour: pinger, with: {to: <b>, count: %d}}
  b: ponger
explore: {strategy: fifo}
bounds: {instant_events: 1000000}
"""
# The sender goes on before what it has sent arrives, and after.
CROSSING = """scenario: messages cross over while their sender goes on
nodes: [here, there]
pipes: [{between: [here, there], connected: true, latency: 5ms}]
actors:
  s: {behaviour: sink, node: there}
  w: {behaviour: sink, node: here}
  t: {behaviour: sink, node: here}
steps:
  - w: {send: {to: s, message: one}}
  - w: {send: {to: t, message: beside}}
  - settle
  - w: {send: {to: s, message: two}}
  - w: {send: {to: s, message: three}}
  - w: {send: {to: t, message: beside}}
  - settle
  - w: {send: {to: s, message: four}}
explore: {strategy: fifo}
"""
MERMAID = """import fs from 'node:fs';
import {pathToFileURL} from 'node:url';
globalThis.window = globalThis;
const mermaid = (await import(pathToFileURL(process.argv[2] + '/mermaid/dist/mermaid.core.mjs'))).default;
for (const file of process.argv.slice(3)) {
    const {diagramType} = await mermaid.parse(fs.readFileSync(file, 'utf8'));
    if (diagramType !== 'sequence') throw new Error(file);
}
"""

wrong = []


def check(what, good):
    if not good:
        wrong.append(what)
    return good


def run(*command, **more):
    return subprocess.run(command, capture_output=True, timeout=100, check=False, **more)


# ---- readers: each fails on what is ill-formed, and returns how many events it saw ----


def read_text(path, text):
    check("%s: a control character" % path, not re.search("[\x00-\x09\x0b-\x1f\x7f]", text))


SEQUENCE = r"\d+ [^\n]*"
LINES = {
    "mermaid": re.compile(r"""(?:sequenceDiagram
        |\ {4}participant\ (?P<is>a\d+)\ as\ [ -~]*
        |\ {4}(?P<from>a\d+)(?:->>|-x|--\))(?P<to>a\d+):\ \d+\ [ -~]*
        |\ {4}Note\ over\ (?P<at>a\d+):\ \d+\ [ -~]*)""", re.X),
    "plantuml": re.compile(r"""(?:@startuml|hide\ footbox|@enduml
        |participant\ "[^"]+"\ as\ (?P<is>a\d+)
        |(?P<from>a\d+)\ (?:->|-->|->x)\ (?P<to>a\d+)\ :\ \d+\ .*
        |note\ over\ (?P<at>a\d+)(?:\ \#[0-9A-F]{6})?\ :\ \d+\ .*
        |==\ \d+\ .*\ ==)""", re.X),
}


def read_sequence(path, text, grammar):
    known, count = set(), 0
    lines = text.split("\n")
    check("%s: the last line does not end" % path, lines.pop() == "")
    for line in lines:
        match = grammar.fullmatch(line)
        if not check("%s: not understood: %r" % (path, line), match):
            continue
        name, *used = match.group("is", "from", "to", "at")
        if name:
            check("%s: %s twice" % (path, name), name not in known)
            known.add(name)
        count += any(used)
        check("%s: %r: not declared" % (path, line), all(actor in known for actor in used if actor))
    return count


def read_mermaid(path, text):
    check("%s: an escape is not whole" % path, not re.search(r"#(?!\d+;)|(?<!\d);|[<>&`%\"]", text.replace("->>", "")))
    return read_sequence(path, text, LINES["mermaid"])


def read_plantuml(path, text):
    bare = re.sub(r"<U\+[0-9A-F]{4}>", "", text.replace('participant "', "").replace('" as a', ""))
    check("%s: markup" % path, not re.search(r"[\"~\\|%!$&'`^<;]|\[\[|(?<!^@startuml)[\x00-\x09\x0b-\x1f\x7f]", bare))
    return read_sequence(path, text, LINES["plantuml"])


def read_shiviz(path, text):
    """Each host counts its own events from 1; no clock is behind what its host has seen, or ahead of what has happened."""
    count, hosts = 0, {}
    for line in text.split("\n")[:-1]:
        match = re.fullmatch(r"(?P<host>\S+) (?P<clock>\{.*\}) (?P<event>.*)", line)
        if not check("%s: not understood: %r" % (path, line), match):
            continue
        host, clock = match["host"], json.loads(match["clock"])
        before = hosts.get(host, {})
        check("%s: %r: the host's own clock" % (path, line), clock.get(host) == before.get(host, 0) + 1)
        check("%s: %r: behind" % (path, line), all(clock.get(name, 0) >= at for name, at in before.items()))
        check("%s: %r: ahead" % (path, line),
              all(at <= hosts.get(name, {}).get(name, 0) for name, at in clock.items() if name != host))
        hosts[host] = clock
        count += 1
    return count


def read_perfetto(path, text):
    data = json.loads(text)
    check("%s: keys" % path, set(data) == {"displayTimeUnit", "traceEvents"})
    names, open_turns, slices, flows, last, count = set(), {}, {}, {}, {}, 0
    for event in data["traceEvents"]:
        kind, thread = event["ph"], event["tid"]
        check("%s: %s: no process" % (path, event), event["pid"] == 1)
        if kind == "M":
            names.add(thread)
            continue
        at = round(event["ts"] * 1000)
        check("%s: %s: a thread without a name" % (path, event), thread in names)
        if kind in "st" or kind == "f":
            flows.setdefault(event["id"], []).append((kind, thread, at, event["name"], event["cat"]))
            check("%s: %s: binds to what comes next" % (path, event), kind == "s" or event["bp"] == "e")
            continue
        check("%s: %s: back in time" % (path, event), at >= last.get(thread, 0))
        last[thread] = at
        if kind == "B":
            check("%s: %s: a turn in a turn" % (path, event), thread not in open_turns)
            open_turns[thread] = at
        elif kind == "E":
            check("%s: %s: no turn" % (path, event), open_turns.pop(thread, None) is not None)
        elif kind == "X":
            check("%s: %s: outside of turns" % (path, event), thread in open_turns and event["dur"] == 1)
            slices.setdefault(thread, set()).add(at)
            count += 1
        else:
            check("%s: %s" % (path, event), kind == "i" and event["s"] in "gp")
            slices.setdefault(thread, set()).add(at)
            count += 1
    check("%s: a turn does not end" % path, not open_turns)
    for number, ends in flows.items():
        good = len(ends) == 2 and ends[0][0] == "s" and ends[1][0] == "f" and ends[0][2] <= ends[1][2] \
            and ends[0][3:] == ends[1][3:] and all(end[2] in slices.get(end[1], ()) for end in ends)
        check("%s: flow %s: %s" % (path, number, ends), good)
    return count


def read_dot(path, text):
    done = run("dot", "-Tdot_json", input=text.encode())
    if check("%s: dot says %s" % (path, done.stderr[:300]), done.returncode == 0 and not done.stderr):
        graph = json.loads(done.stdout.decode("utf-8", "replace"), strict=False)
        check("%s: an actor without a label" % path, all("\\n" in node["label"] or node["label"] for node in graph.get("objects", [])))


with open(os.path.join(ROOT, "docs", "trace-export.schema.json"), encoding="utf-8") as schema_file:
    VALIDATOR = jsonschema.Draft202012Validator(json.load(schema_file))


def read_json(path, text, is_small=True):
    data = json.loads(text)
    if is_small:
        for error in VALIDATOR.iter_errors(data):
            check("%s: %s" % (path, error.message), False)
    actors = {actor["id"] for actor in data["actors"]}
    seen = set()
    for event in data["events"]:
        check("%s: %s: who?" % (path, event), event.get("actor", 1) in actors | {1} and event.get("peer", 1) in actors | {1})
        check("%s: %s: no cause" % (path, event), event.get("cause") is None or event["cause"] in seen)
        seen.add(event.get("id"))
    return len(data["events"])


READERS = {name: globals()["read_" + name] for name in FORMATS}


def export(rehearse, trace, name, *options):
    return run(rehearse, "trace", "export", "--format", name, trace, *options)


def read(path, name, data):
    return READERS[name](path, data.decode("utf-8"))


# ---- what is done with them ----


def goldens(rehearse, work, is_writing):
    traces = []
    for name in ("nodes", "shop"):
        trace = os.path.join(work, name + ".trace")
        traces.append(trace)
        done = run(rehearse, "run", "-q", "--no-shrink", "--trace", trace, name + ".yaml", cwd=GOLDEN)
        check("%s ends with %d" % (name, done.returncode), done.returncode == 1)
        for kind in FORMATS:
            done = export(rehearse, trace, kind)
            check("%s: %s: %s" % (name, kind, done.stderr), done.returncode == 0 and not done.stderr)
            said = re.sub(rb"\b[0-9a-f]{32}\b", b"DIGEST", done.stdout)
            path = os.path.join(GOLDEN, "%s.%s" % (name, kind))
            if is_writing:
                with open(path, "wb") as file:
                    file.write(said)
            with open(path, "rb") as file:
                check("%s is another now" % path, file.read() == said)
            read(path, kind, done.stdout)
    return traces


def choices(rehearse, work, trace):
    """Options leave out what they say, in every format alike; a file is what stdout is."""
    whole = json.loads(export(rehearse, trace, "json").stdout)["events"]
    everything = json.loads(export(rehearse, trace, "json", "--all").stdout)["events"]
    moments = [event for event in whole if "id" in event]
    for options, expected in (
            (["--last", "5"], moments[-5:]),
            (["--from", "2", "--to", "3"], [event for event in moments if 2 <= event["step"] <= 3]),
            (["--actor", "hand"], [event for event in moments if event.get("actor") == 1]),
            (["--last", "100000"], moments)):
        data = export(rehearse, trace, "json", *options).stdout
        events = [event["id"] for event in json.loads(data)["events"] if "id" in event]
        check("%s gives %s" % (options, events), events == [event["id"] for event in expected])
        for kind in FORMATS:
            if kind != "dot":
                read("%s %s" % (kind, options), kind, export(rehearse, trace, kind, *options).stdout)
    refused = export(rehearse, trace, "json", "--actor", "nobody")
    check("nobody is nobody: %r" % refused.stderr, refused.returncode == 2 and not refused.stdout)
    causes = {event.get("id") for event in json.loads(export(rehearse, trace, "json", "--causes").stdout)["events"]}
    check("--causes has what does not matter", causes - {None} < {event["id"] for event in moments})
    check("--all has nothing more", len(everything) > len(whole))
    clocks = export(rehearse, trace, "shiviz").stdout.decode().split("\n")
    check("shiviz has other events than json", [line.split("} ")[1].split(" ", 1)[1].replace("\u2028", ".") for line in clocks[:-1]]
          == [event["text"].replace("\u2028", ".") for event in whole])
    out = os.path.join(work, "folder", "out.json")
    done = export(rehearse, trace, "json", "-o", out)
    with open(out, "rb") as file:
        check("a file is not what stdout is", done.returncode == 0 and file.read() == export(rehearse, trace, "json").stdout)
    check("a part is left", os.listdir(os.path.dirname(out)) == ["out.json"])
    states = [len(re.findall(rb"exited", export(rehearse, trace, "dot", "--to", str(step)).stdout)) for step in (1, 2, 8)]
    check("dot behind steps: %s" % states, states == sorted(states) and states[0] < states[2])


def mutate(trace, draw):
    """Some bytes change: any, or letters of texts into what means something somewhere."""
    data = bytearray(trace)
    special = b"<>&\"'#\\]]>--|`:,;%{}[]\x01\x1b\x7f~!$=*/ \n\t"
    body = data.index(b"\x83\x01\x01") # the first name: most of what is worth a change comes behind it
    letters = [i for i, byte in enumerate(data) if 0x61 <= byte <= 0x7a and i > body]
    for _ in range(draw.choice((1, 3, 40))):
        if draw.random() < 0.7:
            data[draw.choice(letters)] = draw.choice(special)
        else:
            data[draw.randrange(body, len(data)) if draw.random() < 0.9 else draw.randrange(body)] = draw.randrange(256)
    return bytes(data[:draw.choice((len(data), draw.randrange(body, len(data))))])


def noise(rehearse, work, traces):
    """Returns diagrams, for who else can read them."""
    draw = random.Random(1)
    path = os.path.join(work, "mutant.trace")
    whole, diagrams = 0, []
    for number in range(MUTANTS):
        with open(draw.choice(traces), "rb") as file:
            data = mutate(file.read(), draw)
        with open(path, "wb") as file:
            file.write(data)
        for kind in FORMATS if number % 6 == 0 else draw.sample(FORMATS, 3):
            done = export(rehearse, path, kind, *draw.choice(((), ("--all",), ("--actor", "boss"))))
            what = "mutant %d, %s" % (number, kind)
            if not check("%s: ends with %d: %s" % (what, done.returncode, done.stderr), done.returncode in (0, 2)):
                continue
            if done.stdout:
                whole += 1
                read(what, kind, done.stdout)
            if done.stdout and kind in LINES:
                diagrams.append(os.path.join(work, "mutant%d.%s" % (number, kind)))
                with open(diagrams[-1], "wb") as file:
                    file.write(done.stdout)
    check("too little noise: %d" % whole, whole > 2 * MUTANTS)
    return diagrams


def crossing(rehearse, work):
    """What is handled on another node comes from where it was sent, and from nothing that its sender did afterwards."""
    path, trace = os.path.join(work, "crossing.yaml"), os.path.join(work, "crossing.trace")
    with open(path, "w", encoding="utf-8") as file:
        file.write(CROSSING)
    done = run(rehearse, "run", "-q", "--trace", trace, path)
    check("the crossing run ends with %d: %s" % (done.returncode, done.stderr[:600]), done.returncode == 0)
    data = json.loads(export(rehearse, trace, "json").stdout)
    names = {actor["id"]: actor["name"] for actor in data["actors"]}
    moments = {event["id"]: event for event in data["events"] if "id" in event}
    handled = [event for event in moments.values() if event["what"] == "handle" and "<- w " in event["text"]
               and names[event["actor"]] == "s"]
    check("crossing: %d are handled" % len(handled), len(handled) == 4)
    for event in handled:
        cause = moments.get(event.get("cause"), {})
        first = next(other for other in moments.values() if other["what"] == "send" and other["text"] == event["text"].replace("<- w ", "-> s "))
        check("crossing: %s comes from %s" % (event, cause), cause is first)
    clocks = [re.fullmatch(r"(\S+) (\{.*\}) \d+ (.*)", line) for line in export(rehearse, trace, "shiviz").stdout.decode().splitlines()]
    sent = [json.loads(line[2])["w"] for line in clocks if line[1] == "w" and line[3].startswith("-> s ")]
    heard = [json.loads(line[2]).get("w") for line in clocks if line[1] == "s" and line[3].startswith("<- w ")]
    check("crossing: sent at %s, heard at %s" % (sent, heard), sent == heard and len(sent) == 4)


def loud(rehearse, work):
    """Messages of 300 kB of characters that are drawn from all there are go through every format."""
    draw = random.Random(2)
    marks = "<>&\"'#\\]|`:,;%{}[]~!$=*/ \u2028\u202e\ufeff\ufffe\uffff"

    def character():
        what = draw.randrange(4)
        code = draw.randrange(0x20, 0x7f) if what == 0 else draw.randrange(0xa0) if what == 1 else draw.randrange(0x110000)
        return draw.choice(marks) if what == 3 else chr(code) if not 0xd800 <= code < 0xe000 and code else "?"

    def quoted(one):
        code = ord(one)
        is_plain = (0x20 <= code < 0x7f or 0xa0 <= code < 0xfffe or code > 0xffff) and one not in "\"\\\ufeff\u2028"
        return one if is_plain else "\\x%02x" % code if code < 0x100 else "\\u%04x" % code
    path, trace = os.path.join(work, "loud.yaml"), os.path.join(work, "loud.trace")
    texts = ["".join(character() for _ in range(1000)) for _ in range(LOUD // 2000)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("scenario: loud\nactors:\n  b: sink\n  a:\n    behaviour: sink\n    script:\n")
        file.writelines("      - {send: {to: b, message: \"%s\"}}\n" % "".join(map(quoted, text)) for text in texts)
        file.write("explore: {strategy: fifo}\n")
    done = run(rehearse, "run", "-q", "--trace", trace, path)
    check("the loud run ends with %d: %s" % (done.returncode, done.stderr[:600]), done.returncode == 0)
    check("too little noise: %d" % os.path.getsize(trace), os.path.getsize(trace) > LOUD)
    for kind in FORMATS:
        done = export(rehearse, trace, kind)
        check("loud %s: ends with %d: %s" % (kind, done.returncode, done.stderr), done.returncode == 0)
        count = read("loud " + kind, kind, done.stdout)
        check("loud %s: %s events" % (kind, count), count is None or count >= len(texts))
        with open(os.path.join(work, "loud." + kind), "wb") as file:
            file.write(done.stdout)
    done = run("jq", "-e", ".events | length > 100", os.path.join(work, "loud.json"))
    check("jq says %s" % done.stderr[:300], done.returncode == 0)


def seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def long(rehearse, work):
    """Eight times the events take about eight times the time."""
    took = {}
    for pings in (FEW, MANY):
        path, trace = os.path.join(work, "long.yaml"), os.path.join(work, "long.trace")
        with open(path, "w", encoding="utf-8") as file:
            file.write(LONG % pings)
        done = run(rehearse, "run", "-q", "--trace", trace, path)
        check("the long run ends with %d: %s" % (done.returncode, done.stdout[-300:]), done.returncode == 0)
        for kind in FORMATS:
            began = seconds()
            data = export(rehearse, trace, kind).stdout.decode()
            took[kind, pings] = seconds() - began
            if kind == "json":
                count = read_json("long", data, False)
                check("%d pings have %d events" % (pings, count), count >= 4 * pings)
    for kind in FORMATS:
        check("%s: not linear: %s" % (kind, took), took[kind, MANY] < 20 * took[kind, FEW] + 0.5)


def foreign(paths):
    used = []
    # A diagram of nothing is of no kind.
    plantuml = [path for path in paths if path.endswith("plantuml") and os.path.getsize(path) > 40]
    if shutil.which("plantuml"):
        used.append("PlantUML")
        for path in plantuml:
            with open(path, "rb") as file:
                done = run("plantuml", "-charset", "UTF-8", "-syntax", input=file.read())
            check("%s: plantuml says %s" % (path, done.stdout[:300]), done.stdout.startswith(b"SEQUENCE"))
    if os.environ.get("RH_MERMAID"):
        used.append("Mermaid")
        done = run("node", "--input-type=module", "-", os.environ["RH_MERMAID"],
                   *(path for path in paths if path.endswith("mermaid")), input=MERMAID.encode())
        check("mermaid says %s" % done.stderr[:600], done.returncode == 0)
    if not used:
        print("neither PlantUML nor RH_MERMAID is there")
        sys.exit(77)
    return used


def main():
    rehearse, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    traces = goldens(rehearse, work, "--write" in sys.argv)
    choices(rehearse, work, traces[1])
    diagrams = noise(rehearse, work, traces)
    crossing(rehearse, work)
    loud(rehearse, work)
    used = ["dot", "jq", "jsonschema", "json"]
    if "--foreign" in sys.argv:
        golden = [os.path.join(GOLDEN, "%s.%s" % (name, kind)) for name in ("nodes", "shop") for kind in LINES]
        used += foreign(golden + diagrams)
    else:
        long(rehearse, work)
    if wrong:
        sys.exit("\n".join(wrong[:40]))
    print("%d formats, read by %s" % (len(FORMATS), ", ".join(used)))


if __name__ == "__main__":
    main()
