// SPDX-License-Identifier: MIT
// A node with actors in JavaScript, for the other end of a pipe: see core/wire.md.
import {Encoder, Tag} from "cbor-x";

const codec = new Encoder({useRecords: false, variableMapSize: true, tagUint8Array: false});
const HEADER = 5, MARK = 0x5a;
const FIRST_REFERENCE = 1n << 56n;
export const LINK = 1, MONITOR = 2; // flags of spawn

/** A pid as a value in messages. */
export const pidTag = ([node, incarnation, slot, generation]) => new Tag([node, incarnation, slot, generation], 90);

/** One connection. Own actors are functions: (verb, fields) => void, called for each frame that is for them. */
export class Peer {
    actors = new Map();    // own number -> function
    pids = new Map();      // number of the other side's actor -> [node, incarnation, slot, generation]
    links = new Map();     // number of the other side's actor -> own numbers that are linked to it
    #slots = 0;
    #references = FIRST_REFERENCE;
    #linked = new Map();   // reference of a spawn with LINK -> own number
    #rest = Buffer.alloc(0);
    #lane = [];

    constructor(input, output, {node, incarnation = 1, name = "js"}) {
        Object.assign(this, {input, output, node, incarnation});
        this.up = new Promise(resolve => { this.greeted = resolve; });
        this.lost = new Promise(resolve => {
            input.on("close", resolve);
            input.on("error", () => {});
            output.on("error", () => {}); // what is lost is told by `close`
        });
        input.on("data", bytes => this.#read(bytes));
        this.say("hello", 1, node, incarnation, name);
    }

    say(...items) {
        const body = codec.encode(items);
        const head = Buffer.from([MARK, 0, 0, 0, 0]);
        head.writeUInt32BE(body.length, 1);
        if (this.#lane.push(head, body) === 2) {
            queueMicrotask(() => { this.output.write(Buffer.concat(this.#lane)); this.#lane = []; });
        }
    }

    /** A new actor; its number is known to the other side before it is used. */
    actor(hear) {
        const number = ++this.#slots;
        this.actors.set(number, hear);
        this.say("export", number, this.node, this.incarnation, number, 1);
        return number;
    }

    link(own, to) { this.say("link", own, to); this.#tie(own, to); }
    unlink(own, to) {
        const reference = this.reference();
        this.links.get(to)?.delete(own);
        this.say("unlink", own, to, reference);
        return reference;
    }
    /** Start a behaviour there; answered by spawn_reply with the reference. */
    spawn(own, behaviour, flags = 0, argument = undefined) {
        const reference = this.reference();
        if (flags & LINK) this.#linked.set(reference, own);
        this.say("spawn", own, reference, behaviour, flags, argument);
        return reference;
    }
    #tie(own, to) { this.links.set(to, (this.links.get(to) ?? new Set()).add(own)); }

    pid(number) { return pidTag([this.node, this.incarnation, number, 1]); }
    reference() { return this.#references++; }
    exit(number, reason) { this.actors.delete(number); this.say("exit", number, reason); }

    #read(bytes) {
        this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
        let at = 0;
        while (this.#rest.length - at >= HEADER) {
            const end = at + HEADER + this.#rest.readUInt32BE(at + 1);
            if (this.#rest[at] !== MARK) throw new Error("this is no frame");
            if (this.#rest.length < end) break;
            const [verb, ...fields] = codec.decode(this.#rest.subarray(at + HEADER, end));
            at = end;
            this.#hear(verb, fields);
        }
        this.#rest = this.#rest.subarray(at);
    }

    #hear(verb, fields) {
        switch (verb) {
        case "hello": this.greeted(fields); break;
        case "export": this.pids.set(fields[0], fields.slice(1)); break;
        case "exit": // its links end with it
            for (const own of this.links.get(fields[0]) ?? []) this.actors.get(own)?.(verb, fields);
            this.links.delete(fields[0]);
            this.pids.delete(fields[0]);
            break;
        case "link": this.#tie(fields[1], fields[0]); break;
        case "unlink":
            this.links.get(fields[0])?.delete(fields[1]);
            this.say("unlink_ack", fields[1] < 2 ** 63 ? fields[1] : 0, fields[0], fields[2]);
            break;
        case "spawn_reply":
            if (fields[0] !== 0 && this.#linked.has(fields[2])) this.#tie(fields[1], fields[0]);
            this.#linked.delete(fields[2]);
            this.actors.get(fields[1])?.(verb, fields);
            break;
        case "send_named": case "spawn": case "join": case "leave": case "heartbeat": case "transport_error": break;
        default: this.actors.get(Number(fields[1]))?.(verb, fields); // its second field is who it is for
        }
    }
}
