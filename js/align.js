// Two graphs beside each other: what is in both stands at the same height, as far as that can be. Each graph keeps its
// layout; it is only stretched where nothing but wires would be cut. symbolnb/notebook/drawing/align.py does the same.

import { boxRoom } from "./boxes.js";
import { nodesIn } from "./model.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./arrange.js").Picture} Picture
 * @typedef {import("./arrange.js").Frame} Frame
 * @typedef {{start: number, end: number}} Span  of something that may not be cut, along the graph
 * @typedef {{at: number, by: number}} Stretch  all from there on moves so much further
 */

/** Places closer than this are one. */
const SAME = 0.5;

/** The stretches of a graph in which boxes stand, none touching another. @param {Span[]} spans */
function blocks(spans) {
  /** @type {Span[]} */
  const out = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last !== undefined && start < last.end - SAME) last.end = Math.max(last.end, end);
    else out.push({ start, end });
  }
  return out;
}

/**
 * How many things of a list come before a place; the list is in order.
 * @template T @param {T[]} list @param {(one: T) => boolean} isBefore
 */
function countBefore(list, isBefore) {
  let low = 0;
  for (let high = list.length; low < high;) {
    const middle = (low + high) >> 1;
    if (isBefore(list[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Could a graph be cut here, and cut no box? @param {Span[]} blocked  in order @param {number} at */
function isClear(blocked, at) {
  const last = countBefore(blocked, ({ start }) => start + SAME < at) - 1;
  return last < 0 || at >= blocked[last].end - SAME;
}

/**
 * Of pairs of places, as many as can follow each other on both sides. The longest chains by their ends are kept as
 * the maxima of ranges whose lengths are powers of two (P. M. Fenwick, 1994); of equal chains the first counts.
 * @param {Array<[number, number]>} pairs
 */
function longestChain(pairs) {
  const sorted = [...pairs].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const ends = sorted.map((pair) => pair[1] + SAME).sort((a, b) => a - b);
  const upTo = (/** @type {number} */ at) => countBefore(ends, (end) => end < at);
  const length = sorted.map(() => 1);
  const before = sorted.map(() => -1);
  const best = [-1, ...before];
  const better = (/** @type {number} */ a, /** @type {number} */ b) =>
    (b < 0 || (a >= 0 && (length[a] > length[b] || (length[a] === length[b] && a < b))) ? a : b);
  let known = 0;
  let last = -1;
  sorted.forEach((pair, i) => {
    for (; sorted[known][0] + SAME < pair[0]; known += 1) {
      for (let at = upTo(sorted[known][1] + SAME) + 1; at < best.length; at += at & -at) best[at] = better(best[at], known);
    }
    for (let at = upTo(pair[1]); at > 0; at &= at - 1) before[i] = better(before[i], best[at]);
    if (before[i] >= 0) length[i] = length[before[i]] + 1;
    last = better(last, i);
  });
  /** @type {Array<[number, number]>} */
  const chain = [];
  for (; last >= 0; last = before[last]) chain.push(sorted[last]);
  return chain.reverse();
}

/**
 * How two graphs are stretched so that pairs of places meet.
 * @param {Array<[number, number]>} pairs  where the same thing begins in both @param {[Span[], Span[]]} spans  their boxes
 * @returns {[Stretch[], Stretch[]]}
 */
export function stretches(pairs, spans) {
  const known = new Map(pairs.map((pair) => [pair.join(" "), pair]));
  const blocked = spans.map(blocks);
  const clear = [...known.values()].filter((pair) => pair.every((at, side) => isClear(blocked[side], at)));
  /** @type {[Stretch[], Stretch[]]} */
  const out = [[], []];
  const moved = [0, 0];
  for (const pair of longestChain(clear)) {
    const meet = Math.max(pair[0] + moved[0], pair[1] + moved[1]);
    for (const side of [0, 1]) {
      const by = meet - pair[side] - moved[side];
      if (by < SAME) continue;
      out[side].push({ at: pair[side], by });
      moved[side] += by;
    }
  }
  return out;
}

/** Where places come to stand. @param {Stretch[]} list @returns {(at: number) => number} */
function stretched(list) {
  const moved = [0];
  for (const { by } of list) moved.push(moved[moved.length - 1] + by);
  return (at) => at + moved[countBefore(list, (one) => one.at - SAME <= at)];
}

/**
 * The graph that something belongs to: 0 for the one before, 1 for the one after.
 * @param {Model} model
 * @returns {(node: number) => number}
 */
function sides({ nodes }) {
  const first = nodes[0]?.group[0];
  const split = nodes.findIndex((node) => node.group[0] !== first);
  return (node) => (split >= 0 && node >= split ? 1 : 0);
}

/** The place of a group in its own graph. @param {Model} model @param {number} group */
function pathOf(model, group) {
  const names = [];
  for (let one = group; model.groups[one].parent > 0; one = model.groups[one].parent) names.unshift(model.groups[one].name);
  return names.join("/");
}

/**
 * Where the same thing begins in both graphs: nodes by their twins, groups by their paths.
 * @param {Model} model @param {Picture} picture @param {(node: number) => number} sideOf
 */
function commonPlaces(model, { boxes, frames, sideways }, sideOf) {
  /** @type {[Map<string, number>, Map<string, number>]} */
  const places = [new Map(), new Map()];
  const begin = (/** @type {{x: number, y: number}} */ one) => (sideways ? one.x : one.y);
  const addGroup = (/** @type {number} */ group, /** @type {{x: number, y: number}} */ one) =>
    places[sideOf(nodesIn(model, group)[0])].set(`group ${pathOf(model, group)}`, begin(one));
  for (const placed of boxes) {
    const { node, group } = placed.box;
    if (node < 0) addGroup(group, placed);
    else places[sideOf(node)].set(`node ${sideOf(node) === 0 ? node : model.nodes[node].twin}`, begin(placed));
  }
  for (const frame of frames) addGroup(frame.group, frame);
  return [...places[0]].flatMap(([key, at]) => {
    const other = places[1].get(key);
    return other === undefined ? [] : [/** @type {[number, number]} */ ([at, other])];
  });
}

/**
 * A picture of two graphs beside each other, stretched so that what both have stands at the same height.
 * @param {Model} model @param {Picture} picture
 * @returns {Picture}
 */
export function aligned(model, picture) {
  const { sideways, boxes, frames, wires, chips } = picture;
  const sideOf = sides(model);
  /** @type {[Span[], Span[]]} */
  const spans = [[], []];
  const sideOfBox = (/** @type {import("./boxes.js").Box} */ box) => sideOf(box.node < 0 ? nodesIn(model, box.group)[0] : box.node);
  for (const { box, x, y } of boxes) {
    const { width, height } = boxRoom(box);
    spans[sideOfBox(box)].push(sideways ? { start: x, end: x + width } : { start: y, end: y + height });
  }
  const along = stretches(commonPlaces(model, picture, sideOf), spans).map(stretched);
  /** @template {{x: number, y: number}} T @param {T} one @param {number} side @returns {T} */
  const moved = (one, side) => (sideways ? { ...one, x: along[side](one.x) } : { ...one, y: along[side](one.y) });
  const [length, first] = sideways ? /** @type {const} */ (["width", "x"]) : /** @type {const} */ (["height", "y"]);
  const grown = frames.map((frame) => {
    const side = sideOf(nodesIn(model, frame.group)[0]);
    const to = moved(frame, side);
    return { ...to, [length]: along[side](frame[first] + frame[length]) - to[first] };
  });
  const ends = (/** @type {Frame[]} */ list) => Math.max(0, ...list.map((frame) => frame[first] + frame[length]));
  return {
    ...picture,
    [length]: picture[length] + ends(grown) - ends(frames),
    boxes: boxes.map((placed) => moved(placed, sideOfBox(placed.box))),
    frames: grown,
    wires: wires.map((wire) => ({ ...wire, points: wire.points.map(([x, y]) => {
      const to = moved({ x, y }, sideOf(wire.edges[0].source));
      return /** @type {[number, number]} */ ([to.x, to.y]);
    }) })),
    chips: chips.map((chip) => moved(chip, sideOf(chip.edges[0].source))),
  };
}
