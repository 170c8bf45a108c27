// Colours by cost: how warm each box of a picture is, and the scale beside the legend.

import { amount, amountText, costs, MEASURES } from "../../costs.js";
import { plural } from "../../boxes.js";
import { exactText } from "../../text.js";
import { h } from "../dom.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../costs.js").Measure} Measure
 * @typedef {import("../../costs.js").Amount} Amount
 * @typedef {{measure: Measure, total: Amount, most: number, amounts: Map<string, Amount>}} Heat  amounts by box
 */

const DARK_FROM = 55;

/**
 * What the boxes of a picture cost, their nodes taken together.
 * @param {Model} model @param {Measure} measure @param {Iterable<string>} keys @param {(key: string) => number[]} nodesOf
 * @returns {Heat}
 */
export function heatOf(model, measure, keys, nodesOf) {
  const values = costs(model, measure);
  const total = amount(model, values, values.keys());
  /** @type {Map<string, Amount>} */
  const amounts = new Map();
  let most = 0;
  for (const key of keys) {
    const one = amount(model, values, nodesOf(key));
    amounts.set(key, one);
    most = Math.max(most, one.sum);
  }
  return { measure, total, most, amounts };
}

/** @param {number} part @param {number} whole */
function percent(part, whole) {
  if (whole === 0) return "0 %";
  const share = (100 * part) / whole;
  return share > 0 && share < 0.1 ? "< 0.1 %" : `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

/** What a box costs, in words. @param {Heat} heat @param {string} key */
export function heatText({ measure, total, amounts }, key) {
  const one = amounts.get(key);
  if (one === undefined) return "";
  return `${amountText(measure, one)} ${MEASURES[measure].title}, ${percent(one.sum, total.sum)} of all`;
}

/** @param {SVGElement} element @param {Heat | null} heat @param {string} key */
export function warm(element, heat, key) {
  const one = heat?.amounts.get(key);
  for (const name of ["--tint", "--ink", "--hue"]) element.style.removeProperty(name);
  if (heat === null || one === undefined) return;
  const share = heat.most === 0 ? 0 : Math.round(100 * Math.sqrt(one.sum / heat.most));
  element.style.setProperty("--tint", `color-mix(in srgb, var(--snb-heat) ${share}%, var(--snb-surface))`);
  element.style.setProperty("--ink", share > DARK_FROM ? "var(--snb-heat-ink)" : "var(--snb-text)");
  element.style.setProperty("--hue", share > 0 ? "var(--snb-heat)" : "var(--snb-frame-line)");
}

/** The scale, in place of the legend of families. @param {Heat} heat */
export function drawScale({ measure, total, most }) {
  const { title, text } = MEASURES[measure];
  const unknown = total.unknown === 0 ? "" : `, not known for ${plural(total.unknown, "operator")}`;
  return h("div", { class: "snb-heat-scale", role: "img",
    "aria-label": `Colours by ${title}: pale is 0, strong is ${text(most)}; all together ${text(total.sum)}${unknown}` },
  h("span", {}, "0"), h("i", { class: "snb-heat-bar" }), h("span", {}, `${text(most)} (${percent(most, total.sum)})`),
  h("span", { class: "snb-heat-total", title: exactText(total.sum) }, `${text(total.sum)} ${title} in all${unknown}`));
}
