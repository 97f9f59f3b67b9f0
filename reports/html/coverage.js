/* SPDX-License-Identifier: MIT */
/* What the suite has tried: which faults of the catalogue were planned, and which have struck. */
import { el } from "./dom.js";
import { count_text, plural } from "./words.js";

function fault_rows(report) {
    const rows = new Map(report.catalogue.map(([kind, family, may, promised]) => [kind, { kind, family: family.toLowerCase(), may, promised, planned: 0, struck: 0, strikes: 0 }]));
    for (const scenario of report.scenarios) {
        for (const fault of scenario.faults || []) {
            const row = rows.get(fault.kind);
            if (row) {
                row.planned++;
                row.struck += Number(fault.strikes) > 0 ? 1 : 0;
                row.strikes += Number(fault.strikes);
            }
        }
    }
    return [...rows.values()];
}

function meter(part, whole) {
    return el("div", { class: "meter", "aria-hidden": "true" }, el("span", { style: { width: `${whole === 0 ? 0 : (100 * part) / whole}%` } }));
}

function fault_section(report) {
    const rows = fault_rows(report), struck = rows.filter((row) => row.strikes > 0).length;
    const heads = [["fault", "aimed at", "what it may do", "what holds under it"], ["planned", "struck", "strikes"]];
    return el("section", {}, el("h2", {}, "Faults", el("span", { class: "faint", text: ` ${struck} of ${plural(rows.length, "kind")} have struck` })), meter(struck, rows.length),
        el("div", { class: "wide" }, el("table", { class: "catalogue" },
            el("thead", {}, el("tr", {}, heads[0].map((text) => el("th", { scope: "col", text })), heads[1].map((text) => el("th", { scope: "col", class: "number", text })))),
            el("tbody", {}, rows.map((row) => el("tr", { class: row.strikes === 0 ? "is-missing" : false },
                el("th", { scope: "row" }, el("span", { class: "state-sign", "aria-hidden": "true", text: row.strikes > 0 ? "✓" : "○" }), " ", el("code", { text: row.kind })),
                el("td", { text: row.family }), el("td", { text: row.may }), el("td", { text: row.promised }),
                [row.planned, row.struck, row.strikes].map((number) => el("td", { class: "number", text: count_text(number) }))))))));
}

function invariant_section(report) {
    const violated = new Map();
    for (const scenario of report.scenarios) {
        if (scenario.violation) {
            violated.set(scenario.violation.invariant, [...(violated.get(scenario.violation.invariant) || []), scenario]);
        }
    }
    return violated.size === 0 ? null : el("section", {}, el("h2", { text: "Violated invariants" }), el("table", {},
        el("thead", {}, el("tr", {}, el("th", { scope: "col", text: "invariant" }), el("th", { scope: "col", text: "scenarios" }))),
        el("tbody", {}, [...violated].map(([invariant, scenarios]) => el("tr", {}, el("th", { scope: "row" }, el("code", { text: invariant })),
            el("td", {}, scenarios.map((scenario, i) => [i > 0 ? ", " : null, el("a", { href: `#/s/${scenario.number}`, text: scenario.path })])))))));
}

export function coverage_page(report) {
    return el("div", { class: "coverage" }, el("h1", { tabindex: "-1", text: "Coverage" }), invariant_section(report), fault_section(report));
}
