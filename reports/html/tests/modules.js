/* SPDX-License-Identifier: MIT */
/* What the page works out of a run, without a browser: node modules.js */
import assert from "node:assert/strict";
import test from "node:test";
import { compare_runs } from "../compare.js";
import { related_actors } from "../graph.js";
import { Layout, ROW, TILE_ROWS } from "../layout.js";
import { past_of, violation_roots } from "../past.js";
import { Rows } from "../rows.js";
import { Run } from "../run.js";
import { States } from "../state.js";
import { family_sums, fault_rows, is_covered } from "../coverage.js";
import { arrows, count_text, plural, scenario_name, seconds_text, shorten } from "../words.js";

const KINDS = [
    "spawn",
    "send",
    "handle",
    "put",
    "take",
    "drop",
    "exit",
    "link_add",
    "link_remove",
    "monitor_add",
    "monitor_remove",
    "trap",
    "mark",
    "name_add",
    "name_remove",
    "wait",
    "wait_end",
    "turn_end",
    "depart",
];
const TABLES = { kinds: KINDS, signals: ["START", "MESSAGE"], whys: ["-", "fault"] };

/* A run of [kind, actor, more...] rows, by the names of actors; `more` is {peer, cause, phrase, step, ...}. */
function run_of(events, more = {}) {
    const actors = ["-"],
        texts = ["0"];
    const number_of = (list, text) => (list.includes(text) ? list.indexOf(text) : list.push(text) - 1);
    const columns = events.flatMap(([kind, actor, it = {}], i) => [
        it.step ?? i,
        0,
        kind === "fault" ? -1 : KINDS.indexOf(kind),
        number_of(actors, actor),
        it.peer ? number_of(actors, it.peer) : 0,
        it.cause === undefined ? 0 : it.cause + 1,
        number_of(texts, it.phrase ?? kind),
        it.payload ? number_of(texts, it.payload) + 1 : 0,
        1,
        it.why === "fault" ? 1 : 0,
        it.ordinal ?? 0,
        it.name ? number_of(texts, it.name) + 1 : 0,
        (it.matters === false ? 0 : 1) | (it.is_on ? 2 : 0),
    ]);
    return new Run({ role: "failing", actors, texts, events: columns, phases: [], ...more }, TABLES);
}

const number = (run, name) => run.actors.indexOf(name);

test("a run tells each of its columns", () => {
    const run = run_of([
        ["send", "a", { peer: "b", payload: "[1]", phrase: "-> b [1]", step: 7, ordinal: 3, name: "n" }],
        ["handle", "b", { cause: 0 }],
    ]);
    assert.deepEqual(
        [
            run.step(0),
            run.kind(0),
            run.actors[run.actor(0)],
            run.actors[run.peer(0)],
            run.phrase(0),
            run.payload(0),
            run.ordinal(0),
            run.name(0),
            run.time(0),
        ],
        [7, "send", "a", "b", "-> b [1]", "[1]", 3, "n", "0"],
    );
    assert.deepEqual(
        [run.cause(0), run.cause(1), run.effects[0], run.effects[1], run.payload(1)],
        [-1, 0, 1, -1, null],
    );
});

test("a violation stands behind the last event of its step", () => {
    const run = run_of(
        [
            ["mark", "a", { step: 1 }],
            ["mark", "a", { step: 2 }],
            ["mark", "a", { step: 2 }],
            ["mark", "a", { step: 3 }],
        ],
        { violation: { step: 2, actors: [0, 0] } },
    );
    assert.equal(run.violation_at(), 2);
    assert.equal(run_of([["mark", "a"]]).violation_at(), -1);
});

