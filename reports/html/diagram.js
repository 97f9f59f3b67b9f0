/* SPDX-License-Identifier: MIT */
/*
 * The space-time diagram of a run: actors are columns, time goes down. It is a list box: the arrow keys choose an event, and a
 * screen reader says what it is. Only tiles near the window are there.
 */
import { el, put } from "./dom.js";
import { Layout, ROW, TILE_ROWS } from "./layout.js";
import { Rows } from "./rows.js";
import { draw_tile } from "./tiles.js";

const GUTTER = 112,
    GUTTER_NARROW = 56,
    NARROW = 520;
const MARGIN_ROWS = 3;
let diagrams = 0;

const KEYS = {
    ArrowDown: (it) => it.go(it.place + 1),
    j: (it) => it.go(it.place + 1),
    ArrowUp: (it) => it.go(it.place - 1),
    k: (it) => it.go(it.place - 1),
    PageDown: (it) => it.go(it.place + it.page()),
    PageUp: (it) => it.go(it.place - it.page()),
    Home: (it) => it.go(0),
    End: (it) => it.go(it.rows.count - 1),
    n: (it) => it.go_to_mark(1),
    N: (it) => it.go_to_mark(-1),
    ArrowLeft: (it) => it.go_to_partner(it.run.cause(it.event())),
    h: (it) => it.go_to_partner(it.run.cause(it.event())),
    ArrowRight: (it) => it.go_to_partner(it.run.effects[it.event()]),
    l: (it) => it.go_to_partner(it.run.effects[it.event()]),
};

export class Diagram {
    /* `on_select(diagram, place)` is called whenever another row is chosen. */
    constructor(run, { label, wanted, tooltip, on_select }) {
        this.run = run;
        this.id = `d${++diagrams}`;
        this.tooltip = tooltip;
        this.on_select = on_select;
        this.place = 0;
        this.live = new Map();
        this.heads = el("div", { class: "heads", "aria-hidden": "true" });
        this.field = el("div", { class: "field" });
        this.scroller = el(
            "div",
            { class: "scroller", tabindex: "0", role: "listbox", "aria-label": label },
            this.heads,
            this.field,
        );
        this.strip = el("canvas", { class: "strip", "aria-hidden": "true" });
        this.element = el("div", { class: "diagram" }, this.scroller, this.strip);
        this.listen();
        this.rows = new Rows(run, wanted);
    }

    listen() {
        this.scroller.addEventListener("scroll", () => this.ask_draw(), { passive: true });
        this.scroller.addEventListener("keydown", (event) => this.on_key(event));
        this.field.addEventListener("click", (event) => this.go(this.place_at(event)));
        this.field.addEventListener("pointermove", (event) => this.on_hover(event));
        this.field.addEventListener("pointerleave", () => this.on_leave());
        this.strip.addEventListener("pointerdown", (event) => this.on_strip(event));
        this.strip.addEventListener("pointermove", (event) => {
            if (event.buttons & 1) {
                this.on_strip(event);
            }
        });
        new ResizeObserver(() => this.resize()).observe(this.scroller);
    }

    /* ---- what is shown ---- */

    show(wanted) {
        const event = this.event();
        this.rows = new Rows(this.run, wanted);
        this.lay_out();
        this.go(this.rows.place_of(event));
    }

    compare(difference) {
        this.difference = difference;
        this.lay_out();
    }

    resize() {
        if (this.scroller.clientWidth > 0 && this.scroller.clientWidth !== this.laid_out_for) {
            this.lay_out();
            this.reveal();
        }
    }

    lay_out() {
        this.laid_out_for = this.scroller.clientWidth;
        this.gutter = this.laid_out_for < NARROW ? GUTTER_NARROW : GUTTER;
        this.layout = new Layout(this.rows, Math.max(200, this.laid_out_for - this.gutter), char_width());
        this.layout.difference = this.difference;
        this.field.style.setProperty("height", `${this.layout.height}px`);
        this.field.style.setProperty("width", `${this.layout.width + this.gutter}px`);
        this.draw_heads();
        for (const tile of this.live.values()) {
            tile.remove();
        }
        this.live.clear();
        this.draw();
        this.draw_strip();
    }

