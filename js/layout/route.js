// The height of the rows and the points of the edges.

import style from "../../symbolnb/notebook/style.json";
import { pool } from "./pooling.js";

/**
 * @typedef {import("./cells.js").CellGraph} CellGraph
 * @typedef {[number, number]} Point
 */

const {
  rank_gap: GAP, rank_gap_slope: SLOPE, rank_gap_max: MOST, arrival_gap: ARRIVAL_GAP, arrival_margin: MARGIN,
} = style.layout;

/**
 * Where links arrive on their lower cells, as offsets from the centre: straight down where there is room.
 * @param {CellGraph} graph @param {number[]} x
 * @returns {number[]} one for each link
 */
export function arrivals({ cells, links, up }, x) {
  const offset = links.map((link) => link.to ?? 0);
  cells.forEach((cell, index) => {
    const free = up[index].filter((link) => links[link].to === null);
    if (cell.kind !== "node" || free.length < 2) return;
    const reach = Math.max(0, cell.width / 2 - MARGIN);
    const gap = Math.min(ARRIVAL_GAP, (2 * reach) / (free.length - 1));
    const start = (/** @type {number} */ link) => x[links[link].upper] + links[link].from - x[index];
    free.sort((a, b) => start(a) - start(b));
    const room = reach - (gap * (free.length - 1)) / 2;
    const wish = free.map((link, i) => {
      const slot = gap * (i - (free.length - 1) / 2);
      return Math.min(room, Math.max(-room, start(link) - slot)) + slot;
    });
    const places = pool(wish, free.map(() => 1), free.map((_, i) => (i === 0 ? 0 : gap)));
    free.forEach((link, i) => { offset[link] = places[i]; });
  });
  return offset;
}

/**
 * The top and the bottom of each row: steep links get a wider gap to turn in.
 * @param {CellGraph} graph @param {number[]} x @param {number[]} offset
 */
export function rowHeights({ cells, links, rows }, x, offset) {
  const height = new Array(rows).fill(0);
  for (const cell of cells) height[cell.rank] = Math.max(height[cell.rank], cell.height);
  const widest = new Array(rows).fill(0);
  links.forEach(({ upper, lower, from }, index) => {
    const row = cells[upper].rank;
    widest[row] = Math.max(widest[row], Math.abs(x[lower] + offset[index] - x[upper] - from));
  });
  /** @type {number[]} */
  const top = [];
  let at = 0;
  for (let row = 0; row < rows; row += 1) {
    top.push(at);
    at += height[row] + Math.min(MOST, GAP + SLOPE * widest[row]);
  }
  return { top, bottom: top.map((y, row) => y + height[row]) };
}

/** A way of `pathPoints` walked back: what was straight stays so. @param {Point[]} points @returns {Point[]} */
export function backward(points) {
  return [points[points.length - 1], ...points.slice().reverse()];
}

/**
 * The points of a path of cells: the stretches from an even to an odd point are straight, the others curve.
 * @param {CellGraph} graph @param {number[]} cellPath @param {number[]} linkPath @param {number[]} x
 * @param {number[]} offset @param {{top: number[], bottom: number[]}} row
 * @returns {Point[]}
 */
export function pathPoints({ cells, links }, cellPath, linkPath, x, offset, row) {
  const start = cells[cellPath[0]];
  const leave = x[cellPath[0]] + links[linkPath[0]].from;
  /** @type {Point[]} */
  const points = [[leave, row.top[start.rank] + start.height], [leave, row.bottom[start.rank]]];
  linkPath.forEach((link, i) => {
    const lower = cellPath[i + 1];
    const { rank } = cells[lower];
    const at = x[lower] + offset[link];
    points.push([at, row.top[rank]]);
    if (i + 1 < linkPath.length) points.push([at, row.bottom[rank]]);
  });
  return points;
}
