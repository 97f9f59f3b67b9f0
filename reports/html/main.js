/* SPDX-License-Identifier: MIT */
/* Which page is shown: the part of the address behind `#` says so, so that a link leads to an event. */
import { coverage_page } from "./coverage.js";
import { Report } from "./data.js";
import { el, svg } from "./dom.js";
import { scenario_page } from "./scenario.js";
import { Suite } from "./suite.js";
import { theme_choice } from "./theme.js";
import { Tooltip } from "./tooltip.js";
import { scenario_name } from "./words.js";

/* "#/s/12/smallest/45" */
function address() {
    const [page, number, role, event] = location.hash.replace(/^#\/?/, "").split("/");
    return { page: page || "", number: Number(number), role, event: event === undefined ? undefined : Number(event) };
}

/* Heads of arrows; a head has the colour of its line. */
function arrowheads() {
    return svg(
        "svg",
        { class: "offscreen", "aria-hidden": "true", width: 0, height: 0 },
        svg(
            "defs",
            {},
            ["message", "bad", "control", "spawn", "monitor"].map((name) =>
                svg(
                    "marker",
                    {
                        id: `head-${name}`,
                        class: `head-${name}`,
                        viewBox: "0 0 8 8",
                        refX: 7,
                        refY: 4,
                        markerWidth: 8,
                        markerHeight: 8,
                        orient: "auto",
                        markerUnits: "userSpaceOnUse",
                    },
                    svg("path", { d: "M0 0.5L8 4L0 7.5z" }),
                ),
            ),
        ),
    );
}

class Page {
    constructor(report) {
        this.report = report;
        this.tooltip = new Tooltip();
        this.suite = new Suite(report);
        this.main = el("main", { id: "page" });
        this.links = [
            ["", "Scenarios"],
            ["coverage", "Coverage"],
        ].map(([page, text]) => el("a", { href: `#/${page}`, "data-page": page, text }));
        document.body.append(
            arrowheads(),
            el("a", {
                class: "skip",
                href: "#page",
                text: "To the content",
                onclick: (event) => {
                    event.preventDefault();
                    this.focus();
                },
            }),
            el(
                "header",
                { class: "top" },
                el(
                    "a",
                    { class: "brand", href: "#/" },
                    el("b", { text: "Rehearse" }),
                    el("span", { class: "faint", text: ` ${report.version}` }),
                ),
                el("nav", { "aria-label": "Pages" }, this.links),
                theme_choice(),
            ),
            this.main,
        );
    }

    show() {
        const at = address();
        const scenario = at.page === "s" ? this.report.scenarios.find((one) => one.number === at.number) : undefined;
        this.tooltip.hide();
        for (const link of this.links) {
            const is_here = link.dataset.page === at.page || (at.page === "s" && link.dataset.page === "");
            link.setAttribute("aria-current", is_here ? "page" : "false");
        }
        if (scenario) {
            const page = scenario_page(this.report, scenario, at, this.tooltip, (role, event) =>
                this.remember(scenario, role, event),
            );
            this.main.replaceChildren(page.element);
            page.opened();
            document.title = `${scenario_name(scenario)}: ${scenario.verdict}`;
        } else if (at.page === "coverage") {
            this.main.replaceChildren(coverage_page(this.report));
            document.title = "Rehearse: coverage";
        } else {
            this.main.replaceChildren(this.suite.element);
            document.title =
                Number(this.report.failed) > 0 ? `Rehearse: ${this.report.failed} failed` : "Rehearse: passed";
        }
    }

    /* Where the reader is, soon: a browser allows only so many changes of the address. */
    remember(scenario, role, event) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            if (address().number === scenario.number) {
                history.replaceState(null, "", `#/s/${scenario.number}/${role}/${event}`);
            }
        }, 300);
    }

    focus() {
        const head = this.main.querySelector("h1");
        if (head) {
            head.focus({ preventScroll: true });
        }
    }
}

export function main() {
    const page = new Page(new Report(document));
    addEventListener("hashchange", () => {
        page.show();
        scrollTo(0, 0);
        page.focus();
    });
    addEventListener("keydown", (event) => {
        if (event.key === "/" && !event.target.closest("input, select, textarea") && page.suite.element.isConnected) {
            event.preventDefault();
            page.suite.search.focus();
        }
    });
    addEventListener("beforeprint", () => {
        page.suite.add_rows(true);
        document.querySelectorAll("details.text").forEach((details) => {
            details.open = true;
        });
    });
    page.show();
}
