// Walking the graph with the keys.

import { boxKey } from "./scene.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../arrange.js").Picture} Picture
 * @typedef {import("../../arrange.js").PlacedBox} PlacedBox
 */

/** @param {PlacedBox} placed */
function middle({ box, x }) {
  return x + box.width / 2;
}

/**
 * The box that a key leads to: against and along the edges, across them in the row, first and last.
 * @param {Picture} picture @param {Map<string, string[]>[]} links  producers and consumers by box
 * @param {string} from @param {string} key
 * @returns {string | null}
 */
export function stepTo(picture, links, from, key) {
  const { boxes } = picture;
  const here = boxes.find((placed) => boxKey(placed.box) === from);
  if (here === undefined || boxes.length === 0) return null;
  const byHeight = [...boxes].sort((a, b) => (picture.sideways ? a.x - b.x || a.y - b.y : a.y - b.y || a.x - b.x));
  if (key === "Home") return boxKey(byHeight[0].box);
  if (key === "End") return boxKey(byHeight[byHeight.length - 1].box);
  const [before, after] = picture.sideways ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  if (key === before || key === after) {
    const [first] = (key === before ? links[0] : links[1]).get(from) ?? [];
    return first ?? null;
  }
  const row = picture.sideways
    ? boxes.filter((placed) => Math.abs(placed.x - here.x) < 1).sort((a, b) => a.y - b.y)
    : boxes.filter((placed) => Math.abs(placed.y - here.y) < 1).sort((a, b) => middle(a) - middle(b));
  const next = row[row.indexOf(here) + (key === "ArrowRight" || key === "ArrowDown" ? 1 : -1)];
  return next === undefined ? null : boxKey(next.box);
}

/**
 * The producers and the consumers of every box.
 * @param {Model} model @param {(node: number) => string} keyOf  the box that shows a node
 * @returns {[Map<string, string[]>, Map<string, string[]>]}
 */
export function boxLinks(model, keyOf) {
  /** @type {Map<string, string[]>} */
  const producers = new Map();
  /** @type {Map<string, string[]>} */
  const consumers = new Map();
  const add = (/** @type {Map<string, string[]>} */ map, /** @type {string} */ from, /** @type {string} */ to) => {
    const list = map.get(from);
    if (list === undefined) map.set(from, [to]);
    else if (!list.includes(to) && list.length < 64) list.push(to);
  };
  for (const node of model.nodes) {
    if (model.folded[node.id]) continue;
    for (const input of node.inputs) {
      if (model.folded[input.node]) continue;
      const source = keyOf(input.node);
      const target = keyOf(node.id);
      if (source === target) continue;
      add(producers, target, source);
      add(consumers, source, target);
    }
  }
  return [producers, consumers];
}
