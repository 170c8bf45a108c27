// @vitest-environment node
// The widget as marimo shows it, in a real browser: in a shadow tree, imported from an address, without its own text.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LARGE } from "../background/layouter.js";
import { smallNet, ViewBuilder } from "./views.js";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><body class="dark" data-theme="dark"><div id="host"></div>
<script type="module">
import widget from "/widget.js";
const el = document.getElementById("host").attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
window.show = (view) => {
  const traits = { view, selection: null, theme: "auto" };
  widget.render({ model: { get: (name) => traits[name], set() {}, on() {}, off() {}, save_changes() {} }, el });
};
</script></body></html>`;

function longNet() {
  const b = new ViewBuilder("long");
  let last = b.node("data", {});
  for (let i = 0; i < LARGE + 10; i += 1) last = b.node(`n${i}`, { op: "exp", from: [last] });
  return b.finish(last);
}

describe.skipIf(!existsSync(CHROMIUM))("in a shadow tree (skipped where there is no Chromium at CHROMIUM or /usr/bin/chromium)", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {string} */
  let address;
  /** @type {string} */
  let script;
  let isGone = false;
  const server = createServer((request, answer) => {
    const isScript = request.url === "/widget.js";
    const isAgain = request.headers["sec-fetch-dest"] === "empty"; // fetched, after it was imported
    answer.writeHead(isScript && isAgain && isGone ? 404 : 200, { "cache-control": "no-store", "content-type": isScript ? "text/javascript" : "text/html" });
    answer.end(isScript ? script : PAGE);
  });

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("../adapter.js", import.meta.url))], bundle: true, format: "esm", charset: "utf8", write: false,
    });
    script = outputFiles[0].text;
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    address = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server.close();
  });

  /** @param {import("../types.js").ViewDocument} view */
  async function open(view) {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    /** @type {string[]} */
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(address);
    await page.waitForFunction(() => "show" in window);
    await page.evaluate((given) => /** @type {any} */ (window).show(given), view);
    await page.locator(".snb-box").first().waitFor();
    return { page, errors };
  }

  it("follows what the page's body says of its theme", async () => {
    const { page } = await open(smallNet());
    const theme = () => page.locator(".snb").getAttribute("data-theme");
    expect(await theme()).toBe("dark");
    await page.evaluate(() => { document.body.dataset.theme = document.body.className = "light"; });
    await expect.poll(theme).toBe("light");
    await page.close();
  }, 60_000);

  it("knows what has the focus: the wheel zooms, a menu is walked, a closed panel gives it back", async () => {
    const { page, errors } = await open(smallNet());
    const root = page.locator(".snb");
    const focused = () => page.evaluate(() => /** @type {any} */ (document.getElementById("host")).shadowRoot.activeElement?.textContent ?? "");
    const scale = () => page.locator(".snb-scale").textContent();
    const conv = page.locator('.snb-box[data-key="n3"]');
    await conv.click({ position: { x: 30, y: 14 } });
    const before = await scale();
    await page.mouse.wheel(0, -200);
    await expect.poll(scale).not.toBe(before);
    await root.getByRole("button", { name: "Export" }).click();
    expect(await focused()).toMatch(/^SVG/);
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toMatch(/^PNG/);
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toMatch(/^HTML/);
    await page.keyboard.press("Escape");
    await root.getByRole("button", { name: "Close" }).click();
    expect(await focused()).toContain("conv1");
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it("fetches its own text for a worker and for a page of its own", async () => {
    const { page, errors } = await open(longNet());
    expect(page.workers()).toHaveLength(1);
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "HTML" }).click()]);
    const folder = mkdtempSync(join(tmpdir(), "symbolnb-"));
    const path = join(folder, "page.html");
    writeFileSync(path, readFileSync(await download.path()));
    await page.goto(`file://${path}`);
    await page.locator(".snb-box").first().waitFor();
    expect(errors).toEqual([]);
    rmSync(folder, { recursive: true });
    await page.close();
  }, 60_000);

  it("says so where its own text is gone", async () => {
    isGone = true;
    const { page } = await open(smallNet());
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: "HTML" }).click();
    await expect.poll(() => page.locator(".snb-menu-said").textContent()).toBe("Not exported: the script is gone (404)");
    await page.close();
  }, 60_000);
});
