// A notebook in headless Chromium, in JupyterLab or in Notebook 7, as a person sees it.

import { chromium } from "playwright-core";

/** @typedef {import("playwright-core").Page} Page */

const PATIENCE = 40_000;

/** Starts the browser; it reaches this machine only. */
export function launch() {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
}

/**
 * Opens a notebook and waits until its kernel is there.
 * @param {import("playwright-core").BrowserContext} context @param {string} server @param {"lab" | "notebook"} host
 * @param {string} notebook @param {string[]} problems  takes the errors of the page
 */
export async function open(context, server, host, notebook, problems) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => problems.push(error.stack ?? String(error)));
  await page.goto(host === "lab" ? `${server}/lab/tree/${notebook}?reset` : `${server}/notebooks/${notebook}`);
  await page.waitForFunction(() => "jupyterapp" in window);
  await page.evaluate(async (isLab) => {
    const app = /** @type {any} */ (window).jupyterapp;
    await app.restored;
    while (app.shell.currentWidget?.sessionContext === undefined) await new Promise((done) => setTimeout(done, 50));
    await app.shell.currentWidget.revealed;
    await app.shell.currentWidget.sessionContext.ready;
    if (isLab) app.shell.collapseLeft();
  }, host === "lab");
  return page;
}

/** @param {Page} page @param {string} command @param {Record<string, unknown>} [options] */
export function execute(page, command, options = {}) {
  return page.evaluate(([name, given]) => {
    void (/** @type {any} */ (window).jupyterapp.commands.execute(name, given));
  }, /** @type {const} */ ([command, options]));
}

/** Runs all cells and waits until every code cell has its number. @param {Page} page */
export async function runAll(page) {
  await execute(page, "notebook:run-all-cells");
  await page.waitForFunction(() => {
    const { widgets } = /** @type {any} */ (window).jupyterapp.shell.currentWidget.content;
    return widgets.every((/** @type {any} */ one) => one.model.type !== "code" ||
      (one.model.executionState === "idle" && one.model.executionCount !== null));
  });
}

/** @param {Page} page @param {number} index */
export const cell = (page, index) => page.locator(".jp-Notebook-cell").nth(index);

/** Runs one cell alone. @param {Page} page @param {number} index */
export async function runCell(page, index) {
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

/** Replaces a cell's code and runs it; what it prints. @param {Page} page @param {number} index @param {string} code */
export async function say(page, index, code) {
  await page.evaluate(([at, text]) => {
    const { content } = /** @type {any} */ (window).jupyterapp.shell.currentWidget;
    content.widgets[at].model.sharedModel.setSource(text);
  }, /** @type {const} */ ([index, code]));
  await runCell(page, index);
  return (await cell(page, index).locator(".jp-OutputArea").innerText()).trim();
}

/** @param {Page} page @param {boolean} dark */
export async function setTheme(page, dark) {
  await execute(page, "apputils:change-theme", { theme: dark ? "JupyterLab Dark" : "JupyterLab Light" });
  await page.waitForSelector(`body[data-jp-theme-light="${!dark}"]`, { state: "attached" });
  await page.waitForSelector(`.snb[data-theme="${dark ? "dark" : "light"}"]`);
  await page.waitForTimeout(500);
}

/** Saves the notebook and ends its kernel. @param {Page} page */
export async function saveAndStop(page) {
  await page.evaluate(async () => {
    const app = /** @type {any} */ (window).jupyterapp;
    await app.commands.execute("docmanager:save");
    await app.shell.currentWidget.sessionContext.shutdown();
  });
}