test("a state knows who lives, who waits and what is under way", () => {
    const run = run_of([
        ["spawn", "a"],
        ["send", "a", { peer: "b" }],
        ["trap", "a", { is_on: true }],
        ["put", "b", { cause: 1, peer: "a" }],
        ["take", "b", { peer: "a" }],
        ["name_add", "a", { name: "boss" }],
        ["wait", "b"],
        ["wait_end", "b"],
        ["name_remove", "a", { name: "boss" }],
        ["exit", "a", { payload: "boom" }],
    ]);
    const states = new States(run),
        a = number(run, "a"),
        b = number(run, "b");
    assert.equal(states.at(-1).actors[a].is_born, false);
    assert.equal(states.at(-1).actors[b].is_alive, true); /* nobody has seen it come */
    assert.equal(states.at(1).actors[b].waiting, 1);
    assert.equal(states.at(2).actors[a].traps, true);
    assert.deepEqual([states.at(3).actors[b].waiting, states.at(3).actors[b].mailbox], [0, 1]);
    assert.equal(states.at(4).actors[b].mailbox, 0);
    assert.deepEqual(states.at(5).actors[a].names, ["boss"]);
    assert.deepEqual([states.at(6).actors[b].waits, states.at(7).actors[b].waits], [true, false]);
    assert.deepEqual(states.at(8).actors[a].names, []);
    assert.deepEqual([states.at(9).actors[a].is_alive, states.at(9).actors[a].reason], [false, "boom"]);
});

test("a message by name waits for whom it reaches", () => {
    const run = run_of([
        ["send", "a"],
        ["handle", "b", { cause: 0 }],
        ["send", "a", { peer: "c" }],
        ["depart", "a", { peer: "c" }],
    ]);
    const states = new States(run),
        waiting = (event, name) => states.at(event).actors[number(run, name)].waiting;
    assert.deepEqual([waiting(0, "b"), waiting(1, "b"), waiting(2, "c"), waiting(3, "c")], [1, 0, 1, 0]);
});

test("a link has two halves, a monitor one", () => {
    const run = run_of([
        ["link_add", "a", { peer: "b" }],
        ["link_add", "b", { peer: "a" }],
        ["monitor_add", "a", { peer: "b", ordinal: 1 }],
        ["link_remove", "b", { peer: "a" }],
        ["link_remove", "a", { peer: "b" }],
        ["monitor_remove", "a", { peer: "b", ordinal: 1 }],
    ]);
    const states = new States(run),
        halves = (event) => [...states.at(event).links.values()];
    assert.deepEqual([halves(0), halves(1), halves(3), halves(4)], [[1], [3], [1], []]);
    assert.deepEqual(
        [...states.at(2).monitors.values()],
        [{ watcher: number(run, "a"), target: number(run, "b"), name: null }],
    );
    assert.equal(states.at(5).monitors.size, 0);
    assert.deepEqual(related_actors(run), [number(run, "a"), number(run, "b")]);
});

test("a state is the same whichever way it was reached", () => {
    const events = [];
    for (let i = 0; i < 5000; i++) {
        events.push(i % 2 === 0 ? ["send", "a", { peer: "b" }] : ["handle", "b", { cause: i - 1 }]);
    }
    const run = run_of(events),
        forth = new States(run),
        back = new States(run);
    const seen = [0, 1023, 1024, 1025, 3000, 4999].map((event) => JSON.stringify(forth.at(event).actors));
    assert.deepEqual(
        [4999, 3000, 1025, 1024, 1023, 0].map((event) => JSON.stringify(back.at(event).actors)).reverse(),
        seen,
    );
    forth.at(10).actors[1].waiting = 99; /* what is given away is a copy */
    assert.equal(forth.at(10).actors[1].waiting, 0);
});

test("the past of an event is its actor's and that of what it got", () => {
    const run = run_of([
        ["mark", "a"],
        ["mark", "c"],
        ["send", "a", { peer: "b" }],
        ["mark", "a"],
        ["handle", "b", { cause: 2 }],
        ["mark", "b"],
    ]);
    assert.deepEqual([...past_of(run, [4])], [1, 0, 1, 0, 1, 0]);
});

