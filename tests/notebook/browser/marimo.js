// Looks at graphs in a running marimo notebook, steers them, and prints what there is to see, as JSON.
//
//   node marimo.js URL FOLDER

import { readFileSync } from "node:fs";
import { launch } from "./host.js";

const [, , server, folder] = process.argv;
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1200, height: 1400 }, colorScheme: "light" });
page.setDefaultTimeout(15_000);
/** @type {string[]} */
const problems = [];
page.on("pageerror", (error) => problems.push(error.stack ?? String(error)));
page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });

/** The graphs on the page, in the order of the cells. @param {number} number */
const graph = (number) => page.locator(".snb").nth(number);
/** What the last cell says of the selection. */
const told = async () => (await page.getByText(/^told: /).innerText()).trim();
const graphs = () => page.locator(".snb").evaluateAll((roots) => roots.map((root) => ({
  boxes: root.querySelectorAll(".snb-box").length,
  selected: [...root.querySelectorAll(".snb-box.snb-selected")].map((box) => /** @type {HTMLElement} */ (box).dataset.key),
  theme: root.getAttribute("data-theme"),
  words: [...root.querySelectorAll(".snb-svg text")].map((text) => text.textContent),
  notes: [...root.querySelectorAll(".snb-note")].map((note) => note.textContent),
})));

/** Waits until the last cell says something. @param {string} words */
async function until(words) {
  await page.getByText(`told: ${words}`, { exact: true }).waitFor().catch(() => problems.push(`${words} is never told, but: `));
  if (problems.length > 0) problems.push(await told());
}
/** Presses one of the notebook's own buttons. @param {string} label */
const press = (label) => page.getByRole("button", { name: label, exact: true }).click();

/** @type {Record<string, unknown>} */
const report = {};
try {
  await page.goto(server);
  await page.getByText(/^told: /).waitFor({ timeout: 40_000 });
  await graph(Number(process.argv[4]) - 1).locator(".snb-box").first().waitFor();
  report.first = await graphs();
  await graph(1).locator(".snb-box").filter({ hasText: "relu1" }).click();
  await until("relu1 relu1 relu1");
  report.clicked = await graphs();
  await press("steer");
  await until("fc2 fc2 fc2");
  report.steered = await graphs();
  await press("again");
  await until("fc2 fc2 fc2, run 1");
  await graph(0).locator(".snb-box").first().waitFor();
  await graph(1).locator(".snb-box").first().waitFor();
  report.again = await graphs();
  await graph(1).locator(".snb-box").filter({ hasText: "fc1" }).first().focus();
  await page.keyboard.press("Enter");
  await until("fc1 fc1 fc1, run 1");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator('.snb[data-theme="dark"]').first().waitFor();
  report.dark = (await graphs()).map(({ theme }) => theme);
  await page.screenshot({ path: `${folder}/marimo.png` });
  await graph(0).getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), graph(0).getByRole("menuitem", { name: "HTML" }).click()]);
  report.exported = readFileSync(await download.path(), "utf8").slice(0, 15);
} finally {
  report.problems = problems;
  console.log(JSON.stringify(report));
  await browser.close();
}
