// @vitest-environment node
// The self-contained page in a real browser: touch, keys, zoom and width, motion, and pages that forbid workers.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LARGE } from "../background/layouter.js";
import { groupedNet, smallNet, ViewBuilder } from "./views.js";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {string} */
let script;
const folder = mkdtempSync(join(tmpdir(), "symbolnb-"));

/** @param {import("../types.js").ViewDocument} view @param {string} policy */
function html(view, policy) {
  const data = JSON.stringify(view).replaceAll("<", "\\u003c");
  return `<!doctype html><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="${policy}">
    <body><script type="application/json" id="symbolnb-view">${data}</script><script>${script}</script>`;
}

/**
 * A page with a graph.
 * @param {import("../types.js").ViewDocument} view @param {import("playwright-core").BrowserContextOptions & {policy?: string}} [options]
 */
async function open(view, { policy = `${POLICY}; worker-src blob:`, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const path = join(folder, "graph.html");
  writeFileSync(path, html(view, policy));
  await page.goto(pathToFileURL(path).href);
  await page.locator(".snb-box").first().waitFor();
  return { page, context, errors };
}

/** @param {import("playwright-core").Page} page */
function place(page) {
  return page.locator(".snb-svg > g").evaluate((element) =>
    (/translate\((\S+) (\S+)\) scale\((\S+)\)/.exec(element.getAttribute("transform") ?? "") ?? []).slice(1).map(Number));
}

function longNet() {
  const b = new ViewBuilder("long");
  let last = b.node("data", {});
  for (let i = 0; i < LARGE + 100; i += 1) last = b.node(`n${i}`, { op: "exp", from: [last] });
  return b.finish(last);
}

describe.skipIf(!existsSync(CHROMIUM))("in Chromium (skipped where there is none at CHROMIUM or /usr/bin/chromium)", () => {
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("../standalone.js", import.meta.url))], bundle: true, format: "iife", charset: "utf8", write: false,
    });
    script = outputFiles[0].text.replaceAll("</script", "<\\/script");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it("a tap selects, two fingers zoom, and then one finger moves", async () => {
    const { page, context } = await open(smallNet(), { hasTouch: true });
    const session = await context.newCDPSession(page);
    const touch = (/** @type {"touchStart" | "touchMove" | "touchEnd"} */ type, /** @type {Array<[number, number]>} */ ...points) =>
      session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    await page.locator('.snb-box[data-key="n3"]').tap({ position: { x: 30, y: 14 } });
    expect(await page.locator(".snb-card-head p").textContent()).toBe("conv1");
    const [, , before] = await place(page);
    await touch("touchStart", [200, 300], [300, 300]);
    for (let i = 1; i <= 5; i += 1) await touch("touchMove", [200 - 10 * i, 300], [300 + 10 * i, 300]);
    await touch("touchEnd");
    const [x, y, scale] = await place(page);
    expect(scale / before).toBeGreaterThan(1.6);
    expect(scale / before).toBeLessThan(2.4);
    await touch("touchStart", [250, 400]);
    for (let i = 1; i <= 5; i += 1) await touch("touchMove", [250, 400 - 20 * i]);
    await touch("touchEnd");
    const [x2, y2, scale2] = await place(page);
    expect(scale2).toBe(scale);
    expect(Math.abs(x2 - x)).toBeLessThan(1);
    expect(y - y2).toBeGreaterThan(60);
    await context.close();
  }, 60_000);

  it("keys reach every box, and what has the focus is seen", async () => {
    const { page, context } = await open(groupedNet());
    const all = await page.locator(".snb-box").evaluateAll((boxes) => boxes.map((box) => /** @type {HTMLElement} */ (box).dataset.key));
    const focused = () => page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.key);
    await page.locator('.snb-box[tabindex="0"]').focus();
    await page.keyboard.press("Home");
    const seen = new Set([await focused()]);
    const waiting = [...seen];
    while (waiting.length > 0) {
      const from = waiting.pop();
      for (const key of ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "End", "Home"]) {
        await page.locator(`.snb-box[data-key="${from}"]`).focus();
        await page.keyboard.press(key);
        const at = await focused();
        const ring = page.locator(`.snb-box[data-key="${at}"] .snb-ring`);
        expect(await ring.evaluate((element) => getComputedStyle(element).visibility)).toBe("visible");
        if (seen.has(at)) continue;
        seen.add(at);
        waiting.push(at);
      }
    }
    expect([...seen].sort()).toEqual(all.sort());
    await context.close();
  }, 60_000);

  it("nothing is cut off in a narrow window or at 200 % zoom", async () => {
    for (const options of [{ viewport: { width: 320, height: 560 } }, { viewport: { width: 450, height: 350 }, deviceScaleFactor: 2 }]) {
      const { page, context } = await open(groupedNet(), options);
      await page.locator('.snb-box[data-key="n0"]').click();
      const { width } = options.viewport;
      for (const part of [".snb-header", ".snb-tools", ".snb-canvas", ".snb-inspector", ".snb-legend"]) {
        const box = await page.locator(part).boundingBox();
        expect(box === null ? -1 : box.x, part).toBeGreaterThanOrEqual(0);
        expect(box === null ? Infinity : box.x + box.width, part).toBeLessThanOrEqual(width);
      }
      const canvas = await page.locator(".snb-canvas").boundingBox();
      expect(canvas?.height).toBeGreaterThan(90);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await context.close();
    }
  }, 60_000);

  it("nothing moves by itself where the reader wants things to stay still", async () => {
    for (const [reducedMotion, moves] of /** @type {const} */ ([["reduce", false], ["no-preference", true]])) {
      const { page, context } = await open(groupedNet(), { reducedMotion });
      await page.evaluate(() => {
        /** @typedef {Parameters<Element["animate"]>} Arguments */
        const started = /** @type {any} */ (window);
        started.animations = 0;
        const animate = Element.prototype.animate;
        Element.prototype.animate = function count(/** @type {Arguments[0]} */ keyframes, /** @type {Arguments[1]} */ options) {
          started.animations += 1;
          return animate.call(this, keyframes, options);
        };
      });
      await page.locator(".snb-frame-head").first().click();
      expect(await page.evaluate(() => /** @type {any} */ (window).animations > 0)).toBe(moves);
      await context.close();
    }
  }, 60_000);

  it("a large graph has the same picture from a worker and where workers are forbidden", async () => {
    const view = longNet();
    /** @type {string[]} */
    const pictures = [];
    for (const [policy, workers] of /** @type {Array<[string, number]>} */ ([[`${POLICY}; worker-src blob:`, 1], [POLICY, 0]])) {
      const { page, context, errors } = await open(view, { policy });
      expect(page.workers()).toHaveLength(workers);
      pictures.push(await page.locator(".snb-svg > g").innerHTML());
      expect(errors).toEqual([]);
      await context.close();
    }
    expect(pictures[0]).toBe(pictures[1]);
  }, 120_000);
});
