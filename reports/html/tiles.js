/* SPDX-License-Identifier: MIT */
/*
 * One tile of a diagram: TILE_ROWS rows as SVG. A tile is drawn when it comes near the window and thrown away when it is
 * far, so that a run of 50,000 events costs what its window costs. Each is drawn for itself; an arrow across several is drawn in each.
 */
import { svg } from "./dom.js";
import { ROW, SPAN_MAX, TILE_ROWS } from "./layout.js";
import { arrows, shorten } from "./words.js";

const CONTROL = { exit: "bad", EXIT: "bad", EXIT2: "bad", DOWN: "bad", UNDELIVERABLE: "bad" };
const QUIET = new Set(["wait", "wait_end", "turn_end", "exit_end", "watch_add", "watch_remove", "effect", "pipe"]);

/* What stands on an actor's line: the sign's form says what happens, its colour only repeats it. */
const SIGNS = {
    send: (x, y) => svg("circle", { cx: x, cy: y, r: 3.5, class: "sign is-open" }),
    depart: (x, y) => svg("circle", { cx: x, cy: y, r: 3.5, class: "sign is-open" }),
    handle: (x, y) => svg("circle", { cx: x, cy: y, r: 4.5, class: "sign" }),
    put: (x, y) => svg("rect", { x: x - 4, y: y - 4, width: 8, height: 8, class: "sign is-open" }),
    take: (x, y) => svg("rect", { x: x - 4, y: y - 4, width: 8, height: 8, class: "sign" }),
    spawn: (x, y) => svg("path", { d: `M${x - 5} ${y}h10M${x} ${y - 5}v10`, class: "sign is-line" }),
    exit: (x, y) =>
        svg("path", { d: `M${x - 5} ${y - 5}l10 10M${x + 5} ${y - 5}l-10 10`, class: "sign is-line is-bad" }),
    drop: (x, y) =>
        svg("path", {
            d: `M${x - 4.5} ${y}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0M${x - 3} ${y + 3}l6 -6`,
            class: "sign is-open is-warn",
        }),
    fault: (x, y) =>
        svg("path", { d: `M${x} ${y - 8}l8 14h-16zM${x} ${y - 3}v4.5M${x} ${y + 3}v1`, class: "sign is-fault" }),
    timer_fire: (x, y) =>
        svg("path", { d: `M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0M${x} ${y - 3}v3h2.5`, class: "sign is-open" }),
    output: (x, y) => svg("path", { d: `M${x - 4} ${y - 4.5}l8 4.5l-8 4.5z`, class: "sign" }),
    mark: (x, y) => svg("path", { d: `M${x - 4} ${y - 4.5}l8 4.5l-8 4.5z`, class: "sign is-open" }),
};
SIGNS.return = SIGNS.refuse = SIGNS.discard = SIGNS.lose = SIGNS.drop;
SIGNS.timer_set = SIGNS.timer_cancel = SIGNS.timer_fire;

function sign(run, event, x, y) {
    const make =
        SIGNS[run.kind(event)] ||
        (() => svg("path", { d: `M${x} ${y - 4}l4 4l-4 4l-4 -4z`, class: "sign is-open is-small" }));
    return make(x, y);
}

/* The event at the other end of an arrow that is drawn whole; -1: there is none. */
function other_end(layout, event) {
    const run = layout.run;
    const places = layout.rows.places;
    const other = run.kind(event) === "send" ? run.effects[event] : run.is_receipt(event) ? run.cause(event) : -1;
    const is_whole = other >= 0 && places[other] >= 0 && Math.abs(places[other] - places[event]) <= SPAN_MAX;
    return is_whole && run.actor(other) !== 0 ? other : -1;
}

/* What a row says beside its sign: whom it goes to or comes from is what the arrow says. */
function label_of(layout, event) {
    const run = layout.run;
    const signal = run.signal(event);
    const payload = run.payload(event);
    const is_plain = run.kind(event) === "send" || run.kind(event) === "handle";
    if (is_plain && signal !== "START" && other_end(layout, event) >= 0) {
        return signal === "MESSAGE" && payload !== null ? payload : `${signal}${payload === null ? "" : ` ${payload}`}`;
    }
    return arrows(run.phrase(event));
}

