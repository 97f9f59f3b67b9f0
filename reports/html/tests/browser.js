/* SPDX-License-Identifier: MIT */
/*
 * The page in a real browser, from a disk, without a network: node browser.js REHEARSE WORK
 *
 * Chromium is Debian's; playwright-core drives it. Pictures of what was seen are left in WORK.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const [program, work] = process.argv.slice(2).map((one) => path.resolve(one));
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = process.env.CHROMIUM || BROWSERS.find((one) => fs.existsSync(one));

function skip(why) {
    console.log(`skipped: ${why}; ./dev test installs it`);
    process.exit(77);
}

const { chromium } = await import("playwright-core").catch(() => skip("playwright-core is not there"));
const axe = fs.readFileSync(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
if (!executablePath) {
    skip("there is no chromium");
}

/* ---- what is looked at ---- */

/* A frame has 16 ms of processor time; far from what was there before, all of the window is drawn in one. */
const FRAME_MS = 16,
    JUMP_MS = 32;

const ODD = "</script><script>window.is_broken = true</script><img src=x onerror='window.is_broken = true'>";
const FILES = {
    "odd.yaml": `scenario: ${JSON.stringify(ODD)}\nactors:\n  b: sink\n  a: {behaviour: sender, with: {to: b, message: ${JSON.stringify(ODD)}}}\nexpect: [{count: {of: {deliver: {to: b}}, is: 7}}]\n`,
    "links.yaml": `scenario: two that are linked
behaviours:
  leaf: {init: [{link: <hub>}], on: [{user: go, do: [{exit: boom}]}]}
  watcher: {init: [{monitor: {target: <hub>}}]}
actors:
  hub: {behaviour: sink, trap: true}
  leaf: leaf
  watcher: watcher
steps: [{input: {to: leaf, message: go}}]
expect: [{alive: [leaf]}]
`,
    "holds.yaml":
        "scenario: holds\nactors:\n  b: sink\n  a: {behaviour: sender, with: {to: b}}\nexpect: [{count: {of: {deliver: {to: b}}, is: 1}}]\n",
    "skips.yaml": 'scenario: is skipped\nskip: "not today"\nactors: {a: sink}\n',
    "bad.yaml": "scenario: [\n",
};
const BIG = `scenario: a long evening
actors:
  hub: {behaviour: echo}
${[1, 2, 3].map((n) => `  t${n}: {behaviour: ticker, with: {to: <hub>, every: ${n}ms, count: 2400}}\n`).join("")}faults: [{stall: t3, from: 2s, for: 10ms}]
expect: [{count: {of: {deliver: {to: hub}}, is: 2}}]
explore: {strategy: fifo, runs: 1}
`;

function play(name, ...more) {
    const file = path.join(work, `${name}.html`);
    const done = spawnSync(
        program,
        ["run", "--no-times", "--trace-dir", "traces", "--report", `html=${file}`, ...more, name],
        { cwd: work, encoding: "utf8" },
    );
    assert.ok(fs.existsSync(file), done.stderr);
    return pathToFileURL(file).href;
}

const pages = {};
let browser;

before(async () => {
    fs.rmSync(work, { recursive: true, force: true });
    fs.mkdirSync(path.join(work, "suite/shrunk"), { recursive: true });
    fs.mkdirSync(path.join(work, "big"));
    for (const [name, text] of Object.entries(FILES)) {
        fs.writeFileSync(path.join(work, "suite", name), text);
    }
    for (const name of ["late-watcher", "lost-jobs"]) {
        fs.copyFileSync(
            path.join(root, `harness/shrink/tests/corpus/${name}.yaml`),
            path.join(work, `suite/shrunk/${name}.yaml`),
        );
    }
    fs.writeFileSync(path.join(work, "big/big.yaml"), BIG);
    pages.suite = play("suite");
    pages.big = play("big", "--no-shrink");
    browser = await chromium.launch({ executablePath, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
});

after(async () => {
    await browser?.close();
});

/* Open a page, do something there, and hear whatever it complains of. */
async function visit(url, options, look) {
    const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        permissions: ["clipboard-read", "clipboard-write"],
        ...options,
    });
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.stack));
    page.on("request", (request) => {
        if (!/^(file|data):/.test(request.url())) {
            complaints.push(`asks for ${request.url()}`);
        }
    });
    await page.goto(url);
    await page.waitForSelector("h1");
    await look(page);
    assert.deepEqual(complaints, []);
    await context.close();
}

/* The address of a scenario in a page: its number is its place among all. */
async function open(page, name) {
    await page.click(`a:text("${name}")`);
    await page.waitForSelector("article.scenario");
}

/* Frames pass until everything that was asked for is drawn. */
const settle = (page) =>
    page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))),
    );