test("the past of a violation begins at the actors that it names", () => {
    const events = [
        ["mark", "a"],
        ["mark", "b"],
        ["mark", "c", { matters: false }],
    ];
    assert.deepEqual(violation_roots(run_of(events, { violation: { step: 2, actors: [1, 0] } })), [0]);
    assert.deepEqual(violation_roots(run_of(events, { violation: { step: 2, actors: [0, 0] } })), [1]);
    assert.deepEqual(violation_roots(run_of(events)), []);
});

test("rows are what is wanted, with the violation and faults among them", () => {
    const events = [
        ["mark", "a"],
        ["mark", "b", { matters: false }],
        ["fault", "a"],
        ["mark", "c"],
    ];
    const run = run_of(events, {
        violation: { step: 2, actors: [1, 0], invariant: "i" },
        phases: [{ before: 2, phase: "heal" }],
    });
    const shown = (wanted) => {
        const rows = new Rows(run, wanted);
        return [...rows.list].map((row) => (row < 0 ? rows.notes[-1 - row].type : row));
    };
    assert.deepEqual(shown("all"), [0, 1, "phase", 2, "violation", 3]);
    assert.deepEqual(shown("matters"), [0, "phase", 2, "violation", 3]);
    assert.deepEqual(shown("past"), [0, "phase", 2, "violation"]);
    const rows = new Rows(run, "matters");
    assert.deepEqual(
        [rows.marks, rows.violation_place(), rows.place_of(1), rows.place_of(3), rows.event_at(3), rows.note_at(0)],
        [[2, 3], 3, 0, 4, 2, null],
    );
});

test("columns are those who do something, and arrows stay in their tiles", () => {
    const events = [
        ["send", "a", { peer: "b" }],
        ["handle", "b", { cause: 0 }],
        ["send", "a", { peer: "b" }],
    ];
    for (let i = 0; i < 5 * TILE_ROWS; i++) {
        events.push(["mark", "a"]);
    }
    events.push(["handle", "b", { cause: 2 }], ["send", "a", { peer: "z" }]);
    const layout = new Layout(new Rows(run_of(events), "all"), 800, 7);
    assert.deepEqual(
        layout.actors.map((actor) => layout.run.actors[actor]),
        ["a", "b"],
    );
    assert.deepEqual([layout.tiles[0].length, layout.tiles[1], layout.tiles[5].length], [2, undefined, 1]);
    assert.deepEqual(
        layout.tiles[0].map((arrow) => arrow.is_long),
        [false, true],
    );
    assert.deepEqual([layout.tile_count, layout.height], [6, events.length * ROW]);
    assert.ok(layout.x[1] < layout.x[2] && layout.x[2] < 800);
});

/* ---- two runs ---- */

const marks = (text) => run_of([...text].map((phrase) => ["mark", "a", { phrase }]));

test("equal runs are equal, and what is swapped has moved", () => {
    const same = compare_runs(marks("abcd"), marks("abcd"));
    assert.deepEqual([...same.mates[0]], [0, 1, 2, 3]);
    const swapped = compare_runs(marks("abcd"), marks("acbd"));
    assert.deepEqual(
        [
            [...swapped.mates[0]].filter((mate) => mate >= 0).length,
            [...swapped.moved[0]].filter((mate) => mate >= 0).length,
        ],
        [3, 1],
    );
});

test("mates are a common subsequence, and no longer one exists", () => {
    let seed = 7;
    const draw = (below) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return (seed >> 8) % below;
    };
    for (let round = 0; round < 300; round++) {
        const word = () => Array.from({ length: draw(9) }, () => "abc"[draw(3)]).join("");
        const a = word(),
            b = word(),
            { mates } = compare_runs(marks(a), marks(b));
        const pairs = [...mates[0]].map((mate, i) => [i, mate]).filter(([, mate]) => mate >= 0);
        assert.ok(
            pairs.every(
                ([i, mate], n) => a[i] === b[mate] && mates[1][mate] === i && (n === 0 || mate > pairs[n - 1][1]),
            ),
            `${a} ${b}`,
        );
        assert.equal(pairs.length, longest_common(a, b), `${a} ${b}`);
    }
});

