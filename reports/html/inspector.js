/* SPDX-License-Identifier: MIT */
/* Everything about the chosen event, and how things stand behind it. */
import { el, put, button, svg } from "./dom.js";
import { draw_graph, related_actors } from "./graph.js";
import { States } from "./state.js";
import { arrows } from "./words.js";

const ACTORS_MAX = 60;

export class Inspector {
    constructor() {
        this.details = el("div", { class: "event-details" });
        this.graph = el("div", { class: "graph-box" });
        this.actors = el("div", { class: "actors-box" });
        this.element = el(
            "section",
            { class: "inspector", "aria-label": "The chosen event" },
            this.details,
            this.graph,
            this.actors,
        );
        this.known = new Map();
    }

    /* Show a row of a diagram; many in one frame cost one. */
    show(diagram) {
        this.diagram = diagram;
        if (!this.is_asked) {
            this.is_asked = true;
            requestAnimationFrame(() => {
                this.is_asked = false;
                this.draw(this.diagram);
            });
        }
    }

    of(run) {
        if (!this.known.has(run)) {
            this.known.set(run, { states: new States(run), related: related_actors(run) });
        }
        return this.known.get(run);
    }

    draw(diagram) {
        const run = diagram.run,
            event = diagram.event(),
            { states, related } = this.of(run);
        const state = states.at(event),
            note = diagram.rows.note_at(diagram.place);
        const chosen = note ? 0 : run.actor(event);
        put(this.details, note && note.type === "violation" ? violation_details(run) : event_details(diagram, event));
        this.draw_graph(run, state, related, chosen);
        this.draw_actors(diagram, state, chosen);
    }

    draw_graph(run, state, related, chosen) {
        if (related.length === 0) {
            put(this.graph);
            return;
        }
        put(
            this.graph,
            el("h4", { text: "Links and monitors" }),
            draw_graph(run, state, related, chosen),
            el(
                "div",
                { class: "legend" },
                legend("is-link", "link"),
                legend("is-monitor", "monitors"),
                legend("is-gone", "has exited"),
            ),
        );
    }

    draw_actors(diagram, state, chosen) {
        const run = diagram.run;
        const there = diagram.layout.actors.filter((actor) => run.seen[actor]);
        put(
            this.actors,
            el("h4", { text: "Actors" }),
            el(
                "table",
                { class: "actors" },
                el(
                    "thead",
                    {},
                    el(
                        "tr",
                        {},
                        ["actor", "state", "waiting", "mailbox"].map((text, i) =>
                            el("th", { scope: "col", text, class: i > 1 ? "number" : false, title: TITLES[text] }),
                        ),
                    ),
                ),
                el(
                    "tbody",
                    {},
                    there
                        .slice(0, ACTORS_MAX)
                        .map((actor) => actor_row(run, state.actors[actor], actor, actor === chosen)),
                ),
            ),
            there.length > ACTORS_MAX
                ? el("p", { class: "faint", text: `and ${there.length - ACTORS_MAX} more` })
                : null,
        );
    }
}

const TITLES = {
    waiting: "signals that were sent to it and not handled yet",
    mailbox: "messages that a selective receive has put aside",
};

function legend(name, text) {
    const sample =
        name === "is-gone"
            ? svg(
                  "g",
                  { class: "node is-gone" },
                  svg("circle", { cx: 13, cy: 7, r: 5.5 }),
                  svg("path", { d: "M10.5 4.5l5 5M15.5 4.5l-5 5" }),
              )
            : svg("path", { class: `edge ${name}`, d: "M2 7H22" });
    return el("span", {}, svg("svg", { width: 28, height: 14, "aria-hidden": "true" }, sample), text);
}

function actor_row(run, actor, number, is_chosen) {
    const state = !actor.is_born
        ? "not born yet"
        : !actor.is_alive
          ? `exited: ${actor.reason}`
          : actor.waits
            ? "waits"
            : "alive";
    const more = [
        actor.traps && actor.is_alive ? "traps exits" : null,
        ...actor.names.map((name) => `is ${name}`),
    ].filter((text) => text);
    return el(
        "tr",
        { class: `${is_chosen ? "is-chosen " : ""}${actor.is_alive ? "" : "is-gone"}` },
        el("th", { scope: "row", text: run.actors[number] }),
        el(
            "td",
            {},
            el("span", {
                class: "state-sign",
                "aria-hidden": "true",
                text: !actor.is_born ? "○" : actor.is_alive ? "●" : "✕",
            }),
            ` ${state}`,
            more.length ? el("span", { class: "faint", text: ` (${more.join(", ")})` }) : null,
        ),
        el("td", { class: "number", text: actor.waiting }),
        el("td", { class: "number", text: actor.mailbox }),
    );
}

function field(title, ...values) {
    return [el("dt", { text: title }), el("dd", {}, ...values)];
}

/* A way to another event; plain text if it is not shown. */
function jump(diagram, event, text) {
    return diagram.rows.places[event] >= 0
        ? button(
              text,
              () => {
                  diagram.go_to_event(event);
                  diagram.scroller.focus({ preventScroll: true });
              },
              { class: "jump" },
          )
        : text;
}

function event_details(diagram, event) {
    const run = diagram.run,
        from = run.cause(event),
        to = run.effects[event];
    const actor = run.actor(event) === 0 ? null : run.actors[run.actor(event)];
    const is_birth = run.kind(event) === "spawn",
        is_timer = run.kind(event) === "timer_fire";
    return [
        el(
            "h3",
            {},
            `Step ${run.step(event)}`,
            el("span", { class: "faint", text: ` at ${run.time(event) === "0" ? "0ns" : run.time(event)}` }),
        ),
        el(
            "p",
            { class: run.is_fault(event) ? "phrase is-fault" : "phrase" },
            actor === null ? null : el("b", { text: `${actor} ` }),
            arrows(run.phrase(event)),
        ),
        el(
            "dl",
            {},
            field(
                "event",
                run.kind(event),
                run.signal(event) !== "START" &&
                    run.signal(event) !== "MESSAGE" &&
                    run.kind(event) !== "exit" &&
                    run.is_receipt(event)
                    ? el("span", { class: "faint", text: ` ${run.signal(event)}` })
                    : null,
            ),
            run.payload(event) === null
                ? null
                : field(
                      run.kind(event) === "exit" ? "reason" : "payload",
                      el("code", { class: "payload", text: run.payload(event) }),
                  ),
            run.why(event) === "-" ? null : field("why", run.why(event)),
            from < 0
                ? null
                : field(
                      is_birth ? "wanted" : is_timer ? "set" : "sent",
                      jump(diagram, from, `step ${run.step(from)}`),
                      run.actor(from) === 0 ? null : ` by ${run.actors[run.actor(from)]}`,
                  ),
            to < 0
                ? null
                : field(
                      run.kind(to) === "drop" ? "dropped" : "arrives",
                      jump(diagram, to, `step ${run.step(to)}`),
                      ` at ${run.actors[run.actor(to)]}`,
                  ),
            run.kind(event) === "send" && to < 0 ? field("arrives", "never in this run") : null,
        ),
    ];
}

function violation_details(run) {
    const violation = run.violation;
    return [
        el("h3", {}, `Step ${violation.step}`),
        el("p", { class: "phrase is-violation", text: `◆ ${violation.invariant} is violated` }),
        el(
            "dl",
            {},
            violation.expected ? field("expected", violation.expected) : null,
            violation.observed ? field("observed", violation.observed) : null,
        ),
    ];
}
