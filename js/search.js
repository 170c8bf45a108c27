// Finding nodes by name, operator, shape and parameter value.

import { shapeText } from "./text.js";

/**
 * @typedef {import("./types.js").ViewNode} ViewNode
 * @typedef {{node: number, reason: string}} Hit  reason: what in the node matched, "" if its name or operator did
 */

/** Lower case, and sizes written in any way as 3×3. @param {string} text */
function plain(text) {
  return text.toLowerCase().replace(/(\d|\?)\s*[x\u00d7,]\s*(?=\d|\?)/g, "$1\u00d7");
}

/**
 * What can be found in a node: first what one sees at once, then shapes, parameters and attributes.
 * @param {ViewNode} node
 * @returns {string[]}
 */
function fields(node) {
  return [
    node.name,
    node.op ?? node.kind,
    ...node.outputs.map((output) => `${shapeText(output.shape)} ${output.dtype ?? ""}`.trimEnd()),
    ...node.parameters.map((parameter) => `${parameter.name}=${parameter.value}`),
    ...Object.entries(node.attributes).map(([key, value]) => `${key}=${value}`),
  ];
}

const SEEN_AT_ONCE = 2;

/**
 * The nodes that have every word of a query, in the order of the graph.
 * @param {ViewNode[]} nodes @param {string} query
 * @returns {Hit[]}
 */
export function search(nodes, query) {
  const words = plain(query).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  /** @type {Hit[]} */
  const hits = [];
  for (const node of nodes) {
    const texts = fields(node);
    const found = texts.map(plain);
    const places = words.map((word) => found.findIndex((text) => text.includes(word)));
    if (places.includes(-1)) continue;
    const last = Math.max(...places);
    hits.push({ node: node.id, reason: last < SEEN_AT_ONCE ? "" : texts[last] });
  }
  return hits;
}
