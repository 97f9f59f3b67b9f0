// SPDX-License-Identifier: MIT
// Two nodes and this peer, each sending to both others: node exchange.js ACTORS MESSAGES [WINDOW]
// Every message arrives, and in order; afterwards nothing is left of it.
import assert from "node:assert/strict";
import {mkdtempSync, rmSync} from "node:fs";
import {join} from "node:path";
import {tmpdir} from "node:os";
import {pidTag} from "../peer.js";
import {Process, within} from "./process.js";

const [program, total] = [process.argv[2], Number(process.argv[3])];
const window = Number(process.argv[4] ?? 500), every = window / 10; // a small one for nodes with small limits
const each = Math.floor(total / 6);
const folder = mkdtempSync(join(tmpdir(), "rehearse-"));
within(600);

// As source and drain of actors.c, for one partner.
function source(peer, to, done) {
    let sent = 0;
    const sendUpTo = limit => { while (sent < limit && sent < each) peer.say("send", self, to(), ["seq", ++sent]); };
    const self = peer.actor((verb, [, , message]) => {
        assert.equal(verb, "send");
        assert.equal(message[0], "ack");
        if (message[1] === each) { peer.exit(self, "normal"); done(); } else sendUpTo(message[1] + window);
    });
    return () => sendUpTo(window);
}
function drain(peer, done) {
    let last = 0;
    const self = peer.actor((verb, [from, , message]) => {
        assert.equal(verb, "send");
        assert.deepEqual(message, ["seq", ++last]);
        if (last % every === 0 || last === each) peer.say("send", self, from, ["ack", last]);
        if (last === each) { peer.exit(self, "normal"); done(); }
    });
    return self;
}

const nodes = [1, 2].map(number => {
    const other = 3 - number;
    return new Process(program, ["--number", `${number}`, "--listen", `unix:${join(folder, `${number}`)}`,
                                 "--connect", `${other}=unix:${join(folder, `${other}`)}`]);
});
const [a, b] = nodes;
for (const node of nodes) await node.ready();
const pidThere = (node, number) => pidTag(node.peer.pids.get(number));
const pidHere = node => node.peer.pid(node.me);
const ends = [];
const end = () => { let done; ends.push(new Promise(resolve => { done = resolve; })); return done; };
const starts = [];
const reports = {};

for (const node of nodes) { // between here and there
    const {child} = await node.spawn("drain", 0, [pidHere(node), each, every]);
    starts.push(source(node.peer, () => child, end()));
    const self = drain(node.peer, end());
    starts.push(() => node.peer.spawn(node.me, "source", 0, [node.peer.pid(self), pidHere(node), each, window]));
}
for (const [from, to] of [[a, b], [b, a]]) { // between the two
    const {child} = await to.spawn("drain", 0, [pidHere(to), each, every]);
    const target = pidThere(to, child);
    starts.push(() => from.peer.spawn(from.me, "source", 0, [target, pidHere(from), each, window]));
}
const began = process.hrtime.bigint();
for (const start of starts) start();

// Each node reports two drained and two sent: one with here, one with the other.
for (const node of nodes) {
    while (["drained", "sent"].some(what => (reports[[node.child.pid, what]] ?? 0) < 2)) {
        const [verb, , , message] = await node.next();
        if (verb === "send") {
            assert.deepEqual(message.slice(1), [each], `${message}`);
            reports[[node.child.pid, message[0]]] = (reports[[node.child.pid, message[0]]] ?? 0) + 1;
        }
    }
}
await Promise.all(ends);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const grown = nodes.map(node => node.descriptors() - node.idle);
assert.ok(grown.every(n => n <= 1), `descriptors: ${grown}`); // the connection between the two
console.log(`${6 * each} messages in ${seconds.toFixed(2)} s, ${Math.round(6 * each / seconds)} a second; ` +
            `${nodes.map(node => node.memory()).join(" and ")} KiB`);
for (const node of nodes) await node.end();
rmSync(folder, {recursive: true});
