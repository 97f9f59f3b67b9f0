/* SPDX-License-Identifier: MIT */
/*
 * Two runs side by side: which event of the one is which of the other. The longest common subsequence, by Myers' algorithm; two
 * runs that differ in one thing have a short way from one to the other. If it is too long, what they begin and end with alike.
 */
const DISTANCE_MAX = 2000;

function keys_of(run) {
    const keys = [];
    for (let i = 0; i < run.count; i++) {
        keys.push(`${run.actors[run.actor(i)]}: ${run.phrase(i)}`);
    }
    return keys;
}

/* Where the furthest paths of each distance end, until one reaches the end of both; null: none does in time. */
function furthest_paths(a, b) {
    const history = [];
    let ends = new Map([[1, 0]]);
    for (let distance = 0; distance <= DISTANCE_MAX; distance++) {
        history.push(new Map(ends));
        for (let k = -distance; k <= distance; k += 2) {
            const is_down = k === -distance || (k !== distance && ends.get(k - 1) < ends.get(k + 1));
            let x = is_down ? ends.get(k + 1) : ends.get(k - 1) + 1;
            while (x < a.length && x - k < b.length && a[x] === b[x - k]) {
                x++;
            }
            ends.set(k, x);
            if (x >= a.length && x - k >= b.length) {
                return history;
            }
        }
    }
    return null;
}

function walk_back(history, a, b, mates) {
    let x = a.length,
        y = b.length;
    for (let distance = history.length - 1; distance >= 0; distance--) {
        const ends = history[distance],
            k = x - y;
        const is_down = k === -distance || (k !== distance && ends.get(k - 1) < ends.get(k + 1));
        const before_k = is_down ? k + 1 : k - 1;
        const before_x = distance === 0 ? 0 : ends.get(before_k),
            before_y = distance === 0 ? 0 : before_x - before_k;
        while (x > before_x && y > before_y) {
            x--;
            y--;
            mates[x] = y;
        }
        x = before_x;
        y = before_y;
    }
}

/* What each event of either run is in the other. `mates`: its number there, -1 for none; `moved`: it comes there too, only at
 * another place. */
export function compare_runs(one, other) {
    const a = keys_of(one),
        b = keys_of(other);
    const mates = new Int32Array(a.length).fill(-1);
    let begin = 0,
        end = 0;
    while (begin < a.length && begin < b.length && a[begin] === b[begin]) {
        mates[begin] = begin;
        begin++;
    }
    while (end < a.length - begin && end < b.length - begin && a[a.length - 1 - end] === b[b.length - 1 - end]) {
        end++;
        mates[a.length - end] = b.length - end;
    }
    const middle_a = a.slice(begin, a.length - end),
        middle_b = b.slice(begin, b.length - end);
    const history = furthest_paths(middle_a, middle_b);
    if (history) {
        const inner = new Int32Array(middle_a.length).fill(-1);
        walk_back(history, middle_a, middle_b, inner);
        inner.forEach((mate, i) => {
            mates[begin + i] = mate < 0 ? -1 : mate + begin;
        });
    }
    const back = new Int32Array(b.length).fill(-1);
    mates.forEach((mate, i) => {
        if (mate >= 0) {
            back[mate] = i;
        }
    });
    const moved = [new Int32Array(a.length).fill(-1), new Int32Array(b.length).fill(-1)];
    pair_the_moved(a, b, mates, back, moved);
    return { mates: [mates, back], moved };
}

function pair_the_moved(a, b, mates, back, moved) {
    const waiting = new Map();
    b.forEach((key, j) => {
        if (back[j] < 0) {
            waiting.set(key, [...(waiting.get(key) || []), j]);
        }
    });
    a.forEach((key, i) => {
        const there = mates[i] < 0 ? waiting.get(key) : undefined;
        if (there && there.length > 0) {
            moved[0][i] = there.shift();
            moved[1][moved[0][i]] = i;
        }
    });
}
