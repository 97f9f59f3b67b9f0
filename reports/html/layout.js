/* SPDX-License-Identifier: MIT */
/* Where things stand in a diagram: a column for each actor that does something, and which arrows cross which tile. */

export const ROW = 24;
export const TILE_ROWS = 32;
/* An arrow that is longer shows only where it begins and ends. */
export const SPAN_MAX = 40;
const COLUMN_MIN = 76,
    COLUMN_MAX = 260,
    LEFT = 22,
    RIGHT = 136;

export class Layout {
    constructor(rows, width, char_width) {
        this.rows = rows;
        this.run = rows.run;
        this.char_width = char_width;
        this.find_columns(width);
        this.find_arrows();
        this.height = rows.count * ROW;
        this.tile_count = Math.ceil(rows.count / TILE_ROWS);
    }

    find_columns(width) {
        const run = this.run;
        const is_there = new Uint8Array(run.actors.length);
        for (const row of this.rows.list) {
            if (row >= 0) {
                is_there[run.actor(row)] = 1;
            }
        }
        this.actors = [...run.actors.keys()].filter((actor) => actor !== 0 && is_there[actor]);
        const room = (width - LEFT - RIGHT) / Math.max(1, this.actors.length - 1);
        this.column = Math.max(COLUMN_MIN, Math.min(COLUMN_MAX, Math.floor(room)));
        this.x = new Float32Array(run.actors.length).fill(LEFT);
        this.actors.forEach((actor, i) => {
            this.x[actor] = LEFT + i * this.column;
        });
        this.width = Math.max(width, LEFT + (this.actors.length - 1) * this.column + RIGHT);
        this.is_column = is_there;
    }

    y(place) {
        return place * ROW + ROW / 2;
    }

    /* Of each tile the arrows that touch it; `is_long` ones only where they begin and end. */
    find_arrows() {
        const run = this.run,
            places = this.rows.places;
        this.tiles = [];
        for (let to = 0; to < run.count; to++) {
            const from = run.cause(to);
            if (from < 0 || places[from] < 0 || places[to] < 0 || !this.is_arrow(from, to)) {
                continue;
            }
            const first = Math.floor(places[from] / TILE_ROWS),
                last = Math.floor(places[to] / TILE_ROWS);
            const arrow = { from, to, is_long: places[to] - places[from] > SPAN_MAX };
            for (let tile = first; tile <= last; tile += arrow.is_long ? last - first : 1) {
                (this.tiles[tile] = this.tiles[tile] || []).push(arrow);
            }
        }
    }

    is_arrow(from, to) {
        const run = this.run,
            kind = run.kind(to);
        return (
            this.is_column[run.actor(from)] &&
            this.is_column[run.actor(to)] &&
            (run.is_receipt(to) || (kind === "spawn" && run.actor(from) !== run.actor(to)))
        );
    }
}
