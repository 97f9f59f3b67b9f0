/* SPDX-License-Identifier: MIT */
/* The list of all scenarios: filters, order, and a way to each. What was chosen is kept while the reader is elsewhere. */
import { el, put, button } from "./dom.js";
import { VERDICTS, count_text, plural, scenario_name, seconds_text, verdict_badge } from "./words.js";

/* Rows are made as the reader comes to them. */
const ROWS_AT_ONCE = 200;

const number_of = (name) => (scenario) => Number(scenario[name] === undefined ? -1 : scenario[name]);
const COLUMNS = [
    { id: "verdict", text: "Verdict", key: (scenario) => VERDICTS.indexOf(scenario.verdict) },
    { id: "path", text: "Scenario", key: (scenario) => scenario.path },
    { id: "strategy", text: "Strategy", key: (scenario) => scenario.strategy || "" },
    { id: "runs", text: "Runs", key: number_of("runs"), is_number: true },
    { id: "events", text: "Events", key: number_of("events"), is_number: true },
    { id: "outcomes", text: "Outcomes", key: number_of("outcomes"), is_number: true },
    {
        id: "faults",
        text: "Faults",
        key: number_of("faults_fired"),
        is_number: true,
        title: "that have struck, of those in the plan",
    },
    { id: "seconds", text: "Time", key: number_of("seconds"), is_number: true },
];

function folder_of(path) {
    const slash = path.lastIndexOf("/");
    return slash < 0 ? "." : path.slice(0, slash);
}

