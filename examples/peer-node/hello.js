// SPDX-License-Identifier: MIT
// Talk to a node: node hello.js PROGRAM
import {spawn} from "node:child_process";
import {Peer} from "./peer.js";

const child = spawn(process.argv[2] ?? "rehearse", ["node", "--spawn", "parrot=echo"], {stdio: ["pipe", "pipe", "inherit"]});
const peer = new Peer(child.stdout, child.stdin, {node: 9});
const [version, number] = await peer.up;
console.log(`node ${number} speaks version ${version}`);
const me = peer.actor((verb, [from, , message]) => {
    console.log(`${verb} from ${peer.pids.get(from)}: ${JSON.stringify(message)}`);
    child.stdin.end(); // the node ends with its stdin
});
peer.say("send_named", me, "parrot", ["hello", {from: "JavaScript"}]);
