// Where the cells of the rows stand from left to right.

import style from "../../symbolnb/notebook/style.json";
import { Blocks } from "./blocks.js";
import { part } from "../steps.js";
import { Middle, pool } from "./pooling.js";

/** @typedef {import("./cells.js").CellGraph} CellGraph */

const { node_gap: NODE_GAP, dummy_gap: BEND_GAP, chip_gap: CHIP_GAP, dummy_weight: BEND_WEIGHT } = style.layout;

/** A satellite hardly pushes: the cell it belongs to must not move for it. */
const SATELLITE_WEIGHT = 1e-6;

class Placement {
  /** @param {CellGraph} graph @param {number[][]} layers */
  constructor(graph, layers) {
    this.graph = graph;
    this.layers = layers;
    this.main = new Middle();
    this.aside = new Middle();
    /** How much the neighbours of the cell meant it whose wish was asked for last. */
    this.weight = 1;
    const { cells, up, down } = graph;
    this.satellite = cells.map(
      (cell, i) => cell.kind !== "bend" && up[i].length + down[i].length === 1 && this.companions(i) > 1,
    );
    this.distance = layers.map((layer) =>
      layer.map((cell, i) => (i === 0 ? 0 : this.apart(layer[i - 1], cell))));
    /** @type {number[]} */
    this.x = new Array(cells.length).fill(0);
    layers.forEach((layer, row) => {
      let at = 0;
      layer.forEach((cell, i) => {
        at += this.distance[row][i];
        this.x[cell] = at;
      });
      for (const cell of layer) this.x[cell] -= at / 2;
    });
  }

  /**
   * How many links the one neighbour of a lone cell has on that cell's side.
   * @param {number} cell
   */
  companions(cell) {
    const { links, up, down } = this.graph;
    if (down[cell].length === 1) return up[links[down[cell][0]].lower].length;
    return down[links[up[cell][0]].upper].length;
  }

  /** @param {number} left @param {number} right */
  apart(left, right) {
    const { cells } = this.graph;
    const [a, b] = [cells[left], cells[right]];
    let gap = NODE_GAP;
    if (a.kind === "bend" || b.kind === "bend") gap = BEND_GAP;
    else if (a.kind !== "node" || b.kind !== "node") gap = CHIP_GAP;
    return (a.width + b.width) / 2 + gap;
  }

  /**
   * Where a cell's neighbours on one side would have it, where it is if there are none; sets how much they mean it.
   * @param {number} cell @param {boolean} above
   */
  wish(cell, above) {
    const { cells, links, up, down } = this.graph;
    const near = above ? up[cell] : down[cell];
    const isBend = cells[cell].kind === "bend";
    const { main, aside } = this;
    main.count = 0;
    aside.count = 0;
    let weight = 1;
    for (const index of near) {
      const { upper, lower, from, to } = links[index];
      const other = above ? upper : lower;
      const at = above ? this.x[upper] + from - (to ?? 0) : this.x[lower] + (to ?? 0) - from;
      (this.satellite[other] && !this.satellite[cell] ? aside : main).add(at);
      if (isBend && cells[other].kind === "bend") weight = BEND_WEIGHT;
    }
    this.weight = near.length === 0 || this.satellite[cell] ? SATELLITE_WEIGHT : weight;
    if (near.length === 0) return this.x[cell];
    return main.count > 0 ? main.get() : aside.get();
  }

  /**
   * Places one row by its neighbours above or below.
   * @param {number} row @param {boolean} above
   */
  settle(row, above) {
    const layer = this.layers[row];
    if (layer.length === 1) { // it gets what it wishes
      this.x[layer[0]] = this.wish(layer[0], above);
      return;
    }
    /** @type {number[]} */
    const wish = [];
    /** @type {number[]} */
    const weight = [];
    for (const cell of layer) {
      wish.push(this.wish(cell, above));
      weight.push(this.weight);
    }
    const places = pool(wish, weight, this.distance[row]);
    for (let i = 0; i < layer.length; i += 1) this.x[layer[i]] = places[i];
  }

  /** Places the rows from the top by what is above them. */
  downward() {
    for (let row = 0; row < this.layers.length; row += 1) this.settle(row, true);
  }

  /** Places the rows from the bottom by what is below them. */
  upward() {
    for (let row = this.layers.length - 1; row >= 0; row -= 1) this.settle(row, false);
  }
}

/**
 * The centre of every cell. Placing by the neighbours above drifts one way, by those below the other way: the mean
 * of both does not drift, and keeps order and distances since both do. Then lines are made straight.
 * @param {CellGraph} graph @param {number[][]} layers
 * @returns {import("../steps.js").Steps<number[]>}
 */
export function* placeSteps(graph, layers) {
  const placement = new Placement(graph, layers);
  placement.downward();
  yield 0.1;
  placement.upward();
  yield 0.2;
  placement.downward();
  yield 0.3;
  const downward = [...placement.x];
  placement.upward();
  placement.x = placement.x.map((x, cell) => (x + downward[cell]) / 2);
  yield 0.4;
  return yield* part(new Blocks(graph, layers, placement.distance, placement.satellite).straightenSteps(placement.x), 0.4, 1);
}
