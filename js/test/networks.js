// Graphs shaped as networks are, for measuring layouts: boxes of the sizes they have, edges between them.

import { random } from "./graphs.js";

/** @typedef {import("../layout/ranks.js").LayoutGraph} LayoutGraph */

class Net {
  constructor() {
    /** @type {LayoutGraph["nodes"]} */
    this.nodes = [];
    /** @type {LayoutGraph["edges"]} */
    this.edges = [];
  }

  /** @param {number} width @param {number} height @param {...number} from @returns {number} */
  node(width, height, ...from) {
    this.nodes.push({ width, height, stub: 70 });
    const target = this.nodes.length - 1;
    for (const source of from) this.edges.push({ source, target });
    return target;
  }

  input() {
    return this.node(112, 66);
  }

  /** @param {number} from */
  conv(from) {
    const conv = this.node(200, 110, from);
    return this.node(112, 86, this.node(130, 160, conv));
  }

  /** @returns {LayoutGraph} */
  graph() {
    return { nodes: this.nodes, edges: this.edges };
  }
}

/** Blocks of two convolutions with an edge around them. @param {number} blocks */
function residual(blocks) {
  const net = new Net();
  let last = net.conv(net.input());
  for (let i = 0; i < blocks; i += 1) {
    const around = i % 3 === 0 ? net.node(200, 110, last) : last;
    last = net.node(112, 86, net.node(120, 70, net.conv(net.conv(last)), around));
  }
  return net.graph();
}

/** Modules of four towers that are joined. @param {number} modules */
function inception(modules) {
  const net = new Net();
  let last = net.input();
  for (let i = 0; i < modules; i += 1) {
    const towers = [net.conv(last), net.conv(net.conv(last)), net.conv(net.conv(net.conv(last))), net.conv(net.node(180, 86, last))];
    last = net.node(112, 70, ...towers);
  }
  return net.graph();
}

/** Cells in steps and layers, each with a state that goes on. @param {number} steps @param {number} layers */
function unrolled(steps, layers) {
  const net = new Net();
  let below = Array.from({ length: steps }, () => net.input());
  for (let layer = 0; layer < layers; layer += 1) {
    let [hidden, state] = [net.input(), net.input()];
    below = below.map((input) => {
      const slice = net.node(300, 86, net.node(112, 60, net.node(140, 120, input), net.node(140, 120, hidden)));
      const [a, b, c, d] = [0, 1, 2, 3].map(() => net.node(112, 80, slice));
      state = net.node(112, 60, net.node(112, 60, b, state), net.node(112, 60, a, c));
      hidden = net.node(112, 60, d, net.node(112, 80, state));
      return hidden;
    });
  }
  net.node(112, 80, ...below);
  return net.graph();
}

/** Layers of which each takes what all layers of its block made. @param {number} blocks @param {number} layers */
function dense(blocks, layers) {
  const net = new Net();
  let last = net.conv(net.input());
  for (let block = 0; block < blocks; block += 1) {
    const made = [last];
    for (let layer = 0; layer < layers; layer += 1) made.push(net.node(200, 110, net.node(112, 70, ...made)));
    last = net.node(112, 70, ...made);
  }
  return net.graph();
}

/** Down, and up again with an edge across at each level. @param {number} levels */
function hourglass(levels) {
  const net = new Net();
  let last = net.input();
  const across = [];
  for (let i = 0; i < levels; i += 1) {
    last = net.node(200, 110, net.node(200, 110, last));
    across.push(last);
    last = net.node(140, 86, last);
  }
  for (const one of across.reverse()) last = net.node(200, 110, net.node(112, 70, net.node(160, 110, last), one));
  return net.graph();
}

/** Attention with queries, keys and values, and a residual edge around each half. @param {number} layers @param {number} heads */
function attention(layers, heads) {
  const net = new Net();
  let last = net.input();
  for (let i = 0; i < layers; i += 1) {
    const outputs = Array.from({ length: heads }, () => {
      const [query, key, value] = [0, 1, 2].map(() => net.node(150, 110, last));
      return net.node(130, 60, net.node(112, 60, net.node(130, 60, query, key)), value);
    });
    last = net.node(130, 120, net.node(112, 60, net.node(150, 110, net.node(112, 70, ...outputs)), last));
    last = net.node(130, 120, net.node(112, 60, net.node(150, 110, net.node(112, 80, net.node(150, 110, last))), last));
  }
  return net.graph();
}

/** A search's cells: each node takes two of those before it. @param {number} seed @param {number} cells @param {number} size */
function searched(seed, cells, size) {
  const net = new Net();
  const next = random(seed);
  let before = net.input();
  let last = net.conv(before);
  for (let cell = 0; cell < cells; cell += 1) {
    const made = [before, last];
    for (let i = 0; i < size; i += 1) {
      const first = Math.floor(next() * made.length);
      const second = (first + 1 + Math.floor(next() * (made.length - 1))) % made.length;
      made.push(net.node(112, 60, net.node(180, 110, made[first]), net.node(180, 110, made[second])));
    }
    [before, last] = [last, net.node(112, 70, ...made.slice(2))];
  }
  return net.graph();
}

/** @returns {Record<string, LayoutGraph>} */
export function networks() {
  return {
    "residual, 16 blocks": residual(16),
    "inception, 5 modules": inception(5),
    "unrolled, 5 steps": unrolled(5, 1),
    "unrolled, 6 steps and 2 layers": unrolled(6, 2),
    "dense, 3 blocks of 4": dense(3, 4),
    "hourglass, 4 levels": hourglass(4),
    "attention, 3 layers": attention(3, 1),
    "attention, 2 layers of 4 heads": attention(2, 4),
    "searched, 3 cells": searched(5, 3, 4),
    "searched, 4 cells": searched(8, 4, 5),
  };
}
