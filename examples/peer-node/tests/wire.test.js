// SPDX-License-Identifier: MIT
// Every verb that a small peer needs, with a real node: node wire.test.js PROGRAM
import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {readFileSync} from "node:fs";
import {LINK, MONITOR} from "../peer.js";
import {Process, within} from "./process.js";

const program = process.argv[2];

class Node extends Process {
    constructor(...options) { super(program, options); }
}

/** Say only this to a node, and close: its exit code, and what it complained about. */
async function tell(bytes) {
    const child = spawn(program, ["node"], {stdio: ["pipe", "pipe", "pipe"]});
    let said = "";
    child.stderr.on("data", text => { said += text; });
    child.stdout.resume();
    child.stdin.on("error", () => {});
    child.stdin.end(bytes);
    return [await new Promise(resolve => child.on("close", resolve)), said];
}

const tests = {
    async greets_with_its_number_and_name() {
        const node = new Node("--number", "7", "--incarnation", "3", "--name", "seven");
        assert.deepEqual(await node.peer.up, [1, 7, 3, "seven"]);
        await node.end();
    },
    async answers_by_name_and_by_number() {
        const node = new Node("--spawn", "parrot=echo");
        const message = ["hello", {a: 1, b: [true, null, -5]}, Buffer.from([0, 255]), 1n << 60n];
        node.peer.say("send_named", node.me, "parrot", message);
        const [verb, parrot, , answer] = await node.next();
        assert.deepEqual([verb, answer], ["send", message]);
        assert.equal(node.peer.pids.get(parrot)[0], 1);
        node.peer.say("send", node.me, parrot, "again");
        assert.deepEqual(await node.next(), ["send", parrot, node.me, "again"]);
        node.peer.say("send_named", node.me, "nobody", "lost");
        node.peer.say("send", node.me, parrot, node.peer.pid(node.me)); // a pid is a value like any other
        const [, , , pid] = await node.next();
        assert.deepEqual([pid.tag, pid.value], [90, [9, 1, 1, 1]]);
        await node.end();
    },
    async monitors_and_links_end_once() {
        const node = new Node();
        const {child, reason, reference} = await node.spawn("crasher", LINK | MONITOR);
        assert.equal(reason, "ok");
        const other = node.peer.reference();
        node.peer.say("monitor", node.me, child, other);
        node.peer.say("send", node.me, child, "now");
        const ends = [await node.next(), await node.next(), await node.next()];
        assert.deepEqual(ends.filter(([verb]) => verb === "exit"), [["exit", child, "crash"]]);
        assert.deepEqual(ends.filter(([verb]) => verb === "monitor_exit").map(end => [end[3], end[4]]),
                         [[reference, "crash"], [other, "crash"]]);
        const late = node.peer.reference(); // what was introduced and is gone
        node.peer.say("monitor", node.me, "nobody", late);
        assert.deepEqual(await node.next(), ["monitor_exit", "nobody", node.me, late, "noproc"]);
        await node.end();
        assert.equal(node.heard.length, 0);
    },
    async own_exits_reach_who_is_linked() {
        const node = new Node("--spawn", "parrot=echo");
        const {child} = await node.spawn("echo");
        const heart = node.peer.actor(() => {});
        const watch = node.peer.reference();
        node.peer.link(heart, child);
        node.peer.say("monitor", node.me, child, watch);
        node.peer.exit(heart, "broken");
        const [verb, , ...end] = await node.next();
        assert.deepEqual([verb, ...end], ["monitor_exit", node.me, watch, "broken"]);
        await node.end();
    },
    async unlinking_is_confirmed_and_signals_kill() {
        const node = new Node();
        const {child} = await node.spawn("echo", LINK);
        const reference = node.peer.unlink(node.me, child);
        assert.deepEqual(await node.next(), ["unlink_ack", child, node.me, reference]);
        node.peer.link(node.me, child);
        const alive = node.peer.reference();
        node.peer.say("ask_alive", node.me, child, alive);
        const [verb, , ...answer] = await node.next();
        assert.deepEqual([verb, ...answer], ["liveness", node.me, alive, 1]);
        node.peer.say("signal", node.me, child, "kill");
        assert.deepEqual(await node.next(), ["exit", child, "killed"]);
        await node.end();
    },
    async refuses_behaviours_that_it_does_not_have() {
        const node = new Node();
        const {child, reason} = await node.spawn("acrobat", LINK | MONITOR);
        assert.deepEqual([child, reason], [0, "not_found"]);
        await node.end();
    },
    async survives_nonsense_and_ends_on_broken_frames() {
        const node = new Node("--spawn", "parrot=echo");
        node.peer.say("nope");
        node.peer.say("send", node.me);
        node.peer.say("send", 77, 99, "nobody");
        node.peer.say("send_named", node.me, "parrot", "still there");
        assert.equal((await node.next())[3], "still there");
        node.child.stdin.write("this is no frame");
        assert.deepEqual(await node.ended, [1, null]);
        assert.match(node.said, /stdin: .*bad_frame_header/);
    },
    async says_why_it_ended_however_early() {
        for (let round = 0; round < 20; round++) { // the first byte may come before the loop has turned once
            assert.deepEqual(await tell(""), [0, ""]);
            const [code, said] = await tell("this is no frame");
            assert.equal(code, 1);
            assert.match(said, /stdin: .*bad_frame_header/);
        }
    },
    async ends_when_a_peer_kills_every_actor() {
        const node = new Node();
        await node.peer.up;
        for (let slot = 0; slot < 16; slot++) {
            node.peer.say("signal", node.me, (1n << 63n) + (1n << 32n) + BigInt(slot), "kill");
        }
        assert.deepEqual(await node.ended, [1, null]);
        assert.match(node.said, /keeper of this node was killed/);
    },
    async ends_by_signal() {
        for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]]) {
            const node = new Node();
            await node.peer.up;
            node.child.kill(signal);
            assert.deepEqual(await node.ended, [code, null]);
        }
    },
    async ends_with_a_parent_that_is_killed() {
        const parent = spawn(process.execPath, ["-e", `
            const child = require("node:child_process").spawn(${JSON.stringify(program)}, ["node"], {stdio: ["pipe", "pipe", "inherit"]});
            console.log(child.pid);
            setInterval(() => {}, 1000);`], {stdio: ["ignore", "pipe", "inherit"]});
        const number = await new Promise(resolve => parent.stdout.once("data", text => resolve(Number(text))));
        parent.kill("SIGKILL");
        const runs = () => { // a zombie does not: whoever inherits it may be slow
            try { return !readFileSync(`/proc/${number}/stat`, "utf8").includes(") Z "); } catch { return false; }
        };
        while (runs()) await new Promise(resolve => setTimeout(resolve, 1));
    },
    async gives_up_a_silent_peer() {
        const node = new Node("--heartbeat", "20", "--deadline", "200");
        assert.deepEqual(await node.ended, [1, null]);
        assert.match(node.said, /heartbeat_timeout/);
    },
    async complains_about_bad_options() {
        for (const [options, text] of [
            [["--number", "0"], /numbers of nodes/], [["--spawn", "x"], /NAME=WHAT/], [["--spawn", "x=acrobat"], /NAME=WHAT/],
            [["--spawn", "x=echo", "--spawn", "x=echo"], /cannot spawn x=echo: /],
            [["--listen", "unix:/nowhere/at/all"], /cannot listen at unix:\/nowhere\/at\/all: /],
            [["--connect", "1=unix:x"], /cannot connect to 1=unix:x/], [["operand"], /options only/],
        ]) {
            const node = new Node(...options);
            assert.deepEqual(await node.ended, [2, null], node.said);
            assert.match(node.said, text);
        }
    },
};

within(60);
for (const [name, test] of Object.entries(tests)) {
    await test().catch(error => { console.error(`${name}: ${error.stack}`); process.exit(1); });
    console.log(`ok ${name}`);
}
