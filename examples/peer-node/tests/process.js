// SPDX-License-Identifier: MIT
// A real node, with an actor of ours to talk to it and to hear what comes back.
import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {readdirSync, readFileSync} from "node:fs";
import {Peer} from "../peer.js";

export class Process {
    heard = [];    // what nobody waited for
    said = "";     // on stderr
    #waiting = [];

    constructor(program, options, node = 9) {
        this.child = spawn(program, ["node", ...options], {stdio: ["pipe", "pipe", "pipe"]});
        this.child.stderr.on("data", text => { this.said += text; });
        this.ended = new Promise(resolve => this.child.on("exit", (code, signal) => resolve([code, signal])));
        this.peer = new Peer(this.child.stdout, this.child.stdin, {node});
        this.me = this.peer.actor((verb, fields) => this.#hear([verb, ...fields]));
    }
    #hear(what) {
        const next = this.#waiting.shift();
        if (next) next(what); else this.heard.push(what);
    }
    next() {
        return this.heard.length > 0 ? Promise.resolve(this.heard.shift()) : new Promise(resolve => this.#waiting.push(resolve));
    }
    /** Start a behaviour there: its number. Nothing else may be under way to `me`. */
    async spawn(behaviour, flags = 0, argument = undefined) {
        const reference = this.peer.spawn(this.me, behaviour, flags, argument);
        const [verb, child, , answered, reason] = await this.next();
        assert.deepEqual([verb, answered], ["spawn_reply", reference]);
        return {child, reason, reference};
    }
    /** It has done what its options say, and is connected to nobody else. */
    async ready() {
        await this.peer.up;
        await this.spawn("echo");
        this.idle = this.descriptors();
        return this;
    }
    /** It ends with its stdin, and has had nothing to complain about. */
    async end() {
        this.child.stdin.end();
        assert.deepEqual(await this.ended, [0, null], this.said);
        assert.equal(this.said, "");
    }
    descriptors() { return readdirSync(`/proc/${this.child.pid}/fd`).length; }
    /** In KiB. */
    memory() { return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))[1]); }
    children() { return readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, "utf8").trim(); }
}

/** Fail the process if it takes longer. */
export function within(seconds) {
    return setTimeout(() => { console.error(`${seconds} seconds are too long`); process.exit(1); }, seconds * 1000).unref();
}
