#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Look for the smallest version of each seeded bug's scenario: the fewest events after which it fails as the whole does, while
the program without the bug holds. A wide search, with two programs to ask and without `rehearse shrink`.

    smallest.py BUILD WORK [NAME...]

Fails if a head says more. Where it says less, the search has missed what somebody has found in another way.
"""

import itertools
import pathlib
import sys

import bug as bugs
import versions

WIDTH = 4
SMALL = 2  # besides these, those with the least text, even if they take some events more
MORE = 4
PAIRS = 1500
# No dpor: what it finds in timed runs need not be had in order of time.
EXPLORE = "{strategy: [fifo, {random: {runs: 15}}, {exhaustive: {bound: {delays: 1}}}], budget: {runs: 60}}"
CLOSELY = "{strategy: [fifo, {random: {runs: 100}}, {pct: {runs: 50}}, {exhaustive: {bound: {delays: 2}}}], budget: {runs: 1500}}"


class Search:
    def __init__(self, scenario: str, buggy: pathlib.Path, healthy: pathlib.Path, work: pathlib.Path, wanted: str):
        self.root = versions.load((bugs.ROOT / scenario).read_text())
        names = set()
        for section in ("actors", "nodes", "behaviours"):
            for key, value in self.root.value:
                if key.value == section:
                    names |= {k if k is not None else v.value for _, k, v in versions.entries(value)}
        self.buggy, self.healthy = versions.Oracle(buggy, work / "b"), versions.Oracle(healthy, work / "h")
        self.items = versions.items_of(self.root)
        self.numbers = versions.numbers_of(self.root)
        self.names = names
        self.claim = None
        self.asked = 0
        self.known = set()
        self.find(scenario, wanted)

    def find(self, scenario: str, wanted: str) -> None:
        """How it fails in the first place, by what the scenario says of its exploration."""
        text = (bugs.ROOT / scenario).read_text()
        explore = next((v for k, v in self.root.value if k.value == "explore"), None)
        flow = "{strategy: [fifo, random]}" if explore is None else versions.flow(explore)
        full = versions.write(versions.build(self.root, frozenset(), {}, None))
        claims = [c for c in self.root.value if c[0].value in versions.CLAIMS]
        whole = full + "".join(versions.write(versions.yaml.MappingNode("tag:yaml.org,2002:map", [c])) for c in claims)
        seen = self.buggy.ask([whole], flow)[0]
        if seen.failure is None:
            raise bugs.Wrong(f"{scenario}: does not fail: {seen}")
        self.wanted, self.invariant, self.events = seen.failure, seen.invariant, seen.events
        self.start = [(self.events, len(full), (frozenset(), ()))]
        if self.invariant.split("/")[0] in versions.CLAIMS:
            for kind in versions.CLAIMS:
                section = next((v for k, v in self.root.value if k.value == kind), None)
                count = 0 if section is None else len(section.value) if isinstance(section, versions.yaml.SequenceNode) else 1
                for i in range(count):
                    self.claim = (kind, i)
                    self.start = self.evaluate([(frozenset(), ())], flow, None)
                    if self.start:
                        return
            raise bugs.Wrong(f"{scenario}: which claim is violated is not found")

    def text(self, version) -> str:
        gone, numbers = version
        return versions.write(versions.build(self.root, gone, dict(numbers), self.claim))

    def evaluate(self, candidates: list, explore: str, bound: int | None) -> list:
        """(events, size, version) of those that count."""
        texts, mine, seen_texts = [], [], set()
        for version in candidates:
            text = self.text(version)
            if (text, explore, bound) not in self.known and text not in seen_texts:
                seen_texts.add(text)
                texts.append(text)
                mine.append(version)
        self.asked += len(texts)
        for text in texts:
            self.known.add((text, explore, bound))
        if not texts:
            return []
        fails = [(seen.events, text, version) for seen, text, version in zip(self.buggy.ask(texts, explore, bound), texts, mine)
                 if seen.failure == self.wanted]
        if not fails:
            return []
        holds = self.healthy.ask([text for _, text, _ in fails], versions.HOLDS)
        return sorted(((events, len(text), version) for (events, text, version), seen in zip(fails, holds) if seen.holds),
                      key=lambda one: one[:2])

    def is_left(self, path: tuple, gone: frozenset) -> bool:
        return all(path[:i] not in gone for i in range(1, len(path) + 1))

    def mention_sets(self):
        """For each name, the entries that cannot stay without it: near ones, and those around them."""
        for name in sorted(self.names):
            near, around = set(), set()

            def walk(node, path, listed):
                for step, key, child in versions.entries(node):
                    below = path + (step,)
                    if path == () and (key == "scenario" or key in versions.TRIMMINGS or key in versions.CLAIMS):
                        continue
                    inside = below if key is None and isinstance(child, versions.yaml.MappingNode) else listed
                    text = child.value if isinstance(child, versions.yaml.ScalarNode) else ""
                    hit = text == name or text.startswith(f"<{name}>") or text.startswith(f"<{name}/")
                    if hit or key == name:
                        near.add(below)
                        around.add(inside or below)
                    walk(child, below, inside)
            walk(self.root, (), None)
            yield frozenset(near)
            yield frozenset(around)

    def moves(self, version) -> list:
        gone, numbers = version
        left = [item.path for item in self.items if self.is_left(item.path, gone)]
        found = [(gone | {path}, numbers) for path in left]
        found += [(gone | some, numbers) for some in self.mention_sets() if not some <= gone]
        for path, number in self.numbers:
            if self.is_left(path, gone):
                found += [(gone, tuple(sorted({**dict(numbers), path: less}.items(), key=str)))
                          for less in versions.less_than(dict(numbers).get(path, number))]
        return found

    def pairs(self, version) -> list:
        gone, numbers = version
        left = [item.path for item in self.items if self.is_left(item.path, gone)]
        both = [(gone | {a, b}, numbers) for a, b in itertools.combinations(left, 2)
                if a != b[:len(a)] and b != a[:len(b)]]
        return both if len(both) <= PAIRS else []

    def descend(self, beam: list) -> list:
        best = beam
        while beam:
            candidates = [move for _, _, version in beam for move in self.moves(version)]
            bound = best[0][0] + MORE
            found = self.evaluate(candidates, EXPLORE, bound) or self.evaluate(candidates, CLOSELY, bound)
            beam = found[:WIDTH] + sorted(found[WIDTH:], key=lambda one: one[1])[:SMALL]
            best = sorted(best + beam, key=lambda one: one[:2])[:WIDTH]
        return best

    def go(self) -> tuple:
        start = self.evaluate([(frozenset(), ())], CLOSELY, None) or self.start
        best = self.descend(start)
        while True:
            before = best[0][:2]
            # Fewer events in another order, two entries at once.
            closer = self.evaluate([one[2] for one in best], CLOSELY, max(best[0][0] - 1, 0)) if best[0][0] > 0 else []
            pairs = self.evaluate(self.pairs(best[0][2]), EXPLORE, best[0][0])[:WIDTH]
            best = sorted(self.descend(closer + pairs)[:WIDTH] + best, key=lambda one: one[:2])[:WIDTH]
            if best[0][:2] == before:
                return best[0]


def main() -> None:
    build, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    wrong = []
    for path in sorted(pathlib.Path(__file__).resolve().parent.glob("*.diff")):
        one = bugs.read(path)
        if sys.argv[3:] and path.stem not in sys.argv[3:] or one.head["Caught by"] == "digests":
            continue
        room = work / path.stem
        room.mkdir(parents=True, exist_ok=True)
        program = room / "rehearse"
        if "--built" not in sys.argv or not program.exists():
            program = bugs.build_program(one, build, room)
        for scenario in one.scenarios:
            try:
                search = Search(scenario, program, build / "bin/rehearse", room / "search", one.head["Caught by"])
                events, _, version = search.go()
            except bugs.Wrong as error:
                print(path.stem, scenario, "WRONG", error, flush=True)
                wrong.append(path.stem)
                continue
            (room / f"smallest.{pathlib.Path(scenario).stem}.yaml").write_text(search.text(version))
            print(path.stem, scenario, search.invariant, search.events, "->", events, "known", one.fewest[scenario],
                  f"{search.asked} asked", flush=True)
            if events < one.fewest[scenario]:
                wrong.append(path.stem)
    if wrong:
        sys.exit("other than the heads say: " + ", ".join(wrong))


if __name__ == "__main__":
    main()
