// @vitest-environment node
// The self-contained page in a real browser: touch, keys, zoom and width, motion, files of the graph, and pages that forbid workers.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LARGE } from "../background/layouter.js";
import { dotText } from "../export/dot.js";
import { plainColour } from "../export/svg.js";
import { escaped, pageText } from "../export/html.js";
import { buildModel } from "../model.js";
import template from "../../symbolnb/notebook/page.json";
import { groupedNet, hostileNet, smallNet, ViewBuilder } from "./views.js";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const { policy: POLICY } = template;

/** @type {import("playwright-core").Browser} */
let browser;
/** @type {string} */
let script;
const folder = mkdtempSync(join(tmpdir(), "symbolnb-"));

/**
 * A page with a graph.
 * @param {import("../types.js").ViewDocument} view @param {import("playwright-core").BrowserContextOptions & {policy?: string}} [options]
 */
async function open(view, { policy = POLICY, ...options } = {}) {
  const look = { title: view.title, theme: "auto", orientation: "down", opened: null };
  const text = pageText(view, script, look).replace(escaped(POLICY), escaped(policy));
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  return { context, ...await visit(context, text) };
}

/** @param {import("playwright-core").BrowserContext} context @param {string} text  of the page */
async function visit(context, text) {
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const path = join(folder, "graph.html");
  writeFileSync(path, text);
  await page.goto(pathToFileURL(path).href);
  await page.locator(".snb-box").first().waitFor();
  return { page, errors };
}

/**
 * What the page gives when a format is chosen from its menu.
 * @param {import("playwright-core").Page} page @param {string} format
 */
