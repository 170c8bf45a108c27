// In which order the cells of a row stand: barycentre sweeps and exchanges of neighbours, the order with the fewest
// crossings kept.

import style from "../../symbolnb/notebook/style.json";

/** @typedef {import("./cells.js").CellGraph} CellGraph */

const { sweeps: SWEEPS, exchange_passes: PASSES } = style.layout;

/**
 * Rows in the order of a depth-first walk, so that unconnected parts do not mix.
 * @param {CellGraph} graph
 * @returns {number[][]}
 */
function walkOrder({ cells, links, up, down, rows }) {
  /** @type {number[][]} */
  const layers = Array.from({ length: rows }, () => []);
  const seen = new Array(cells.length).fill(false);
  for (let start = 0; start < cells.length; start += 1) {
    const stack = [start];
    while (stack.length > 0) {
      const cell = /** @type {number} */ (stack.pop());
      if (seen[cell]) continue;
      seen[cell] = true;
      layers[cells[cell].rank].push(cell);
      for (let i = up[cell].length - 1; i >= 0; i -= 1) stack.push(links[up[cell][i]].upper);
      for (let i = down[cell].length - 1; i >= 0; i -= 1) stack.push(links[down[cell][i]].lower);
    }
  }
  return layers;
}

/**
 * The place of each cell in its row, between 0 and 1, and its index.
 * @param {number[][]} layers @param {number[]} place @param {number} row
 */
function setPlaces(layers, place, row) {
  layers[row].forEach((cell, index) => {
    place[cell] = (index + 0.5) / layers[row].length;
  });
}

/**
 * Sorts one row by the mean place of its neighbours in the row it is compared with.
 * @param {CellGraph} graph @param {number[][]} layers @param {number[]} place @param {number} row @param {boolean} fromAbove
 */
function sortRow({ cells, links, up, down }, layers, place, row, fromAbove) {
  const near = fromAbove ? up : down;
  const size = layers[fromAbove ? row - 1 : row + 1].length;
  const wish = new Map();
  for (const cell of layers[row]) {
    let sum = 0;
    for (const index of near[cell]) {
      const { upper, lower, from, to } = links[index];
      const other = fromAbove ? upper : lower;
      const offset = fromAbove ? from : to ?? 0;
      sum += place[other] + offset / (cells[other].width + 1) / size;
    }
    wish.set(cell, near[cell].length === 0 ? place[cell] : sum / near[cell].length);
  }
  layers[row].sort((a, b) => wish.get(a) - wish.get(b));
  setPlaces(layers, place, row);
}

/**
 * How often links cross, counted with a Fenwick tree in E log V.
 * @param {CellGraph} graph @param {number[][]} layers
 */
export function countCrossings({ cells, links, down }, layers) {
  const index = new Array(cells.length).fill(0);
  for (const layer of layers) layer.forEach((cell, i) => { index[cell] = i; });
  let crossings = 0;
  for (let row = 0; row + 1 < layers.length; row += 1) {
    const size = layers[row + 1].length;
    if (size === 1 || (layers[row].length === 1 && down[layers[row][0]].length < 2)) continue;
    const tree = new Array(size + 1).fill(0);
    let total = 0;
    for (const cell of layers[row]) {
      const sorted = down[cell].map((link) => links[link]).sort((a, b) => a.from - b.from);
      for (let start = 0; start < sorted.length;) {
        let end = start;
        while (end < sorted.length && sorted[end].from === sorted[start].from) end += 1;
        const group = sorted.slice(start, end).map((link) => index[link.lower]);
        for (const target of group) {
          let before = 0;
          for (let i = target + 1; i > 0; i -= i & -i) before += tree[i];
          crossings += total - before;
        }
        for (const target of group) {
          for (let i = target + 1; i <= size; i += i & -i) tree[i] += 1;
        }
        total += group.length;
        start = end;
      }
    }
  }
  return crossings;
}

/**
 * Exchanges neighbours in a row as long as that takes crossings away.
 * @param {CellGraph} graph @param {number[][]} layers  changed
 */
function exchange({ cells, links, up, down }, layers) {
  const index = new Array(cells.length).fill(0);
  for (const layer of layers) layer.forEach((cell, i) => { index[cell] = i; });
  const offset = (/** @type {number} */ cell, /** @type {number} */ at) => index[cell] + at / (cells[cell].width + 1);
  const ends = (/** @type {number} */ cell, /** @type {boolean} */ above) => (above
    ? up[cell].map((link) => offset(links[link].upper, links[link].from))
    : down[cell].map((link) => offset(links[link].lower, links[link].to ?? 0))).sort((a, b) => a - b);
  for (let pass = 0; pass < PASSES; pass += 1) {
    let changed = false;
    for (const layer of layers) {
      if (layer.length < 2) continue;
      const near = layer.map((cell) => [ends(cell, true), ends(cell, false)]);
      for (let i = 0; i + 1 < layer.length; i += 1) {
        const [[upA, downA], [upB, downB]] = [near[i], near[i + 1]];
        if (inverted(upA, upB) + inverted(downA, downB) <= inverted(upB, upA) + inverted(downB, downA)) continue;
        [layer[i], layer[i + 1]] = [layer[i + 1], layer[i]];
        [near[i], near[i + 1]] = [near[i + 1], near[i]];
        changed = true;
      }
      layer.forEach((cell, i) => { index[cell] = i; });
    }
    if (!changed) return;
  }
}

/** How many pairs of a number of the first and one of the second are in the wrong order. @param {number[]} left @param {number[]} right  both sorted */
function inverted(left, right) {
  let pairs = 0;
  let before = 0;
  for (const one of left) {
    while (before < right.length && right[before] < one) before += 1;
    pairs += before;
  }
  return pairs;
}

/**
 * The rows with their cells in order.
 * @param {CellGraph} graph
 * @returns {import("../steps.js").Steps<number[][]>}
 */
export function* orderSteps(graph) {
  const layers = walkOrder(graph);
  let best = layers.map((layer) => [...layer]);
  let fewest = countCrossings(graph, layers);
  const place = new Array(graph.cells.length).fill(0);
  for (let row = 0; row < layers.length; row += 1) setPlaces(layers, place, row);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    if (sweep % 2 === 0) {
      for (let row = 1; row < layers.length; row += 1) sortRow(graph, layers, place, row, true);
    } else {
      for (let row = layers.length - 2; row >= 0; row -= 1) sortRow(graph, layers, place, row, false);
    }
    const tried = layers.map((layer) => [...layer]);
    exchange(graph, tried);
    const crossings = countCrossings(graph, tried);
    yield (sweep + 1) / SWEEPS;
    if (crossings < fewest) {
      fewest = crossings;
      best = tried;
    }
  }
  return best;
}
