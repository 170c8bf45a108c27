// What stands above and below the picture: title, totals, what went wrong, the legend.

import style from "../../../symbolnb/notebook/style.json";
import { plural } from "../../boxes.js";
import { CHANGES, presentInputs } from "../../diff.js";
import { bytesText, clean, countText, exactText, shapeText } from "../../text.js";
import { isFinite, KINDS, told } from "../../values.js";
import { button, h } from "../dom.js";

/**
 * @typedef {import("../../types.js").ViewDocument} ViewDocument
 * @typedef {import("../../model.js").Model} Model
 */

const SHOWN_UNKNOWN = 8;
const SHOWN_INPUTS = 6;

/** @param {string} value @param {string} noun @param {string} [title] */
function total(value, noun, title) {
  return h("li", { title }, h("b", {}, value), ` ${noun}`);
}

/** What the graph costs. @param {ViewDocument} view */
export function drawTotals(view) {
  const { operators, parameters, multiply_adds: work } = view.totals;
  const items = [total(String(operators), operators === 1 ? "operator" : "operators")];
  if (parameters > 0) items.push(total(countText(parameters), "parameters", exactText(parameters)));
  if (work !== null && work > 0) items.push(total(countText(work), "multiply-adds", exactText(work)));
  if (view.memory !== null) {
    const { planned, unplanned } = view.memory;
    const title = `${exactText(planned)} bytes; ${exactText(unplanned)} without the plan`;
    items.push(total(bytesText(planned), `planned memory, ${bytesText(unplanned)} without`, title));
  }
  return h("ul", { class: "snb-totals" }, ...items);
}

/** @param {ViewDocument} view @param {HTMLElement} totals @param {HTMLElement} tools @param {() => void} about @param {AbortSignal} signal */
export function drawHeader(view, totals, tools, about, signal) {
  return h("div", { class: "snb-header" },
    button({ label: `${view.title}: about the graph`, text: view.title, class: "snb-title" }, about, signal), totals, tools);
}

/**
 * Where inference fails: the node, and what comes into it, each a click away.
 * @param {Model} model @param {number} id @param {(node: number) => void} goto @param {AbortSignal} signal
 */
function drawPlace(model, id, goto, signal) {
  const { name } = model.nodes[id];
  const inputs = model.nodes[id].inputs.slice(0, presentInputs(model.nodes[id]));
  const item = (/** @type {number} */ node, /** @type {string} */ what, /** @type {string} */ text, /** @type {string} */ shape) => {
    const link = button({ label: text, text, class: "snb-link" }, () => goto(node), signal);
    return h("li", {}, `${what} `, link, shape === "" ? null : h("span", { class: "snb-mono" }, ` ${shape}`));
  };
  const shown = inputs.slice(0, SHOWN_INPUTS).map((input) => {
    const from = model.nodes[input.node];
    return item(input.node, clean(input.name), clean(from.name), shapeText(from.outputs[input.output]?.shape ?? null));
  });
  const more = inputs.length > shown.length ? h("li", {}, `and ${inputs.length - shown.length} more inputs`) : null;
  return h("ul", { class: "snb-note-places", "aria-label": "Where it fails" }, item(id, "in", clean(name), ""), ...shown, more);
}

/**
 * What is wrong or not known, in a line each.
 * @param {Model} model @param {(node: number) => void} goto @param {AbortSignal} signal
 */
export function drawNotes(model, goto, signal) {
  const { error, unknown } = model.view;
  const notes = [];
  if (error !== null) {
    const place = error.node === null ? null : drawPlace(model, error.node, goto, signal);
    notes.push(h("div", { class: "snb-note snb-note-error", role: "status" }, h("p", {}, error.message), place));
  }
  if (unknown.length > 0) {
    const names = unknown.slice(0, SHOWN_UNKNOWN).join(", ");
    const more = unknown.length > SHOWN_UNKNOWN ? ` and ${unknown.length - SHOWN_UNKNOWN} more` : "";
    notes.push(h("div", { class: "snb-note snb-note-unknown", role: "status" },
      h("span", {}, `Some shapes are unknown. Giving the shape of ${names}${more} would settle them.`)));
  }
  for (const kind of /** @type {import("../../values.js").Kind[]} */ (Object.keys(KINDS))) {
    const wrong = [...new Set(told(model, kind).filter((one) => !isFinite(one)).map((one) => one.node))];
    if (wrong.length === 0) continue;
    const links = wrong.slice(0, SHOWN_UNKNOWN).flatMap((node, i) => {
      const text = clean(model.nodes[node].name);
      return [i === 0 ? " " : ", ", button({ label: text, text, class: "snb-link" }, () => goto(node), signal)];
    });
    const more = wrong.length > SHOWN_UNKNOWN ? ` and ${wrong.length - SHOWN_UNKNOWN} more` : "";
    notes.push(h("div", { class: "snb-note snb-note-unknown", role: "status" },
      h("span", {}, `NaN or infinity in the ${KINDS[kind].of} of`, ...links, more)));
  }
  return notes;
}

/**
 * The families in the picture, in a fixed order; each restricts the picture to itself.
 * @param {Model} model @param {Set<string>} filter @param {(key: string) => void} toggle @param {AbortSignal} signal
 */
export function drawLegend(model, filter, toggle, signal) {
  const legendItem = (/** @type {string} */ look, /** @type {string} */ text, /** @type {string} */ title, /** @type {string} */ key) => {
    const name = button({ label: text, text, class: "snb-family", pressed: filter.has(key) }, () => {
      toggle(key);
      name.setAttribute("aria-pressed", String(filter.has(key)));
    }, signal);
    name.title = title;
    name.prepend(h("i"));
    return h("li", { class: look }, name);
  };
  const count = new Map();
  for (const { op, family } of model.nodes) if (op !== null) count.set(family, (count.get(family) ?? 0) + 1);
  const { diff } = model.view;
  const changes = diff === undefined ? [] : CHANGES.filter((change) => diff[change] > 0).map((change) => {
    const key = `change ${change}`;
    return legendItem(`snb-change snb-${change}`, `${diff[change]} ${change}`, "click to show only these", key);
  });
  const again = model.nodes.filter((node) => node.again).length;
  const recomputed = again === 0 ? [] : [legendItem("snb-recomputed", `${again} computed again`,
    "computed a second time while training, to save memory; click to show only these", "again")];
  const families = style.families.filter((family) => count.has(family)).map((family) => {
    const title = `${plural(count.get(family), "operator")}; click to show only these`;
    return legendItem(`snb-f-${family}`, family, title, `family ${family}`);
  });
  const hint = h("li", { class: "snb-hint" }, "Drag to move, Ctrl + wheel to zoom, arrow keys to walk, / to search");
  return h("ul", { class: "snb-legend", "aria-label": "Legend and filter" }, ...changes, ...recomputed, ...families, hint);
}
