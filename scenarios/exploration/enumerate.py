#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Recompute the numbers that the scenarios of this folder claim.

A second opinion on the exhaustive strategy: programs are described here once more, as functions from a delivery to sends,
and a walk over all states counts paths (interleavings) and distinct ends (outcomes). In programs like these, where actors
share nothing but messages, ends and lives, a class of interleavings is what each actor has seen and what it died of, so
that there are as many classes as outcomes. It knows nothing of the runtime but
the rules: one order per pair, a delivery is an event, an operation of a script is an event, a fault may happen or not,
what is sent to the dead is still an event. Links and monitors send when somebody ends.

    enumerate.py            compare with the files next to it; 1 and a list if one differs
    enumerate.py --write    put the numbers into the files
"""
import math
import pathlib
import re
import sys
from collections import Counter, namedtuple

# behaviours: name -> (state, handler); handler(state, sender, message) -> (state, [(to, message)])
# flight: [(sender, to, message)]; scripts: name -> [(to, message)]; faults: [(name, reason)]
# links: {(a, b)} both ways; monitors: {(watcher, target)}; mishaps: [(kind, to, at most)], kind is drop or duplicate;
# budget: how many faults and mishaps in all, or None
Program = namedtuple("Program", "behaviours flight scripts faults links monitors mishaps budget",
                     defaults=((), None))
State = namedtuple("State", "channels locals scripts faults dead links monitors seen mishaps")
Copy = namedtuple("Copy", "of")


def program(behaviours, flight=(), scripts=None, faults=(), links=(), monitors=()):
    both = {(a, b) for a, b in links} | {(b, a) for a, b in links}
    return Program(behaviours, list(flight), scripts or {}, list(faults), both, set(monitors))


def ignore(state, _sender, _message):
    return state, []


SINK = (None, ignore)


class Walk:
    """All states by number of events; each with the number of ways that lead to it."""

    def __init__(self, it):
        self.it = it
        self.names = sorted(it.behaviours)

    def start(self):
        it = self.it
        channels = {}
        for sender, to, message in it.flight:
            channels.setdefault((sender, to), []).append(message)
        return State(
            frozenset((pair, tuple(queue)) for pair, queue in channels.items()),
            tuple(it.behaviours[name][0] for name in self.names),
            tuple(0 for _ in self.names), frozenset(range(len(it.faults))), frozenset(),
            frozenset(it.links), frozenset(it.monitors), tuple(() for _ in self.names),
            tuple(most for _, _, most in it.mishaps))

    @staticmethod
    def send(channels, sender, to, message):
        channels[(sender, to)] = channels.get((sender, to), ()) + (message,)

    def end(self, channels, dead, links, monitors, name, reason):
        """The exit step: it only sends."""
        dead[name] = reason
        for partner in sorted(b for a, b in links if a == name):
            self.send(channels, name, partner, ("EXIT", reason))
        for watcher in sorted(w for w, target in monitors if target == name):
            self.send(channels, name, watcher, ("DOWN", reason))
        links -= {(a, b) for a, b in links if a == name}
        monitors -= {(w, target) for w, target in monitors if w == name or target == name}

    def deliver(self, state, pair):
        sender, to = pair
        channels, dead = dict(state.channels), dict(state.dead)
        links, monitors = set(state.links), set(state.monitors)
        local, seen = list(state.locals), list(state.seen)
        message, rest = channels[pair][0], channels[pair][1:]
        if rest:
            channels[pair] = rest
        else:
            del channels[pair]
        message = message.of if isinstance(message, Copy) else message
        if to not in dead:
            at = self.names.index(to)
            if isinstance(message, tuple) and message[0] == "EXIT":
                if (to, sender) in links:
                    links.discard((to, sender))
                    self.end(channels, dead, links, monitors, to, message[1])
            else:
                seen[at] += ((sender, message),)
                local[at], sends = self.it.behaviours[to][1](local[at], sender, message)
                for target, what in sends:
                    self.send(channels, to, target, what)
        return State(frozenset(channels.items()), tuple(local), state.scripts, state.faults,
                     frozenset(dead.items()), frozenset(links), frozenset(monitors), tuple(seen),
                     state.mishaps)

    def act(self, state, name):
        at = self.names.index(name)
        channels, done = dict(state.channels), list(state.scripts)
        to, message = self.it.scripts[name][done[at]]
        done[at] += 1
        self.send(channels, name, to, message)
        return state._replace(channels=frozenset(channels.items()), scripts=tuple(done))

    def strike(self, state, fault):
        name, reason = self.it.faults[fault]
        channels, dead = dict(state.channels), dict(state.dead)
        links, monitors = set(state.links), set(state.monitors)
        self.end(channels, dead, links, monitors, name, reason)
        return state._replace(
            channels=frozenset(channels.items()), faults=state.faults - {fault},
            dead=frozenset(dead.items()), links=frozenset(links), monitors=frozenset(monitors))

    def befall(self, state, mishap, pair):
        """A message is dropped, or handled and left where it was, as a copy."""
        left = list(state.mishaps)
        left[mishap] -= 1
        channels = dict(state.channels)
        message, rest = channels.pop(pair)[0], dict(state.channels)[pair][1:]
        if self.it.mishaps[mishap][0] == "drop":
            if rest:
                channels[pair] = rest
            after = state._replace(channels=frozenset(channels.items()))
        else:
            channels[pair] = (message, Copy(message)) + rest
            after = self.deliver(state._replace(channels=frozenset(channels.items())), pair)
        return after._replace(mishaps=tuple(left))

    def has_budget(self, state):
        spent = len(self.it.faults) - len(state.faults)
        spent += sum(most for _, _, most in self.it.mishaps) - sum(state.mishaps)
        return self.it.budget is None or spent < self.it.budget

    def accidents(self, state, dead):
        if not self.has_budget(state):
            return
        for fault in state.faults:
            if self.it.faults[fault][0] not in dead:
                yield self.strike(state, fault)
        for mishap, (_, to, _) in enumerate(self.it.mishaps):
            for pair, queue in state.channels:
                strikes = pair[1] == to and to not in dead and not isinstance(queue[0], Copy)
                if strikes and state.mishaps[mishap] > 0:
                    yield self.befall(state, mishap, pair)

    def next(self, state):
        """The states behind a state, and whether the run may end here: only what is optional is left."""
        dead = dict(state.dead)
        found = [self.deliver(state, pair) for pair, _ in state.channels]
        for at, name in enumerate(self.names):
            if name not in dead and state.scripts[at] < len(self.it.scripts.get(name, [])):
                found.append(self.act(state, name))
        may_end = not found
        found.extend(self.accidents(state, dead))
        return found, may_end

    def count(self):
        level, runs, outcomes = Counter({self.start(): 1}), 0, set()
        while level:
            following = Counter()
            for state, ways in level.items():
                found, may_end = self.next(state)
                if may_end:
                    runs += ways
                    outcomes.add((state.seen, state.dead))
                for after in found:
                    following[after] += ways
            level = following
        return runs, len(outcomes), len(outcomes)


# ---- the programs, one function for each family of files ----


def senders(count):
    return {f"s{i}": SINK for i in range(1, count + 1)}


def fan_in(n, k=1):
    flight = [(f"s{i}", "receiver", j) for i in range(1, n + 1) for j in range(1, k + 1)]
    return program({"receiver": SINK, **senders(n)}, flight)


def fan_in_sends(n):
    scripts = {f"s{i}": [("receiver", i)] for i in range(1, n + 1)}
    return program({"receiver": SINK, **senders(n)}, scripts=scripts)


def fan_in_crash(n):
    return fan_in(n)._replace(faults=[("receiver", "crash")])


def broadcast(n, m):
    receivers = {f"r{j}": SINK for j in range(1, m + 1)}
    flight = [(f"s{i}", to, f"m{i}") for i in range(1, n + 1) for to in receivers]
    return program({**receivers, **senders(n)}, flight)


def pairs(n):
    receivers = {f"r{i}": SINK for i in range(1, n + 1)}
    return program({**receivers, **senders(n)}, [(f"s{i}", f"r{i}", 1) for i in range(1, n + 1)])


def diamond(n):
    def relay(state, _sender, _message):
        return state, [("sink", "done")]

    workers = {f"w{i}": (None, relay) for i in range(1, n + 1)}
    return program({"sink": SINK, "source": SINK, **workers},
                   [("source", worker, "job") for worker in workers])


def server(n, rounds):
    def answer(state, sender, message):
        return state, [(sender, message)]

    def ask(left, _sender, _message):
        return (left - 1, [("server", left - 1)] if left > 1 else [])

    clients = {f"c{i}": (rounds, ask) for i in range(1, n + 1)}
    return program({"server": (None, answer), **clients},
                   [(client, "server", rounds) for client in clients])


def pool(w, jobs):
    def give(left, sender, _message):
        return (left - 1, [(sender, ("job", left))]) if left > 0 else (left, [])

    def work(state, _sender, message):
        return state, [("pool", ("result", message[1]))]

    workers = {f"w{i}": (None, work) for i in range(1, w + 1)}
    return program({"pool": (jobs, give), **workers}, [(one, "pool", ("ready",)) for one in workers])


def link_chain_crashes(n):
    chain = [f"c{i}" for i in range(1, n + 1)]
    return program({name: SINK for name in chain}, faults=[(c, "r" + c[1:]) for c in chain],
                   links=set(zip(chain, chain[1:])))


def link_chain_some_crashes(n, most):
    return link_chain_crashes(n)._replace(budget=most)


def watcher_crashes(n):
    targets = [f"t{i}" for i in range(1, n + 1)]
    return program({"watcher": SINK, **{name: SINK for name in targets}},
                   faults=[(name, "crash") for name in targets],
                   monitors={("watcher", name) for name in targets})


def fan_in_drops(n, most):
    return fan_in(n)._replace(mishaps=[("drop", "receiver", most)])


def fan_in_duplicates(n, most):
    return fan_in(n)._replace(mishaps=[("duplicate", "receiver", most)])


def watcher_some_crashes(n, most):
    return watcher_crashes(n)._replace(budget=most)


WORDS = ("runs", "outcomes", "classes")

def relay_to(to, message):
    def relay(state, _sender, _message):
        return state, [(to, message)]
    return (None, relay)


def ring(n, tokens, hops):
    def at(place):
        def hand_on(state, _sender, left):
            return state, [(f"a{(place + 1) % n}", left - 1)] if left > 0 else []
        return (None, hand_on)

    flight = [(f"s{i}", f"a{i * n // tokens}", hops) for i in range(tokens)]
    starters = {f"s{i}": SINK for i in range(tokens)}
    return program({**{f"a{i}": at(i) for i in range(n)}, **starters}, flight)


def all_to_all(n):
    names = [f"a{i}" for i in range(n)]

    def greet(own):
        def on(state, _sender, message):
            others = [name for name in names if name != own]
            return state, [(to, "hello") for to in others] if message == "start" else []
        return (None, on)

    return program({**{name: greet(name) for name in names}, **{f"s{i}": SINK for i in range(n)}},
                   [(f"s{i}", name, "start") for i, name in enumerate(names)])


def all_to_all_sent(n):
    names = [f"a{i}" for i in range(n)]
    return program({name: SINK for name in names},
                   [(one, other, "hello") for one in names for other in names if one != other])


def barrier(depth):
    inner = 2 ** depth - 1

    def gate(place):
        def on(seen, _sender, _message):
            return 1, [(f"n{place // 2}", "up")] if seen else []
        return (0, on)

    leaves = range(inner + 1, 2 * inner + 2)
    return program({"n0": SINK, **{f"n{i}": gate(i) for i in range(1, inner + 1)},
                    **{f"n{i}": SINK for i in leaves}},
                   [(f"n{i}", f"n{i // 2}", "up") for i in leaves])


def commit(n):
    members = [f"p{i}" for i in range(n)]

    def coordinate(left, _sender, message):
        if message != "vote":
            return left, []
        return left - 1, [(name, "commit") for name in members] if left == 1 else []

    def take_part(state, sender, message):
        return state, [(sender, "vote" if message == "prepare" else "ack")]

    return program({"c": (n, coordinate), **{name: (None, take_part) for name in members}},
                   [("c", name, "prepare") for name in members])


def stages(k, count):
    forwards = {f"f{i + 1}": relay_to(f"f{i}", "m") for i in range(count)}
    flight = [(source, f"f{count}", "m") for source in "ab" for _ in range(k)]
    return program({"f0": SINK, **forwards, "a": SINK, "b": SINK}, flight)


def jobs(w, count):
    def give(left, sender, _message):
        return (left - 1, [(sender, "job")]) if left > 0 else (left, [])

    workers = {f"w{i}": relay_to("pool", "done") for i in range(w)}
    return program({"pool": (count - w, give), **workers}, [("pool", one, "job") for one in workers])


def arrangements(n):
    return 1 if n == 0 else n * arrangements(n - 1) + 1


# What the programs above have no words for, as arithmetic: classes, or all three.
FORMULAS = [
    (r"request-(\d+)", lambda n: 2 * math.factorial(n)),
    (r"(?:watcher|keeper)-(\d+)-exits", math.factorial),
    (r"late-(?:monitors|links)-(\d+)", lambda n: 2 ** n),
    (r"link-chain-(\d+)-both-ends", lambda n: (None, n + 3, n + 3)),
    (r"(?:star-\d+|chain-\d+-killed)", lambda: 1),
    (r"fan-in-(\d+)-ends", arrangements),
    (r"fan-in-(\d+)-any-crash", lambda n: 2 * math.factorial(n) + arrangements(n)),
    (r"fan-in-([67])", math.factorial),
    (r"fan-in-4x2", lambda: 2520),
]

FAMILIES = [
    (r"ring-(\d+)-(\d+)-(\d+)", ring),
    (r"all-to-all-([23])", all_to_all),
    (r"all-to-all-(\d+)-sent", all_to_all_sent),
    (r"barrier-(\d+)", barrier),
    (r"commit-(\d+)", commit),
    (r"stages-(\d+)-(\d+)", stages),
    (r"jobs-(\d+)x(\d+)", jobs),
    (r"fan-in-(\d+)", fan_in),
    (r"fan-in-(\d+)x(\d+)", fan_in),
    (r"fan-in-(\d+)-sends", fan_in_sends),
    (r"fan-in-(\d+)-crash", fan_in_crash),
    (r"fan-in-(\d+)-drops-(\d+)", fan_in_drops),
    (r"fan-in-(\d+)-duplicates-(\d+)", fan_in_duplicates),
    (r"watcher-(\d+)-crashes-(\d+)", watcher_some_crashes),
    (r"broadcast-(\d+)x(\d+)", broadcast),
    (r"pairs-(\d+)", pairs),
    (r"diamond-(\d+)", diamond),
    (r"server-(\d+)x(\d+)", server),
    (r"pool-(\d+)x(\d+)", pool),
    (r"link-chain-(\d+)-crashes", link_chain_crashes),
    (r"link-chain-(\d+)-at-most-(\d+)", link_chain_some_crashes),
    (r"watcher-(\d+)-crashes", watcher_crashes),
]


def counts_of(name):
    for pattern, formula in FORMULAS:
        match = re.fullmatch(pattern, name)
        if match:
            counts = formula(*map(int, match.groups()))
            return counts if isinstance(counts, tuple) else (None, None, counts)
    for pattern, build in FAMILIES:
        match = re.fullmatch(pattern, name)
        if match:
            return Walk(build(*map(int, match.groups()))).count()
    return None


def claims_of(text):
    return tuple(int(match.group(1)) if match else None
                 for match in (re.search(rf"^  - {word}: (\d+)$", text, re.M)
                               for word in WORDS))


def main(arguments):
    wrong = 0
    files = sorted(pathlib.Path(__file__).resolve().parent.glob("*.yaml"))
    for path in files:
        counts, text = counts_of(path.stem), path.read_text(encoding="utf-8")
        if counts is None:
            print(f"{path.name}: no family of programs has this name")
            wrong += 1
        elif arguments == ["--write"]:
            for word, number in zip(WORDS, counts):
                if number is None:
                    continue
                text = re.sub(rf"^  - {word}: \d+$", f"  - {word}: {number}", text, flags=re.M)
            path.write_text(text, encoding="utf-8")
        elif any(claim not in (None, count) for claim, count in zip(claims_of(text), counts)):
            print(f"{path.name}: claims {WORDS} {claims_of(text)}, counted {counts}")
            wrong += 1
    print(f"{len(files)} files, {wrong} wrong")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