function compare_keys(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

function cells(report, scenario) {
    const has_runs = scenario.runs !== undefined;
    return [
        el("td", {}, verdict_badge(scenario.verdict, scenario.tally, report.verdicts)),
        el(
            "th",
            { scope: "row", class: "path" },
            el("a", { href: `#/s/${scenario.number}`, text: scenario_name(scenario) }),
            el("div", { class: "row-title", text: scenario.title }),
            scenario.violation
                ? el(
                      "div",
                      { class: "row-why" },
                      el("code", { text: scenario.violation.invariant }),
                      scenario.violation.observed ? `: ${scenario.violation.observed}` : "",
                  )
                : scenario.tally !== "passed"
                  ? el("div", { class: "row-why", text: scenario.details })
                  : null,
        ),
        el("td", { "data-of": "strategy", text: scenario.strategy || "" }),
        ["runs", "events", "outcomes"].map((name) =>
            el("td", {
                class: "number",
                "data-of": name,
                "data-word": String(scenario[name]) === "1" ? name.slice(0, -1) : name,
                text: has_runs ? count_text(scenario[name]) : "",
            }),
        ),
        el("td", {
            class: "number",
            "data-of": "faults",
            "data-word": "faults",
            text:
                has_runs && Number(scenario.faults_armed) > 0
                    ? `${count_text(scenario.faults_fired)}/${count_text(scenario.faults_armed)}`
                    : "",
        }),
        el("td", { class: "number", "data-of": "time", "data-word": "", text: seconds_text(scenario.seconds) }),
    ];
}

export class Suite {
    constructor(report) {
        this.report = report;
        this.verdicts = new Set();
        this.folder = "";
        this.text = "";
        this.order = { column: COLUMNS[0], is_down: false };
        this.has_times = report.seconds !== undefined;
        this.columns = COLUMNS.filter((column) => column.id !== "seconds" || this.has_times);
        this.element = el("div", { class: "suite" }, this.summary(), this.filters(), this.table());
        this.apply();
    }

    /* ---- what is above the table ---- */

    summary() {
        const { passed, failed, skipped, seconds } = this.report;
        const parts = [
            ["failed", failed],
            ["passed", passed],
            ["skipped", skipped],
        ].filter(([, number]) => Number(number) > 0);
        return el(
            "section",
            { class: "summary", "aria-label": "Summary" },
            el("h1", {
                tabindex: "-1",
                text:
                    Number(failed) > 0
                        ? `${plural(failed, "scenario")} failed`
                        : Number(passed) > 0
                          ? "All scenarios hold"
                          : "Nothing was played",
            }),
            el(
                "p",
                { class: "sums" },
                parts.map(([tally, number]) =>
                    el("span", { class: `sum is-${tally}` }, el("b", { text: count_text(number) }), ` ${tally}`),
                ),
                seconds === undefined ? null : el("span", { class: "faint", text: seconds_text(seconds) }),
                this.report.options ? el("code", { class: "faint", text: this.report.options }) : null,
            ),
            el(
                "div",
                { class: "bar", "aria-hidden": "true" },
                parts.map(([tally, number]) => el("span", { class: `is-${tally}`, style: { "flex-grow": number } })),
            ),
        );
    }

    filters() {
        const counts = new Map();
        const folders = new Map();
        for (const scenario of this.report.scenarios) {
            counts.set(scenario.verdict, (counts.get(scenario.verdict) || 0) + 1);
            folders.set(folder_of(scenario.path), (folders.get(folder_of(scenario.path)) || 0) + 1);
        }
        this.search = el("input", {
            type: "search",
            placeholder: "Search   /",
            "aria-label": "Search in paths, titles and what was observed",
            oninput: () => {
                this.text = this.search.value;
                this.apply();
            },
        });
        this.chips = VERDICTS.filter((verdict) => counts.has(verdict)).map((verdict) =>
            this.chip(verdict, counts.get(verdict)),
        );
        this.select = el(
            "select",
            {
                "aria-label": "Folder",
                onchange: () => {
                    this.folder = this.select.value;
                    this.apply();
                },
            },
            el("option", { value: "", text: `All folders (${folders.size})` }),
            [...folders]
                .sort(([a], [b]) => compare_keys(a, b))
                .map(([folder, number]) => el("option", { value: folder, text: `${folder} (${number})` })),
        );
        this.shown = el("span", { class: "faint shown", role: "status" });
        this.clear = button("Clear", () => this.clear_all(), { hidden: true });
        return el(
            "div",
            { class: "toolbar filters", role: "search" },
            this.search,
            el("div", { class: "chips", role: "group", "aria-label": "Verdicts" }, this.chips),
            this.select,
            this.shown,
            this.clear,
        );
    }

    chip(verdict, number) {
        const tally = this.report.scenarios.find((scenario) => scenario.verdict === verdict).tally;
        const chip = button(
            "",
            () => {
                const is_on = !this.verdicts.delete(verdict);
                if (is_on) {
                    this.verdicts.add(verdict);
                }
                chip.setAttribute("aria-pressed", String(is_on));
                this.apply();
            },
            { class: "chip", "aria-pressed": "false", "data-verdict": verdict },
        );
        chip.append(
            verdict_badge(verdict, tally, this.report.verdicts),
            el("span", { class: "chip-count", text: count_text(number) }),
        );
        return chip;
    }

    clear_all() {
        this.verdicts.clear();
        this.folder = this.text = this.search.value = this.select.value = "";
        this.chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
        this.apply();
    }

    /* ---- the table ---- */

    table() {
        this.body = el("tbody");
        this.heads = this.columns.map((column) =>
            el(
                "th",
                { scope: "col", class: column.is_number ? "number" : false, title: column.title, "data-of": column.id },
                button(column.text, () => this.sort(column)),
            ),
        );
        this.more = el("div", { class: "more" });
        new IntersectionObserver(
            (entries) => {
                if (entries.some((entry) => entry.isIntersecting)) {
                    this.add_rows();
                }
            },
            { rootMargin: "600px" },
        ).observe(this.more);
        return [
            el(
                "table",
                { class: "scenarios" },
                el("caption", { class: "offscreen", text: "Scenarios" }),
                el("thead", {}, el("tr", {}, this.heads)),
                this.body,
            ),
            this.more,
        ];
    }

    sort(column) {
        this.order = {
            column,
            is_down: this.order.column === column ? !this.order.is_down : column.is_number === true,
        };
        this.apply();
    }

    fits(scenario, words) {
        const violation = scenario.violation || { invariant: "", observed: "" };
        const text = [scenario.path, scenario.title, scenario.details, violation.invariant, violation.observed]
            .join(" ")
            .toLowerCase();
        return (
            (this.verdicts.size === 0 || this.verdicts.has(scenario.verdict)) &&
            (this.folder === "" || folder_of(scenario.path) === this.folder) &&
            words.every((word) => text.includes(word))
        );
    }

    apply() {
        const words = this.text
            .toLowerCase()
            .split(/\s+/)
            .filter((word) => word !== "");
        const { column, is_down } = this.order,
            way = is_down ? -1 : 1;
        this.list = this.report.scenarios
            .filter((scenario) => this.fits(scenario, words))
            .sort(
                (a, b) =>
                    way * compare_keys(column.key(a), column.key(b)) ||
                    compare_keys(a.path, b.path) ||
                    a.number - b.number,
            );
        this.heads.forEach((head, i) =>
            head.setAttribute("aria-sort", this.columns[i] !== column ? "none" : is_down ? "descending" : "ascending"),
        );
        this.shown.textContent =
            this.list.length === this.report.scenarios.length
                ? ""
                : `${count_text(this.list.length)} of ${count_text(this.report.scenarios.length)}`;
        this.clear.hidden = this.list.length === this.report.scenarios.length;
        put(this.body);
        this.add_rows();
    }

    add_rows(all) {
        const from = this.body.childElementCount;
        const next = this.list.slice(from, all ? undefined : from + ROWS_AT_ONCE);
        this.body.append(
            ...next.map((scenario) =>
                el(
                    "tr",
                    { class: `is-${scenario.tally}` },
                    cells(this.report, scenario).flat().slice(0, this.columns.length),
                ),
            ),
        );
        if (this.list.length === 0) {
            put(
                this.body,
                el(
                    "tr",
                    { class: "none" },
                    el("td", { colspan: this.columns.length, text: "No scenario fits these filters." }),
                ),
            );
        }
    }
}
