// Does with a graph in a notebook all that a person does, and prints for each step null or what went wrong.
//
//   node interactions.js URL NOTEBOOK HOST FOLDER
//
// HOST is "lab" or "notebook"; the notebook's second cell shows a view called `view`, its third is for talking back.

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { launch, open, runAll, say } from "./host.js";

const [, , server, notebook, host, folder] = process.argv;
const browser = await launch();
/** @type {string[]} */
const problems = [];
const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, hasTouch: true });
await context.grantPermissions(["clipboard-read", "clipboard-write"]);
const page = await open(context, server, host === "lab" ? "lab" : "notebook", notebook, problems);
await runAll(page);
const root = page.locator(".snb").first();
await root.locator(".snb-box").first().waitFor();
const canvas = root.locator(".snb-canvas");
const tool = (/** @type {string | RegExp} */ name) => root.getByRole("button", { name, exact: true });
const panel = root.locator(".snb-inspector");
const box = (/** @type {string} */ name) => root.getByRole("button", { name: ` ${name}, gives` }).first();
const settled = () => page.waitForTimeout(350); // the camera glides

/** Where the picture is: what a graph's point is multiplied by, and moved. */
const camera = () => root.locator(".snb-svg > g").first().evaluate((group) => {
  const [x, y, scale] = (group.getAttribute("transform") ?? "").match(/-?[\d.]+(e-?\d+)?/g)?.map(Number) ?? [];
  return { x, y, scale };
});
/** The middle of something on the page, or a point in it. @param {import("playwright-core").Locator} locator */
async function place(locator, across = 0.5, down = 0.5) {
  await locator.evaluate((element) => element.scrollIntoView({ block: "nearest" }));
  const rect = await locator.boundingBox();
  assert(rect !== null, "it is not on the page");
  return { x: rect.x + rect.width * across, y: rect.y + rect.height * down };
}
const select = async (/** @type {string} */ name) => {
  await say(page, 2, `view.goto("${name}")`);
  await panel.locator(".snb-card-head > p").getByText(name, { exact: true }).waitFor();
  await settled();
};
const clear = async () => {
  await say(page, 2, "view.selection = None; view.highlight()");
  await settled();
};
const pale = () => root.locator(".snb-box.snb-pale").count();
/** Waits until something is so. @param {() => Promise<boolean>} what @param {string} words */
async function soon(what, words) {
  for (let i = 0; i < 40; i += 1) {
    if (await what()) return;
    await page.waitForTimeout(100);
  }
  assert.fail(words);
}
/** Waits until the view in Python has the node selected. @param {string} name */
async function selects(name) {
  let found = "";
  await soon(async () => (found = await say(page, 2, "print(view.selection)")) === name, `${name} is not selected in Python`)
    .catch((error) => { throw new Error(`${error.message}, but ${found}`); });
}
/** Chooses something in the view settings. @param {string} label @param {string} value */
async function choose(label, value) {
  const settings = root.locator(".snb-settings");
  if (!(await settings.isVisible())) await tool("View settings").click();
  await settings.getByLabel(label).selectOption(value);
  await settled();
}
/** Gives the focus to something; a notebook takes it away late, after a cell has run. @param {import("playwright-core").Locator} locator */
async function focus(locator) {
  await soon(async () => {
    await locator.focus();
    await page.waitForTimeout(150);
    return locator.evaluate((element) => element === document.activeElement);
  }, "the focus does not stay");
}
const fits = () => root.evaluate((element) => {
  const outer = element.getBoundingClientRect();
  return [...element.querySelectorAll("button, .snb-title, input, select")]
    .filter((one) => one instanceof HTMLElement && one.offsetParent !== null && getComputedStyle(one).visibility === "visible")
    .map((one) => ({ name: one.getAttribute("aria-label") ?? one.textContent, rect: one.getBoundingClientRect() }))
    .filter(({ rect }) => rect.width > 0 && (rect.right > outer.right + 1 || rect.left < outer.left - 1))
    .map(({ name }) => name);
});

