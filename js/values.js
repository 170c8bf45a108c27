// What is known of the values in a graph and of their gradients, for single nodes and for the boxes of a picture.

import { numberText, percentText } from "./text.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./types.js").ViewStatistics} ViewStatistics
 * @typedef {"outputs" | "gradients"} Kind
 */

/** @type {Record<Kind, {title: string, of: string}>} */
export const KINDS = {
  outputs: { title: "size of values", of: "values" },
  gradients: { title: "size of gradients", of: "gradients" },
};

/** What is told of a kind, in the order of the graph. @param {Model} model @param {Kind} kind @returns {ViewStatistics[]} */
export function told(model, kind) {
  return model.view.values?.[kind] ?? [];
}

/** @param {ViewStatistics} one */
export function isFinite({ nan, inf }) {
  return nan + inf === 0;
}

/**
 * The root of the mean square of all finite elements together; null where there is none.
 * @param {ViewStatistics[]} several
 */
export function magnitude(several) {
  let squares = 0;
  let count = 0;
  for (const { size, nan, inf, mean, std } of several) {
    if (mean === null || std === null) continue;
    const finite = size - nan - inf;
    squares += finite * (mean * mean + std * std);
    count += finite;
  }
  return count === 0 ? null : Math.sqrt(squares / count);
}

/** How the elements are spread, in words. @param {ViewStatistics} one */
export function spreadText({ min, max, mean, std }) {
  if (min === null || max === null) return "no finite number";
  if (min === max) return `all ${numberText(min)}`;
  const middle = mean === null || std === null ? "" : `mean ${numberText(mean)}, std ${numberText(std)}`;
  return `${numberText(min)} \u2026 ${numberText(max)}${middle && `; ${middle}`}`;
}

/** How many elements are no finite numbers, in words; empty if none. @param {ViewStatistics} one */
export function badText({ size, nan, inf }) {
  const kinds = /** @type {Array<[number, string]>} */ ([[nan, "NaN"], [inf, "infinite"]]);
  return kinds.filter(([count]) => count > 0).map(([count, word]) => `${percentText(count, size)} ${word}`).join(", ");
}

/** What is special about the elements, in words; empty if nothing is. @param {ViewStatistics} one */
export function oddText(one) {
  const { size, zeros, min, max } = one;
  const same = zeros === 0 || min === max ? "" : `${percentText(zeros, size)} zeros`;
  return [badText(one), same].filter((words) => words !== "").join(", ");
}
