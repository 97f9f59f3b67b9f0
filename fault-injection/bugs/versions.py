# SPDX-License-Identifier: MIT
"""Versions of a scenario, for looking for the smallest by other means than `rehearse shrink`: nothing here is shared with it.

A version is the file without some of its entries, or with smaller numbers. Messages are atoms. It counts if the program with
the bug fails in it as it does in the whole, and the program without the bug holds.
"""

import json
import pathlib
import re
import shutil
import subprocess
from typing import NamedTuple

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What says nothing about what happens: exploration, and what is judged besides.
TRIMMINGS = ("about", "covers", "expect_failure", "skip", "allow_vacuous", "explore", "schedule")
CLAIMS = ("expect", "always", "never", "eventually")
MESSAGES = {"message", "output", "reply", "request", "answer", "reason", "exit", "call", "timeout", "down", "user", "receives",
            "undeliverable", "ask_down", "ask_timeout", "title", "scenario", "tags", "args", "commutes"}
SECONDS = 300


class Item(NamedTuple):
    """An entry that can be left out: of a mapping by its key, of a list by its place."""
    path: tuple
    parent: "Item | None"


class Seen(NamedTuple):
    failure: str | None  # its fingerprint
    invariant: str
    events: int
    holds: bool


def load(text: str):
    return yaml.compose(text, Loader=yaml.SafeLoader)


def entries(node):
    """(step, key text or None, child) of a node."""
    if isinstance(node, yaml.MappingNode):
        return [(key.value, key.value, value) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(i, None, value) for i, value in enumerate(node.value)]
    return []


def items_of(root) -> list[Item]:
    found = []

    def walk(node, path, parent):
        for step, key, child in entries(node):
            if not path and (key == "scenario" or key in TRIMMINGS or key in CLAIMS):
                continue
            item = Item(path + (step,), parent)
            found.append(item)
            if not (key is not None and (key in MESSAGES or key.startswith("$"))):
                walk(child, item.path, item)
    walk(root, (), None)
    return found


