// The fixtures as they should be: input and what comes out of it, in six decimals.

import { stretches } from "../align.js";
import { arrange } from "../arrange.js";
import { dotText } from "../export/dot.js";
import { layered } from "../layout/layered.js";
import { buildModel } from "../model.js";
import { namedGraphs } from "./graphs.js";
import { diffNet, groupedNet, hostileNet, movedNet, repeatedNet, smallNet } from "./views.js";

/** @param {unknown} value @returns {any} */
export function rounded(value) {
  if (typeof value === "number") return Math.round(value * 1e6) / 1e6;
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}

/**
 * What both languages must agree on in a picture.
 * @param {import("../arrange.js").Picture} picture
 */
export function comparable({ width, height, boxes, frames, wires, chips }) {
  return rounded({
    width,
    height,
    boxes: boxes.map(({ box, x, y }) => ({ ...box, x, y })),
    frames,
    wires: wires.map(({ points, arrow }) => ({ points, arrow })),
    chips: chips.map((chip) => ({ x: chip.x, y: chip.y, width: chip.width, text: chip.text })),
  });
}

/** @param {...[number, number]} ends */
const spansOf = (...ends) => ends.map(([start, end]) => ({ start, end }));

/** Pairs of places in no order, some of them equal or nearly so. @param {number} count @returns {Array<[number, number]>} */
function scattered(count) {
  return Array.from({ length: count }, (_, i) => [(i * 7) % 31 + (i % 3) / 4, (i * 11) % 29 + 3 * (i % 5)]);
}

/** Places that two graphs have in common, and their boxes: rows further apart, one in the way, and one that moved up. */
const ALIGNED = [
  { pairs: [[0, 0], [50, 80], [100, 120]], spans: [spansOf([0, 30], [50, 70], [100, 130]), spansOf([0, 60], [80, 100], [120, 150])] },
  { pairs: [[0, 0], [50, 80]], spans: [spansOf([0, 70], [50, 70]), spansOf([0, 60], [80, 99])] },
  { pairs: [[0, 200], [100, 0], [200, 110], [300, 320]], spans: [spansOf([0, 30], [100, 130], [200, 230], [300, 330]), spansOf([0, 30], [110, 140], [200, 230], [320, 350])] },
  { pairs: scattered(40), spans: [spansOf([20, 24], [90, 97]), spansOf([33, 36], [71, 80])] },
].map(({ pairs, spans }) => ({ pairs: /** @type {Array<[number, number]>} */ (pairs), spans }));

/** @returns {Record<string, object>} */
export function cases() {
  /** @type {Record<string, object>} */
  const out = {};
  for (const [name, graph] of Object.entries(namedGraphs())) {
    out[`graph-${name}`] = { graph, layout: rounded(layered(graph)) };
  }
  out.align = { cases: ALIGNED.map(({ pairs, spans }) => ({ pairs, spans, stretches: stretches(pairs, [spans[0], spans[1]]).map((side) => side.map(({ at, by }) => [at, by])) })) };
  for (const [name, view] of Object.entries({ small: smallNet(), grouped: groupedNet(), hostile: hostileNet(), repeated: repeatedNet(), diff: diffNet(), moved: movedNet(), "moved-far": movedNet(16) })) {
    const model = buildModel(view);
    const groups = model.groups.slice(1).map((group) => group.id);
    out[`view-${name}`] = {
      view,
      dot: { light: dotText(model, "light", false), contrast: dotText(model, "contrast", true) },
      open: comparable(arrange(model, new Set())),
      closed: comparable(arrange(model, new Set(groups))),
      right: comparable(arrange(model, new Set(), true)),
    };
  }
  return out;
}
