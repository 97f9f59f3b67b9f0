/* SPDX-License-Identifier: MIT */
/* How numbers and verdicts are written. A verdict is a sign, a word and a colour, so that none of them is needed alone. */
import { el } from "./dom.js";

/* In the order in which people look at them. */
export const VERDICTS = ["failed", "error", "bad", "vacuous", "unknown", "passed", "proved", "skipped"];

const SIGNS = { failed: "✕", error: "!", bad: "!", vacuous: "∅", unknown: "?", passed: "✓", proved: "✓", skipped: "–" };

const SENTENCES = { bad: "not a scenario: it could not be loaded" };

/* What a scenario is called: the second plan of a swarm has the path of the first. */
export function scenario_name(scenario) {
    return scenario.before > 0 ? `${scenario.path} #${scenario.before + 1}` : scenario.path;
}

/* "1,234,567"; numbers beyond 2^53 come as texts. */
export function count_text(number) {
    return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/* "1 run", "2 runs". */
export function plural(number, word) {
    return `${count_text(number)} ${word}${String(number) === "1" ? "" : "s"}`;
}

export function seconds_text(seconds) {
    if (seconds === undefined) {
        return "";
    }
    return seconds < 0.0995
        ? `${(seconds * 1000).toFixed(1)} ms`
        : seconds < 99.5
          ? `${seconds.toFixed(2)} s`
          : `${(seconds / 60).toFixed(1)} min`;
}

export function verdict_badge(verdict, tally, sentences) {
    return el(
        "span",
        { class: `badge is-${tally}`, title: SENTENCES[verdict] || sentences[verdict] },
        el("span", { class: "sign", "aria-hidden": "true", text: SIGNS[verdict] || "?" }),
        verdict,
    );
}

/* Arrows as one character. */
export function arrows(text) {
    return text.replace(/^->/, "→").replace(/^<-/, "←").replace(/^=>/, "⇒").replace(/^-x/, "↛").replace(/^! /, "");
}

/* What fits into so many characters. */
export function shorten(text, length) {
    return text.length <= length ? text : length < 2 ? "" : `${text.slice(0, length - 1)}…`;
}
