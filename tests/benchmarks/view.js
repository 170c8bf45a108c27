// Times graphs on pages in headless Chromium, for view.py, which says what is measured.
//
//   node view.js PLAN.json      prints the figures as JSON
//
// PLAN.json is what `Plan` below says.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

/**
 * @typedef {object} Plan
 * @property {string} chromium  the browser's program
 * @property {Array<{name: string, url: string, ready: "ours" | "netron", turns: number, cap: number}>} pages
 *   in the order in which they take turns; cap: milliseconds after which a page is given up
 * @property {string} bench  a page with nothing but the widget's script, as `widget`
 * @property {Array<{name: string, url: string, expand: boolean, turns: number}>} documents  for the widget
 */

/** @type {Plan} */
const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({
  executablePath: plan.chromium,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});

/** When a page first shows its graph, seen from inside. */
const WATCH = {
  ours: () => document.querySelector(".snb-box") !== null,
  netron: () => {
    const large = [...document.querySelectorAll("button")].find((one) => /^(OK|Yes|Continue|Accept)$/.test(one.textContent ?? ""));
    if (large !== undefined && large.offsetParent !== null) large.click(); // it asks before it draws a large graph
    const { classList } = document.body;
    return classList.contains("default") && !classList.contains("spinner") && document.querySelectorAll("g.node").length > 0;
  },
};

/** From the start of the navigation to the frame that shows the graph, in milliseconds; null where it took too long. @param {Plan["pages"][number]} one */
async function pageToPicture({ url, ready, cap }) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(`(() => {
    const there = ${WATCH[ready]};
    const look = () => {
      if (document.body !== null && there()) requestAnimationFrame(() => { window.shownAt = performance.now(); });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`);
  try {
    await page.goto(url, { waitUntil: "commit", timeout: cap });
    const handle = await page.waitForFunction(() => /** @type {any} */ (window).shownAt, null, { timeout: cap, polling: 100 });
    return /** @type {number} */ (await handle.jsonValue());
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") return null;
    throw error;
  } finally {
    await Promise.race([context.close(), new Promise((done) => setTimeout(done, 5000))]);
  }
}

/**
 * In the page: shows a document in the widget, opens a group, and moves the picture.
 * @param {{url: string, expand: boolean}} given
 */
async function useWidget({ url, expand }) {
  const { widget } = /** @type {any} */ (window);
  const view = await (await fetch(url)).json();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const sleep = (/** @type {number} */ time) => new Promise((done) => setTimeout(done, time));
  /** @type {Record<string, any>} */
  const state = { view, selection: null, theme: "light", orientation: "down", highlight: [], opened: null, goto: null };
  const listeners = new Map();
  const model = {
    get: (/** @type {string} */ key) => state[key],
    set: (/** @type {string} */ key, /** @type {any} */ value) => { state[key] = value; },
    save_changes: () => {}, send: () => {},
    on: (/** @type {string} */ key, /** @type {any} */ action) => listeners.set(key, action),
    off: (/** @type {string} */ key) => listeners.delete(key),
  };
  const el = document.createElement("div");
  document.body.append(el);
  /** Ends when the next frame is painted: a message comes after what its callbacks have changed is laid out and drawn. */
  const painted = () => frame().then(() => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(null);
  }));
  const until = async (/** @type {() => boolean} */ there) => { while (!there()) await frame(); await painted(); };
  const begun = performance.now();
  const end = await widget.render({ model, el, signal: new AbortController().signal });
  await until(() => el.querySelector(".snb-box") !== null);
  const first = performance.now() - begun;

  // A closed group is opened by a click, from the click to the painted frame that shows its frame.
  await sleep(500);
  /** @type {HTMLElement | null} */ (el.querySelector('button[aria-label="Fit the graph"], button[title="Fit the graph"]'))?.click();
  await sleep(600); // a group that is far away is not drawn
  let opening = null;
  const group = /** @type {SVGGElement | null} */ (el.querySelector('.snb-box[aria-expanded="false"]'));
  if (group !== null) {
    group.focus({ preventScroll: true }); // as the press of a button before a click does
    await sleep(200);
    const frames = el.querySelectorAll(".snb-frame-head").length;
    const at = performance.now();
    group.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    await until(() => el.querySelectorAll(".snb-frame-head").length > frames);
    opening = performance.now() - at;
  }
  if (expand) {
    /** @type {Set<string>} */
    const paths = new Set();
    while (el.querySelector('.snb-box[aria-expanded="false"]') !== null && paths.size < 400) {
      el.querySelector('.snb-box[aria-expanded="false"]')?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      paths.add(String(paths.size));
      await sleep(60);
    }
  }
  await sleep(800);

  const canvas = /** @type {HTMLElement} */ (el.querySelector(".snb-canvas"));
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const point = (/** @type {number} */ x, /** @type {number} */ y) => ({ clientX: left + x, clientY: top + y, pointerId: 1, button: 0, buttons: 1, bubbles: true, isPrimary: true });
  /** The time between frames while something happens in each. @param {(i: number) => void} act */
  const paced = async (act) => {
    const times = [];
    let last = await frame();
    for (let i = 0; i < 90; i += 1) {
      act(i);
      const now = await frame();
      times.push(/** @type {number} */ (now) - /** @type {number} */ (last));
      last = now;
    }
    return times;
  };
  const target = /** @type {Element} */ (canvas.querySelector("svg"));
  target.dispatchEvent(new PointerEvent("pointerdown", point(width / 2, height / 2)));
  const panning = await paced((i) => canvas.dispatchEvent(
    new PointerEvent("pointermove", point(width / 2 + 150 * Math.sin(i / 15), height / 2 - 14 * i))));
  canvas.dispatchEvent(new PointerEvent("pointerup", point(0, 0)));
  await sleep(200);
  const zooming = await paced((i) => canvas.dispatchEvent(new WheelEvent("wheel", {
    ...point(width / 2, height / 2), deltaY: Math.floor(i / 30) % 2 === 0 ? 12 : -12, ctrlKey: true, cancelable: true })));
  const boxes = el.querySelectorAll(".snb-box").length;
  end?.();
  el.remove();
  return { first, opening, panning, zooming, boxes };
}

/** @type {Record<string, Array<number | null>>} */
const pages = {};
for (const one of plan.pages) if (one.turns > 1) await pageToPicture(one); // servers and browser warm up
for (let turn = 0; turn < Math.max(0, ...plan.pages.map((one) => one.turns)); turn += 1) {
  for (const one of plan.pages) if (turn < one.turns) (pages[one.name] ??= []).push(await pageToPicture(one));
}
/** @type {Record<string, any[]>} */
const widgets = {};
for (const one of plan.documents) {
  widgets[one.name] = [];
  for (let turn = 0; turn < one.turns; turn += 1) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
    const page = await context.newPage();
    await page.goto(plan.bench);
    await page.waitForFunction(() => "widget" in window);
    widgets[one.name].push(await page.evaluate(useWidget, { url: one.url, expand: one.expand }));
    await context.close();
  }
}
console.log(JSON.stringify({ browser: browser.version(), pages, widgets }));
await browser.close();