/** @type {Record<string, () => Promise<void>>} */
const steps = {
  async "pan"() {
    const before = await camera();
    const from = await place(canvas, 0.05, 0.5);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 60, from.y + 40, { steps: 4 });
    await page.mouse.up();
    const after = await camera();
    assert(Math.abs(after.x - before.x - 60) < 3 && Math.abs(after.y - before.y - 40) < 3, JSON.stringify([before, after]));
  },
  async "zoom to the pointer"() {
    const at = await place(canvas, 0.7, 0.3);
    const corner = await place(canvas, 0, 0);
    const before = await camera();
    await page.mouse.move(at.x, at.y);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -60);
    await page.keyboard.up("Control");
    await settled();
    const after = await camera();
    assert(after.scale > before.scale * 1.1, "it did not zoom");
    const under = (/** @type {typeof after} */ one) => [(at.x - corner.x - one.x) / one.scale, (at.y - corner.y - one.y) / one.scale];
    under(before).forEach((value, i) => assert(Math.abs(value - under(after)[i]) < 2, "the point under the pointer moved"));
  },
  async "zoom by buttons and keys"() {
    const { scale } = await camera();
    await tool("Zoom in").click();
    await settled();
    assert((await camera()).scale > scale);
    await focus(root.locator(".snb-svg"));
    await page.keyboard.press("-");
    await page.keyboard.press("-");
    await settled();
    assert((await camera()).scale < scale);
  },
  async "fit"() {
    await tool("Fit the graph").click();
    await settled();
    const { width: w, height: h } = /** @type {{width: number, height: number}} */ (await canvas.boundingBox());
    const outside = await root.locator(".snb-box").evaluateAll((boxes, [width, height]) => {
      const frame = boxes[0].closest(".snb-canvas")?.getBoundingClientRect() ?? new DOMRect();
      return boxes.filter((one) => {
        const rect = one.getBoundingClientRect();
        return rect.left < frame.left - 1 || rect.top < frame.top - 1 || rect.right > frame.left + width + 1 || rect.bottom > frame.top + height + 1;
      }).length;
    }, [w, h]);
    assert.equal(outside, 0);
  },
  async "minimap"() {
    for (let i = 0; i < 8; i += 1) await tool("Zoom in").click();
    await settled();
    const map = root.locator(".snb-map");
    assert(await map.isVisible(), "there is no minimap although not all is seen");
    const before = await camera();
    const end = await place(map, 0.5, 0.95);
    await page.mouse.click(end.x, end.y);
    await settled();
    assert((await camera()).y < before.y - 50, "a click on its end did not move there");
    await tool("Fit the graph").click();
    await settled();
  },
  async "breadcrumb"() {
    await select("stage1_unit2_conv");
    const crumbs = root.getByRole("navigation", { name: "Groups" });
    assert.deepEqual(await crumbs.locator("li").allTextContents(), ["Graph", "stage1", "unit2"]);
    await crumbs.getByRole("button", { name: "stage1" }).click();
    const words = await panel.innerText();
    for (const word of ["Group", "stage1", "multiply-adds", "parameters", "Comes in", "Goes out"]) assert(words.includes(word), `${word} is not in: ${words}`);
    await clear();
  },
  async "close and open a group"() {
    const frames = root.locator(".snb-frame-head");
    const count = await frames.count();
    await focus(frames.filter({ hasText: "unit2" }).first());
    await page.keyboard.press("Enter");
    await soon(async () => (await frames.count()) === count - 1, "the group did not close");
    const group = root.locator('.snb-box[aria-expanded="false"]').first();
    assert.match((await group.locator("title").first().textContent()) ?? "", /unit2, 3 operators/);
    assert((await say(page, 2, "print(view.opened)")).includes("stage1/unit1"));
    await focus(group);
    await page.keyboard.press("Enter");
    await soon(async () => (await frames.count()) === count, "the group did not open");
  },
  async "export"() {
    for (const [format, begin] of [["SVG", "<svg"], ["PNG", "\x89PNG"], ["HTML", "<!doctype html>"], ["DOT", "digraph"]]) {
      await tool("Export").click();
      const [download] = await Promise.all([page.waitForEvent("download"), root.getByRole("menuitem", { name: format }).click()]);
      assert.equal(download.suggestedFilename(), `softmax.${format.toLowerCase()}`);
      const data = readFileSync(await download.path());
      assert(data.toString("latin1").startsWith(begin), `${format} begins with ${data.toString("latin1", 0, 20)}`);
      if (format !== "PNG") assert(data.includes("stage1_unit1_conv"), `the ${format} does not have a node's name`);
      await soon(async () => !(await root.locator(".snb-menu").isVisible()), "the menu stays open");
    }
  },
  async "full window"() {
    await tool("Fill the window").click();
    await soon(async () => {
      const rect = await root.boundingBox();
      return rect !== null && rect.x < 2 && rect.y < 2 && rect.width > 1270 && rect.height > 990;
    }, "it does not fill the window");
    await page.screenshot({ path: `${folder}/${host}-full.png` });
    await tool(/Fill the window|Leave/).click();
    await soon(async () => ((await root.boundingBox())?.height ?? 0) < 900, "it does not go back");
  },
  async "search and its keys"() {
    await focus(root.locator(".snb-svg"));
    await page.keyboard.press("/");
    const field = root.getByRole("searchbox");
    const status = root.locator(".snb-search-status");
    for (const [asked, hits] of /** @type {Array<[string, RegExp]>} */ ([["unit1_conv", /^[1-9]\d* hits/], ["BatchNorm", /^4 hits/], ["2×8×16×16", /hits/], ["relu", /hits/], ["nothing like it", /no hits/]])) {
      await field.fill(asked);
      await soon(async () => hits.test(await status.innerText()), `${asked}: ${await status.innerText()}`);
    }
    await field.fill("BatchNorm");
    await soon(async () => /^4 hits/.test(await status.innerText()), "no hits");
    await page.keyboard.press("Enter");
    assert.match(await status.innerText(), /^1 of 4/);
    await page.keyboard.press("Shift+Enter");
    assert.match(await status.innerText(), /^4 of 4/);
    assert.equal(await root.locator(".snb-found").count(), 4);
    await page.keyboard.press("Escape");
    assert(!(await field.isVisible()));
    assert.equal(await root.locator(".snb-found").count(), 0);
  },
  async "filter"() {
    await tool("convolution").click();
    const all = await root.locator(".snb-box").count();
    assert.equal(await pale(), all - 4);
    await tool("convolution").click();
    assert.equal(await pale(), 0);
  },
  async "ancestors, descendants and a path"() {
    await select("stage1_unit2_bn");
    await panel.getByText("Ancestors").click();
    const above = await pale();
    await panel.getByText("Descendants").click();
    const both = await pale();
    assert(above > both && both >= 0, `${above} and ${both} are pale`);
    await panel.getByText("Ancestors").click();
    await panel.getByText("Descendants").click();
    await panel.getByText(/^Path to/).click();
    await focus(box("fc"));
    await page.keyboard.press("Enter");
    await panel.getByText(/Path from stage1_unit2_bn to fc: \d+ nodes/).waitFor();
    assert((await pale()) > 0);
    await clear();
  },
  async "jump to producer and consumer"() {
    await select("stage1_unit2_bn");
    await panel.getByRole("button", { name: "stage1_unit2_conv", exact: true }).click();
    await selects("stage1_unit2_conv");
    await panel.getByRole("button", { name: "stage1_unit2_bn", exact: true }).first().click();
    await selects("stage1_unit2_bn");
  },
  async "back and forward"() {
    await select("fc");
    await select("softmax");
    await tool(/^Back/).click();
    await selects("fc");
    await tool(/^Forward/).click();
    await selects("softmax");
    await focus(box("softmax"));
    await page.keyboard.press("Alt+ArrowLeft");
    await selects("fc");
  },
  async "copy a name"() {
    await select("stage2_unit1_conv");
    await tool("Copy the name").click();
    await soon(async () => (await page.evaluate(() => navigator.clipboard.readText())) === "stage2_unit1_conv", "it is not in the clipboard");
  },
  async "the keyboard alone"() {
    await clear();
    const here = () => page.evaluate(() => document.activeElement?.querySelector("title")?.textContent ?? "");
    await soon(async () => { // the notebook may take the focus for its cell even now
      await focus(box("data"));
      await page.keyboard.press("ArrowDown");
      return /stage1_unit1_conv/.test(await here());
    }, "the arrow key does not lead to the consumer");
    await page.keyboard.press("ArrowUp");
    assert.match(await here(), /input data/);
    await page.keyboard.press("End");
    assert.match(await here(), /softmax/);
    await page.keyboard.press("Home");
    assert.match(await here(), /data/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await selects("stage1_unit1_conv");
    const outline = await box("stage1_unit1_conv").evaluate((element) => {
      const ring = element.querySelector(".snb-ring");
      return ring === null ? "" : getComputedStyle(ring).stroke;
    });
    assert(outline !== "" && outline !== "none", "the focus is not seen");
    await focus(box("stage1_unit1_conv"));
    await page.keyboard.press("Escape");
    await selects("None");
  },
  async "what is cut"() {
    await clear();
    const tip = root.locator(".snb-tip");
    await soon(async () => { // the notebook may take the focus for its cell even now
      await focus(box("data"));
      await page.keyboard.press("ArrowDown");
      return tip.isVisible();
    }, "it is not shown in full");
    assert.match((await tip.textContent()) ?? "", /stage1_unit1_conv.*\nkernel: \(3, 3\)\npad: \(1, 1\)\nnum_filter: 8\nno_bias: True/);
    await page.keyboard.press("Escape");
    assert(!(await tip.isVisible()));
  },
  async "inspector"() {
    await select("stage1_unit1_conv");
    const words = await panel.innerText();
    for (const word of ["Convolution", "num_filter", "kernel", "weight", "2×8×16×16", "float32", "multiply-adds", "111 k", "216", "line "]) {
      assert(words.includes(word), `${word} is not in: ${words}`);
    }
    assert((await panel.locator(".snb-changed").count()) >= 2, "what differs from the defaults is not marked");
    await select("stage1_unit1_conv_weight");
    const variable = await panel.innerText();
    for (const word of ["parameter", "lr_mult", "8×3×3×3"]) assert(variable.includes(word), `${word} is not in: ${variable}`);
    await root.locator(".snb-title").click();
    const graph = await panel.innerText();
    for (const word of ["Graph", "operators", "multiply-adds", "Inputs", "data", "Outputs", "softmax", "BatchNorm"]) assert(graph.includes(word), word);
    await tool("Close the panel").click();
  },
  async "overlays"() {
    for (const value of ["multiply_adds", "parameters", "output_bytes"]) {
      await choose("Colours", value);
      assert(await root.locator(".snb-heat-scale").first().isVisible(), `${value} has no scale`);
      assert((await root.locator(".snb-warm").count()) > 0, `${value} colours nothing`);
    }
    await choose("Colours", "family");
    assert.equal(await root.locator(".snb-warm").count(), 0);
  },
  async "values and gradients, which follow"() {
    await say(page, 2, "executor = symbol.simple_bind(symbolnb.cpu(), data=(2, 3, 16, 16)); watched = executor.view(is_train=True); view.document = watched.document");
    await root.locator('option[value="gradients"]').waitFor({ state: "attached" });
    await select("fc");
    const told = async (/** @type {string} */ words) => (await panel.innerText()).includes(words);
    for (const value of [3, 7]) {
      await say(page, 2, `executor.arg_dict['fc_bias'][:] = ${value}; executor.forward(); view.document = executor.view(is_train=True).document`);
      await soon(() => told(`all ${value}`), `${value} did not arrive`);
      assert.equal(await panel.locator("h3").innerText(), "FullyConnected");
    }
    await choose("Colours", "gradients");
    assert((await root.locator(".snb-warm").count()) > 0);
    await say(page, 2, "executor.arg_dict['fc_bias'][0] = float('nan'); view.document = executor.view(is_train=True).document");
    await root.locator(".snb-note", { hasText: "NaN or infinity in the values of fc_bias" }).waitFor();
    await page.screenshot({ path: `${folder}/${host}-values.png` });
    await say(page, 2, "symbol.view(data=(2, 3, 16, 16))");
    await root.locator(".snb-note").waitFor({ state: "detached" });
    assert.equal(await root.locator(".snb-warm").count(), 0);
    await clear();
  },
  async "direction"() {
    const data = async () => ({ from: await place(box("data")), to: await place(box("stage1_unit1_conv")) });
    await choose("Direction", "right");
    assert.equal(await say(page, 2, "print(view.orientation)"), "right");
    const { from, to } = await data();
    assert(to.x > from.x + 50);
    await choose("Direction", "down");
    const down = await data();
    assert(down.to.y > down.from.y + 50);
  },
  async "theme switch"() {
    for (const [value, theme, contrast] of [["dark", "dark", "none"], ["contrast", "light", "more"], ["light", "light", "none"]]) {
      await choose("Theme", value);
      assert.deepEqual(await root.evaluate(({ dataset }) => [dataset.theme, dataset.contrast]), [theme, contrast]);
      assert.equal(await say(page, 2, "print(view.theme)"), value);
    }
    await choose("Theme", "auto");
    await page.keyboard.press("Escape");
  },
  async "Python steers the page"() {
    assert.equal(await say(page, 2, "view.goto('fc'); print(view.selected_symbol)"), "<Symbol fc>");
    await panel.getByText("FullyConnected").first().waitFor();
    await say(page, 2, "view.selection = None; view.highlight(['fc', 'softmax'])");
    const all = await root.locator(".snb-box").count();
    await soon(async () => (await pale()) === all - 2, "highlight did not arrive");
    await say(page, 2, "view.highlight(); view.collapse('stage1')");
    await root.getByRole("button", { name: "Group stage1" }).first().waitFor();
    await say(page, 2, "view.expand()");
    await box("stage1_unit1_conv").waitFor({ state: "attached" });
    await say(page, 2, "view.orientation = 'right'; view.theme = 'dark'");
    await root.and(page.locator('[data-theme="dark"]')).waitFor();
    await say(page, 2, "view.orientation = 'down'; view.theme = 'auto'; seen = []; view.observe(lambda change: seen.append(change['new']), 'selection')");
    await focus(box("fc"));
    await page.keyboard.press("Enter");
    assert.equal(await say(page, 2, "print(seen)"), "['fc']");
    await clear();
  },
  async "touch"() {
    const session = await context.newCDPSession(page);
    const touch = (/** @type {string} */ type, /** @type {Array<{x: number, y: number}>} */ points) =>
      session.send("Input.dispatchTouchEvent", /** @type {any} */ ({ type, touchPoints: points.map((point, id) => ({ ...point, id })) }));
    await tool("Fit the graph").click();
    await settled();
    const node = await place(box("fc").locator(".snb-card").first());
    await page.touchscreen.tap(node.x, node.y);
    await selects("fc");
    const middle = await place(canvas);
    const { scale } = await camera();
    const fingers = (/** @type {number} */ apart) => [{ x: middle.x - apart, y: middle.y }, { x: middle.x + apart, y: middle.y }];
    await touch("touchStart", fingers(30));
    for (const apart of [40, 60, 80, 100]) await touch("touchMove", fingers(apart));
    await touch("touchEnd", []);
    await soon(async () => (await camera()).scale > scale * 1.5, "two fingers did not zoom");
    await clear();
  },
  async "at 200 %"() {
    await page.setViewportSize({ width: 640, height: 500 }); // what zooming a page to 200 % does to it
    await settled();
    assert.deepEqual(await fits(), []);
    await select("fc");
    assert.deepEqual(await fits(), []);
    await page.screenshot({ path: `${folder}/${host}-200.png` });
    await clear();
    await page.setViewportSize({ width: 1280, height: 1000 });
  },
  async "in a narrow cell"() {
    const area = root.locator("xpath=ancestor::*[contains(@class,'jp-OutputArea-output')]").first();
    await area.evaluate((element) => { element.style.maxWidth = "300px"; });
    await settled();
    assert.deepEqual(await fits(), []);
    await select("fc");
    const rect = await panel.boundingBox();
    assert(rect !== null && rect.width >= 150, "the inspector cannot be read");
    await page.screenshot({ path: `${folder}/${host}-narrow.png` });
    await clear();
    await area.evaluate((element) => { element.style.maxWidth = ""; });
    await settled();
  },
};

/** @type {Record<string, string | null>} */
const report = {};
const only = process.env.ONLY;
for (const [name, step] of Object.entries(steps)) {
  if (only !== undefined && !name.includes(only)) continue;
  try {
    await step();
    report[name] = null;
  } catch (error) {
    report[name] = error instanceof Error ? error.message.split("\n").slice(0, 6).join(" ") : String(error);
    await page.screenshot({ path: `${folder}/${host}-${name.replace(/\W+/g, "-")}.png` });
    await page.setViewportSize({ width: 1280, height: 1000 });
    await page.keyboard.press("Escape");
    await clear().catch(() => {});
  }
}
const ours = problems.filter((problem) => problem.includes("blob:")); // where the widget's script comes from
report["no errors on the page"] = ours.length === 0 ? null : ours.join("; ");
console.log(JSON.stringify(report));
await browser.close();
