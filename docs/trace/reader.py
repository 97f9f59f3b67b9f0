# SPDX-License-Identifier: MIT
"""A reader of traces that knows what docs/trace-format.md says, and nothing else.

    tables = Tables(text of the page)
    trace = Trace(tables, bytes)       raises Malformed
    trace.header, trace.items          a dict; a list of Item
"""
import ctypes
import re

HEADER = ("magic", "format", "version", "program", "path", "scenario", "strategy", "seed", "run", "time_free",
          "stall_max", "bounds", "limits", "digest")
EVENT = ("code", "actor", "peer", "signal", "message", "ordinal", "name", "why", "status", "number", "due")
EVENT_ABSENT = (None, None, 0, 0, None, 0, None, 0, 0, 0, 0)
LENGTHS = {"step": (1, 2, 5), "name": (3,), "decision": (4,), "fault": (4,), "phase": (2,), "pipe": (5,), "digest": (3,), "footer": (6,),
           "time": (2,)}
PID, REF = 90, 91


class Malformed(Exception):
    pass


class Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def xxh3_128(data):
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_128bits.restype = Hash
    library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    found = library.XXH3_128bits(data, len(data))
    return found.high.to_bytes(8, "big") + found.low.to_bytes(8, "big")


class Tables:
    """The tables `| code | WHAT |` of the page: {what: {code: word}}."""

    def __init__(self, page):
        self.format = int(re.search(r"\*\*format (\d+)\*\*", page).group(1))
        self.words = {}
        for head, rows in re.findall(r"^\| code \| (\w+) .*\n\|[-|]+\n((?:\|.*\n)+)", page, re.M):
            found = re.findall(r"^\| (\d+) \| `([^`]+)` \|", rows, re.M)
            self.words[head] = {int(code): word for code, word in found}

    def word(self, table, code):
        if code not in self.words[table]:
            raise Malformed("no %s has the code %d" % (table, code))
        return self.words[table][code]


class Tagged:
    def __init__(self, tag, content):
        self.tag, self.content = tag, content


class Item:
    """One item: its bytes, what it is called, its entries as (name, value) in order."""

    def __init__(self, offset, data, word, entries):
        self.offset, self.data, self.word, self.entries = offset, data, word, entries


