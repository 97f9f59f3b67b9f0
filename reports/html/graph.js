/* SPDX-License-Identifier: MIT */
/* Who is linked with whom, and who monitors whom, at one point of a run. An actor keeps its place on the circle from the first
 * event to the last, so that stepping shows what changes. */
import { svg } from "./dom.js";
import { shorten } from "./words.js";

const WIDTH = 360,
    HEIGHT = 264,
    NAME = 13;

/* Of all actors those that are ever linked, watch or are watched. */
export function related_actors(run) {
    const related = new Set();
    for (let i = 0; i < run.count; i++) {
        const kind = run.kind(i);
        if (kind === "link_add" || kind === "monitor_add") {
            related.add(run.actor(i));
            related.add(run.peer(i));
        }
    }
    related.delete(0);
    return [...related].sort((a, b) => a - b);
}

function places_of(actors) {
    const places = new Map();
    const begin = actors.length === 2 ? Math.PI : -Math.PI / 2;
    actors.forEach((actor, i) => {
        const angle = (i / actors.length) * 2 * Math.PI + begin;
        places.set(actor, {
            x: WIDTH / 2 + Math.cos(angle) * (WIDTH / 2 - 84),
            y: HEIGHT / 2 + Math.sin(angle) * (HEIGHT / 2 - 30),
        });
    });
    return places;
}

function edge(a, b, name, bend) {
    const dx = b.x - a.x,
        dy = b.y - a.y,
        length = Math.hypot(dx, dy) || 1;
    const x = (a.x + b.x) / 2 - (dy / length) * bend,
        y = (a.y + b.y) / 2 + (dx / length) * bend;
    const ax = a.x + (dx / length) * 9,
        ay = a.y + (dy / length) * 9,
        bx = b.x - (dx / length) * 11,
        by = b.y - (dy / length) * 11;
    return svg("path", { class: `edge ${name}`, d: `M${ax} ${ay}Q${x} ${y} ${bx} ${by}` });
}

function node(run, state, actor, place, is_chosen) {
    const is_alive = state.actors[actor].is_alive,
        is_right = place.x > WIDTH / 2 + 4,
        is_middle = Math.abs(place.x - WIDTH / 2) <= 4;
    const name = shorten(run.actors[actor], NAME);
    const gone = state.actors[actor].is_born && !is_alive;
    return svg(
        "g",
        { class: `node${is_alive ? "" : " is-gone"}${is_chosen ? " is-chosen" : ""}` },
        svg("circle", { cx: place.x, cy: place.y, r: 7 }),
        gone
            ? svg("path", { d: `M${place.x - 3.5} ${place.y - 3.5}l7 7M${place.x + 3.5} ${place.y - 3.5}l-7 7` })
            : null,
        svg("text", {
            x: place.x + (is_middle ? 0 : is_right ? 13 : -13),
            y: place.y + (is_middle ? (place.y < HEIGHT / 2 ? -13 : 23) : 4),
            "text-anchor": is_middle ? "middle" : is_right ? "start" : "end",
            text: name,
        }),
    );
}

/* In words, for those who do not see it. */
function graph_text(run, state) {
    const links = [...state.links.keys()].map((key) =>
        key
            .split(" ")
            .map((actor) => run.actors[actor])
            .join(" and "),
    );
    const monitors = [...state.monitors.values()].map(
        (one) => `${run.actors[one.watcher]} monitors ${one.target ? run.actors[one.target] : one.name}`,
    );
    return [
        links.length ? `Linked: ${links.join(", ")}.` : "No links.",
        monitors.length ? `${monitors.join(", ")}.` : "No monitors.",
    ].join(" ");
}

/* `related` says whose places are on the circle. */
export function draw_graph(run, state, related, chosen) {
    const places = places_of(related);
    const lines = [];
    for (const [key, halves] of state.links) {
        const [a, b] = key.split(" ").map((actor) => places.get(Number(actor)));
        if (a && b) {
            lines.push(edge(a, b, halves === 3 ? "is-link" : "is-link is-half", 0));
        }
    }
    for (const { watcher, target } of state.monitors.values()) {
        if (places.has(watcher) && places.has(target) && watcher !== target) {
            lines.push(edge(places.get(watcher), places.get(target), "is-monitor", 16));
        }
    }
    return svg(
        "svg",
        { class: "graph", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": graph_text(run, state) },
        lines,
        related.map((actor) => node(run, state, actor, places.get(actor), actor === chosen)),
    );
}
