// Straight lines: cells that follow each other alone stand exactly below each other, as one block.

import { median, Middle } from "./pooling.js";
import { neighbours, relax } from "./relax.js";

/** @typedef {import("./cells.js").CellGraph} CellGraph */

const ROUNDS = 24;

/** Smaller movements are not worth a round, in pixels. */
const STILL = 0.5;

/** The middle one of the links on one side, if there is one. @param {number[]} links */
function middleOf(links) {
  return links.length % 2 === 1 ? links[(links.length - 1) / 2] : -1;
}

/**
 * The index of the first kept pair whose upper place is not less.
 * @param {Array<[number, number]>} kept @param {number} upper
 */
function lowerBound(kept, upper) {
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kept[middle][0] < upper) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Blocks {
  /**
   * @param {CellGraph} graph @param {number[][]} layers @param {number[][]} distance  of each cell to the one before
   * @param {boolean[]} satellite
   */
  constructor(graph, layers, distance, satellite) {
    this.graph = graph;
    this.layers = layers;
    this.distance = distance;
    this.satellite = satellite;
    this.middle = new Middle();
    this.index = new Array(graph.cells.length).fill(0);
    for (const layer of layers) layer.forEach((cell, i) => { this.index[cell] = i; });
    /** The links above and below each cell without those to satellites. */
    this.mainUp = graph.cells.map((_, cell) => this.mainLinks(cell, true));
    this.mainDown = graph.cells.map((_, cell) => this.mainLinks(cell, false));
    /** The block of each cell. @type {number[]} */
    this.block = new Array(graph.cells.length).fill(-1);
    /** The cells of each block, top to bottom. @type {number[][]} */
    this.members = [];
    this.align();
    /** What each block must keep from the blocks before it. @type {Array<Array<[number, number]>>} */
    this.before = this.members.map(() => []);
    /** @type {Array<Array<[number, number]>>} */
    this.after = this.members.map(() => []);
    layers.forEach((layer, row) => layer.forEach((cell, i) => {
      if (i === 0) return;
      const left = this.block[layer[i - 1]];
      const right = this.block[cell];
      this.before[right].push([left, distance[row][i]]);
      this.after[left].push([right, distance[row][i]]);
    }));
    this.order = this.leftToRight();
  }

  /** The links of a cell on one side, satellites aside, from left to right. @param {number} cell @param {boolean} above */
  mainLinks(cell, above) {
    const { links, up, down } = this.graph;
    const all = (above ? up : down)[cell];
    const other = (/** @type {number} */ link) => (above ? links[link].upper : links[link].lower);
    if (all.length === 0 || (all.length === 1 && (this.satellite[cell] || !this.satellite[other(all[0])]))) return all;
    const main = all.filter((link) => this.satellite[cell] || !this.satellite[other(link)]);
    return main.sort((a, b) => this.index[other(a)] - this.index[other(b)]);
  }

  /** Joins cells over links that are the middle one on both sides and cross no other such link. */
  align() {
    const { cells, links } = this.graph;
    const next = new Array(cells.length).fill(-1);
    const joined = new Array(cells.length).fill(false);
    for (let row = 0; row + 1 < this.layers.length; row += 1) {
      /** @type {Array<[number, number]>} */
      const kept = [];
      const candidates = this.layers[row]
        .map((cell) => middleOf(this.mainDown[cell]))
        .filter((link) => link >= 0 && middleOf(this.mainUp[links[link].lower]) === link)
        .filter((link) => links[link].from === 0 && (links[link].to ?? 0) === 0);
      const isLong = (/** @type {number} */ link) =>
        cells[links[link].upper].kind === "bend" && cells[links[link].lower].kind === "bend";
      for (const link of [...candidates.filter(isLong), ...candidates.filter((one) => !isLong(one))]) {
        const { upper, lower } = links[link];
        if (this.satellite[upper] || this.satellite[lower]) continue;
        const at = lowerBound(kept, this.index[upper]);
        if (at > 0 && kept[at - 1][1] >= this.index[lower]) continue;
        if (at < kept.length && kept[at][1] <= this.index[lower]) continue;
        kept.splice(at, 0, [this.index[upper], this.index[lower]]);
        next[upper] = lower;
        joined[lower] = true;
      }
    }
    cells.forEach((_, first) => {
      if (joined[first]) return;
      const members = [];
      for (let cell = first; cell >= 0; cell = next[cell]) {
        this.block[cell] = this.members.length;
        members.push(cell);
      }
      this.members.push(members);
    });
  }

  /** The blocks so that each comes after those to its left. */
  leftToRight() {
    const waiting = this.before.map((list) => list.length);
    const order = this.members.map((_, block) => block).filter((block) => waiting[block] === 0);
    for (let i = 0; i < order.length; i += 1) {
      for (const [block] of this.after[order[i]]) {
        waiting[block] -= 1;
        if (waiting[block] === 0) order.push(block);
      }
    }
    return order;
  }

  /** Where the cells above and below a block would have it. @param {number} block @param {number[]} x */
  wish(block, x) {
    const { links } = this.graph;
    const { middle } = this;
    const members = this.members[block];
    let sum = 0;
    let sides = 0;
    for (let side = 0; side < 2; side += 1) {
      const above = side === 0;
      middle.count = 0;
      for (const link of above ? this.mainUp[members[0]] : this.mainDown[members[members.length - 1]]) {
        const { upper, lower, from, to } = links[link];
        middle.add(above ? x[upper] + from - (to ?? 0) : x[lower] + (to ?? 0) - from);
      }
      if (middle.count === 0) continue;
      sum += middle.get();
      sides += 1;
    }
    return sides === 0 ? x[members[0]] : sum / sides;
  }

  /**
   * Moves the blocks to their wishes as far as they leave each other room: the mean of pushing all to the right and
   * pushing all to the left. Satellites take up room, but push nobody.
   * @param {number[]} wish  of each block
   */
  settle(wish) {
    const count = this.members.length;
    const isFree = (/** @type {number} */ block) => this.satellite[this.members[block][0]];
    const right = new Array(count).fill(-Infinity);
    for (const block of this.order) {
      let least = isFree(block) ? -Infinity : wish[block];
      for (const [other, apart] of this.before[block]) least = Math.max(least, right[other] + apart);
      right[block] = least;
    }
    const left = new Array(count).fill(Infinity);
    for (let i = this.order.length - 1; i >= 0; i -= 1) {
      const block = this.order[i];
      let most = isFree(block) ? Infinity : wish[block];
      for (const [other, apart] of this.after[block]) most = Math.min(most, left[other] - apart);
      left[block] = most;
    }
    return right.map((value, block) => (isFree(block) ? wish[block] : (value + left[block]) / 2));
  }

  /**
   * Puts the satellites of a row next to what is already placed there.
   * @param {number} row @param {number[]} x
   */
  placeSatellites(row, x) {
    const layer = this.layers[row];
    if (!layer.some((cell) => this.satellite[cell])) return;
    for (let i = 1; i < layer.length; i += 1) {
      if (this.satellite[layer[i]]) x[layer[i]] = Math.max(x[layer[i]], x[layer[i - 1]] + this.distance[row][i]);
    }
    for (let i = layer.length - 2; i >= 0; i -= 1) {
      if (this.satellite[layer[i]]) x[layer[i]] = Math.min(x[layer[i]], x[layer[i + 1]] - this.distance[row][i + 1]);
    }
  }

  /**
   * Places with every block straight, near to the given ones.
   * @param {number[]} start  of each cell
   * @returns {import("../steps.js").Steps<number[]>}
   */
  * straightenSteps(start) {
    const x = [...start];
    const places = this.settle(this.members.map((members) => median(members.map((cell) => start[cell]).sort((a, b) => a - b))));
    const apply = () => places.forEach((place, block) => { for (const cell of this.members[block]) x[cell] = place; });
    apply();
    const near = neighbours(this.layers, this.distance, this.block, this.satellite, this.members.length);
    const order = this.order.filter((block) => !this.satellite[this.members[block][0]]);
    for (let round = 0; round < ROUNDS; round += 1) {
      const moved = relax(order, near, places, places.map((place, block) => this.wish(block, x) - place));
      apply();
      if (moved < STILL) break;
      yield (round + 1) / ROUNDS;
    }
    const { links, up, down } = this.graph;
    this.satellite.forEach((is, cell) => {
      if (!is) return;
      const { upper, lower, from, to } = links[[...up[cell], ...down[cell]][0]];
      x[cell] = upper === cell ? x[lower] + (to ?? 0) : x[upper] + from;
    });
    for (let row = 0; row < this.layers.length; row += 1) this.placeSatellites(row, x);
    return x;
  }
}