async function exported(page, format) {
  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: format }).click()]);
  return { name: download.suggestedFilename(), data: readFileSync(await download.path()) };
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
      entryPoints: [fileURLToPath(new URL("../adapter.js", import.meta.url))], bundle: true, format: "esm", charset: "utf8", write: false,
    });
    script = outputFiles[0].text;
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

  it("keys work on a page where nothing has the focus, and after the panel was closed", async () => {
    const { page, context } = await open(smallNet());
    await page.keyboard.press("/");
    await page.keyboard.type("conv1_weight");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    expect(await page.locator(".snb-card-head p").textContent()).toBe("conv1_weight");
    expect(await page.evaluate(() => document.activeElement?.querySelector("title")?.textContent)).toMatch(/conv1/);
    await page.keyboard.press("Escape");
    await page.locator(".snb-title").click();
    await page.locator(".snb-filter").first().focus();
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("class"))).toMatch(/snb-svg/);
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

  it("what is seen first stands in the middle, although something far below makes the picture wider", async () => {
    const b = new ViewBuilder("long");
    let last = b.node("data", {});
    for (let i = 0; i < 12; i += 1) last = b.node(`relu${i}`, { op: "Activation", family: "activation", from: [last] });
    const { page, context } = await open(b.finish(b.node("out", { op: "SoftmaxOutput", family: "loss", from: [last, b.node("label", { kind: "label" })] })),
      { viewport: { width: 340, height: 700 } });
    const [box, canvas] = await Promise.all([page.locator(".snb-box .snb-card").first().boundingBox(), page.locator(".snb-canvas").boundingBox()]);
    if (box === null || canvas === null) throw new Error("nothing is drawn");
    expect(Math.abs(box.x + box.width / 2 - canvas.x - canvas.width / 2)).toBeLessThan(2);
    await context.close();
  }, 60_000);

  it("the map covers no box, and there is none in a narrow window unless it is asked for", async () => {
    const long = new ViewBuilder("long");
    let last = long.node("data", {});
    for (let i = 0; i < 30; i += 1) last = long.node(`n${i}`, { op: "exp", from: [last] });
    const view = long.finish(last);
    const wide = await open(view);
    const map = await wide.page.locator(".snb-map").boundingBox();
    if (map === null) throw new Error("there is no map");
    for (const box of await wide.page.locator(".snb-box").all()) {
      const { x, y, width, height } = /** @type {any} */ (await box.boundingBox());
      expect(x < map.x + map.width && x + width > map.x && y < map.y + map.height && y + height > map.y).toBe(false);
    }
    expect(await wide.page.locator(".snb-canvas").getAttribute("data-more")).toBe("below");
    await wide.context.close();
    const { page, context } = await open(view, { viewport: { width: 380, height: 700 } });
    expect(await page.locator(".snb-map").isVisible()).toBe(false);
    expect((await page.locator(".snb-title").boundingBox())?.width).toBeGreaterThan(25);
    await page.getByRole("button", { name: "View settings" }).click();
    await page.getByLabel("Overview").selectOption("shown");
    expect(await page.locator(".snb-map").isVisible()).toBe(true);
    await context.close();
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
    for (const [policy, workers] of /** @type {Array<[string, number]>} */ ([[POLICY, 1], [POLICY.replace("; worker-src blob:", ""), 0]])) {
      const { page, context, errors } = await open(view, { policy });
      expect(page.workers()).toHaveLength(workers);
      pictures.push(await page.locator(".snb-svg > g").innerHTML());
      expect(errors).toEqual([]);
      await context.close();
    }
    expect(pictures[0]).toBe(pictures[1]);
  }, 120_000);

  it("a large graph is a few paths from far away, and boxes again where keys lead", async () => {
    const { page, context, errors } = await open(longNet());
    await page.getByRole("button", { name: "Fit the graph" }).click();
    await page.locator("path.snb-coarse").first().waitFor({ state: "attached" });
    expect(await page.locator(".snb-box").count()).toBeLessThanOrEqual(2);
    expect(await page.locator(".snb-wire").count()).toBe(0);
    const drawn = await page.locator("path.snb-coarse").evaluateAll((paths) =>
      paths.map((path) => (path.getAttribute("d") ?? "").split("M").length - 1).reduce((sum, one) => sum + one, 0));
    expect(drawn).toBe(LARGE + 101);
    await page.locator('.snb-box[tabindex="0"]').focus();
    await page.keyboard.press("ArrowDown");
    expect(await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).dataset.key)).toBe("n1");
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("n1500");
    await page.keyboard.press("Enter");
    await page.locator('.snb-box[data-key="n1501"]').waitFor();
    for (let i = 0; i < 20; i += 1) await page.getByRole("button", { name: "Zoom in" }).click();
    await page.waitForFunction(() => document.querySelector("path.snb-coarse") === null && document.querySelectorAll(".snb-box").length > 2);
    expect(errors).toEqual([]);
    await context.close();
  }, 60_000);

  it("exports the picture as SVG, with all its names and no style sheet", async () => {
    for (const [view, words] of /** @type {Array<[import("../types.js").ViewDocument, string[]]>} */ ([
      [smallNet(), ["conv1", "Convolution", "8\u00d716\u00d726\u00d726", "output"]], [hostileNet(), ["<script>alert(1)</script>"]],
    ])) {
      const { page, context, errors } = await open(view, { viewport: { width: 400, height: 300 } });
      const { name, data } = await exported(page, "SVG");
      expect(name).toMatch(/^[\p{L}\p{N}._-]+\.svg$/u);
      const text = data.toString("utf8");
      expect(text).not.toMatch(/class=|style=|var\(|<script|http:\/\/(?!www\.w3\.org\/2000\/svg)/);
      const drawn = await page.evaluate((source) => {
        const tree = new DOMParser().parseFromString(source, "image/svg+xml");
        return { error: tree.querySelector("parsererror") !== null, words: tree.documentElement.textContent ?? "",
          boxes: tree.querySelectorAll("path[fill^='rgb']").length };
      }, text);
      expect(drawn.error).toBe(false);
      for (const word of words) expect(drawn.words).toContain(word);
      expect(await page.locator(".snb-menu").isVisible()).toBe(false);
      expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Export");
      expect(errors).toEqual([]);
      await context.close();
    }
  }, 60_000);

  it("exports the titles of open groups as words that nothing lies on", async () => {
    const { page, context } = await open(groupedNet());
    const text = (await exported(page, "SVG")).data.toString("utf8");
    const words = text.match(/<text[^>]*>s1</g) ?? [];
    expect(words).toHaveLength(2);
    expect(words[0]).toMatch(/stroke="/);
    expect(words[1]).not.toMatch(/stroke/);
    await context.close();
  }, 60_000);

  it("keeps the titles of groups in view that are wider than the window", async () => {
    const b = new ViewBuilder("wide");
    const data = b.node("data", {});
    const parts = Array.from({ length: 24 }, (_, i) => b.node(`wide_part${i}`, { op: "exp", from: [data], group: ["wide"] }));
    const { page, context } = await open(b.finish(...parts), { viewport: { width: 400, height: 600 } });
    const title = page.locator(".snb-frame-head text");
    const seen = async () => {
      const [rect, around] = [await title.boundingBox(), await page.locator(".snb-canvas").boundingBox()];
      return rect !== null && around !== null && rect.x >= around.x && rect.x + rect.width <= around.x + around.width;
    };
    expect(await seen()).toBe(true);
    await page.locator(".snb-svg").focus();
    const canvas = await page.locator(".snb-canvas").boundingBox();
    if (canvas === null) throw new Error("it is on the page");
    for (const way of [-300, -300, 500, 400, 400]) {
      const [x, y] = [canvas.x + canvas.width / 2, canvas.y + canvas.height - 20];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + way / 2, y, { steps: 3 });
      await page.mouse.up();
      const frame = await page.locator(".snb-frame-area").boundingBox();
      const room = frame !== null && frame.x + frame.width > canvas.x + 120 && frame.x < canvas.x + canvas.width - 120;
      if (room) expect(await seen(), `moved by ${way}`).toBe(true);
    }
    await page.getByRole("button", { name: "Fit the graph" }).click();
    await page.waitForTimeout(300);
    expect(await page.locator(".snb-frame-head > g").getAttribute("transform")).toBe("translate(0 0)");
    await context.close();
  }, 60_000);

  it("keeps the words of a box in view that is wider than the window", async () => {
    const b = new ViewBuilder("ports");
    const parts = b.node("parts", { op: "SliceChannel", from: [b.node("data", {})], shapes: Array.from({ length: 8 }, () => [8, 32]) });
    const users = Array.from({ length: 8 }, (_, i) => b.node(`user${i}`, { op: "exp", from: [[parts, i]] }));
    const { page, context } = await open(b.finish(...users), { viewport: { width: 400, height: 600 } });
    const title = await page.locator(".snb-box .snb-t-title", { hasText: "SliceChannel" }).boundingBox();
    const card = await page.locator(`.snb-box[data-key="n${parts}"] .snb-card`).first().boundingBox();
    expect(card?.x).toBeLessThan(0);
    expect(title?.x).toBeGreaterThan(0);
    expect((title?.x ?? 0) + (title?.width ?? 0)).toBeLessThan(400);
    await context.close();
  }, 60_000);

  it("exports the colours of a measure in words that every program reads", async () => {
    const { page, context } = await open(smallNet());
    await page.getByRole("button", { name: "View settings" }).click();
    await page.getByLabel("Colours").selectOption("parameters");
    const text = (await exported(page, "SVG")).data.toString("utf8");
    expect(new Set(text.match(/fill="[^"]*/g)).size).toBeGreaterThan(4);
    expect(text).not.toMatch(/color\(|color-mix|oklab/);
    expect(plainColour("color(srgb 1 0.5 0 / 0.25)")).toBe("rgba(255, 128, 0, 0.25)");
    expect(plainColour("color(srgb 0 0.2 1)")).toBe("rgb(0, 51, 255)");
    await context.close();
  }, 60_000);

  it("exports a PNG that shows the picture twice as fine, and says where it cannot", async () => {
    const { page, context } = await open(smallNet());
    const size = await page.evaluate((source) => {
      const { documentElement: made } = new DOMParser().parseFromString(source, "image/svg+xml");
      return ["width", "height"].map((side) => Number(made.getAttribute(side)));
    }, (await exported(page, "SVG")).data.toString("utf8"));
    const { name, data } = await exported(page, "PNG");
    expect(name).toBe("softmax.png");
    expect([data.readUInt32BE(16), data.readUInt32BE(20)]).toEqual(size.map((one) => 2 * one));
    const colours = await page.evaluate(async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context2d = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
      context2d.drawImage(image, 0, 0);
      return new Set(new Uint32Array(context2d.getImageData(0, 0, image.width, image.height).data.buffer)).size;
    }, `data:image/png;base64,${data.toString("base64")}`);
    expect(colours).toBeGreaterThan(30);
    await context.close();
    const long = await open(longNet());
    await exported(long.page, "PNG");
    expect(await long.page.locator(".snb-menu-said").textContent()).toMatch(/drawn at \d+ % of its size/);
    await long.context.close();
  }, 120_000);

  it("exports a page that shows the same, asks nobody, and can be exported again", async () => {
    const { page, context } = await open(groupedNet());
    await page.locator(".snb-frame-head").first().click();
    const picture = await page.locator(".snb-svg > g").innerHTML();
    const { name, data } = await exported(page, "HTML");
    expect(name).toMatch(/\.html$/);
    const again = await context.browser()?.newContext({ viewport: { width: 900, height: 700 }, offline: true });
    if (again === undefined) throw new Error("no browser");
    const opened = await visit(again, data.toString("utf8"));
    expect(await opened.page.locator(".snb-box").count()).toBe(await page.locator(".snb-box").count());
    expect((await opened.page.locator(".snb-svg > g").innerHTML()).length).toBeCloseTo(picture.length, -3);
    expect((await exported(opened.page, "HTML")).data.equals(data)).toBe(true);
    expect(opened.errors).toEqual([]);
    await again.close();
    await context.close();
  }, 60_000);

  it("an error stands above the picture, large enough and with ways to its places; in a file it stands in its box", async () => {
    const { page, context } = await open(groupedNet(), { viewport: { width: 380, height: 640 } });
    const note = page.locator(".snb-note-error");
    expect(await note.locator("p").textContent()).toContain("the inputs differ");
    expect(Number.parseFloat(await note.evaluate((element) => getComputedStyle(element).fontSize))).toBeGreaterThanOrEqual(13);
    expect((await page.locator(".snb-svg text").allTextContents()).join(" ")).not.toMatch(/differ|arg2 has 4/);
    await note.getByRole("button", { name: "s1_u_c" }).press("Enter");
    expect(await page.locator(".snb-card-head p").textContent()).toBe("s1_u_c");
    await note.getByRole("button", { name: "join" }).click();
    expect(await page.locator('.snb-box[data-key="n5"]').getAttribute("aria-pressed")).toBe("true");
    expect((await exported(page, "SVG")).data.toString("utf8")).toContain("Concat 'join': arg1 is");
    await context.close();
  }, 60_000);

  it("what is cut in a box is shown in full to keys, and after a tap", async () => {
    const b = new ViewBuilder("names");
    const name = `block_${"very_".repeat(30)}long_name`;
    const data = b.node("data", {});
    const made = b.node(name, { op: "exp", from: [data, b.parameter("w".repeat(60), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])] });
    const view = b.finish(b.node("last", { op: "log", from: [made] }));
    const { page, context } = await open(view, { hasTouch: true });
    const tip = page.locator(".snb-tip");
    const [first, long] = view.nodes.filter((node) => node.kind !== "parameter").map(({ id }) => page.locator(`.snb-box[data-key="n${id}"]`));
    await first.focus();
    await page.keyboard.press("Home");
    expect(await tip.isVisible()).toBe(false);
    await page.keyboard.press("ArrowDown");
    const words = await tip.textContent();
    expect(words).toContain(name);
    expect(words).toContain("w".repeat(60));
    expect(words).toContain("17\u00d718\u00d719");
    const [box, canvas] = [await tip.boundingBox(), await page.locator(".snb-canvas").boundingBox()];
    if (box === null || canvas === null) throw new Error("nothing is shown");
    expect(box.x >= canvas.x && box.x + box.width <= canvas.x + canvas.width && box.y + box.height <= canvas.y + canvas.height).toBe(true);
    await page.keyboard.press("Escape");
    expect(await tip.isVisible()).toBe(false);
    await page.keyboard.press("ArrowDown");
    expect(await tip.isVisible()).toBe(false);
    await long.tap();
    expect(await page.locator(".snb-inspector").textContent()).toContain(name);
    expect(await tip.isVisible()).toBe(false);
    await context.close();
  }, 60_000);

  it("exports text for Graphviz", async () => {
    const { page, context } = await open(groupedNet());
    const { name, data } = await exported(page, "DOT");
    expect(name).toMatch(/\.dot$/);
    expect(data.toString("utf8")).toBe(dotText(buildModel(groupedNet()), "auto", false));
    await context.close();
  }, 60_000);

  it("the menu is walked by keys", async () => {
    const { page, context } = await open(smallNet());
    const button = page.getByRole("button", { name: "Export" });
    const focused = () => page.evaluate(() => document.activeElement?.querySelector(".snb-menu-name")?.textContent);
    await button.focus();
    await page.keyboard.press("Enter");
    expect(await button.getAttribute("aria-expanded")).toBe("true");
    expect(await focused()).toBe("SVG");
    for (const [key, at] of [["ArrowDown", "PNG"], ["End", "DOT"], ["ArrowDown", "SVG"], ["ArrowUp", "DOT"], ["Home", "SVG"]]) {
      await page.keyboard.press(key);
      expect(await focused()).toBe(at);
    }
    await page.keyboard.press("Escape");
    expect(await page.locator(".snb-menu").isVisible()).toBe(false);
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    await button.click();
    await page.locator(".snb-title").click();
    expect(await page.locator(".snb-menu").isVisible()).toBe(false);
    await context.close();
  }, 60_000);
});
