// What nodes cost, so that the parts add up to the whole: a shared variable counts once, at its first user.

import { bytesText, countText } from "./text.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {"multiply_adds" | "parameters" | "output_bytes"} Measure
 * @typedef {{sum: number, unknown: number}} Amount  unknown: how many operators have no known cost
 */

/** @type {Record<Measure, {title: string, text: (value: number) => string}>} */
export const MEASURES = {
  multiply_adds: { title: "multiply-adds", text: countText },
  parameters: { title: "parameters", text: countText },
  output_bytes: { title: "bytes of outputs", text: bytesText },
};

/**
 * What each operator costs; variables have null, and so have operators whose cost is not known.
 * @param {Model} model @param {Measure} measure
 * @returns {Array<number | null>}
 */
export function costs(model, measure) {
  if (measure !== "parameters") return model.nodes.map((node) => (node.op === null ? null : node.cost[measure]));
  /** @type {Array<number | null>} */
  const out = model.nodes.map((node) => (node.op === null ? null : 0));
  for (const node of model.nodes) {
    if (node.op !== null) continue;
    const [first] = model.uses[node.id];
    const bearer = first === undefined ? node.id : first.node;
    out[bearer] = (out[bearer] ?? 0) + node.cost.parameters;
  }
  return out;
}

/**
 * The sum over some nodes.
 * @param {Model} model @param {Array<number | null>} values @param {Iterable<number>} nodes
 * @returns {Amount}
 */
export function amount(model, values, nodes) {
  let sum = 0;
  let unknown = 0;
  for (const id of nodes) {
    const value = values[id];
    if (value !== null) sum += value;
    else if (model.nodes[id].op !== null) unknown += 1;
  }
  return { sum, unknown };
}

/** @param {Measure} measure @param {Amount} one */
export function amountText(measure, { sum, unknown }) {
  const text = MEASURES[measure].text(sum);
  return unknown === 0 ? text : `${text} + ? of ${unknown}`;
}
