/* SPDX-License-Identifier: MIT */
/* All about one scenario. */
import { el, button, copy_text } from "./dom.js";
import { Runs } from "./runs.js";
import { count_text, scenario_name, seconds_text, verdict_badge } from "./words.js";

const LINES_AROUND = 4;

function facts(scenario) {
    const all = [
        ["strategy", scenario.strategy],
        ["seed", scenario.seed],
        ["runs", count_text(scenario.runs)],
        ["events", count_text(scenario.events)],
        ["outcomes", `${count_text(scenario.outcomes)}${scenario.more_outcomes ? " and more" : ""}`],
        scenario.strategy === "dpor" ? ["classes", count_text(scenario.classes)] : null,
        ["time", seconds_text(scenario.seconds)],
        ["digest", scenario.digest],
    ];
    return el(
        "dl",
        { class: "facts" },
        all
            .filter((fact) => fact && fact[1] !== "" && fact[1] !== undefined)
            .map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", { text: value }))),
    );
}

function commands(scenario) {
    return el(
        "ul",
        { class: "commands" },
        scenario.commands.map((command) => {
            const said = el("span", { class: "said", role: "status" });
            const copy = button(
                "Copy",
                async () => {
                    said.textContent = (await copy_text(command.text)) ? "copied" : "could not copy";
                    setTimeout(() => {
                        said.textContent = "";
                    }, 1500);
                },
                { "aria-label": `Copy: ${command.purpose}` },
            );
            return el(
                "li",
                {},
                el("span", { class: "faint", text: command.purpose }),
                el("div", { class: "command" }, el("code", { text: command.text }), said, copy),
            );
        }),
    );
}

/* Lines of the scenario, around one of them. */
function excerpt(text, line, column, is_whole) {
    const lines = text.replace(/\n$/, "").split("\n");
    const from = is_whole ? 1 : Math.max(1, line - LINES_AROUND),
        to = is_whole ? lines.length : Math.min(lines.length, line + 2);
    const rows = [];
    for (let number = from; number <= to; number++) {
        rows.push(
            el(
                "span",
                { class: number === line ? "line is-marked" : "line" },
                el("span", { class: "line-number", text: String(number).padStart(4) }),
                `${lines[number - 1]}`,
            ),
        );
        if (number === line && column > 0) {
            rows.push(
                el(
                    "span",
                    { class: "line is-caret" },
                    el("span", { class: "line-number", text: "    " }),
                    `${" ".repeat(column - 1)}^`,
                ),
            );
        }
    }
    return el("pre", { class: "source", tabindex: "0", "aria-label": "Scenario" }, el("code", {}, rows));
}

/* The scenario as the trace carries it. */
function source_of(report, scenario) {
    const role = ["failing", "last", "smallest"].find((one) => report.has_run(scenario, one));
    return role ? report.run(scenario, role).head.scenario : "";
}

function violation_panel(report, scenario) {
    const violation = scenario.violation,
        source = source_of(report, scenario);
    return el(
        "section",
        { class: "panel violation", "aria-labelledby": "violation-title" },
        el(
            "h2",
            { id: "violation-title" },
            el("span", { "aria-hidden": "true", text: "◆ " }),
            el("code", { text: violation.invariant }),
            " is violated",
            el("span", {
                class: "faint",
                text: violation.of_all_runs ? " by all runs together" : ` at step ${violation.step}`,
            }),
        ),
        el(
            "dl",
            { class: "expectation" },
            violation.expected ? [el("dt", { text: "expected" }), el("dd", { text: violation.expected })] : null,
            violation.observed ? [el("dt", { text: "observed" }), el("dd", { text: violation.observed })] : null,
            scenario.nearest ? [el("dt", { text: "nearest" }), el("dd", { text: scenario.nearest })] : null,
            scenario.shrunk
                ? [
                      el("dt", { text: "shrunk" }),
                      el("dd", {}, el("code", { text: scenario.shrunk }), ` ${scenario.shrunk_size}`),
                  ]
                : null,
        ),
        el(
            "div",
            { class: "where" },
            source && violation.line > 0 ? excerpt(source, violation.line, violation.column) : null,
            scenario.commands.length > 0 ? commands(scenario) : null,
        ),
    );
}

