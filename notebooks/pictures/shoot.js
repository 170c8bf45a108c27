// Photographs graphs in Chromium as they stand in a notebook's cell: node shoot.js FOLDER WIDGET SHOTS.json
// FOLDER has a packed view document GRAPH.json for each graph, and takes the pictures. Each shot has
// {graph, file, theme, width, scale, selection, opened, orientation, steps}; a step is [what, ...words], see STEPS.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [folder, widget, list] = process.argv.slice(2);
const shots = JSON.parse(readFileSync(list, "utf8"));
const HOST = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>graph</title>
<body style="margin:0;padding:10px"><div id="here"></div><script type="module">
import widget from "./widget.js";
window.start = (state) => widget.render({ el: document.getElementById("here"), model: {
  get: (name) => state[name], set: (name, value) => { state[name] = value; }, save_changes() {}, on() {}, off() {} } });
</script>`;

/** @typedef {import("playwright-core").Page} Page */

const STEPS = {
  /** @param {Page} page @param {string} name */
  button: async (page, name) => page.getByRole("button", { name }).first().click(),
  /** @param {Page} page @param {string} words */
  search: async (page, words) => {
    await page.getByRole("button", { name: "Search (/)" }).click();
    await page.getByRole("searchbox").fill(words);
    await page.keyboard.press("Enter");
  },
  /** A section of the inspector. @param {Page} page @param {string} title */
  scroll: async (page, title) => page.getByRole("heading", { name: title, exact: true })
    .evaluate((heading) => { const panel = heading.closest(".snb-inspector"); panel?.scrollBy(0, heading.getBoundingClientRect().top - panel.getBoundingClientRect().top - 70); }),
  /** A choice of the settings. @param {Page} page @param {string} label @param {string} value */
  set: async (page, label, value) => {
    await page.getByRole("button", { name: "View settings" }).click();
    await page.getByLabel(label).selectOption(value);
    await page.keyboard.press("Escape");
  },
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"],
});
for (const { graph, file, theme, width, scale = 1, steps = [], ...more } of shots) {
  const context = await browser.newContext({
    viewport: { width, height: 900 }, deviceScaleFactor: scale, colorScheme: theme === "dark" ? "dark" : "light", reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(5000);
  page.on("pageerror", (error) => { throw error; });
  const files = { "/": ["text/html", HOST], "/widget.js": ["text/javascript", readFileSync(widget, "utf8")] };
  await page.route("**/*", (route) => {
    const [contentType, body] = files[new URL(route.request().url()).pathname] ?? ["text/plain", ""];
    return route.fulfill({ contentType, body });
  });
  await page.goto("http://pictures/");
  await page.waitForFunction(() => "start" in window);
  const state = { view: JSON.parse(readFileSync(`${folder}/${graph}.json`, "utf8")), selection: null, theme, highlight: [], opened: null,
    orientation: "down", ...more };
  await page.evaluate((given) => window.start(given), state);
  await page.locator(".snb-box").first().waitFor();
  for (const [what, ...words] of steps) await STEPS[what](page, ...words);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(250);
  await page.evaluate((ground) => { document.body.style.background = ground; }, theme === "dark" ? "#0d1117" : "#fff");
  await page.evaluate(() => { if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); });
  await page.locator(".snb").screenshot({ path: `${folder}/${file}` });
  await context.close();
}
await browser.close();
