// Blocks that stand several times in a row become a group that is shown once, with a count.
// The same in symbolnb/notebook/drawing/repeats.py.

import style from "../symbolnb/notebook/style.json";

/**
 * @typedef {import("./types.js").ViewNode} ViewNode
 * @typedef {{name: string, node: number, repeat: number, children: Tree[]}} Tree  a node, or a group with node -1
 * @typedef {{sign: number, sources: number[]}} Item  of one group; sources: how far before it its inputs stand
 * @typedef {{start: number, period: number, count: number}} Repeat
 */

const { least: LEAST, longest: LONGEST, nodes: NODES, cut: MOST_CUT } = style.repeats;

/** Do two items of one sign have the same inputs? Inputs from before the block may come from anywhere there. @param {Item} a @param {Item} b @param {number} period */
function alike(a, b, period) {
  if (a.sources.length !== b.sources.length) return false;
  for (let i = 0; i < a.sources.length; i += 1) {
    const one = a.sources[i];
    const other = b.sources[i];
    if (one !== other && (one <= period || other <= period)) return false;
  }
  return true;
}

/**
 * How many items from outside a block, among those of the block before it, the block needs.
 * @param {Item[]} items @param {number} start @param {number} period
 */
function cutAt(items, start, period) {
  const crossing = new Set();
  for (let i = start; i < Math.min(items.length, start + period); i += 1) {
    for (const source of items[i].sources) if (i - source < start && source > 0) crossing.add(i - source);
  }
  return crossing.size;
}

/**
 * The repeats among the items of a group: the longest stretches first come, cut where the fewest edges pass. No block repeats itself.
 * @param {Item[]} items @param {(start: number, period: number) => boolean} worth
 * @returns {Repeat[]}
 */
export function findRepeats(items, worth) {
  const longest = Math.min(LONGEST, Math.floor(items.length / LEAST));
  const runs = [new Int32Array(0)];
  const signs = Int32Array.from(items, (item) => item.sign);
  for (let period = 1; period <= longest; period += 1) {
    const run = new Int32Array(items.length + 1);
    for (let i = items.length - period - 1; i >= 0; i -= 1) {
      run[i] = signs[i] === signs[i + period] && alike(items[i], items[i + period], period) ? run[i + 1] + 1 : 0;
    }
    runs.push(run);
  }
  const count = (/** @type {number} */ start, /** @type {number} */ period) => Math.floor(runs[period][start] / period) + 1;
  const primitive = (/** @type {number} */ start, /** @type {number} */ period) => {
    for (let part = 1; part < period; part += 1) if (period % part === 0 && runs[part][start] >= period - part) return false;
    return true;
  };
  /** @type {Repeat[]} */
  const found = [];
  for (let i = 0; i < items.length;) {
    let best = 0;
    for (let period = 1; period <= longest; period += 1) {
      if (runs[period][i] < (LEAST - 1) * period || !worth(i, period) || !primitive(i, period)) continue;
      if (best === 0 || count(i, period) * period > count(i, best) * best) best = period;
    }
    const start = best === 0 ? i : bestStart(items, i, best, count);
    if (best === 0 || cutAt(items, start + best, best) > MOST_CUT) {
      i += 1;
      continue;
    }
    found.push({ start, period: best, count: count(start, best) });
    i = start + best * count(start, best);
  }
  return found;
}

/** @param {Item[]} items @param {number} from @param {number} period @param {(start: number, period: number) => number} count */
function bestStart(items, from, period, count) {
  let best = from;
  let fewest = Infinity;
  for (let start = from; start < from + period; start += 1) {
    if (count(start, period) < Math.max(LEAST, count(from, period) - 1)) break;
    const cut = cutAt(items, start + period, period);
    if (cut < fewest) {
      fewest = cut;
      best = start;
    }
  }
  return best;
}

class Folder {
  /** @param {ViewNode[]} nodes @param {boolean[]} folded */
  constructor(nodes, folded) {
    this.nodes = nodes;
    this.folded = folded;
    /** @type {Map<string, number>} */
    this.signs = new Map();
    /** In which member of the group at hand each node is. */
    this.place = new Array(nodes.length).fill(-1);
  }

  /** The number of a description, the same for the same one. @param {string} text */
  sign(text) {
    let number = this.signs.get(text);
    if (number === undefined) {
      number = this.signs.size;
      this.signs.set(text, number);
    }
    return number;
  }

  /** @param {ViewNode} node */
  describe(node) {
    const changed = node.parameters.filter((one) => !one.default).map((one) => [one.name, one.value]);
    const inputs = node.inputs.map((one) => [one.output, this.folded[one.node]]);
    return JSON.stringify([node.op ?? node.kind, changed, inputs, node.error !== null]);
  }

  /**
   * Folds what is in a tree, then its own members.
   * @param {Tree} tree
   * @returns {{tree: Tree, sign: number, nodes: number[]}}
   */
  fold(tree) {
    if (tree.node >= 0) return { tree, sign: this.sign(this.describe(this.nodes[tree.node])), nodes: [tree.node] };
    const parts = tree.children.map((child) => this.fold(child));
    parts.forEach((part, i) => { for (const node of part.nodes) this.place[node] = i; });
    const nodes = parts.flatMap((part) => part.nodes);
    const inside = new Set(nodes);
    const items = parts.map((part, i) => {
      const sources = new Set();
      for (const node of part.nodes) {
        for (const input of this.nodes[node].inputs) {
          if (inside.has(input.node) && this.place[input.node] !== i) sources.add(i - this.place[input.node]);
        }
      }
      return { sign: part.sign, sources: [...sources].sort((a, b) => a - b) };
    });
    const children = this.wrap(tree, parts.map((part) => part.tree), items);
    return { tree: { ...tree, children }, sign: this.sign(JSON.stringify(items)), nodes };
  }

  /** @param {Tree} tree @param {Tree[]} children @param {Item[]} items */
  wrap(tree, children, items) {
    const worth = (/** @type {number} */ start, /** @type {number} */ period) =>
      (period === 1 ? children[start].node < 0 : period >= NODES);
    /** @type {Tree[]} */
    const out = [];
    let at = 0;
    for (const { start, period, count } of findRepeats(items, worth)) {
      out.push(...children.slice(at, start));
      at = start + period * count;
      const all = children.slice(start, at);
      const blocks = period === 1 ? all : Array.from({ length: count }, (_, i) =>
        this.group(tree, all.slice(i * period, (i + 1) * period), 0));
      out.push({ ...this.group(tree, all, count), children: blocks });
    }
    return [...out, ...children.slice(at)];
  }

  /** @param {Tree} tree @param {Tree[]} children @param {number} repeat @returns {Tree} */
  group(tree, children, repeat) {
    const name = (/** @type {Tree} */ child) => {
      const full = child.node >= 0 ? this.nodes[child.node].name : child.name;
      const prefix = `${tree.name}_`;
      return tree.name !== "" && full.startsWith(prefix) ? full.slice(prefix.length) : full;
    };
    return { name: `${name(children[0])} \u2026 ${name(children[children.length - 1])}`, node: -1, repeat, children };
  }
}

/**
 * A tree of groups in which repeated blocks are members of a group with their count.
 * @param {ViewNode[]} nodes @param {boolean[]} folded @param {Tree} tree
 * @returns {Tree}
 */
export function foldRepeats(nodes, folded, tree) {
  return new Folder(nodes, folded).fold(tree).tree;
}
