/* SPDX-License-Identifier: MIT */
/* What led to an event: whatever can be reached backwards, along an actor's own order and the ways of its signals. */

/* Mark the causal past of some events, themselves included: an array with 1 for each that belongs to it. */
export function past_of(run, events) {
    const is_past = new Uint8Array(run.count);
    const waits = new Uint8Array(run.actors.length);
    for (const event of events) {
        is_past[event] = 1;
    }
    for (let i = run.count - 1; i >= 0; i--) {
        const actor = run.actor(i);
        if (actor !== 0 && waits[actor]) {
            is_past[i] = 1;
            waits[actor] = 0;
        }
        if (is_past[i]) {
            waits[actor] = actor !== 0 ? 1 : 0;
            const cause = run.cause(i);
            if (cause >= 0) {
                is_past[cause] = 1;
            }
        }
    }
    return is_past;
}

/* Where to begin for a violation: the last that matters of each actor that it names, or the last of all. */
export function violation_roots(run) {
    const until = run.violation_at();
    const wanted = new Set((run.violation ? run.violation.actors : []).filter((actor) => actor !== 0));
    const is_any = wanted.size === 0;
    const roots = [];
    for (let i = until; i >= 0 && (is_any ? roots.length === 0 : wanted.size > 0); i--) {
        if (run.matters(i) && (is_any || wanted.delete(run.actor(i)))) {
            roots.push(i);
        }
    }
    return roots;
}
