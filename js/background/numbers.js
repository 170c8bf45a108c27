// Graphs and layouts as arrays of numbers, which go to a worker and back without being copied piece by piece.

/**
 * @typedef {import("../layout/ranks.js").LayoutGraph} LayoutGraph
 * @typedef {import("../layout/layered.js").Layout} Layout
 * @typedef {import("../layout/route.js").Point} Point
 *
 * @typedef {{nodes: Float64Array, edges: Float64Array, sideways: boolean}} GraphNumbers
 * @typedef {{nodes: Float64Array, points: Float64Array, counts: Int32Array, chips: Float64Array, chipEdges: Int32Array,
 *   width: number, height: number}} LayoutNumbers
 */

const PINS = /** @type {const} */ ([undefined, "top", "bottom"]);
const NODE = 4;
const EDGE = 4;

/** What is not there is NaN. @param {number | undefined} value */
const some = (value) => value ?? Number.NaN;

/** @param {number} value */
const maybe = (value) => (Number.isNaN(value) ? undefined : value);

/** @param {LayoutGraph} graph @returns {GraphNumbers} */
export function graphNumbers({ nodes, edges, sideways }) {
  const nodeNumbers = new Float64Array(nodes.length * NODE);
  nodes.forEach(({ width, height, stub, pin }, i) => nodeNumbers.set([width, height, some(stub), PINS.indexOf(pin)], i * NODE));
  const edgeNumbers = new Float64Array(edges.length * EDGE);
  edges.forEach(({ source, target, from, to }, i) => edgeNumbers.set([source, target, some(from), some(to)], i * EDGE));
  return { nodes: nodeNumbers, edges: edgeNumbers, sideways: sideways === true };
}

/** @param {GraphNumbers} numbers @returns {LayoutGraph} */
export function graphOf({ nodes, edges, sideways }) {
  return {
    nodes: Array.from({ length: nodes.length / NODE }, (_, i) => {
      const [width, height, stub, pin] = nodes.subarray(i * NODE, (i + 1) * NODE);
      return { width, height, stub: maybe(stub), pin: PINS[pin] };
    }),
    edges: Array.from({ length: edges.length / EDGE }, (_, i) => {
      const [source, target, from, to] = edges.subarray(i * EDGE, (i + 1) * EDGE);
      return { source, target, from: maybe(from), to: maybe(to) };
    }),
    sideways,
  };
}

const CHIP = 6;

/** @param {Layout} layout @returns {LayoutNumbers} */
export function layoutNumbers({ nodes, edges, chips, width, height }) {
  const places = new Float64Array(nodes.length * 2);
  nodes.forEach(({ x, y }, i) => places.set([x, y], i * 2));
  const chipNumbers = new Float64Array(chips.length * CHIP);
  chips.forEach(({ end, node, x, y, width: wide, edges: cut }, i) =>
    chipNumbers.set([end === "head" ? 0 : 1, node, x, y, wide, cut.length], i * CHIP));
  const lines = [...edges, ...chips.map((chip) => chip.points)];
  const counts = Int32Array.from(lines, (points) => (points === null ? -1 : points.length));
  const points = new Float64Array(2 * counts.reduce((sum, count) => sum + Math.max(0, count), 0));
  let at = 0;
  for (const line of lines) {
    for (const [x, y] of line ?? []) {
      points[at] = x;
      points[at + 1] = y;
      at += 2;
    }
  }
  return { nodes: places, points, counts, chips: chipNumbers, chipEdges: Int32Array.from(chips.flatMap((chip) => chip.edges)), width, height };
}

/** @param {LayoutNumbers} numbers @returns {Layout} */
export function layoutOf({ nodes, points, counts, chips, chipEdges, width, height }) {
  let at = 0;
  const lines = Array.from(counts, (count) => (count < 0 ? null : Array.from({ length: count }, () => {
    at += 2;
    return /** @type {Point} */ ([points[at - 2], points[at - 1]]);
  })));
  const count = chips.length / CHIP;
  const edges = lines.slice(0, lines.length - count);
  let first = 0;
  return {
    nodes: Array.from({ length: nodes.length / 2 }, (_, i) => ({ x: nodes[2 * i], y: nodes[2 * i + 1] })),
    edges,
    chips: Array.from({ length: count }, (_, i) => {
      const [end, node, x, y, wide, cut] = chips.subarray(i * CHIP, (i + 1) * CHIP);
      first += cut;
      return { end: end === 0 ? "head" : "tail", node, edges: [...chipEdges.subarray(first - cut, first)], x, y, width: wide,
        points: /** @type {Point[]} */ (lines[edges.length + i]) };
    }),
    width,
    height,
  };
}