function longest_common(a, b) {
    const table = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
    for (let i = 1; i <= a.length; i++) {
        for (let j = 1; j <= b.length; j++) {
            table[i][j] = a[i - 1] === b[j - 1] ? table[i - 1][j - 1] + 1 : Math.max(table[i - 1][j], table[i][j - 1]);
        }
    }
    return table[a.length][b.length];
}

test("runs without anything in common keep their ends, however long", () => {
    const long = (word) =>
        run_of([
            ["mark", "a", { phrase: "begin" }],
            ...Array.from({ length: 3000 }, (_, i) => ["mark", "a", { phrase: `${word}${i}` }]),
            ["mark", "a", { phrase: "end" }],
        ]);
    const { mates } = compare_runs(long("x"), long("y"));
    assert.deepEqual([mates[0][0], mates[0][3001], mates[0][1]], [0, 3001, -1]);
});

/* ---- words ---- */

test("numbers and texts are written for people", () => {
    assert.deepEqual(
        [count_text(0), count_text(1234567), count_text("18446744073709551615")],
        ["0", "1,234,567", "18,446,744,073,709,551,615"],
    );
    assert.deepEqual([plural(1, "run"), plural(2000, "run")], ["1 run", "2,000 runs"]);
    assert.deepEqual(
        [seconds_text(undefined), seconds_text(0.0123), seconds_text(5.456), seconds_text(600)],
        ["", "12.3 ms", "5.46 s", "10.0 min"],
    );
    assert.deepEqual([scenario_name({ path: "a", before: 0 }), scenario_name({ path: "a", before: 2 })], ["a", "a #3"]);
    assert.deepEqual([shorten("abcdef", 6), shorten("abcdef", 4), shorten("abcdef", 1)], ["abcdef", "abc…", ""]);
    assert.deepEqual(
        [arrows("-> b [1]"), arrows("<- b"), arrows("-x b"), arrows("a -> b"), arrows("! crash")],
        ["→ b [1]", "← b", "↛ b", "a -> b", "crash"],
    );
});

/* ---- coverage ---- */

test("an item is covered if every count of its family is above nothing, and what cannot happen does not count", () => {
    const pair = {
        counts: ["first", "second"],
        items: [
            ["a", 1, 1],
            ["b", 1, 0],
            ["c", 0, 0, "it ends"],
            ["d", "18446744073709551615", 2],
            ["own", 1, 1],
        ],
        foreseen: 4,
    };
    assert.deepEqual(
        pair.items.map((item) => is_covered(pair, item)),
        [true, false, false, true, true],
    );
    assert.deepEqual(family_sums(pair), { covered: 2, possible: 3, others: 1 });
    assert.equal(is_covered({ counts: ["turns"] }, ["a", 3, 0]), true);
});

test("faults of the catalogue are summed over scenarios", () => {
    const rows = fault_rows({
        catalogue: [
            ["crash", "ACTOR", "may", "holds"],
            ["kill", "ACTOR", "may", "holds"],
        ],
        scenarios: [
            {
                faults: [
                    { kind: "crash", strikes: 3 },
                    { kind: "crash", strikes: 0 },
                ],
            },
            {},
            {
                faults: [
                    { kind: "crash", strikes: "2" },
                    { kind: "unheard-of", strikes: 1 },
                ],
            },
        ],
    });
    assert.deepEqual(
        rows.map((row) => [row.kind, row.family, row.planned, row.struck, row.strikes]),
        [
            ["crash", "actor", 3, 2, 5],
            ["kill", "actor", 0, 0, 0],
        ],
    );
});