function faults_table(scenario) {
    const heads = ["fault", "line", "strikes", "struck in runs", "as often as it may in"];
    return el(
        "section",
        {},
        el("h2", { text: "Faults of its plan" }),
        el(
            "div",
            { class: "wide" },
            el(
                "table",
                {},
                el(
                    "thead",
                    {},
                    el(
                        "tr",
                        {},
                        heads.map((text, i) => el("th", { scope: "col", class: i > 0 ? "number" : false, text })),
                    ),
                ),
                el(
                    "tbody",
                    {},
                    scenario.faults.map((fault) =>
                        el(
                            "tr",
                            { class: Number(fault.strikes) === 0 ? "is-missing" : false },
                            el(
                                "th",
                                { scope: "row" },
                                el("code", { text: fault.kind }),
                                fault.pinned ? el("span", { class: "faint", text: " pinned" }) : null,
                            ),
                            [fault.line, fault.strikes, fault.fired_in, fault.spent_in].map((number) =>
                                el("td", { class: "number", text: count_text(number) }),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    );
}

function texts(report, scenario) {
    const source = source_of(report, scenario);
    const line = scenario.violation ? scenario.violation.line : 0,
        column = scenario.violation ? scenario.violation.column : 0;
    return [
        scenario.block
            ? el(
                  "details",
                  { class: "text", open: !scenario.violation },
                  el("summary", { text: "As a terminal shows it" }),
                  el("pre", { tabindex: "0", text: scenario.block }),
              )
            : null,
        source
            ? el(
                  "details",
                  { class: "text" },
                  el("summary", { text: "The whole scenario" }),
                  excerpt(source, line, column, true),
              )
            : null,
    ];
}

/* The page of a scenario. `at` is which run, and which event of it; `on_move` hears where the reader goes. */
export function scenario_page(report, scenario, at, tooltip, on_move) {
    const runs = new Runs(report, scenario, tooltip, on_move);
    const index = report.scenarios.indexOf(scenario);
    const failing = report.scenarios.filter((one) => one.tally === "failed");
    const next = failing.find((one) => one.number > scenario.number) || failing[0];
    const element = el(
        "article",
        { class: "scenario" },
        el(
            "nav",
            { class: "crumbs", "aria-label": "Where this is" },
            el("a", { href: "#/", text: "All scenarios" }),
            el("span", { class: "faint", text: `${index + 1} of ${report.scenarios.length}` }),
            next && next !== scenario ? el("a", { href: `#/s/${next.number}`, text: "Next failure →" }) : null,
        ),
        el(
            "header",
            { class: "title" },
            verdict_badge(scenario.verdict, scenario.tally, report.verdicts),
            el(
                "h1",
                { tabindex: "-1" },
                scenario_name(scenario),
                scenario.violation && scenario.violation.line > 0
                    ? el("span", { class: "faint", text: `:${scenario.violation.line}:${scenario.violation.column}` })
                    : null,
            ),
            scenario.title ? el("p", { class: "subtitle", text: scenario.title }) : null,
            el("p", { class: "faint", text: scenario.details }),
        ),
        scenario.violation ? violation_panel(report, scenario) : null,
        runs.roles.length > 0
            ? runs.element
            : scenario.violation && !scenario.violation.of_all_runs
              ? el("p", {
                    class: "faint",
                    text: "The run itself is not on this page: it holds too many events already. `trace show` lists it.",
                })
              : null,
        texts(report, scenario),
        scenario.runs !== undefined ? el("section", {}, el("h2", { text: "Exploration" }), facts(scenario)) : null,
        scenario.faults && scenario.faults.length > 0 ? faults_table(scenario) : null,
    );
    /* A diagram needs to know how wide it is. */
    return {
        element,
        opened: () => {
            if (runs.roles.length > 0) {
                runs.open(at.role, at.event);
            }
        },
    };
}
