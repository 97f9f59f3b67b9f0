/* SPDX-License-Identifier: MIT */
/*
 * Who is alive, linked, watching and waited for behind an event. The events are replayed; every so often the state is kept, so
 * that no jump replays more than INTERVAL of them.
 */
const INTERVAL = 1024;

function actor_at_first(is_there) {
    return {
        is_born: is_there,
        is_alive: is_there,
        reason: null,
        waiting: 0,
        mailbox: 0,
        traps: false,
        waits: false,
        names: [],
    };
}

class State {
    constructor(run) {
        this.actors = run.actors.map((name, actor) => actor_at_first(run.born[actor] < 0));
        this.links = new Map();
        this.monitors = new Map();
    }

    clone() {
        const copy = Object.create(State.prototype);
        copy.actors = this.actors.map((actor) => ({ ...actor, names: [...actor.names] }));
        copy.links = new Map(this.links);
        copy.monitors = new Map(this.monitors);
        return copy;
    }
}

function link_key(a, b) {
    return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/* Of a link each end holds a half: 1 the end with the smaller number, 2 the other. */
function add_half(state, actor, peer, is_there) {
    const key = link_key(actor, peer),
        half = actor < peer ? 1 : 2;
    const halves = is_there ? (state.links.get(key) || 0) | half : (state.links.get(key) || 0) & ~half;
    if (halves === 0) {
        state.links.delete(key);
    } else {
        state.links.set(key, halves);
    }
}

function target_of(run, i) {
    const effect = run.effects[i];
    return run.peer(i) !== 0 ? run.peer(i) : effect >= 0 ? run.actor(effect) : 0;
}

const APPLY = {
    spawn: (state, run, i, me) => Object.assign(me, actor_at_first(true)),
    exit: (state, run, i, me) =>
        Object.assign(me, { is_alive: false, reason: run.payload(i) || "its node went", waits: false }),
    send: (state, run, i) => {
        state.actors[target_of(run, i)].waiting++;
    },
    handle: (state, run, i) => arrive(state, run, i),
    drop: (state, run, i) => arrive(state, run, i),
    return: (state, run, i) => arrive(state, run, i),
    put: (state, run, i, me) => {
        arrive(state, run, i);
        me.mailbox++;
    },
    depart: (state, run, i) => {
        leave(state.actors[run.peer(i)]);
    },
    take: (state, run, i, me) => {
        me.mailbox = Math.max(0, me.mailbox - 1);
    },
    discard: (state, run, i, me) => {
        me.mailbox = Math.max(0, me.mailbox - 1);
    },
    trap: (state, run, i, me) => {
        me.traps = run.is_on(i);
    },
    wait: (state, run, i, me) => {
        me.waits = true;
    },
    wait_end: (state, run, i, me) => {
        me.waits = false;
    },
    name_add: (state, run, i, me) => {
        me.names.push(run.name(i));
    },
    name_remove: (state, run, i, me) => {
        me.names = me.names.filter((name) => name !== run.name(i));
    },
    link_add: (state, run, i) => add_half(state, run.actor(i), run.peer(i), true),
    link_remove: (state, run, i) => add_half(state, run.actor(i), run.peer(i), false),
    monitor_add: (state, run, i) => {
        state.monitors.set(`${run.actor(i)}#${run.ordinal(i)}`, {
            watcher: run.actor(i),
            target: run.peer(i),
            name: run.name(i),
        });
    },
    monitor_remove: (state, run, i) => {
        state.monitors.delete(`${run.actor(i)}#${run.ordinal(i)}`);
    },
};

function leave(actor) {
    actor.waiting = Math.max(0, actor.waiting - 1);
}

function arrive(state, run, i) {
    if (run.cause(i) >= 0) {
        leave(state.actors[run.actor(i)]);
    }
}

export class States {
    constructor(run) {
        this.run = run;
        this.kept = [new State(run)];
    }

    apply(state, i) {
        const change = APPLY[this.run.kind(i)];
        if (change) {
            change(state, this.run, i, state.actors[this.run.actor(i)]);
        }
    }

    /* The state behind event `index`; -1 is before all. It is the caller's. */
    at(index) {
        const wanted = Math.floor((index + 1) / INTERVAL);
        while (this.kept.length <= wanted) {
            const state = this.kept[this.kept.length - 1].clone();
            const from = (this.kept.length - 1) * INTERVAL;
            for (let i = from; i < from + INTERVAL; i++) {
                this.apply(state, i);
            }
            this.kept.push(state);
        }
        const state = this.kept[wanted].clone();
        for (let i = wanted * INTERVAL; i <= index; i++) {
            this.apply(state, i);
        }
        return state;
    }
}