    draw_heads() {
        const run = this.run,
            width = `${this.layout.column - 8}px`;
        this.heads.style.setProperty("width", `${this.layout.width + this.gutter}px`);
        put(
            this.heads,
            el(
                "div",
                { class: "head corner", style: { width: `${this.gutter}px` } },
                el("span", { text: "step" }),
                this.gutter === GUTTER ? el("span", { text: "time" }) : null,
            ),
            this.layout.actors.map((actor) =>
                el("div", {
                    class: "head",
                    text: run.actors[actor],
                    title: run.actors[actor],
                    style: { left: `${this.gutter + this.layout.x[actor] - 14}px`, "max-width": width },
                }),
            ),
        );
    }

    ask_draw() {
        if (!this.is_asked) {
            this.is_asked = true;
            requestAnimationFrame(() => {
                this.is_asked = false;
                this.draw();
                this.draw_strip();
            });
        }
    }

    draw() {
        if (!this.layout) {
            return;
        }
        const tile = TILE_ROWS * ROW,
            top = this.scroller.scrollTop,
            height = this.scroller.clientHeight;
        const first = Math.max(0, Math.floor((top - tile / 2) / tile));
        const last = Math.min(this.layout.tile_count - 1, Math.floor((top + height + tile / 2) / tile));
        for (const [number, element] of this.live) {
            if (number < first || number > last) {
                element.remove();
                this.live.delete(number);
            }
        }
        for (let number = first; number <= last; number++) {
            if (!this.live.has(number)) {
                const element = el(
                    "div",
                    { class: "tile", role: "presentation", style: { top: `${number * tile}px` } },
                    draw_tile(this.layout, number, this.id, this.gutter),
                );
                this.live.set(number, element);
                this.field.append(element);
            }
        }
        this.mark();
    }

    /* ---- the chosen row ---- */

    event() {
        return this.rows.event_at(this.place);
    }

    page() {
        return Math.max(1, Math.floor((this.scroller.clientHeight - this.heads.offsetHeight) / ROW) - 2);
    }

    /* Choose a row. `is_followed`: because another diagram did. */
    go(place, is_followed) {
        this.place = Math.max(0, Math.min(this.rows.count - 1, place));
        this.reveal();
        this.draw();
        this.ask_draw();
        if (!is_followed) {
            this.on_select(this);
        }
    }

    go_to_event(event, is_followed) {
        this.go(this.rows.place_of(event), is_followed);
    }

    go_to_partner(event) {
        if (event >= 0 && this.rows.places[event] >= 0) {
            this.go(this.rows.places[event]);
        }
    }

    /* The next fault or violation, around the end. */
    go_to_mark(way) {
        const marks = this.rows.marks;
        const further =
            way > 0 ? marks.find((place) => place > this.place) : marks.findLast((place) => place < this.place);
        if (marks.length > 0) {
            this.go(further !== undefined ? further : way > 0 ? marks[0] : marks[marks.length - 1]);
        }
    }

    reveal() {
        if (this.place_was_revealed === this.place && this.layout_was === this.layout) {
            return;
        }
        const scroller = this.scroller,
            y = this.place * ROW,
            margin = MARGIN_ROWS * ROW;
        const room = scroller.clientHeight - this.heads.offsetHeight;
        if (y - margin < scroller.scrollTop) {
            scroller.scrollTop = Math.max(0, y - margin);
        } else if (y + ROW + margin > scroller.scrollTop + room) {
            scroller.scrollTop = y + ROW + margin - room;
        }
        const x = this.layout ? this.layout.x[this.run.actor(this.event())] : 0;
        if (
            scroller.scrollWidth > scroller.clientWidth &&
            (x < scroller.scrollLeft || x + this.gutter + 80 > scroller.scrollLeft + scroller.clientWidth)
        ) {
            scroller.scrollLeft = x - scroller.clientWidth / 2 + this.gutter;
        }
        this.place_was_revealed = this.place;
        this.layout_was = this.layout;
    }