/* How far a label makes way for an arrow on its side: beside its head, and above or below its line if that is flat. */
function room_for_arrow(layout, event, is_left) {
    const other = other_end(layout, event);
    const run = layout.run;
    const dx = other < 0 ? 0 : layout.x[run.actor(other)] - layout.x[run.actor(event)];
    if (dx === 0 || dx < 0 !== is_left) {
        return { x: 0, y: 0 };
    }
    const dy = (layout.rows.places[other] - layout.rows.places[event]) * ROW;
    const is_flat = Math.abs(dy) < Math.abs(dx) / 2;
    return { x: dy < 0 ? 8 : 0, y: is_flat ? Math.sign(dy) * -5 : 0 };
}

/* To the right of its sign, or to the left if there is more room. */
function draw_label(layout, place, event, y) {
    const run = layout.run;
    const text = label_of(layout, event),
        x = run.actor(event) === 0 ? 6 : layout.x[run.actor(event)];
    const room_right = (layout.width - x - 16) / layout.char_width,
        room_left = (x - 14) / layout.char_width;
    const is_left = text.length > room_right && room_left > room_right;
    const room = Math.floor(is_left ? room_left : room_right);
    const way = room_for_arrow(layout, event, is_left);
    const quiet = QUIET.has(run.kind(event)) || (run.kind(event) === "handle" && run.signal(event) === "MESSAGE");
    return svg("text", {
        x: run.actor(event) === 0 ? x : is_left ? x - 11 - way.x : x + 11 + way.x,
        y: y + 4 + way.y,
        class: `label${quiet ? " is-quiet" : ""}${run.kind(event) === "fault" ? " is-fault" : ""}`,
        "text-anchor": is_left ? "end" : "start",
        text: shorten(text, room),
    });
}

/* ---- arrows ---- */

function arrow_class(run, arrow) {
    const kind = run.kind(arrow.to);
    const signal = run.signal(arrow.to);
    const what = kind === "spawn" ? "spawn" : CONTROL[signal] || (signal === "MESSAGE" ? "message" : "control");
    return `arrow is-${what}${kind === "drop" ? " is-lost" : ""}`;
}

function arrow_path(layout, arrow, top) {
    const run = layout.run,
        places = layout.rows.places;
    const x1 = layout.x[run.actor(arrow.from)],
        x2 = layout.x[run.actor(arrow.to)];
    const y1 = layout.y(places[arrow.from]) - top,
        y2 = layout.y(places[arrow.to]) - top;
    if (x1 === x2) {
        const bend = Math.min(26, 8 + (y2 - y1) / 8);
        return `M${x1 - 4} ${y1}C${x1 - bend} ${y1 + 6} ${x1 - bend} ${y2 - 6} ${x2 - 6} ${y2}`;
    }
    const way = Math.sign(x2 - x1),
        length = Math.hypot(x2 - x1, y2 - y1);
    const dx = (x2 - x1) / length,
        dy = (y2 - y1) / length;
    if (arrow.is_long) {
        return `M${x1 + way * 4} ${y1}l${way * 14} 10M${x2 - way * 20} ${y2 - 10}L${x2 - way * 6} ${y2 - 3}`;
    }
    return `M${x1 + 4 * dx} ${y1 + 4 * dy}L${x2 - 7 * dx} ${y2 - 7 * dy}`;
}

function draw_arrow(layout, arrow, top) {
    return svg("path", {
        d: arrow_path(layout, arrow, top),
        class: arrow_class(layout.run, arrow),
        "data-from": arrow.from,
        "data-to": arrow.to,
    });
}

/* ---- lines of lives ---- */

/* From top to bottom of the tile as far as the actor lives: dashed before it is born, nothing once it is gone. */
function draw_life(layout, actor, first, last) {
    const run = layout.run,
        x = layout.x[actor],
        top = layout.y(first) - ROW / 2;
    const born = run.born[actor],
        gone = run.gone[actor];
    const begin = Math.max(first, born < 0 ? 0 : layout.rows.place_of(born));
    const end = Math.min(last, gone >= run.count ? last : layout.rows.place_of(gone));
    if (begin > last || end < first || (born >= 0 && layout.rows.places[born] < 0 && begin > end)) {
        return null;
    }
    const y1 = born < 0 || begin > layout.rows.place_of(Math.max(0, born)) ? begin * ROW : begin * ROW + ROW / 2;
    const y2 = gone >= run.count || layout.rows.place_of(gone) > last ? (end + 1) * ROW : end * ROW + ROW / 2;
    return svg("line", { x1: x, x2: x, y1: y1 - top, y2: y2 - top, class: "life" });
}

/* ---- a tile ---- */

