// A layered layout, top to bottom: a pure function of the graph, the same in symbolnb/notebook/layout.py.

import { finish, part } from "../steps.js";
import { buildCells } from "./cells.js";
import { components, joined, partOf } from "./components.js";
import { orderSteps } from "./order.js";
import { placeSteps } from "./place.js";
import { assignRanks } from "./ranks.js";
import { arrivals, backward, pathPoints, rowHeights } from "./route.js";

/**
 * @typedef {import("./ranks.js").LayoutGraph} LayoutGraph
 * @typedef {import("./route.js").Point} Point
 *
 * @typedef {object} Chip  stands for the other end of edges that were cut because they pass too many rows
 * @property {"head" | "tail"} end  head: below the source; tail: above the target
 * @property {number} node  the source
 * @property {number[]} edges
 * @property {number} x  left
 * @property {number} y  top
 * @property {number} width
 * @property {Point[]} points  the line between the chip and the node it belongs to
 *
 * @typedef {object} Layout
 * @property {Array<{x: number, y: number}>} nodes  left and top of each
 * @property {Array<Point[] | null>} edges  from source to target; even to odd points straight, the others curved;
 *   null: cut
 * @property {Chip[]} chips
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {import("./cells.js").CellGraph} graph
 * @returns {Map<number, {end: "head" | "tail", edges: number[]}>} by cell
 */
function collectChips(graph) {
  /** @type {Map<number, {end: "head" | "tail", edges: number[]}>} */
  const chips = new Map();
  graph.cuts.forEach((cut, edge) => {
    if (cut === null) return;
    for (const end of /** @type {const} */ (["head", "tail"])) {
      const chip = chips.get(cut[end]) ?? { end, edges: [] };
      chip.edges.push(edge);
      chips.set(cut[end], chip);
    }
  });
  return chips;
}

/**
 * A layout mirrored at its diagonal: what ran downward runs to the right.
 * @param {Layout} layout
 * @returns {Layout}
 */
export function turned({ nodes, edges, chips, width, height }) {
  const swap = (/** @type {Point[]} */ points) => points.map(([x, y]) => /** @type {Point} */ ([y, x]));
  return {
    nodes: nodes.map(({ x, y }) => ({ x: y, y: x })),
    edges: edges.map((points) => (points === null ? null : swap(points))),
    chips: chips.map((chip) => ({ ...chip, x: chip.y, y: chip.x, points: swap(chip.points) })),
    width: height,
    height: width,
  };
}

/**
 * Positions for the boxes of a graph and points for its edges. Nodes stand in topological order.
 * @param {LayoutGraph} input
 * @returns {Layout}
 */
export function layered(input) {
  return finish(layeredSteps(input));
}

/**
 * The same in steps.
 * @param {LayoutGraph} input
 * @returns {import("../steps.js").Steps<Layout>}
 */
export function* layeredSteps(input) {
  const parts = components(input);
  if (parts.length === 1) return yield* joinedSteps(input);
  /** @type {Layout[]} */
  const layouts = [];
  let done = 0;
  for (const one of parts) {
    const share = one.nodes.length / input.nodes.length;
    layouts.push(yield* part(joinedSteps(partOf(input, one)), done, done + share));
    done += share;
  }
  return joined(input, parts, layouts);
}

/**
 * The layout of a graph in which everything is joined.
 * @param {LayoutGraph} input
 * @returns {import("../steps.js").Steps<Layout>}
 */
function* joinedSteps(input) {
  const graph = buildCells(input, assignRanks(input));
  yield 0.1;
  const layers = yield* part(orderSteps(graph), 0.1, 0.4);
  const x = yield* part(placeSteps(graph, layers), 0.4, 0.9);
  const offset = arrivals(graph, x);
  const row = rowHeights(graph, x, offset);
  let left = Infinity;
  let right = -Infinity;
  graph.cells.forEach((cell, index) => {
    left = Math.min(left, x[index] - cell.width / 2);
    right = Math.max(right, x[index] + cell.width / 2);
  });
  for (let i = 0; i < x.length; i += 1) x[i] -= left;
  const nodes = input.nodes.map((node, i) => ({ x: x[i] - node.width / 2, y: row.top[graph.cells[i].rank] }));
  const edges = graph.paths.map((path, i) => {
    if (path === null) return null;
    const points = pathPoints(graph, path.cells, path.links, x, offset, row);
    return input.edges[i].target < input.edges[i].source ? backward(points) : points;
  });
  /** @type {Chip[]} */
  const chips = [];
  for (const [index, { end, edges: cut }] of collectChips(graph)) {
    const cell = graph.cells[index];
    const link = end === "head" ? graph.up[index][0] : graph.down[index][0];
    const { upper, lower } = graph.links[link];
    chips.push({
      end,
      node: cell.node,
      edges: cut,
      x: x[index] - cell.width / 2,
      y: row.top[cell.rank],
      width: input.sideways === true ? cell.height : cell.width,
      points: pathPoints(graph, [upper, lower], [link], x, offset, row),
    });
  }
  return { nodes, edges, chips, width: right - left, height: row.bottom[graph.rows - 1] };
}
