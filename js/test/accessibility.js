// Runs axe-core over self-contained pages in Chromium: node js/test/accessibility.js PAGE.html... (npm run axe -- PAGE.html).
// It fails on anything serious or critical, in the light, the dark and the high-contrast theme, narrow and wide, with
// panels and menus open.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
let failures = 0;

/** What is opened for each look, one after the other. @type {Record<string, (page: import("playwright-core").Page) => Promise<void>>} */
const LOOKS = {
  "about the graph and searching": async (page) => {
    await page.locator(".snb-box").first().press("/");
    await page.locator(".snb-title").click();
  },
  "a node inspected": async (page) => {
    await page.keyboard.press("Escape");
    await page.locator(".snb-box").first().press("Enter");
  },
  "the export menu": async (page) => page.getByRole("button", { name: "Export" }).click(),
  "the settings": async (page) => page.getByRole("button", { name: "View settings" }).click(),
  "colours by multiply-adds": async (page) => {
    await page.getByLabel("Colours").selectOption("multiply_adds");
  },
  "colours by size of values": async (page) => {
    const colours = page.locator("select", { has: page.locator('[value="family"]') });
    if (await colours.locator('[value="outputs"]').count() > 0) await colours.selectOption("outputs");
  },
};

/** @param {import("playwright-core").Page} page @param {string} where */
async function check(page, where) {
  const found = await page.evaluate(() => /** @type {any} */ (window).axe.run(".snb"));
  for (const { id, impact, help, nodes } of found.violations) {
    console.log(`${where}: ${impact} ${id}: ${help}`);
    for (const node of nodes.slice(0, 4)) console.log(`  ${node.html.slice(0, 160)}\n    ${node.any[0]?.message ?? ""}`);
    if (impact === "serious" || impact === "critical") failures += 1;
  }
}

for (const path of process.argv.slice(2)) {
  for (const width of [380, 1200]) {
    const page = await browser.newPage({ bypassCSP: true, viewport: { width, height: 800 } });
    for (const theme of ["light", "dark", "contrast"]) {
      await page.goto(pathToFileURL(path).href);
      await page.waitForSelector(".snb-box");
      await page.getByRole("button", { name: "View settings" }).click();
      await page.getByLabel("Theme").selectOption(theme);
      await page.keyboard.press("Escape");
      await page.addScriptTag({ path: axe });
      for (const [look, open] of Object.entries(LOOKS)) {
        await open(page);
        await check(page, `${path} ${width} ${theme}, ${look}`);
      }
    }
    await page.close();
  }
}
await browser.close();
if (failures > 0) throw new Error(`${failures} serious findings`);
