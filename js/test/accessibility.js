// Runs axe-core over self-contained pages in Chromium: node js/test/accessibility.js PAGE.html... (npm run axe -- PAGE.html).
// It fails on anything serious or critical, in the light, the dark and the high-contrast theme.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
let failures = 0;
for (const path of process.argv.slice(2)) {
  for (const theme of ["light", "dark", "contrast"]) {
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector(".snb-box");
    await page.getByRole("button", { name: "View settings" }).click();
    await page.getByLabel("Theme").selectOption(theme);
    await page.locator(".snb-box").first().press("/");
    await page.locator(".snb-title").click();
    await page.addScriptTag({ path: axe });
    const found = await page.evaluate(() => /** @type {any} */ (window).axe.run(".snb"));
    for (const { id, impact, help, nodes } of found.violations) {
      console.log(`${path} ${theme}: ${impact} ${id}: ${help}`);
      for (const node of nodes.slice(0, 4)) console.log(`  ${node.html.slice(0, 160)}\n    ${node.any[0]?.message ?? ""}`);
      if (impact === "serious" || impact === "critical") failures += 1;
    }
    await page.close();
  }
}
await browser.close();
if (failures > 0) throw new Error(`${failures} serious findings`);
