// What a node depends on, what depends on it, and what lies between two nodes.

/** @typedef {import("./model.js").Model} Model */

/**
 * All nodes that can be reached from one, itself among them.
 * @param {number} start @param {(node: number) => number[]} next
 */
function reach(start, next) {
  const seen = new Set([start]);
  const waiting = [start];
  while (waiting.length > 0) {
    for (const node of next(/** @type {number} */ (waiting.pop()))) {
      if (seen.has(node)) continue;
      seen.add(node);
      waiting.push(node);
    }
  }
  return seen;
}

/** A node and all it depends on. @param {Model} model @param {number} node */
export function ancestors(model, node) {
  return reach(node, (one) => model.nodes[one].inputs.map((input) => input.node));
}

/** A node and all that depends on it. @param {Model} model @param {number} node */
export function descendants(model, node) {
  return reach(node, (one) => model.uses[one].map((use) => use.node));
}

/**
 * The nodes on the ways from one node to another, in either direction; null where there is none.
 * @param {Model} model @param {number} a @param {number} b
 * @returns {{from: number, to: number, nodes: Set<number>, steps: number} | null}  steps: edges of the shortest way
 */
export function between(model, a, b) {
  const [from, to] = a < b ? [a, b] : [b, a];
  const below = descendants(model, from);
  if (!below.has(to) || from === to) return null;
  const nodes = new Set([...ancestors(model, to)].filter((node) => below.has(node)));
  return { from, to, nodes, steps: shortest(model, from, to, nodes) };
}

/** @param {Model} model @param {number} from @param {number} to @param {Set<number>} within */
function shortest(model, from, to, within) {
  const distance = new Map([[from, 0]]);
  const ordered = [...within].sort((a, b) => a - b);
  for (const node of ordered) {
    const here = distance.get(node);
    if (here === undefined) continue;
    for (const { node: user } of model.uses[node]) {
      if (within.has(user)) distance.set(user, Math.min(distance.get(user) ?? Infinity, here + 1));
    }
  }
  return distance.get(to) ?? 0;
}
