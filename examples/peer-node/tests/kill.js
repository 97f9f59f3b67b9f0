// SPDX-License-Identifier: MIT
// kill -9 at random moments: node kill.js ACTORS ROUNDS [SEED]
// Two nodes, actors of each linked to and monitoring actors of the other, traffic between them. One is killed; the
// watchers of the other hear of their partner's end exactly once each way; the dead one starts anew, and so on.
import assert from "node:assert/strict";
import {mkdtempSync, readFileSync, readdirSync, rmSync} from "node:fs";
import {join} from "node:path";
import {tmpdir} from "node:os";
import {pidTag} from "../peer.js";
import {Process, within} from "./process.js";

const [program, rounds] = [process.argv[2], Number(process.argv[3])];
let seed = BigInt(process.argv[4] ?? 1);
const folder = mkdtempSync(join(tmpdir(), "rehearse-"));
const WATCHERS = 8;
within(60 + 3 * rounds);

function random(bound) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return Number((seed >> 33n) % BigInt(bound));
}
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const incarnations = [0, 0];

async function start(index) {
    const number = index + 1, other = 2 - index;
    const node = new Process(program, ["--number", `${number}`, "--incarnation", `${++incarnations[index]}`,
                                       "--listen", `unix:${join(folder, `${number}`)}`,
                                       "--connect", `${other}=unix:${join(folder, `${other}`)}`]);
    return Object.assign(await node.ready(), {reports: [], watchers: []});
}

/** Watchers on `from` of as many new actors on `to`; they report to `from`'s own actor. */
async function watch(from, to, round) {
    for (let i = 0; i < WATCHERS; i++) {
        const {child} = await to.spawn("echo");
        const target = pidTag(to.peer.pids.get(child));
        const hears = from.peer.actor((verb, fields) => { if (verb === "send") from.reports.push([hears, ...fields[2]]); });
        from.peer.spawn(hears, "watcher", 0, [target, from.peer.pid(hears), round]);
        from.watchers.push(hears);
    }
}

const nodes = [await start(0), await start(1)];
const ended = {exit: 0, down: 0};
const reasons = {};

for (let round = 1; round <= rounds; round++) {
    const victim = random(2), survivor = nodes[1 - victim];
    const moment = random(4) === 0 ? 0 : random(30);
    const done = [watch(survivor, nodes[victim], round), watch(nodes[victim], survivor, round)];
    // At a random moment: before, while or after the watchers take hold.
    if (moment > 5) await Promise.all(done);
    await pause(moment % 6);
    nodes[victim].child.kill("SIGKILL");
    assert.deepEqual(await nodes[victim].ended, [null, "SIGKILL"]);
    if (moment <= 5) await Promise.race([Promise.all(done), pause(200)]);
    // Exactly one exit and one down for each watcher: no fewer, and no more after a while.
    const expected = survivor.watchers.length;
    for (let waited = 0; survivor.reports.length < 2 * expected && waited < 10000; waited++) await pause(1);
    await pause(5);
    const seen = survivor.reports.map(([hears, what]) => `${hears} ${what}`).sort();
    assert.deepEqual(seen, survivor.watchers.flatMap(hears => [`${hears} down`, `${hears} exit`]).sort(), `round ${round}`);
    for (const [, what, of, reason] of survivor.reports) {
        assert.equal(of, round);
        assert.ok(["noconnection", "noproc"].includes(reason), `${reason}`);
        ended[what]++;
        reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
    Object.assign(survivor, {reports: [], watchers: []});
    assert.equal(survivor.children(), "");
    for (let waited = 0; survivor.descriptors() > survivor.idle && waited < 2000; waited++) await pause(1);
    assert.ok(survivor.descriptors() <= survivor.idle, "a descriptor is left of the dead");
    nodes[victim] = await start(victim);
}

const zombies = readdirSync("/proc").filter(name => /^\d+$/.test(name)).filter(name => {
    try { return readFileSync(`/proc/${name}/stat`, "utf8").includes(`) Z ${process.pid} `); } catch { return false; }
});
assert.deepEqual(zombies, []);
for (const node of nodes) await node.end();
rmSync(folder, {recursive: true});
console.log(`${rounds} kills: ${ended.exit} exits and ${ended.down} downs, each heard once (${JSON.stringify(reasons)})`);