const chosen = (page) =>
    page.evaluate(() =>
        document
            .getElementById(document.querySelector(".scroller").getAttribute("aria-activedescendant"))
            ?.getAttribute("aria-label"),
    );
const rows = (page) => page.locator("table.scenarios tbody tr");

async function press(page, ...keys) {
    await page.locator(".scroller").first().focus();
    for (const key of keys) {
        await page.keyboard.press(key);
    }
    await settle(page);
}

async function check_access(page, what) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(
        found.violations.map((one) => `${what}: ${one.id}: ${one.nodes[0].target} ${one.nodes[0].failureSummary}`),
        [],
    );
}

/* ---- the list ---- */

test("the list opens from a disk, says what was found, and keeps to itself", async () => {
    await visit(pages.suite, {}, async (page) => {
        assert.equal(await page.title(), "Rehearse: 5 failed");
        assert.equal(await rows(page).count(), 7);
        assert.match(await rows(page).first().innerText(), /failed/);
        assert.equal(await page.evaluate(() => globalThis.is_broken), undefined);
        assert.equal(await page.locator("img").count(), 0);
        await page.screenshot({ path: path.join(work, "list.png") });
    });
});

test("nothing runs that is not the page's own", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pages.suite);
    await page.evaluate(() => {
        const script = document.createElement("script");
        script.textContent = "globalThis.is_broken = true";
        document.body.append(script);
    });
    assert.equal(await page.evaluate(() => globalThis.is_broken), undefined);
    await context.close();
});

test("verdicts, a folder and words make the list shorter", async () => {
    await visit(pages.suite, {}, async (page) => {
        await page.click('[data-verdict="failed"]');
        assert.equal(await rows(page).count(), 4);
        assert.equal(await page.getAttribute('[data-verdict="failed"]', "aria-pressed"), "true");
        await page.selectOption("select", "suite/shrunk");
        assert.equal(await rows(page).count(), 2);
        assert.equal(await page.innerText(".shown"), "2 of 7");
        await page.keyboard.press("/");
        await page.keyboard.type("WATCHER late");
        assert.equal(await rows(page).count(), 1);
        await page.keyboard.type("x");
        assert.match(await rows(page).innerText(), /No scenario fits/);
        await page.click("text=Clear");
        assert.equal(await rows(page).count(), 7);
    });
});

test("a column orders the list, both ways, and a reader hears which", async () => {
    await visit(pages.suite, {}, async (page) => {
        const paths = () => page.locator("th.path a").allInnerTexts();
        await page.click("thead button:text('Scenario')");
        const up = await paths();
        assert.deepEqual(up, [...up].sort());
        await page.click("thead button:text('Scenario')");
        assert.deepEqual(await paths(), [...up].reverse());
        assert.equal(await page.getAttribute("th[data-of=path]", "aria-sort"), "descending");
    });
});

test("the way back leads to the list as it was", async () => {
    await visit(pages.suite, {}, async (page) => {
        await page.click('[data-verdict="failed"]');
        await open(page, "late-watcher");
        await page.goBack();
        assert.equal(await rows(page).count(), 4);
    });
});

/* ---- a failure ---- */

