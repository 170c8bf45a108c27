// Blocks that move to where they wish to be; those that push each other move together.

const TOUCHING = 1e-6;

/** @typedef {Array<Array<[number, number]>>} Gaps  for each block its neighbours on one side, and how far to stay from them */

/**
 * Which blocks are neighbours, satellites between them taken as part of the distance.
 * @param {number[][]} layers @param {number[][]} distance  of each cell to the one before @param {number[]} block  of each cell
 * @param {boolean[]} satellite @param {number} count  of blocks
 * @returns {{left: Gaps, right: Gaps}}
 */
export function neighbours(layers, distance, block, satellite, count) {
  /** @type {Gaps} */
  const left = Array.from({ length: count }, () => []);
  /** @type {Gaps} */
  const right = Array.from({ length: count }, () => []);
  layers.forEach((layer, row) => {
    let last = -1;
    let apart = 0;
    layer.forEach((cell, i) => {
      apart += distance[row][i];
      if (satellite[cell]) return;
      if (last >= 0) {
        left[block[cell]].push([last, apart]);
        right[last].push([block[cell], apart]);
      }
      last = block[cell];
      apart = 0;
    });
  });
  return { left, right };
}

/**
 * Neighbours of which one wishes further into the other than that one gives way are one region.
 * @param {number[]} order  of the blocks, from left to right @param {Gaps} right @param {number[]} places @param {number[]} force
 * @returns {Array<{blocks: number[], force: number}>}
 */
function regions(order, right, places, force) {
  const head = places.map((_, block) => block);
  const weight = places.map(() => 1);
  const sum = [...force];
  const find = (/** @type {number} */ block) => {
    let at = block;
    while (head[at] !== at) {
      head[at] = head[head[at]];
      at = head[at];
    }
    return at;
  };
  for (const block of order) {
    for (const [other, apart] of right[block]) {
      if (places[other] - places[block] - apart > TOUCHING) continue;
      const [a, b] = [find(block), find(other)];
      if (a === b || sum[a] / weight[a] <= sum[b] / weight[b]) continue;
      head[b] = a;
      sum[a] += sum[b];
      weight[a] += weight[b];
    }
  }
  /** @type {Map<number, number[]>} */
  const members = new Map();
  for (const block of order) {
    const at = find(block);
    const list = members.get(at);
    if (list === undefined) members.set(at, [block]);
    else list.push(block);
  }
  return [...members].map(([at, blocks]) => ({ blocks, force: sum[at] / weight[at] }));
}

/**
 * Moves blocks as far as they wish and there is room, and says how far the one went that went farthest.
 * @param {number[]} order  of the blocks that move, from left to right @param {{left: Gaps, right: Gaps}} near
 * @param {number[]} places  changed @param {number[]} force  how far each block wishes to move
 * @returns {number}
 */
export function relax(order, near, places, force) {
  const all = regions(order, near.right, places, force);
  const region = new Array(places.length).fill(-1);
  all.forEach(({ blocks }, i) => { for (const block of blocks) region[block] = i; });
  let farthest = 0;
  const move = (/** @type {number[]} */ blocks, /** @type {number} */ pull) => {
    let by = Math.abs(pull);
    for (const block of blocks) {
      for (const [other, apart] of pull < 0 ? near.left[block] : near.right[block]) {
        if (region[other] !== region[block]) by = Math.min(by, Math.max(0, Math.abs(places[other] - places[block]) - apart));
      }
    }
    for (const block of blocks) places[block] += pull < 0 ? -by : by;
    farthest = Math.max(farthest, by);
  };
  for (const { blocks, force: pull } of all) if (pull < 0) move(blocks, pull);
  for (const { blocks, force: pull } of all.reverse()) if (pull > 0) move(blocks, pull);
  return farthest;
}
