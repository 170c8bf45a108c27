// Colours by amount: how warm each box of a picture is, and the scale beside the legend.

import { amount, amountText, costs, MEASURES } from "../../costs.js";
import { plural } from "../../boxes.js";
import { exactText, numberText, percentText } from "../../text.js";
import { isFinite, KINDS, magnitude, told } from "../../values.js";
import { h } from "../dom.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../costs.js").Measure} Measure
 * @typedef {import("../../values.js").Kind} Kind
 * @typedef {Measure | Kind} Colour
 * @typedef {{share: number, words: string, bad?: boolean}} Warmth  share: from 0, pale, to 1; bad: not a finite number
 * @typedef {{low: string, high: string, all: string, title: string, label: string}} Scale  title: of what is said of all
 * @typedef {{boxes: Map<string, Warmth>, scale: Scale}} Heat  boxes by key
 */

/**
 * How warm the boxes of a picture are, the nodes of each taken together.
 * @param {Model} model @param {Colour} colour @param {Iterable<string>} keys @param {(key: string) => number[]} nodesOf
 * @returns {Heat}
 */
export function heatOf(model, colour, keys, nodesOf) {
  const boxes = [...keys].map((key) => ({ key, nodes: nodesOf(key) }));
  return colour in MEASURES ? heatOfCosts(model, /** @type {Measure} */ (colour), boxes) : heatOfValues(model, /** @type {Kind} */ (colour), boxes);
}

/** The colours there are for a graph, with their titles. @param {Model} model @returns {Record<string, string>} */
export function coloursFor(model) {
  const titles = Object.entries({ ...MEASURES, ...KINDS }).filter(([key]) => key in MEASURES || told(model, /** @type {Kind} */ (key)).length > 0);
  return Object.fromEntries(titles.map(([key, { title }]) => [key, title[0].toUpperCase() + title.slice(1)]));
}

/** @param {Model} model @param {Measure} measure @param {Array<{key: string, nodes: number[]}>} boxes @returns {Heat} */
function heatOfCosts(model, measure, boxes) {
  const values = costs(model, measure);
  const total = amount(model, values, values.keys());
  const amounts = boxes.map(({ key, nodes }) => ({ key, one: amount(model, values, nodes) }));
  const most = amounts.reduce((found, { one }) => Math.max(found, one.sum), 0);
  const { title, text } = MEASURES[measure];
  const unknown = total.unknown === 0 ? "" : `, not known for ${plural(total.unknown, "operator")}`;
  return {
    boxes: new Map(amounts.map(({ key, one }) => [key, {
      share: most === 0 ? 0 : Math.sqrt(one.sum / most),
      words: `${amountText(measure, one)} ${title}, ${percentText(one.sum, total.sum)} of all`,
    }])),
    scale: {
      low: "0", high: `${text(most)} (${percentText(most, total.sum)})`, all: `${text(total.sum)} ${title} in all${unknown}`,
      title: exactText(total.sum),
      label: `Colours by ${title}: pale is 0, strong is ${text(most)}; all together ${text(total.sum)}${unknown}`,
    },
  };
}

/** Their root mean square, by its order of magnitude. @param {Model} model @param {Kind} kind @param {Array<{key: string, nodes: number[]}>} boxes @returns {Heat} */
function heatOfValues(model, kind, boxes) {
  /** @type {Map<number, import("../../types.js").ViewStatistics[]>} */
  const byNode = new Map();
  for (const one of told(model, kind)) byNode.set(one.node, [...(byNode.get(one.node) ?? []), one]);
  const found = boxes.map(({ key, nodes }) => {
    const several = nodes.filter((node) => !model.folded[node]).flatMap((node) => byNode.get(node) ?? []);
    return { key, size: magnitude(several), bad: !several.every(isFinite) };
  });
  const sizes = found.flatMap(({ size }) => (size === null || size === 0 ? [] : [Math.log(size)]));
  const least = Math.min(...sizes);
  const span = Math.max(...sizes) - least;
  const { title, of } = KINDS[kind];
  const bad = found.filter((one) => one.bad).length;
  const [low, high] = sizes.length === 0 ? ["0", "0"] : [numberText(Math.exp(least)), numberText(Math.exp(least + span))];
  const all = bad === 0 ? `root mean square of ${of}` : `NaN or infinity in ${bad} of ${boxes.length} boxes`;
  return {
    boxes: new Map(found.map(({ key, size, bad: isBad }) => [key, {
      share: size === null || size === 0 ? 0 : span === 0 ? 1 : 0.1 + (0.9 * (Math.log(size) - least)) / span,
      words: size === null ? `${of} not known` : `root mean square of ${of} ${numberText(size)}${isBad ? ", some NaN or infinite" : ""}`,
      bad: isBad,
    }])),
    scale: { low, high, all, title: "", label: `Colours by ${title}: pale is ${low}, strong is ${high}; ${all}` },
  };
}

/** What the colour of a box says, in words. @param {Heat} heat @param {string} key */
export function heatText(heat, key) {
  return heat.boxes.get(key)?.words ?? "";
}

/** @param {SVGElement} element @param {Heat | null} heat @param {string} key */
export function warm(element, heat, key) {
  const one = heat?.boxes.get(key);
  for (const name of ["--tint", "--ink", "--hue"]) element.style.removeProperty(name);
  element.classList.toggle("snb-bad", one?.bad === true);
  if (one === undefined) return;
  const share = Math.round(100 * one.share);
  element.style.setProperty("--tint", `color-mix(in srgb, var(--snb-heat) ${share}%, var(--snb-surface))`);
  element.style.setProperty("--ink", "var(--snb-text)");
  element.style.setProperty("--hue", share > 0 ? "var(--snb-heat)" : "var(--snb-frame-line)");
}

/** The scale, in place of the legend of families. @param {Heat} heat */
export function drawScale({ scale: { low, high, all, title, label } }) {
  return h("div", { class: "snb-heat-scale", role: "img", "aria-label": label },
    h("span", {}, low), h("i", { class: "snb-heat-bar" }), h("span", {}, high),
    h("span", { class: "snb-heat-total", title: title === "" ? null : title }, all));
}
