// The view document with what drawing it needs: who uses what, what folds into what, and the tree of groups.

import style from "../symbolnb/notebook/style.json";
import { foldRepeats } from "./repeats.js";

/**
 * @typedef {import("./types.js").ViewDocument} ViewDocument
 * @typedef {import("./types.js").ViewNode} ViewNode
 *
 * @typedef {{node: number, input: number, output: number}} Use  of an output: by which node, as which of its inputs
 * @typedef {{kind: "node", node: number} | {kind: "group", group: number}} Member
 *
 * @typedef {object} Group
 * @property {number} id  index into Model.groups; 0 is the whole graph
 * @property {string} name
 * @property {number} parent  -1 for the whole graph
 * @property {number} depth  0 for the whole graph
 * @property {number} repeat  how many equal blocks its members are, 0 if they are not
 * @property {Member[]} members  in order of first appearance
 *
 * @typedef {object} Model
 * @property {ViewDocument} view
 * @property {ViewNode[]} nodes
 * @property {boolean[]} folded  is the node shown as a row of its users?
 * @property {Use[][]} uses  by node
 * @property {Map<number, number[]>} heads  outputs by node
 * @property {Group[]} groups
 * @property {number[]} groupOf  the innermost group of each node
 * @property {number} told  the node whose error stands beside the picture, not in its box; -1: none
 */

/** Deeper paths are cut: nobody opens more frames than this. */
const DEEPEST = 16;

const { max_boxes: MAX_BOXES, repeats_from: REPEATS_FROM } = style.groups;

/** @typedef {import("./repeats.js").Tree} Tree */
/** @typedef {{name: string, node: number, repeat: number, children: RawGroup[], index: Map<string, RawGroup>}} RawGroup */

/** @param {string} name @param {number} node @returns {RawGroup} */
function rawGroup(name, node) {
  return { name, node, repeat: 0, children: [], index: new Map() };
}

/**
 * The paths of the shown nodes as a tree; a leaf has its node's id, an inner group has -1.
 * @param {ViewNode[]} nodes @param {boolean[]} folded
 */
function rawTree(nodes, folded) {
  const root = rawGroup("", -1);
  for (const node of nodes) {
    if (folded[node.id]) continue;
    let group = root;
    for (const name of node.group.slice(0, DEEPEST)) {
      let child = group.index.get(name);
      if (child === undefined) {
        child = rawGroup(name, -1);
        group.index.set(name, child);
        group.children.push(child);
      }
      group = child;
    }
    group.children.push(rawGroup("", node.id));
  }
  return root;
}

/** A name for a path of groups. @param {string[]} path */
const pathKey = (path) => JSON.stringify(path);

/**
 * A group with one member is no group: the member takes its place, and a group takes both names. Those of bodies stay.
 * @param {Tree} raw @param {Set<string>} bodies @param {string[]} [above]
 * @returns {Tree}
 */
function withoutSingles(raw, bodies, above = []) {
  if (raw.node >= 0) return raw;
  const path = [...above, raw.name];
  const children = raw.children.map((child) => withoutSingles(child, bodies, path));
  if (children.length !== 1 || (bodies.size > 0 && bodies.has(pathKey(path)))) return { ...raw, children };
  const [child] = children;
  return child.node >= 0 ? child : { ...child, name: `${raw.name}/${child.name}` };
}

/**
 * @param {ViewNode[]} nodes @param {boolean[]} folded @param {string[][]} bodies
 * @returns {{groups: Group[], groupOf: number[]}}
 */
function buildGroups(nodes, folded, bodies) {
  const kept = new Set(bodies.map(pathKey));
  const raw = rawTree(nodes, folded);
  const tree = foldRepeats(nodes, folded, { ...raw, children: raw.children.map((child) => withoutSingles(child, kept)) });
  /** @type {Group[]} */
  const groups = [{ id: 0, name: "", parent: -1, depth: 0, repeat: 0, members: [] }];
  const groupOf = new Array(nodes.length).fill(0);
  /** @param {Tree} from @param {Group} into */
  const add = (from, into) => {
    for (const child of from.children) {
      if (child.node >= 0) {
        into.members.push({ kind: "node", node: child.node });
        groupOf[child.node] = into.id;
      } else {
        const { name, repeat } = child;
        const group = { id: groups.length, name, parent: into.id, depth: into.depth + 1, repeat, members: [] };
        groups.push(group);
        into.members.push({ kind: "group", group: group.id });
        add(child, group);
      }
    }
  };
  add(tree, groups[0]);
  return { groups, groupOf };
}

/**
 * @param {ViewDocument} view @param {boolean} [tells]  does the page around the picture tell the first error?
 * @returns {Model}
 */
export function buildModel(view, tells = false) {
  const { nodes } = view;
  /** @type {Use[][]} */
  const uses = nodes.map(() => []);
  for (const node of nodes) {
    node.inputs.forEach((from, input) => uses[from.node].push({ node: node.id, input, output: from.output }));
  }
  /** @type {Map<number, number[]>} */
  const heads = new Map();
  for (const { node, output } of view.heads) heads.set(node, [...(heads.get(node) ?? []), output]);
  const folded = nodes.map((node) =>
    (node.kind === "parameter" || node.kind === "auxiliary") && uses[node.id].length > 0 && !heads.has(node.id));
  const told = tells ? view.error?.node ?? -1 : -1;
  return { view, nodes, folded, uses, heads, told, ...buildGroups(nodes, folded, view.bodies ?? []) };
}

/**
 * How many boxes a picture has.
 * @param {Model} model @param {Set<number>} closed @param {number} [group]  only what is in it
 * @returns {number}
 */
export function boxCount(model, closed, group = 0) {
  return model.groups[group].members.reduce((sum, member) =>
    sum + (member.kind === "node" || closed.has(member.group) ? 1 : boxCount(model, closed, member.group)), 0);
}

/**
 * The groups that are closed at first: none if the graph is small, else those of repeated blocks, and then the deepest
 * levels until it is small.
 * @param {Model} model
 * @returns {Set<number>}
 */
export function closedAtFirst(model) {
  if (boxCount(model, new Set()) <= REPEATS_FROM) return new Set();
  const isRepeat = (/** @type {number} */ group) => group >= 0 && model.groups[group].repeat > 0;
  const repeats = model.groups.filter(({ id, parent }) => isRepeat(id) || isRepeat(parent)).map((group) => group.id);
  const deepest = model.groups.reduce((most, group) => Math.max(most, group.depth), 0);
  for (let depth = deepest + 1; ; depth -= 1) {
    const closed = new Set([...repeats, ...model.groups.filter((group) => group.depth >= depth).map((group) => group.id)]);
    if (depth <= 1 || boxCount(model, closed) <= MAX_BOXES) return closed;
  }
}

/**
 * All nodes in a group and in the groups within it.
 * @param {Model} model @param {number} group
 * @returns {number[]}
 */
export function nodesIn(model, group) {
  return model.groups[group].members.flatMap((member) =>
    member.kind === "node" ? [member.node] : nodesIn(model, member.group));
}

/**
 * The groups around a node, outermost first, without the whole graph.
 * @param {Model} model @param {number} node
 * @returns {number[]}
 */
export function groupsAround(model, node) {
  /** @type {number[]} */
  const path = [];
  for (let group = model.groupOf[node]; group > 0; group = model.groups[group].parent) path.unshift(group);
  return path;
}

/**
 * The node that is drawn for a node: itself, or the first user of a folded variable.
 * @param {Model} model @param {number} node
 */
export function shownFor(model, node) {
  return model.folded[node] ? model.uses[node][0].node : node;
}
