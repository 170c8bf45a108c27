// Bare graphs for the layout: the kinds that lay out badly if anything is wrong.

/** @typedef {import("../layout/ranks.js").LayoutGraph} LayoutGraph */

/** @param {Array<[number, number]>} sizes @param {Array<[number, number]>} pairs @returns {LayoutGraph} */
function graph(sizes, pairs) {
  return {
    nodes: sizes.map(([width, height]) => ({ width, height, stub: 70 })),
    edges: pairs.map(([source, target]) => ({ source, target })),
  };
}

/** @param {number} seed  numbers between 0 and 1, the same each time */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

/** @param {number} seed @param {number} size @returns {LayoutGraph} */
export function randomGraph(seed, size) {
  const next = random(seed);
  const nodes = Array.from({ length: size }, () => ({
    width: 80 + Math.floor(next() * 120), height: 30 + Math.floor(next() * 60), stub: 60,
  }));
  /** @type {LayoutGraph["edges"]} */
  const edges = [];
  for (let target = 1; target < size; target += 1) {
    const sources = new Set(Array.from({ length: Math.floor(next() * 3) }, () =>
      Math.max(0, target - 1 - Math.floor(next() * next() * 20))));
    for (const source of sources) edges.push({ source, target });
  }
  return { nodes, edges };
}

/** One input that every layer of a chain uses. @param {number} size @returns {LayoutGraph} */
export function sharedInput(size) {
  const nodes = Array.from({ length: size }, () => ({ width: 150, height: 50, stub: 80 }));
  /** @type {LayoutGraph["edges"]} */
  const edges = [];
  for (let target = 1; target < size; target += 1) {
    if (target > 1) edges.push({ source: target - 1, target });
    edges.push({ source: 0, target });
  }
  return { nodes, edges };
}

/** @returns {Record<string, LayoutGraph>} */
export function namedGraphs() {
  const box = /** @type {[number, number]} */ ([120, 50]);
  const branches = graph([[100, 40], [236, 90], [180, 60], [120, 40], [150, 60], [90, 30], [140, 50]],
    [[0, 1], [0, 2], [0, 3], [3, 4], [1, 6], [2, 6], [4, 5], [5, 6]]);
  const residual = graph(Array.from({ length: 13 }, (_, i) => (i % 4 === 0 ? [90, 40] : [180, 60])),
    [0, 4, 8].flatMap((i) => /** @type {Array<[number, number]>} */ ([[i, i + 1], [i + 1, i + 2], [i + 2, i + 3], [i + 3, i + 4], [i, i + 4]])));
  return {
    empty: { nodes: [], edges: [] },
    single: graph([box], []),
    chain: graph([box, [80, 30], [200, 100], box], [[0, 1], [1, 2], [2, 3]]),
    branches,
    residual,
    label: graph([box, box, [60, 40], box], [[0, 1], [1, 3], [2, 3]]),
    apart: graph([box, box, box, box, box], [[0, 2], [1, 3]]),
    ports: {
      nodes: [{ width: 300, height: 60 }, ...Array.from({ length: 3 }, () => ({ width: 90, height: 40 }))],
      edges: [{ source: 0, target: 3, from: -100 }, { source: 0, target: 2, from: 0 }, { source: 0, target: 1, from: 100 }],
    },
    pinned: {
      nodes: [{ width: 0, height: 0, pin: "top" }, { width: 100, height: 40 }, { width: 80, height: 40 },
        { width: 0, height: 0, pin: "bottom" }],
      edges: [{ source: 0, target: 1 }, { source: 1, target: 2 }, { source: 2, target: 3, to: 0 }, { source: 0, target: 3, to: 0 }],
    },
    upward: {
      nodes: Array.from({ length: 4 }, () => ({ width: 100, height: 40 })),
      edges: [{ source: 0, target: 1 }, { source: 1, target: 2 }, { source: 2, target: 0 }, { source: 2, target: 3 }],
    },
    shared: sharedInput(30),
    random1: randomGraph(1, 40),
    random2: randomGraph(2, 60),
    random3: randomGraph(3, 25),
  };
}
