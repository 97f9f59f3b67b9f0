/* SPDX-License-Identifier: MIT */
/* What the suite has tried, and what it has not: behaviour by families, where it was counted, and the catalogue of faults. */
import { el, put, segmented } from "./dom.js";
import { count_text, plural, scenario_name } from "./words.js";

/* ---- faults of the catalogue ---- */

export function fault_rows(report) {
    const rows = new Map(
        report.catalogue.map(([kind, family, may, promised]) => [
            kind,
            { kind, family: family.toLowerCase(), may, promised, planned: 0, struck: 0, strikes: 0 },
        ]),
    );
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
    return el(
        "div",
        { class: "meter", "aria-hidden": "true" },
        el("span", { style: { width: `${whole === 0 ? 0 : (100 * part) / whole}%` } }),
    );
}

function sign(is_covered, is_absurd) {
    return el("span", {
        class: "state-sign",
        role: "img",
        "aria-label": is_covered ? "covered" : is_absurd ? "cannot happen" : "missing",
        text: is_covered ? "✓" : is_absurd ? "–" : "○",
    });
}

function heads(texts, numbers) {
    return el(
        "thead",
        {},
        el(
            "tr",
            {},
            texts.map((text) => el("th", { scope: "col", text })),
            numbers.map((text) => el("th", { scope: "col", class: "number", text })),
        ),
    );
}

function fault_section(report) {
    const rows = fault_rows(report),
        struck = rows.filter((row) => row.strikes > 0).length;
    return el(
        "section",
        { id: "faults" },
        el(
            "h2",
            {},
            "Catalogue of faults",
            el("span", { class: "faint", text: ` ${struck} of ${plural(rows.length, "kind")} have struck` }),
        ),
        meter(struck, rows.length),
        el(
            "div",
            { class: "wide", tabindex: "0", role: "region", "aria-label": "Catalogue of faults" },
            el(
                "table",
                { class: "catalogue" },
                heads(["fault", "aimed at", "what it may do", "what holds under it"], ["planned", "struck", "strikes"]),
                el(
                    "tbody",
                    {},
                    rows.map((row) =>
                        el(
                            "tr",
                            { class: row.strikes === 0 ? "is-missing" : false },
                            el("th", { scope: "row" }, sign(row.strikes > 0), " ", el("code", { text: row.kind })),
                            el("td", { text: row.family }),
                            el("td", { text: row.may }),
                            el("td", { text: row.promised }),
                            [row.planned, row.struck, row.strikes].map((number) =>
                                el("td", { class: "number", text: count_text(number) }),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    );
}

/* ---- violated invariants ---- */

function violated_section(report) {
    const violated = new Map();
    for (const scenario of report.scenarios) {
        if (scenario.violation) {
            violated.set(scenario.violation.invariant, [
                ...(violated.get(scenario.violation.invariant) || []),
                scenario,
            ]);
        }
    }
    return violated.size === 0
        ? null
        : el(
              "section",
              {},
              el("h2", { text: "Violated invariants" }),
              el(
                  "table",
                  {},
                  heads(["invariant", "scenarios"], []),
                  el(
                      "tbody",
                      {},
                      [...violated].map(([invariant, scenarios]) =>
                          el(
                              "tr",
                              {},
                              el("th", { scope: "row" }, el("code", { text: invariant })),
                              el(
                                  "td",
                                  {},
                                  scenarios.map((scenario, i) => [
                                      i > 0 ? ", " : null,
                                      el("a", { href: `#/s/${scenario.number}`, text: scenario_name(scenario) }),
                                  ]),
                              ),
                          ),
                      ),
                  ),
              ),
          );
}

/* ---- families of behaviour ---- */

/* An item is [key, first count, second count, why it cannot happen]; it is covered if each count that its family has is
 * above 0. */
export function is_covered(family, item) {
    return family.counts.every((word, i) => Number(item[1 + i]) > 0);
}

export function family_sums(family) {
    const items = family.items.map((item, i) => ({
        is_covered: is_covered(family, item),
        is_foreseen: i < family.foreseen,
        why: item[3],
    }));
    const possible = items.filter((item) => item.is_foreseen && !item.why);
    return {
        covered: possible.filter((item) => item.is_covered).length,
        possible: possible.length,
        others: items.filter((item) => !item.is_foreseen && item.is_covered).length,
    };
}

function item_row(family, item) {
    const covered = is_covered(family, item);
    return el(
        "tr",
        { class: covered ? false : "is-missing" },
        el(
            "th",
            { scope: "row" },
            sign(covered, item[3]),
            " ",
            el("code", { text: item[0] }),
            item[3] ? el("span", { class: "faint", text: ` cannot happen: ${item[3]}` }) : null,
        ),
        family.counts.map((word, i) => el("td", { class: "number", text: count_text(item[1 + i]) })),
    );
}

/* The rows of a family are made when it is opened. */
function family_section(family) {
    const { covered, possible } = family_sums(family);
    const body = el("tbody");
    const show = (which) =>
        put(
            body,
            family.items
                .filter((item) => which === "all" || (!item[3] && is_covered(family, item) === (which === "covered")))
                .map((item) => item_row(family, item)),
        );
    const choice = segmented(
        "Which items",
        [
            ["missing", "Missing"],
            ["covered", "Covered"],
            ["all", "All"],
        ],
        covered < possible ? "missing" : "covered",
        show,
    );
    const details = el(
        "details",
        {
            id: `family-${family.family}`,
            ontoggle: () => {
                if (details.open && body.childElementCount === 0) {
                    show(covered < possible ? "missing" : "covered");
                }
            },
        },
        el(
            "summary",
            {},
            el(
                "h2",
                {},
                family.family,
                el("span", { class: "faint", text: ` ${count_text(covered)} of ${count_text(possible)}` }),
            ),
        ),
        el("p", { class: "faint", text: family.sentence }),
        choice,
        el("table", {}, heads(["item"], family.counts), body),
    );
    return details;
}

function card(family, section) {
    const { covered, possible, others } = family_sums(family);
    const more = others > 0 ? `, and ${count_text(others)} of its own` : "";
    return el(
        "li",
        {},
        el(
            "a",
            {
                class: "card",
                href: "#/coverage",
                onclick: (event) => {
                    event.preventDefault();
                    section.open = true;
                    section.scrollIntoView();
                    section.firstChild.focus();
                },
            },
            el("b", { text: possible === 0 ? "–" : `${Math.floor((100 * covered) / possible)} %` }),
            ` ${family.family}`,
            meter(covered, possible),
            el("div", { class: "faint", text: `${count_text(covered)} of ${count_text(possible)}${more}` }),
        ),
    );
}

export function coverage_page(report) {
    const families = report.coverage || [],
        sections = families.map(family_section);
    return el(
        "div",
        { class: "coverage" },
        el("h1", { tabindex: "-1", text: "Coverage" }),
        report.coverage_is_partial
            ? el("p", {
                  class: "faint",
                  text: "More was covered than is counted here: a run was resumed, or there was too much.",
              })
            : null,
        families.length === 0
            ? null
            : [
                  el(
                      "ul",
                      { class: "cards" },
                      families.map((family, i) => card(family, sections[i])),
                  ),
                  sections,
              ],
        violated_section(report),
        fault_section(report),
    );
}
