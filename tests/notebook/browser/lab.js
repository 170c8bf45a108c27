// Drives JupyterLab in headless Chromium as a person would, and prints what there is to see, as JSON.
//
//   node lab.js URL NOTEBOOK FOLDER
//
// URL is a running server, NOTEBOOK a file in its root, FOLDER takes the screenshots.

import { chromium } from "playwright-core";

const [, , server, notebook, folder] = process.argv;
const PATIENCE = 40_000;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});
/** @type {string[]} */
const problems = [];

/** Opens the notebook and waits until its kernel is there. */
async function open() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1500 } });
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(`${server}/lab/tree/${notebook}?reset`);
  await page.waitForFunction(() => "jupyterapp" in window);
  await page.evaluate(async () => {
    const app = /** @type {any} */ (window).jupyterapp;
    await app.restored;
    while (app.shell.currentWidget?.sessionContext === undefined) await new Promise((done) => setTimeout(done, 50));
    await app.shell.currentWidget.revealed;
    await app.shell.currentWidget.sessionContext.ready;
    app.shell.collapseLeft();
  });
  return page;
}

/** @param {import("playwright-core").Page} page @param {string} command @param {Record<string, unknown>} [options] */
function execute(page, command, options = {}) {
  return page.evaluate(([name, given]) => {
    void (/** @type {any} */ (window).jupyterapp.commands.execute(name, given));
  }, /** @type {const} */ ([command, options]));
}

/** Waits until every code cell has its number. @param {import("playwright-core").Page} page */
async function finished(page) {
  await page.waitForFunction(() => {
    const { widgets } = /** @type {any} */ (window).jupyterapp.shell.currentWidget.content;
    return widgets.every((/** @type {any} */ cell) => cell.model.type !== "code" ||
      (cell.model.executionState === "idle" && cell.model.executionCount !== null));
  });
}

/** @param {import("playwright-core").Page} page @param {number} index */
const cell = (page, index) => page.locator(".jp-Notebook-cell").nth(index);

/** Runs one cell alone. @param {import("playwright-core").Page} page @param {number} index */
async function runCell(page, index) {
  const before = await page.evaluate((at) => {
    const { content } = /** @type {any} */ (window).jupyterapp.shell.currentWidget;
    content.activeCellIndex = at;
    return content.widgets[at].model.executionCount;
  }, index);
  await execute(page, "notebook:run-cell");
  await page.waitForFunction(([at, old]) => {
    const { model } = /** @type {any} */ (window).jupyterapp.shell.currentWidget.content.widgets[at ?? 0];
    return model.executionCount !== old && model.executionCount !== null && model.executionState === "idle";
  }, [index, before]);
}

/** The words of the picture, the notes above it, and the report before it. @param {import("playwright-core").Page} page @param {number} index */
async function seen(page, index) {
  await cell(page, index).locator(".snb-svg text").first().waitFor();
  return {
    words: await cell(page, index).locator(".snb-svg text").allTextContents(),
    notes: await cell(page, index).locator(".snb-note").allTextContents(),
    errors: await cell(page, index).locator(".snb-svg .snb-failed").count(),
    output: await cell(page, index).locator(".jp-OutputArea").innerText(),
  };
}

/** @param {import("playwright-core").Page} page @param {boolean} dark */
async function setTheme(page, dark) {
  await execute(page, "apputils:change-theme", { theme: dark ? "JupyterLab Dark" : "JupyterLab Light" });
  await page.waitForSelector(`body[data-jp-theme-light="${!dark}"]`, { state: "attached" });
  await page.waitForSelector(`.snb[data-theme="${dark ? "dark" : "light"}"]`);
  await page.waitForTimeout(500);
}

/** @type {Record<string, unknown>} */
const report = {};
try {
  let page = await open();
  await execute(page, "notebook:run-all-cells");
  await finished(page);
  report.first = await seen(page, 1);
  report.unknown = await seen(page, 3);
  await page.screenshot({ path: `${folder}/light.png` });

  const box = cell(page, 1).locator('.snb-svg [role="button"]').filter({ hasText: "fullyconnected0" }).first();
  await box.click();
  await cell(page, 1).locator(".snb-inspector").waitFor();
  report.inspector = await cell(page, 1).locator(".snb-inspector").innerText();
  await page.screenshot({ path: `${folder}/inspector.png` });
  await runCell(page, 2);
  report.selection = await cell(page, 2).locator(".jp-OutputArea").innerText();
  const steered = cell(page, 1).locator(".snb-inspector").filter({ hasText: "SoftmaxOutput" });
  await steered.waitFor();
  report.steered = await steered.innerText();

  await runCell(page, 1);
  report.again = await seen(page, 1);
  await runCell(page, 4);
  report.wrong = await seen(page, 4);
  await cell(page, 4).scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${folder}/wrong.png` });

  await setTheme(page, true);
  await cell(page, 1).scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${folder}/dark.png` });
  await setTheme(page, false);

  await page.evaluate(async () => {
    const app = /** @type {any} */ (window).jupyterapp;
    await app.commands.execute("docmanager:save");
    await app.shell.currentWidget.sessionContext.shutdown();
  });
  await page.close();
  page = await open();
  report.reopened = await seen(page, 1);
  await page.screenshot({ path: `${folder}/reopened.png` });
  await page.close();
} finally {
  report.problems = problems;
  console.log(JSON.stringify(report));
  await browser.close();
}
