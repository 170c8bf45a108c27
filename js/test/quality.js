// How good a layout is beside dagre's: crossings and length of the edges that both draw. `npm run quality` prints the table.

import dagre from "@dagrejs/dagre";
import style from "../../symbolnb/notebook/style.json";
import { layered } from "../layout/layered.js";
import { randomGraph } from "./graphs.js";
import { networks } from "./networks.js";

/**
 * @typedef {import("../layout/ranks.js").LayoutGraph} LayoutGraph
 * @typedef {import("../layout/route.js").Point} Point
 * @typedef {{crossings: number, length: number}} Measured
 * @typedef {{name: string, ours: Measured, dagres: Measured, cut: number}} Compared  cut: edges that we draw as chips
 */

const { node_gap: nodesep, dummy_gap: edgesep, rank_gap: ranksep } = style.layout;

/** The points that dagre gives each edge. @param {LayoutGraph} graph @returns {Point[][]} */
function dagreEdges(graph) {
  const drawn = new dagre.graphlib.Graph({ multigraph: true });
  drawn.setGraph({ nodesep, edgesep, ranksep });
  graph.nodes.forEach(({ width, height }, i) => drawn.setNode(String(i), { width, height }));
  graph.edges.forEach(({ source, target }, i) => drawn.setEdge(String(source), String(target), {}, String(i)));
  dagre.layout(drawn);
  return graph.edges.map(({ source, target }, i) =>
    drawn.edge(String(source), String(target), String(i)).points.map((/** @type {{x: number, y: number}} */ { x, y }) => /** @type {Point} */ ([x, y])));
}

/** On which side of a line a point lies. @param {Point} a @param {Point} b @param {Point} c */
function side([ax, ay], [bx, by], [cx, cy]) {
  const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  return Math.abs(area) < 1e-6 ? 0 : Math.sign(area);
}

/** Crossings and length of lines. @param {Point[][]} edges @returns {Measured} */
export function measure(edges) {
  /** @type {Array<{edge: number, a: Point, b: Point}>} */
  const parts = [];
  let length = 0;
  edges.forEach((points, edge) => {
    for (let i = 1; i < points.length; i += 1) {
      const [a, b] = [points[i - 1], points[i]];
      length += Math.hypot(b[0] - a[0], b[1] - a[1]);
      if (a[0] !== b[0] || a[1] !== b[1]) parts.push({ edge, a, b });
    }
  });
  let crossings = 0;
  parts.forEach((one, i) => {
    for (const other of parts.slice(i + 1)) {
      if (one.edge === other.edge) continue;
      const apart = side(one.a, one.b, other.a) * side(one.a, one.b, other.b);
      if (apart < 0 && side(other.a, other.b, one.a) * side(other.a, other.b, one.b) < 0) crossings += 1;
    }
  });
  return { crossings, length };
}

/** @returns {Record<string, LayoutGraph>} */
function graphs() {
  const drawn = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`random ${i}`, randomGraph(40 + i, 25 + 5 * i)]));
  return { ...networks(), ...drawn };
}

/** @returns {Compared[]} */
export function compareAll() {
  return Object.entries(graphs()).map(([name, graph]) => {
    const drawn = layered(graph).edges;
    const theirs = dagreEdges(graph).filter((_, i) => drawn[i] !== null);
    const ours = drawn.filter((points) => points !== null);
    return { name, ours: measure(ours), dagres: measure(theirs), cut: drawn.length - ours.length };
  });
}

/** Over all graphs. @param {Compared[]} rows @returns {Compared} */
export function total(rows) {
  const sum = (/** @type {"ours" | "dagres"} */ who) => ({
    crossings: rows.reduce((all, row) => all + row[who].crossings, 0), length: rows.reduce((all, row) => all + row[who].length, 0),
  });
  return { name: "all", ours: sum("ours"), dagres: sum("dagres"), cut: rows.reduce((all, row) => all + row.cut, 0) };
}

/** The table in text. @param {Compared[]} rows */
export function tableText(rows) {
  const lines = [...rows, total(rows)].map(({ name, ours, dagres, cut }) => [
    name.padEnd(32), String(ours.crossings).padStart(9), String(dagres.crossings).padStart(7),
    ours.length.toFixed(0).padStart(9), dagres.length.toFixed(0).padStart(9), (ours.length / dagres.length).toFixed(2).padStart(6),
    cut === 0 ? "" : `  ${cut} edges cut`].join(" "));
  return [`${"".padEnd(32)} crossings   dagre    length     dagre  ratio`, ...lines].join("\n");
}
