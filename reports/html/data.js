/* SPDX-License-Identifier: MIT */
/* The page's data blocks. A run is read when it is asked for, and kept. */
import { Run } from "./run.js";

export class Report {
    constructor(root) {
        const parse = (block) => JSON.parse(block.textContent);
        Object.assign(this, parse(root.querySelector("script#report")));
        this.scenarios = [...root.querySelectorAll("script.scenario")].map(parse);
        this.blocks = new Map();
        for (const block of root.querySelectorAll("script.run")) {
            this.blocks.set(`${block.dataset.scenario}/${block.dataset.role}`, block);
        }
        this.runs = new Map();
    }

    has_run(scenario, role) {
        return this.blocks.has(`${scenario.number}/${role}`);
    }

    run(scenario, role) {
        const key = `${scenario.number}/${role}`;
        if (!this.runs.has(key) && this.blocks.has(key)) {
            this.runs.set(key, new Run(JSON.parse(this.blocks.get(key).textContent), this));
        }
        return this.runs.get(key);
    }
}
