/* SPDX-License-Identifier: MIT */
/* The runs of a scenario, each as a diagram, and the smallest that fails beside the nearest that holds. */
import { el, put, button, icon_button, segmented } from "./dom.js";
import { compare_runs } from "./compare.js";
import { Diagram } from "./diagram.js";
import { Inspector } from "./inspector.js";
import { count_text, plural } from "./words.js";

const TITLES = {
    failing: "Failing run",
    last: "Last run",
    smallest: "Smallest run that fails",
    nearest: "Nearest run that holds",
};
const BESIDE = "beside";
const WANTED = [
    ["matters", "What matters", "without the halves of handshakes"],
    ["past", "What led there", "only the causal past of the violation"],
    ["all", "Everything", "every event that was recorded"],
];
const KEYS = [
    ["j k ↓ ↑", "next, previous event"],
    ["h l ← →", "where it was sent, where it arrives"],
    ["n N", "next, previous fault or violation"],
    ["PgDn PgUp", "a page on, a page back"],
    ["Home End", "first, last event"],
];

export class Runs {
    constructor(report, scenario, tooltip, on_move) {
        this.report = report;
        this.scenario = scenario;
        this.tooltip = tooltip;
        this.on_move = on_move;
        this.roles = Object.keys(TITLES).filter((role) => report.has_run(scenario, role));
        this.inspector = new Inspector();
        this.stage = el("div", { class: "stage" });
        this.wanted = "matters";
        this.element = el("section", { class: "runs", "aria-labelledby": "runs-title" });
    }

    /* Which of the runs, or two of them, and at which event; what is not there is the first. */
    open(role, event) {
        const views = this.views();
        const view = views.some(([value]) => value === role) ? role : views[0][0];
        this.choices = segmented("Run", views, view, (value) => this.show(value));
        this.wanted_choice = segmented("Events", this.wanted_options(view), this.wanted, (value) => this.filter(value));
        put(
            this.element,
            el("h2", { id: "runs-title", text: "What happened" }),
            el("div", { class: "toolbar" }, this.choices, this.wanted_choice, this.buttons()),
            el("div", { class: "runs-body" }, this.stage, this.inspector.element),
        );
        this.show(view, event);
    }

    views() {
        const views = this.roles.map((role) => [role, TITLES[role]]);
        return this.roles.includes("smallest") && this.roles.includes("nearest")
            ? [...views, [BESIDE, "Side by side", "the two that differ least: one fails, one holds"]]
            : views;
    }

    wanted_options() {
        return WANTED.filter(([value]) => value !== "past" || this.scenario.violation);
    }

    buttons() {
        const act = (work) => () => {
            work(this.diagrams[0]);
            this.diagrams[0].scroller.focus({ preventScroll: true });
        };
        const keys = el(
            "details",
            { class: "keys" },
            el("summary", { text: "Keys" }),
            el(
                "dl",
                {},
                KEYS.map(([key, does]) => [
                    el(
                        "dt",
                        {},
                        key.split(" ").map((one) => el("kbd", { text: one })),
                    ),
                    el("dd", { text: does }),
                ]),
            ),
        );
        return [
            el(
                "div",
                { class: "steps", role: "group", "aria-label": "Step" },
                icon_button(
                    "M3 3H13M8 14V6M4.5 9L8 5.5L11.5 9",
                    "first event",
                    act((it) => it.go(0)),
                    "first event (Home)",
                ),
                icon_button(
                    "M8 13V4M4 7.5L8 3.5L12 7.5",
                    "previous event",
                    act((it) => it.go(it.place - 1)),
                    "previous event (k)",
                ),
                icon_button(
                    "M8 3V12M4 8.5L8 12.5L12 8.5",
                    "next event",
                    act((it) => it.go(it.place + 1)),
                    "next event (j)",
                ),
                icon_button(
                    "M3 13H13M8 2V10M4.5 7L8 10.5L11.5 7",
                    "last event",
                    act((it) => it.go(it.rows.count - 1)),
                    "last event (End)",
                ),
                button(
                    "Next mark",
                    act((it) => it.go_to_mark(1)),
                    { title: "next fault or violation (n)" },
                ),
            ),
            keys,
        ];
    }

    show(view, event) {
        this.view = view;
        const roles = view === BESIDE ? ["smallest", "nearest"] : [view];
        this.diagrams = roles.map((role) => this.diagram(role));
        put(
            this.stage,
            this.diagrams.map((diagram, i) => this.pane(diagram, roles[i], view === BESIDE)),
        );
        this.stage.classList.toggle("is-beside", view === BESIDE);
        this.inspector.element.hidden = false;
        if (view === BESIDE) {
            this.compare();
        }
        const first = this.diagrams[0];
        first.resize();
        if (event !== undefined && event >= 0 && event < first.run.count) {
            first.go_to_event(event);
        } else {
            first.go(this.start_of(first));
        }
    }

    /* Where one wants to look first: at the violation; side by side, at the first difference. */
    start_of(diagram) {
        if (diagram.difference) {
            const place = diagram.rows.list.findIndex((row) => row >= 0 && diagram.difference.mates[row] < 0);
            if (place >= 0) {
                return place;
            }
        }
        return Math.max(0, diagram.rows.violation_place());
    }

    diagram(role) {
        return new Diagram(this.report.run(this.scenario, role), {
            label: `${TITLES[role]}, one option an event`,
            wanted: this.wanted,
            tooltip: this.tooltip,
            on_select: (diagram) => this.on_select(diagram),
        });
    }

    pane(diagram, role, is_beside) {
        const run = diagram.run,
            head = run.head;
        const left_out = head.left_out > 0 ? `; the first ${count_text(head.left_out)} are left out` : "";
        const cut = head.is_cut ? "; its trace was cut" : "";
        const result = head.verdict ? ` · ${head.verdict === "proved" ? "passed" : head.verdict}` : "";
        return el(
            "div",
            { class: "pane" },
            el(
                "div",
                { class: "pane-head" },
                is_beside ? el("h3", { text: TITLES[role] }) : null,
                el("span", {
                    class: "faint",
                    text: `${plural(head.steps, "step")}, ${plural(run.count, "event")}${left_out}${cut}${result}`,
                }),
                is_beside
                    ? el(
                          "span",
                          { class: "legend" },
                          el("span", { class: "is-only-key", text: "only here" }),
                          el("span", { class: "is-moved-key", text: "elsewhere there" }),
                      )
                    : null,
            ),
            diagram.element,
        );
    }

    compare() {
        const [one, other] = this.diagrams;
        const { mates, moved } = compare_runs(one.run, other.run);
        one.compare({ mates: mates[0], moved: moved[0] });
        other.compare({ mates: mates[1], moved: moved[1] });
    }

    filter(wanted) {
        this.wanted = wanted;
        for (const diagram of this.diagrams) {
            diagram.show(wanted);
        }
    }

    on_select(diagram) {
        this.inspector.show(diagram);
        this.on_move(this.view, diagram.event());
        const other = this.diagrams.find((each) => each !== diagram);
        if (other && diagram.difference) {
            other.go_to_event(this.mate_of(diagram), true);
        }
    }

    /* The same event in the run beside it; where there is none, of the last one before it that is there too. */
    mate_of(diagram) {
        const { mates, moved } = diagram.difference;
        let event = diagram.event();
        if (moved[event] >= 0) {
            return moved[event];
        }
        while (event > 0 && mates[event] < 0) {
            event--;
        }
        return Math.max(0, mates[event]);
    }
}
