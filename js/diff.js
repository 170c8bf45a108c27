// A document of two graphs: what became of nodes and edges, and the two graphs beside each other.
// symbolnb/notebook/overlay.py makes such documents.

/**
 * @typedef {import("./types.js").ViewDocument} ViewDocument
 * @typedef {import("./types.js").ViewNode} ViewNode
 * @typedef {import("./types.js").Change} Change
 * @typedef {import("./arrange.js").Edge} Edge
 */

/** @type {Change[]} */
export const CHANGES = ["added", "removed", "changed"];

/** What stands on the mark of a node. @type {Record<Change, string>} */
export const BADGES = { added: "+", removed: "\u2212", changed: "~" };

/** What all of them are, if they are the same. @template T @param {Iterable<T>} values @returns {T | null} */
function shared(values) {
  const all = new Set(values);
  return all.size === 1 ? [...all][0] : null;
}

/**
 * What became of some nodes: the same for all, or they changed.
 * @param {ViewNode[]} nodes
 * @returns {Change | null}
 */
export function changeOf(nodes) {
  if (nodes.every((node) => (node.change ?? null) === null)) return null;
  return shared(nodes.map((node) => node.change ?? null)) ?? "changed";
}

/** Was an edge added or removed? @param {ViewNode[]} nodes @param {Edge} edge @returns {Change | null} */
function edgeChange(nodes, edge) {
  const target = nodes[edge.target];
  const ends = [nodes[edge.source].change, target.change];
  if (ends.includes("removed")) return "removed";
  if (ends.includes("added")) return "added";
  if (edge.input >= presentInputs(target)) return "removed";
  const told = target.inputs[edge.input].change;
  if (told !== undefined) return told;
  const before = target.before?.inputs;
  if (before === undefined || before.some(({ node, output }) => node === edge.source && output === edge.output)) return null;
  return "added";
}

/** @param {ViewNode[]} nodes @param {Edge[]} edges @returns {Change | null} */
export function edgesChange(nodes, edges) {
  return shared(edges.map((edge) => edgeChange(nodes, edge)));
}

/** What differs, in words. @param {import("./types.js").Difference} difference */
export function differenceText({ what, name, before, after }) {
  const subject = ["parameter", "attribute", "input"].includes(what) ? `${what} ${name}` : what;
  return `${subject}: ${before ?? "none"} \u2192 ${after ?? "none"}`;
}

/**
 * The inputs that a node has on one side, with those marked that the other does not have.
 * @param {ViewNode["inputs"]} mine @param {ViewNode["inputs"]} others @param {Change} change
 */
function marked(mine, others, change) {
  return mine.map((one) => {
    const isCommon = others.some(({ node, output }) => node === one.node && output === one.output);
    return { ...one, change: isCommon ? null : change };
  });
}

/** How many inputs a node has now; those that it has lost stand behind them. @param {ViewNode} node */
export function presentInputs({ inputs, lost = 0 }) {
  return inputs.length - lost;
}

/** The inputs that a node has now. @param {ViewNode} node */
function present(node) {
  return node.inputs.slice(0, presentInputs(node));
}

/** A node as it was. @param {ViewNode} node @returns {ViewNode} */
function restored(node) {
  if (node.change === "removed") return node;
  const earlier = node.before ?? {};
  const inputs = marked(earlier.inputs ?? present(node), present(node), "removed");
  return { ...node, ...earlier, inputs, lost: 0, before: null, error: null };
}

/** A node as it is now. @param {ViewNode} node @returns {ViewNode} */
function renewed(node) {
  return { ...node, inputs: marked(present(node), node.before?.inputs ?? present(node), "added"), lost: 0, before: null };
}

/**
 * Both graphs of a document in one, that do not touch: each in a group of its own, every node with the number of its
 * twin in the other.
 * @param {ViewDocument} view
 * @returns {ViewDocument}
 */
export function sideBySide(view) {
  const { diff } = view;
  if (diff === undefined) return view;
  const was = view.nodes.filter((node) => node.change !== "added");
  const now = view.nodes.filter((node) => node.change !== "removed");
  const before = new Map(was.map((node, i) => [node.id, i]));
  const after = new Map(now.map((node, i) => [node.id, was.length + i]));
  /** @param {ViewNode} node @param {Map<number, number>} mine @param {Map<number, number>} other @param {string} side */
  const placed = (node, mine, other, side) => ({
    ...node,
    id: /** @type {number} */ (mine.get(node.id)),
    twin: other.get(node.id),
    group: [side, ...node.group],
    inputs: node.inputs.map((one) => ({ ...one, node: /** @type {number} */ (mine.get(one.node)) })),
    shape_from: node.shape_from?.node === undefined || node.shape_from.node === null ? node.shape_from
      : { ...node.shape_from, node: mine.get(node.shape_from.node) ?? null },
  });
  const heads = (/** @type {ViewDocument["heads"]} */ list, /** @type {Map<number, number>} */ numbers) =>
    list.map((head) => ({ ...head, node: /** @type {number} */ (numbers.get(head.node)) }));
  const { error } = view;
  return {
    ...view,
    beside: true,
    nodes: [
      ...was.map((node) => placed(restored(node), before, after, `before: ${diff.title}`)),
      ...now.map((node) => placed(renewed(node), after, before, `after: ${view.title}`)),
    ],
    heads: [...heads(diff.heads, before), ...heads(view.heads, after)],
    error: error === null || error.node === null ? error : { ...error, node: after.get(error.node) ?? null },
  };
}
