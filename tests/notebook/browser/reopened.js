// Opens saved notebooks and pages, and prints what there is to see in each, as JSON.
//
//   node reopened.js URL FOLDER NAME...       NAME is a notebook in JupyterLab, or the address of a page

import { launch } from "./host.js";

const [, , server, folder, ...names] = process.argv;
const browser = await launch();
/** @type {Record<string, unknown>} */
const report = {};
for (const [number, name] of names.entries()) {
  const isPage = name.includes("://");
  const context = await browser.newContext({ viewport: { width: 1200, height: 1000 }, javaScriptEnabled: !name.endsWith("#plain") });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  /** @type {string[]} */
  const problems = [];
  /** @type {string[]} */
  const asked = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("dialog", (dialog) => { problems.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on("request", (request) => { if (!/^(file|data|blob):|127\.0\.0\.1/.test(request.url())) asked.push(request.url()); });
  await page.goto(isPage ? name : `${server}/lab/tree/${name}?reset`);
  const graph = page.locator(".snb-box, img[src^='data:image/svg+xml'], noscript");
  await graph.first().waitFor({ state: "attached", timeout: 15_000 }).catch(() => problems.push("no graph"));
  await page.waitForTimeout(1500); // what comes late, such as an error in the place of the graph
  await page.screenshot({ path: `${folder}/reopened-${number}.png` });
  report[name] = {
    boxes: await page.locator(".snb-box").count(),
    words: await page.locator(".snb-svg text").allTextContents(),
    names: await page.locator(".snb-box").evaluateAll((boxes) => boxes.map((box) => box.querySelector("title")?.textContent ?? "")),
    pictures: await page.locator("img[src^='data:image/svg+xml']").evaluateAll((images) =>
      images.map((image) => image instanceof HTMLImageElement && image.complete ? [image.naturalWidth, image.naturalHeight] : [0, 0])),
    text: await page.locator("body").innerText(),
    foreign: await page.evaluate("document.querySelectorAll('.snb b:not(.snb-totals b), .snb i:not(.snb-legend i), .snb img, .snb iframe, .snb script').length"),
    problems, asked,
  };
  await context.close();
}
console.log(JSON.stringify(report));
await browser.close();