test("a failure says what, where, and how to see it again", async () => {
    await visit(pages.suite, {}, async (page) => {
        await open(page, "late-watcher");
        assert.match(
            await page.innerText(".violation"),
            /expect\/state is violated[^]*\$heard eq 1[^]*\$heard is 0[^]*come before/,
        );
        const marked = await page.innerText(".source .is-marked"),
            caret = await page.innerText(".source .is-caret");
        assert.match(marked, /state: \{watcher/);
        assert.ok(caret.indexOf("^") > 4 && caret.indexOf("^") < marked.length);
        await page.click("button[aria-label='Copy: play exactly this run again']");
        await page.waitForSelector(".said:text('copied')");
        assert.match(
            await page.evaluate(() => navigator.clipboard.readText()),
            / replay traces\/.*late-watcher.*\.trace$/,
        );
        await page.click("summary:text('As a terminal shows it')");
        assert.match(await page.innerText("details.text[open] pre"), /invariant 'expect\/state' violated at step/);
    });
});

test("keys step through the run, and the address follows", async () => {
    await visit(pages.suite, {}, async (page) => {
        await open(page, "late-watcher");
        await settle(page);
        assert.equal(await chosen(page), "violation: expect/state");
        await press(page, "Home");
        assert.match(await chosen(page), /^step 0, \w+: is spawned/);
        await press(page, "j", "ArrowDown", "k");
        const second = await chosen(page);
        await press(page, "k", "j");
        assert.equal(await chosen(page), second);
        await press(page, "n");
        assert.match(await chosen(page), /^step \d+, \w+: ! (crash|stall)/);
        await press(page, "n", "n");
        assert.match(await chosen(page), /violation|!/);
        await press(page, "End");
        assert.match(await chosen(page), /violation/);
        await page.waitForURL(/#\/s\/\d+\/failing\/\d+$/);
        const url = page.url();
        await page.goto("about:blank");
        await page.goto(url);
        await page.waitForSelector(".tile");
        assert.ok(await chosen(page));
    });
});

test("from an arrival to its sending and back", async () => {
    await visit(pages.suite, {}, async (page) => {
        await open(page, "odd.yaml");
        await press(page, "Home");
        while (!/<- a/.test(await chosen(page))) {
            await press(page, "j");
        }
        const arrival = await chosen(page);
        await press(page, "h");
        assert.match(await chosen(page), /-> b/);
        assert.match(await page.innerText(".inspector"), /arrives\s+step \d+ at b/);
        await page.click(".inspector .jump");
        await settle(page);
        assert.equal(await chosen(page), arrival);
    });
});

test("a pointer over an event shows its payload, as text", async () => {
    await visit(pages.suite, {}, async (page) => {
        await open(page, "odd.yaml");
        const row = page.locator('.row[aria-label*="-> b"]').first();
        await row.scrollIntoViewIfNeeded();
        await row.hover();
        assert.ok((await page.innerText(".tooltip code")).includes(ODD));
        await page.mouse.move(2, 2);
        assert.equal(await page.isVisible(".tooltip"), false);
        assert.equal(await page.evaluate(() => globalThis.is_broken), undefined);
    });
});

test("links and monitors are those of the chosen event", async () => {
    await visit(pages.suite, {}, async (page) => {
        await open(page, "links.yaml");
        await press(page, "Home");
        assert.equal(await page.locator(".graph .edge").count(), 0);
        assert.match(await page.innerText(".actors"), /not born yet/);
        let links = 0,
            monitors = 0;
        for (let i = 0; i < 60 && links + monitors < 2; i++) {
            await press(page, "j");
            links = Math.max(links, await page.locator(".graph .is-link:not(.is-half)").count());
            monitors = Math.max(monitors, await page.locator(".graph .is-monitor").count());
        }
        assert.deepEqual([links, monitors], [1, 1]);
        await press(page, "End");
        assert.equal(await page.locator(".graph .is-link").count(), 0);
        assert.match(await page.innerText(".actors"), /leaf\s+✕ exited: boom/);
        assert.match(await page.getAttribute(".graph", "aria-label"), /No links\. watcher monitors hub\./);
        await page.screenshot({ path: path.join(work, "graph.png") });
    });
});

test("fewer events, more events", async () => {
    await visit(pages.suite, {}, async (page) => {
        await open(page, "late-watcher");
        const size = () => page.locator(".row").first().getAttribute("aria-setsize").then(Number);
        const matters = await size();
        await page.click("button:text('Everything')");
        assert.ok((await size()) > matters);
        await page.click("button:text('What led there')");
        assert.ok((await size()) < matters);
        assert.match(await chosen(page), /./);
    });
});

test("the nearest run that holds stands beside the smallest that fails", async () => {
    await visit(pages.suite, {}, async (page) => {
        await open(page, "late-watcher");
        await page.click("button:text('Side by side')");
        await settle(page);
        assert.equal(await page.locator(".diagram").count(), 2);
        assert.match(await page.innerText(".pane >> nth=0"), /Smallest run that fails[^]*failed/);
        assert.match(await page.innerText(".pane >> nth=1"), /Nearest run that holds[^]*passed/);
        assert.ok((await page.locator(".row.is-only, .row.is-moved").count()) > 0);
        assert.ok((await page.locator(".row.is-same").count()) > 0);
        await press(page, "Home", "j", "j");
        const labels = await page.evaluate(() =>
            [...document.querySelectorAll('.row[aria-selected="true"]')].map((row) => row.getAttribute("aria-label")),
        );
        assert.equal(labels.length, 2);
        assert.equal(labels[0], labels[1]);
        await page.locator(".runs-body").scrollIntoViewIfNeeded();
        await page.screenshot({ path: path.join(work, "beside.png"), fullPage: true });
    });
});

/* ---- coverage ---- */

test("coverage says what is covered and what is missing", async () => {
    await visit(`${pages.suite}#/coverage`, {}, async (page) => {
        assert.equal(await page.locator(".card").count(), 5);
        assert.match(await page.innerText(".card >> nth=0"), /^\d+ % message\s+\d+ of \d+/);
        await page.click(".card:has-text('invariant')");
        const family = page.locator("#family-invariant");
        const missing = await family.locator("tbody tr").count();
        assert.equal(await family.locator("tbody tr.is-missing").count(), missing);
        await family.locator("button:text('All')").click();
        assert.ok((await family.locator("tbody tr").count()) > missing);
        await family.locator("button:text('Covered')").click();
        assert.equal(await family.locator("tbody tr.is-missing").count(), 0);
        assert.match(await page.innerText("#faults"), /of \d+ kinds have struck[^]*crash/);
        assert.match(await page.innerText(".coverage"), /expect\/alive\s+suite\/links\.yaml/);
    });
});

/* ---- everybody ---- */

test("light and dark, and whoever cannot see them", async () => {
    for (const colorScheme of ["light", "dark"]) {
        await visit(pages.suite, { colorScheme }, async (page) => {
            await check_access(page, `${colorScheme} list`);
            await open(page, "late-watcher");
            await settle(page);
            await check_access(page, `${colorScheme} failure`);
            await page.screenshot({ path: path.join(work, `failure-${colorScheme}.png`), fullPage: true });
            await page.click("nav >> text=Coverage");
            await check_access(page, `${colorScheme} coverage`);
            await page.screenshot({ path: path.join(work, `coverage-${colorScheme}.png`) });
        });
    }
});

test("colours are the reader's choice", async () => {
    await visit(pages.suite, { colorScheme: "light" }, async (page) => {
        const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        const light = await paper();
        await page.click("button:text('Dark')");
        assert.notEqual(await paper(), light);
        await page.reload();
        assert.notEqual(await paper(), light);
        await page.click("button:text('Auto')");
        assert.equal(await paper(), light);
    });
});

test("a narrow screen needs no sideways scrolling", async () => {
    await visit(
        pages.suite,
        { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
        async (page) => {
            const is_wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
            assert.equal(await is_wide(), false);
            await page.screenshot({ path: path.join(work, "list-narrow.png") });
            await open(page, "late-watcher");
            await page.click("button:text('Side by side')");
            await settle(page);
            assert.equal(await is_wide(), false);
            await page.screenshot({ path: path.join(work, "failure-narrow.png"), fullPage: true });
        },
    );
});

test("on paper the list is whole and the texts are open", async () => {
    await visit(pages.suite, {}, async (page) => {
        await page.pdf({ path: path.join(work, "list.pdf") });
        await open(page, "late-watcher");
        await page.pdf({ path: path.join(work, "failure.pdf") });
        assert.equal(await page.locator("details.text:not([open])").count(), 0);
        await page.emulateMedia({ media: "print" });
        assert.equal(await page.isVisible(".diagram"), false);
        assert.equal(await page.isVisible("details.text pre"), true);
    });
});

/* ---- 50,000 events ---- */

async function cost_of(page, cdp, frames, work_of_frame) {
    const spent = async () =>
        (await cdp.send("Performance.getMetrics")).metrics.find((one) => one.name === "TaskDuration").value * 1000;
    const before_all = await spent();
    await page.evaluate(`(async () => {
        const scroller = document.querySelector(".scroller");
        for (let i = 0; i < ${frames}; i++) {
            (${work_of_frame})(scroller, i);
            await new Promise(requestAnimationFrame);
        }
    })()`);
    return ((await spent()) - before_all) / frames;
}

test("50,000 events scroll and step within a frame, and the page stays small", async () => {
    await visit(`${pages.big}#/s/0`, {}, async (page) => {
        await page.waitForSelector(".tile");
        assert.ok(Number((await page.innerText(".pane-head")).match(/([\d,]+) events/)[1].replace(",", "")) >= 50000);
        const cdp = await page.context().newCDPSession(page);
        await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
        const scroll = await cost_of(page, cdp, 100, "(scroller, i) => { scroller.scrollTop = i * 700; }");
        const jump = await cost_of(
            page,
            cdp,
            30,
            "(scroller, i) => { scroller.scrollTop = (i * 7919 % 30) / 30 * scroller.scrollHeight; }",
        );
        const step = await cost_of(
            page,
            cdp,
            100,
            '(scroller) => scroller.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }))',
        );
        const mark = await cost_of(
            page,
            cdp,
            10,
            '(scroller) => scroller.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }))',
        );
        console.log(
            `ms of processor time a frame: scroll ${scroll.toFixed(1)}, jump ${jump.toFixed(1)}, step ${step.toFixed(1)}, next mark ${mark.toFixed(1)}`,
        );
        assert.ok(scroll < FRAME_MS && step < FRAME_MS && jump < JUMP_MS && mark < JUMP_MS);
        assert.ok((await page.evaluate(() => document.querySelectorAll("*").length)) < 3000);
        await press(page, "End");
        assert.match(await chosen(page), /violation/);
        await page.screenshot({ path: path.join(work, "big.png") });
    });
});
