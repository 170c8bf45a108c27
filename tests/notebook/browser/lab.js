// Drives JupyterLab in headless Chromium as a person would, and prints what there is to see, as JSON.
//
//   node lab.js URL NOTEBOOK FOLDER
//
// URL is a running server, NOTEBOOK a file in its root, FOLDER takes the screenshots.

import { cell, launch, open as openNotebook, runAll, runCell, saveAndStop, setTheme } from "./host.js";

const [, , server, notebook, folder] = process.argv;
const browser = await launch();
/** @type {string[]} */
const problems = [];

async function open() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1500 } });
  return openNotebook(context, server, "lab", notebook, problems);
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

/** @type {Record<string, unknown>} */
const report = {};
try {
  let page = await open();
  await runAll(page);
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

  await saveAndStop(page);
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