def less_than(text: str) -> list[str]:
    """What could stand instead of a number or a time and is less, the least first."""
    if re.fullmatch(r"[1-9]\d*", text):
        return [str(less) for less in sorted({0, 1, int(text) // 2, int(text) - 1}) if less < int(text)]
    return ["0", "1ms"] if re.fullmatch(r"[1-9]\d*(ns|us|ms|s|m)", text) and text != "1ms" else []


def numbers_of(root) -> list[tuple[tuple, str]]:
    """Numbers that say how much and times that say how long, outside of messages."""
    found = []

    def walk(node, path):
        for step, key, child in entries(node):
            if not path and (key == "scenario" or key in TRIMMINGS or key in CLAIMS or key in ("limits", "bounds")):
                continue
            if key is not None and (key in MESSAGES or key == "state" or key.startswith("$")):
                continue
            if isinstance(child, yaml.ScalarNode) and key is not None and less_than(child.value):
                found.append((path + (step,), child.value))
            walk(child, path + (step,))
    walk(root, ())
    return found


def build(root, gone: frozenset, numbers: dict, claim: tuple | None):
    """The tree without what is gone; of the claims only that one."""
    def copy(node, path):
        if isinstance(node, yaml.MappingNode):
            pairs = []
            for key, value in node.value:
                below = path + (key.value,)
                if below in gone or (not path and key.value in TRIMMINGS):
                    continue
                if not path and key.value in CLAIMS and (claim is None or claim[0] != key.value):
                    continue
                pairs.append((key, copy(value, below)))
            return yaml.MappingNode(node.tag, pairs, flow_style=node.flow_style)
        if isinstance(node, yaml.SequenceNode):
            kept = [copy(child, path + (i,)) for i, child in enumerate(node.value) if path + (i,) not in gone and
                    not (len(path) == 1 and path[0] in CLAIMS and claim is not None and claim[1] not in (i, None))]
            return yaml.SequenceNode(node.tag, kept, flow_style=node.flow_style)
        if path in numbers:
            return yaml.ScalarNode(node.tag, numbers[path])
        return node
    return copy(root, ())


def scalar(node) -> str:
    if node.style not in ("'", '"', "|", ">") and re.fullmatch(r"[\w$<./-][\w$<>/@#. -]*|", node.value):
        return node.value
    return json.dumps(node.value, ensure_ascii=False)


def flow(node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "{" + ", ".join(f"{scalar(key)}: {flow(value)}" for key, value in node.value) + "}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ", ".join(map(flow, node.value)) + "]"
    return scalar(node)


def write(root) -> str:
    """A line for each entry of the top, and of its sections."""
    lines = []
    for key, value in root.value:
        below = value.value if isinstance(value, (yaml.MappingNode, yaml.SequenceNode)) and key.value != "explore" else []
        if not below:
            lines.append(f"{scalar(key)}: {flow(value)}")
        elif isinstance(value, yaml.MappingNode):
            lines += [f"{scalar(key)}:"] + [f"  {scalar(k)}: {flow(v)}" for k, v in below]
        else:
            lines += [f"{scalar(key)}:"] + [f"  - {flow(v)}" for v in below]
    return "\n".join(lines) + "\n"


class Oracle:
    """Plays many versions at a time with one program."""

    def __init__(self, program: pathlib.Path, work: pathlib.Path):
        self.program, self.work = program, work

    def ask(self, texts: list[str], explore: str | None, bound: int | None = None) -> list[Seen]:
        """What comes of each; of an exploration that the texts do not speak of, and of runs of at most so many events."""
        shutil.rmtree(self.work, ignore_errors=True)
        (self.work / "v").mkdir(parents=True)
        tail = (f"explore: {explore}\n" if explore is not None else "") + (f"bounds: {{events: {bound}}}\n" if bound is not None else "")
        for i, text in enumerate(texts):
            (self.work / f"v/{i:06d}.yaml").write_text(text + tail)
        subprocess.run([self.program, "run", "--no-color", "--no-shrink", "--no-times", "--quiet", "--trace-dir", self.work / "t",
                        "--report", f"jsonl={self.work}/r.jsonl", self.work / "v"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, timeout=SECONDS, check=False)
        seen = [Seen(None, "", 0, False)] * len(texts)
        with open(self.work / "r.jsonl", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                one = json.loads(line)
                if "path" not in one:
                    continue
                i = int(pathlib.Path(one["path"]).stem)
                seen[i] = self.see(one)
        return seen

    @staticmethod
    def see(one: dict) -> Seen:
        violation = one.get("violation")
        if not violation:
            return Seen(None, "", 0, one["verdict"] != "bad")
        at = re.search(r"violated at step (\d+)", one.get("explanation", ""))
        return Seen(violation["fingerprint"], violation["invariant"], int(at[1]) if at else 1 << 30, False)


# ---- what is left ----

# No dpor: what it finds in timed runs need not be had in order of time.
ORDERS = "{strategy: [fifo, {random: {runs: 30}}, {pct: {runs: 15}}, {exhaustive: {bound: {delays: 1}}}], budget: {runs: 150}}"
HOLDS = "{strategy: [fifo, {random: {runs: 40}}]}"


def claim_of(root, is_own: bool) -> tuple | None:
    """What is left of a scenario's own claims is the one that fails."""
    for key, value in root.value:
        if is_own and key.value in CLAIMS:
            return (key.value, 0) if isinstance(value, yaml.SequenceNode) and len(value.value) == 1 else (key.value, None)
    return None


def section(root, name: str):
    return next((value for key, value in root.value if key.value == name), None)


def spare(text: str, buggy: Oracle, healthy: Oracle) -> list[str]:
    """What could be left out of a small scenario and is not: each entry and each line of its schedule, one at a time."""
    root = load(text)
    whole = buggy.ask([text], None)[0]
    assert whole.failure is not None, f"what is left does not fail:\n{text}"
    claim = claim_of(root, whole.invariant.split("/")[0] in CLAIMS)
    schedule = section(root, "schedule")
    explore = section(root, "explore")
    pinned = "allow_vacuous: a part of it\n" + (f"schedule: {flow(schedule)}\n" if schedule is not None else "")
    if explore is not None:
        pinned += f"explore: {flow(explore)}\n"
    parts = [(str(item.path), write(build(root, frozenset({item.path}), {}, claim)))
             for item in items_of(root)]
    texts = [(what, body, body + end) for what, body in parts for end in (pinned, f"explore: {ORDERS}\n")]
    if schedule is not None:
        body = write(build(root, frozenset(), {}, claim))
        for i, line in enumerate(schedule.value):
            rest = [flow(other) for j, other in enumerate(schedule.value) if j != i]
            texts.append((f"schedule: {flow(line)}", body, body + f"schedule: [{', '.join(rest)}]\n"))
    fails = [(what, body) for (what, body, _), seen in zip(texts, buggy.ask([one for _, _, one in texts], None, whole.events))
             if seen.failure == whole.failure]
    holds = healthy.ask([body for _, body in fails], HOLDS) if fails else []
    return sorted({what for (what, _), seen in zip(fails, holds) if seen.holds})