    mark() {
        const row = document.getElementById(`${this.id}-${this.place}`);
        if (this.marked && this.marked !== row) {
            this.marked.setAttribute("aria-selected", "false");
        }
        if (row) {
            row.setAttribute("aria-selected", "true");
            this.scroller.setAttribute("aria-activedescendant", row.id);
        } else {
            this.scroller.removeAttribute("aria-activedescendant");
        }
        this.marked = row;
        this.light(this.rows.note_at(this.place) ? -1 : this.event(), "is-chosen");
    }

    /* Bring out the arrows of an event. */
    light(event, name) {
        for (const old of this.field.querySelectorAll(`.arrow.${name}`)) {
            old.classList.remove(name);
        }
        for (const arrow of this.field.querySelectorAll(`.arrow[data-from="${event}"], .arrow[data-to="${event}"]`)) {
            arrow.classList.add(name);
        }
    }

    /* ---- hands ---- */

    on_key(event) {
        const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
        if (act) {
            event.preventDefault();
            act(this);
        }
    }

    place_at(event) {
        const y = event.clientY - this.field.getBoundingClientRect().top;
        return Math.max(0, Math.min(this.rows.count - 1, Math.floor(y / ROW)));
    }

    on_hover(event) {
        const place = this.place_at(event);
        if (this.rows.note_at(place) || event.pointerType === "touch") {
            this.on_leave();
            return;
        }
        this.light(this.rows.list[place], "is-hovered");
        this.tooltip.show(this.run, this.rows.list[place], event.clientX, event.clientY);
    }

    on_leave() {
        this.light(-1, "is-hovered");
        this.tooltip.hide();
    }

    /* ---- the strip: the whole run beside the window ---- */

    on_strip(event) {
        const share = event.offsetY / this.strip.clientHeight;
        this.scroller.scrollTop = share * this.layout.height - this.scroller.clientHeight / 2;
    }

    draw_strip() {
        const canvas = this.strip,
            width = canvas.clientWidth,
            height = canvas.clientHeight;
        const scale = devicePixelRatio || 1;
        if (width === 0 || !this.layout) {
            return;
        }
        if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
            canvas.width = Math.round(width * scale);
            canvas.height = Math.round(height * scale);
        }
        const pen = canvas.getContext("2d"),
            style = getComputedStyle(canvas);
        const paint = (name) => style.getPropertyValue(name).trim();
        const y = (place) => (place / Math.max(1, this.rows.count)) * height;
        pen.setTransform(scale, 0, 0, scale, 0, 0);
        pen.clearRect(0, 0, width, height);
        pen.fillStyle =
            this.layout.height + this.heads.offsetHeight > this.scroller.clientHeight + 1
                ? paint("--window")
                : "transparent";
        pen.fillRect(
            0,
            (this.scroller.scrollTop / this.layout.height) * height,
            width,
            Math.max(
                4,
                (this.scroller.clientHeight / Math.max(this.layout.height, this.scroller.clientHeight)) * height,
            ),
        );
        for (const place of this.rows.marks) {
            pen.fillStyle = paint(this.rows.note_at(place) ? "--bad" : "--fault");
            pen.fillRect(
                this.rows.note_at(place) ? 0 : 4,
                y(place) - 1,
                this.rows.note_at(place) ? width : width - 4,
                3,
            );
        }
        pen.fillStyle = paint("--accent");
        pen.fillRect(0, y(this.place) - 1, width, 2);
    }
}

let measured = 0;

/* How wide a character of a label is. */
function char_width() {
    if (measured === 0) {
        const probe = el("span", { class: "probe", text: "0".repeat(100) });
        document.body.append(probe);
        measured = probe.getBoundingClientRect().width / 100 || 7.3;
        probe.remove();
    }
    return measured;
}
