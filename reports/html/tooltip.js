/* SPDX-License-Identifier: MIT */
/* What an event is, in a small box beside the pointer. The inspector says the same to those who use no pointer. */
import { el, put } from "./dom.js";
import { arrows, shorten } from "./words.js";

export class Tooltip {
    constructor() {
        this.element = el("div", { class: "tooltip", role: "presentation", hidden: true });
        document.body.append(this.element);
    }

    show(run, event, x, y) {
        const from = run.cause(event),
            to = run.effects[event];
        const way = [
            from >= 0 && run.is_receipt(event)
                ? `sent at step ${run.step(from)}${run.actor(from) === 0 ? "" : ` by ${run.actors[run.actor(from)]}`}`
                : null,
            to >= 0 && run.is_receipt(to)
                ? `${run.kind(to) === "drop" ? "dropped" : "arrives"} at step ${run.step(to)}`
                : null,
            run.why(event) !== "-" ? `why: ${run.why(event)}` : null,
        ].filter((line) => line);
        const payload = run.payload(event);
        put(
            this.element,
            el("div", {
                class: "tooltip-head",
                text: `step ${run.step(event)}${run.time(event) === "0" ? "" : `, ${run.time(event)}`}`,
            }),
            el(
                "div",
                {},
                run.actor(event) === 0 ? null : el("b", { text: `${run.actors[run.actor(event)]} ` }),
                shorten(arrows(run.phrase(event)), 200),
            ),
            payload === null ? null : el("code", { text: shorten(payload, 400) }),
            way.map((line) => el("div", { class: "faint", text: line })),
        );
        this.element.hidden = false;
        const box = this.element.getBoundingClientRect();
        const left = x + 18 + box.width > innerWidth ? Math.max(4, x - 14 - box.width) : x + 18;
        const top = y + 18 + box.height > innerHeight ? Math.max(4, y - 10 - box.height) : y + 18;
        this.element.style.setProperty("transform", `translate(${Math.round(left)}px, ${Math.round(top)}px)`);
    }

    hide() {
        this.element.hidden = true;
    }
}