/* A narrower gutter has no room for times. */
const TIME_FROM = 80;

function row_class(layout, place) {
    const note = layout.rows.note_at(place),
        event = layout.rows.list[place];
    const names = ["row"];
    if (note) {
        names.push(`is-${note.type}`);
    } else if (layout.run.kind(event) === "fault") {
        names.push("is-fault");
    }
    if (!note && layout.difference) {
        const { mates, moved } = layout.difference;
        names.push(mates[event] >= 0 ? "is-same" : moved[event] >= 0 ? "is-moved" : "is-only");
    }
    return names.join(" ");
}

function row_name(layout, place) {
    const run = layout.run,
        note = layout.rows.note_at(place),
        event = layout.rows.event_at(place);
    if (note) {
        return note.type === "violation" ? `violation: ${note.text}` : `phase: ${note.text}`;
    }
    const actor = run.actor(event) === 0 ? "" : `${run.actors[run.actor(event)]}: `;
    return `step ${run.step(event)}, ${actor}${run.phrase(event)}`;
}

function draw_note(layout, note, y) {
    const text = note.type === "violation" ? `◆ ${note.text} is violated` : `phase: ${note.text}`;
    return svg("text", { x: 6, y: y + 4, class: `label is-${note.type}`, text });
}

function is_new_step(layout, place) {
    const rows = layout.rows;
    return place === 0 || layout.run.step(rows.event_at(place)) !== layout.run.step(rows.event_at(place - 1));
}

function draw_gutter(layout, first, last, width) {
    const run = layout.run,
        gutter = svg("svg", { class: "gutter", width, height: (last - first + 1) * ROW, "aria-hidden": "true" });
    for (let place = first; place <= last; place++) {
        const event = layout.rows.event_at(place),
            y = (place - first) * ROW + ROW / 2 + 4;
        if (layout.rows.note_at(place) || !is_new_step(layout, place)) {
            continue;
        }
        const is_new_time = place === 0 || run.time(event) !== run.time(layout.rows.event_at(place - 1));
        gutter.append(svg("text", { x: 44, y, class: "step", "text-anchor": "end", text: run.step(event) }));
        if (is_new_time && run.time(event) !== "0" && width > TIME_FROM) {
            gutter.append(
                svg("text", {
                    x: width - 6,
                    y,
                    class: "time",
                    "text-anchor": "end",
                    text: shorten(run.time(event), 9),
                }),
            );
        }
    }
    return gutter;
}

/* Draw tile number `tile`. `id` makes the names of its rows unique on the page. Returns the two drawings: steps, and rows. */
export function draw_tile(layout, tile, id, gutter_width) {
    const first = tile * TILE_ROWS,
        last = Math.min(layout.rows.count, first + TILE_ROWS) - 1;
    const top = first * ROW,
        height = (last - first + 1) * ROW;
    const body = svg("svg", { class: "rows", width: layout.width, height, role: "presentation" });
    const signs = svg("g", { class: "signs", "aria-hidden": "true" });
    const lines = svg("g", { class: "lines", "aria-hidden": "true" });
    lines.append(...layout.actors.map((actor) => draw_life(layout, actor, first, last)).filter((line) => line));
    lines.append(...(layout.tiles[tile] || []).map((arrow) => draw_arrow(layout, arrow, top)));
    for (let place = first; place <= last; place++) {
        const event = layout.rows.event_at(place),
            note = layout.rows.note_at(place),
            y = layout.y(place) - top;
        body.append(
            svg("rect", {
                id: `${id}-${place}`,
                class: row_class(layout, place),
                x: 0,
                y: y - ROW / 2,
                width: layout.width,
                height: ROW,
                role: "option",
                "aria-label": row_name(layout, place),
                "aria-posinset": place + 1,
                "aria-setsize": layout.rows.count,
                "aria-selected": "false",
                "data-place": place,
            }),
        );
        if (is_new_step(layout, place) && place > 0) {
            lines.prepend(svg("line", { class: "between", x1: 0, x2: layout.width, y1: y - ROW / 2, y2: y - ROW / 2 }));
        }
        if (note) {
            signs.append(draw_note(layout, note, y));
        } else {
            signs.append(draw_label(layout, place, event, y));
            if (layout.run.actor(event) !== 0) {
                signs.append(sign(layout.run, event, layout.x[layout.run.actor(event)], y));
            }
        }
    }
    body.append(lines, signs);
    return [draw_gutter(layout, first, last, gutter_width), body];
}
