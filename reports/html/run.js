/* SPDX-License-Identifier: MIT */
/* A recorded run. Events are numbers in one array, COLUMNS of them an event, in the order that reports/html_run.c writes. */

const COLUMNS = 13;
const STEP = 0,
    TIME = 1,
    KIND = 2,
    ACTOR = 3,
    PEER = 4,
    CAUSE = 5,
    PHRASE = 6,
    PAYLOAD = 7,
    SIGNAL = 8,
    WHY = 9,
    ORDINAL = 10,
    NAME = 11,
    FLAGS = 12;
const RECEIPTS = new Set(["handle", "put", "drop", "return"]);

export class Run {
    constructor(data, tables) {
        this.role = data.role;
        this.head = data;
        this.actors = data.actors;
        this.events = data.events;
        this.texts = data.texts;
        this.tables = tables;
        this.count = data.events.length / COLUMNS;
        this.violation = data.violation;
        this.phases = data.phases;
        this.find_effects();
        this.find_lives();
    }

    step(i) {
        return this.events[i * COLUMNS + STEP];
    }
    time(i) {
        return this.texts[this.events[i * COLUMNS + TIME]];
    }
    actor(i) {
        return this.events[i * COLUMNS + ACTOR];
    }
    peer(i) {
        return this.events[i * COLUMNS + PEER];
    }
    /* Where what arrives here was sent, what fires was set, who is born was wanted; -1: nowhere in this file. */
    cause(i) {
        return this.events[i * COLUMNS + CAUSE] - 1;
    }
    phrase(i) {
        return this.texts[this.events[i * COLUMNS + PHRASE]];
    }
    payload(i) {
        return this.text_or_none(this.events[i * COLUMNS + PAYLOAD]);
    }
    name(i) {
        return this.text_or_none(this.events[i * COLUMNS + NAME]);
    }
    signal(i) {
        return this.tables.signals[this.events[i * COLUMNS + SIGNAL]];
    }
    why(i) {
        return this.tables.whys[this.events[i * COLUMNS + WHY]];
    }
    ordinal(i) {
        return this.events[i * COLUMNS + ORDINAL];
    }
    matters(i) {
        return (this.events[i * COLUMNS + FLAGS] & 1) !== 0;
    }
    is_on(i) {
        return (this.events[i * COLUMNS + FLAGS] & 2) !== 0;
    }

    kind(i) {
        const kind = this.events[i * COLUMNS + KIND];
        return kind >= 0 ? this.tables.kinds[kind] : kind === -1 ? "fault" : "pipe";
    }

    text_or_none(number) {
        return number === 0 ? null : this.texts[number - 1];
    }

    /* Does a signal reach its target here, for good or ill? */
    is_receipt(i) {
        return RECEIPTS.has(this.kind(i));
    }
    is_fault(i) {
        return this.kind(i) === "fault" || (this.why(i) === "fault" && this.kind(i) !== "send");
    }

    /* Of each sending where it arrived, -1 if it never did. */
    find_effects() {
        this.effects = new Int32Array(this.count).fill(-1);
        for (let i = 0; i < this.count; i++) {
            const cause = this.cause(i);
            if (cause >= 0 && (this.is_receipt(i) || this.kind(i) === "timer_fire")) {
                this.effects[cause] = i;
            }
        }
    }

    /* From which event to which each actor is there; who was there before has -1, who stays has `count`. */
    find_lives() {
        this.born = new Int32Array(this.actors.length).fill(-1);
        this.gone = new Int32Array(this.actors.length).fill(this.count);
        this.seen = new Uint8Array(this.actors.length);
        for (let i = 0; i < this.count; i++) {
            const actor = this.actor(i),
                kind = this.kind(i);
            if (kind === "spawn") {
                this.born[actor] = i;
            } else if (kind === "exit") {
                this.gone[actor] = i;
            }
            this.seen[actor] = 1;
            if (kind !== "effect" && kind !== "input") {
                this.seen[this.peer(i)] |= 2;
            }
        }
    }

    /* Behind which event the violation was noticed; -1 without one. */
    violation_at() {
        if (!this.violation) {
            return -1;
        }
        let low = 0,
            high = this.count;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.step(middle) <= this.violation.step) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
