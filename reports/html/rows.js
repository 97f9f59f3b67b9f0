/* SPDX-License-Identifier: MIT */
/*
 * What a diagram shows, line by line: the events that are wanted, and between them the phases and the violation. A row is a
 * number: that of its event, or, below 0, of a note: -1 - its place in `notes`.
 */
import { past_of, violation_roots } from "./past.js";

export class Rows {
    /* `wanted`: "matters", "past" of the violation, or "all". */
    constructor(run, wanted) {
        this.run = run;
        this.notes = [];
        this.is_past = wanted === "past" ? past_of(run, violation_roots(run)) : null;
        const rows = [];
        const violation_at = run.violation_at();
        let phase = 0;
        for (let i = 0; i < run.count; i++) {
            for (; phase < run.phases.length && run.phases[phase].before <= i; phase++) {
                this.note(rows, "phase", run.phases[phase].phase, i);
            }
            if (wanted === "all" || (run.matters(i) && (!this.is_past || this.is_past[i])) || run.kind(i) === "fault") {
                rows.push(i);
            }
            if (i === violation_at) {
                this.note(rows, "violation", run.violation.invariant, i);
            }
        }
        this.list = Int32Array.from(rows);
        this.count = rows.length;
        this.find_places();
        this.find_marks();
    }

    note(rows, type, text, event) {
        this.notes.push({ type, text, event });
        rows.push(-this.notes.length);
    }

    find_places() {
        this.places = new Int32Array(this.run.count).fill(-1);
        this.list.forEach((row, place) => {
            if (row >= 0) {
                this.places[row] = place;
            }
        });
    }

    /* Where `n` stops: faults and the violation. */
    find_marks() {
        this.marks = [];
        this.list.forEach((row, place) => {
            if (row >= 0 ? this.run.is_fault(row) : this.notes[-1 - row].type === "violation") {
                this.marks.push(place);
            }
        });
    }

    note_at(place) {
        const row = this.list[place];
        return row < 0 ? this.notes[-1 - row] : null;
    }

    /* The event of a row; of a note the one that it stands behind, or in front of. */
    event_at(place) {
        const note = this.note_at(place);
        return note ? note.event : this.list[place];
    }

    /* The row of an event, or of the last one before it that is shown. */
    place_of(event) {
        for (let i = event; i >= 0; i--) {
            if (this.places[i] >= 0) {
                return this.places[i];
            }
        }
        return 0;
    }

    violation_place() {
        return this.list.findIndex((row) => row < 0 && this.notes[-1 - row].type === "violation");
    }
}
