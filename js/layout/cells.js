// What stands in the rows: nodes, the bends of edges that pass a row, and the chips of cut edges.

import style from "../../symbolnb/notebook/style.json";
import { ends } from "./ranks.js";

/** @typedef {import("./ranks.js").LayoutGraph} LayoutGraph */

const { span: SPAN, chip_height: CHIP_HEIGHT, head_chip_width: HEAD_CHIP_WIDTH } = style.layout;

/**
 * @typedef {"node" | "bend" | "tail" | "head"} CellKind  tail: chip above the target of a cut edge; head: chip
 *   below its source
 * @typedef {{kind: CellKind, rank: number, width: number, height: number, node: number}} Cell
 * @typedef {{upper: number, lower: number, from: number, to: number | null}} Link  between cells of adjacent rows
 * @typedef {{cells: number[], links: number[]}} Path  from an edge's upper node down to its lower node
 *
 * @typedef {object} CellGraph
 * @property {Cell[]} cells  the nodes first
 * @property {Link[]} links
 * @property {number[][]} up  each cell's links to the row above
 * @property {number[][]} down  each cell's links to the row below
 * @property {Array<Path | null>} paths  one for each edge; null where it is cut
 * @property {Array<{head: number, tail: number} | null>} cuts  one for each edge; null where it is not cut
 * @property {number} rows
 */

class Builder {
  /** @param {LayoutGraph} graph @param {number[]} rank */
  constructor(graph, rank) {
    this.graph = graph;
    this.rank = rank;
    /** @type {Cell[]} */
    this.cells = graph.nodes.map(({ width, height }, node) => ({
      kind: "node", rank: rank[node], width, height, node,
    }));
    /** @type {Link[]} */
    this.links = [];
    /** Edges that leave one place share their bends: the chain of each such place. @type {Map<string, Path>} */
    this.chains = new Map();
    /** @type {Map<string, number>} */
    this.heads = new Map();
  }

  /** @param {Cell} cell */
  cell(cell) {
    this.cells.push(cell);
    return this.cells.length - 1;
  }

  /** @param {number} upper @param {number} lower @param {number} from @param {number | null} to */
  link(upper, lower, from, to) {
    this.links.push({ upper, lower, from, to });
    return this.links.length - 1;
  }

  /** @param {string} key @param {number} upper @param {number} from @param {number} bends */
  chain(key, upper, from, bends) {
    let chain = this.chains.get(key);
    if (chain === undefined) {
      chain = { cells: [upper], links: [] };
      this.chains.set(key, chain);
    }
    while (chain.cells.length <= bends) {
      const last = chain.cells[chain.cells.length - 1];
      const rank = this.cells[last].rank + 1;
      const bend = this.cell({ kind: "bend", rank, width: 0, height: 0, node: upper });
      chain.links.push(this.link(last, bend, last === upper ? from : 0, 0));
      chain.cells.push(bend);
    }
    return chain;
  }

  /** @param {"head" | "tail"} kind @param {number} rank @param {number} length @param {number} node */
  chip(kind, rank, length, node) {
    const [width, height] = this.graph.sideways === true ? [CHIP_HEIGHT, length] : [length, CHIP_HEIGHT];
    return this.cell({ kind, rank, width, height, node });
  }

  /** @param {string} key @param {number} upper @param {number} lower @param {number} from @param {number | null} to */
  cut(key, upper, lower, from, to) {
    let head = this.heads.get(key);
    if (head === undefined) {
      head = this.chip("head", this.rank[upper] + 1, HEAD_CHIP_WIDTH, upper);
      this.heads.set(key, head);
      this.link(upper, head, from, 0);
    }
    const width = this.graph.nodes[upper].stub ?? HEAD_CHIP_WIDTH;
    const tail = this.chip("tail", this.rank[lower] - 1, width, upper);
    this.link(tail, lower, 0, to);
    return { head, tail };
  }
}

/**
 * Cells and links of a graph whose nodes have their rows.
 * @param {LayoutGraph} graph @param {number[]} rank
 * @returns {CellGraph}
 */
export function buildCells(graph, rank) {
  const builder = new Builder(graph, rank);
  /** @type {CellGraph["paths"]} */
  const paths = [];
  /** @type {CellGraph["cuts"]} */
  const cuts = [];
  for (const edge of graph.edges) {
    const [upper, lower] = ends(edge);
    const upward = edge.target < edge.source;
    const from = (upward ? edge.to : edge.from) ?? 0;
    const to = upward ? edge.from ?? 0 : edge.to ?? null;
    const key = `${upper}:${upward ? "up" : from}`;
    const distance = rank[lower] - rank[upper];
    if (distance > SPAN) {
      cuts.push(builder.cut(key, upper, lower, from, to));
      paths.push(null);
      continue;
    }
    const chain = builder.chain(key, upper, from, distance - 1);
    const cells = chain.cells.slice(0, distance);
    const last = cells[distance - 1];
    const link = builder.link(last, lower, distance === 1 ? from : 0, to);
    paths.push({ cells: [...cells, lower], links: [...chain.links.slice(0, distance - 1), link] });
    cuts.push(null);
  }
  const { cells, links } = builder;
  /** @type {number[][]} */
  const up = cells.map(() => []);
  /** @type {number[][]} */
  const down = cells.map(() => []);
  links.forEach(({ upper, lower }, index) => {
    down[upper].push(index);
    up[lower].push(index);
  });
  const rows = cells.reduce((most, cell) => Math.max(most, cell.rank + 1), 0);
  return { cells, links, up, down, paths, cuts, rows };
}