class Cbor:
    """The deterministic subset. `read` returns one value."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, size):
        if self.at + size > len(self.data):
            raise Malformed("cut at byte %d" % len(self.data))
        self.at += size
        return self.data[self.at - size:self.at]

    def head(self):
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low
        if low > 27 or major == 7:
            raise Malformed("byte 0x%02x at %d begins nothing" % (first, self.at - 1))
        value = int.from_bytes(self.take(1 << (low - 24)), "big")
        if value < (24, 1 << 8, 1 << 16, 1 << 32)[low - 24]:
            raise Malformed("a head at %d is longer than it has to be" % self.at)
        return major, value

    def read(self):
        major, value = self.head()
        if major == 0:
            return value
        if major == 1:
            return -1 - value
        if major == 2:
            return self.take(value)
        if major == 3:
            return self.take(value).decode("utf-8")
        if major == 4:
            return [self.read() for _ in range(value)]
        if major == 5:
            return [(self.read(), self.read()) for _ in range(value)]
        if major == 6:
            return Tagged(value, self.read())
        if value not in (20, 21, 22):
            raise Malformed("a simple value at %d" % self.at)
        return {20: False, 21: True, 22: None}[value]


class Trace:
    def __init__(self, tables, data):
        self.tables, self.data = tables, data
        self.names, self.steps, self.now = ["-"], 0, 0
        self.items = []
        self.header = self.read_header()
        self.read_items()

    def read_header(self):
        cbor = Cbor(self.data)
        if cbor.head() != (4, len(HEADER)):
            raise Malformed("this is no trace")
        header = {}
        self.header_parts = [("header", len(HEADER), 0, cbor.at)]
        for name in HEADER:
            begin = cbor.at
            header[name] = cbor.read()
            self.header_parts.append((name, header[name], begin, cbor.at))
        if header["magic"] != "rehearse-trace" or header["format"] != self.tables.format:
            raise Malformed("this is no trace of format %d" % self.tables.format)
        if header["digest"] != xxh3_128(self.data[:self.header_parts[-1][2]]):
            raise Malformed("the header was edited")
        self.body = cbor.at
        return header

    def read_items(self):
        at = covered = self.body
        count, digest = 0, bytes(16)
        word = None
        while word != "footer":
            cbor = Cbor(self.data, at)
            entries = cbor.read()
            word, fields = self.fields(entries)
            self.items.append(Item(at, self.data[at:cbor.at], word, fields))
            if word in ("digest", "footer"):
                if entries[1] != count:
                    raise Malformed("%d items, not %d" % (count, entries[1]))
                digest = xxh3_128(digest + self.data[covered:at])
                if entries[2] != digest:
                    raise Malformed("the items before byte %d were edited" % at)
                covered = cbor.at
            else:
                count += 1
            at = cbor.at
        if at != len(self.data):
            raise Malformed("something follows the footer")

    def actor(self, index):
        if not 0 <= index < len(self.names):
            raise Malformed("actor %d was never mentioned" % index)
        return self.names[index]

    def fields(self, entries):
        code = entries[0]
        if code >= 9:
            return self.event(entries)
        word = self.tables.word("item", code)
        if len(entries) not in LENGTHS[word]:
            raise Malformed("a %s of %d entries" % (word, len(entries)))
        return word, getattr(self, word)(*entries[1:])

    def passed(self, time):
        self.now += time
        return ("now", self.now)

    def step(self, time=0, source=None, ident=None, actor=None):
        self.steps += 1
        fields = [("number", self.steps), self.passed(time)]
        if source is not None:
            fields += [("source", source - 1), ("id", ident), ("actor", self.actor(actor))]
        return fields

    def time(self, time):
        return [self.passed(time)]

    def name(self, index, text):
        if index != len(self.names):
            raise Malformed("actors are numbered in order")
        self.names.append(text)
        return [("index", index), ("text", text)]

    def decision(self, site, count, chosen):
        if not chosen < count or count < 2:
            raise Malformed("%d of %d" % (chosen, count))
        return [("site", self.tables.word("site", site)), ("count", count), ("chosen", chosen)]

    def fault(self, kind, actor, reason):
        return [("kind", kind), ("actor", self.actor(actor)), ("reason", self.payload(reason))]

    def phase(self, word):
        return [("word", word)]

    def pipe(self, actor, news, name, detail):
        return [("actor", self.actor(actor)), ("news", news), ("pipe", name),
                ("why" if isinstance(detail, str) else "count", detail)]

    def digest(self, items, digest):
        return [("items", items), ("digest", digest)]

    def footer(self, items, digest, end, verdict, violation):
        fields = [("items", items), ("digest", digest), ("end", self.tables.word("end", end)),
                  ("verdict", self.tables.word("verdict", verdict))]
        if violation is not None:
            invariant, step, one, other, expected, observed, line, column = violation
            fields += [("invariant", invariant), ("step", step), ("actors", [self.actor(one), self.actor(other)]),
                       ("expected", expected), ("observed", observed), ("line", line), ("column", column)]
        return fields

    def event(self, entries):
        if not 2 <= len(entries) <= len(EVENT) or len(entries) > 2 and entries[-1] == EVENT_ABSENT[len(entries) - 1]:
            raise Malformed("an event of %d entries" % len(entries))
        fields = []
        for index, value in enumerate(entries[1:], 1):
            if value == EVENT_ABSENT[index]:
                continue
            name = EVENT[index]
            if name in ("actor", "peer"):
                value = self.actor(value)
            elif name in ("signal", "why", "status"):
                value = self.tables.word(name, value)
            elif name == "message":
                value = self.payload(value)
            elif name == "due" and value is not None:
                value += self.now
            fields.append((name, value))
        return self.tables.word("event", entries[0]), fields

    def payload(self, value):
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 1:
            raise Malformed("a payload that is no array of one")
        return self.text(value[0])

    def text(self, value):
        """A message in words, as `trace show` has it."""
        if isinstance(value, Tagged) and value.tag in (PID, REF):
            name = self.actor(value.content[2]) if value.content[2] else "none"
            return "<%s>" % name if value.tag == PID else "<%s#%d>" % (name, value.content[4])
        if isinstance(value, list) and not all(isinstance(entry, tuple) for entry in value):
            return "[%s]" % ", ".join(self.text(entry) for entry in value)
        return str(value)
