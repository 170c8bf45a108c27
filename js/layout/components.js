// Parts of a graph that no edge joins are laid out each on their own and then stand side by side, in shelves if they
// are many, so that none stretches the other.

import style from "../../symbolnb/notebook/style.json";

/**
 * @typedef {import("./ranks.js").LayoutGraph} LayoutGraph
 * @typedef {import("./layered.js").Layout} Layout
 * @typedef {import("./route.js").Point} Point
 * @typedef {{nodes: number[], edges: number[]}} Component  indices into those of the graph
 */

const { node_gap: ACROSS, component_gap: ALONG, shelf_ratio: RATIO } = style.layout;

/**
 * The parts of a graph, in the order of their first nodes.
 * @param {LayoutGraph} graph
 * @returns {Component[]}
 */
export function components({ nodes, edges }) {
  const head = nodes.map((_, i) => i);
  const find = (/** @type {number} */ node) => {
    let at = node;
    while (head[at] !== at) {
      head[at] = head[head[at]];
      at = head[at];
    }
    return at;
  };
  for (const { source, target } of edges) {
    const [a, b] = [find(source), find(target)];
    if (a !== b) head[Math.max(a, b)] = Math.min(a, b);
  }
  /** @type {Map<number, Component>} */
  const parts = new Map();
  nodes.forEach((_, node) => {
    const root = find(node);
    const part = parts.get(root);
    if (part === undefined) parts.set(root, { nodes: [node], edges: [] });
    else part.nodes.push(node);
  });
  edges.forEach(({ source }, edge) => { parts.get(find(source))?.edges.push(edge); });
  return [...parts.values()];
}

/**
 * The graph of one part.
 * @param {LayoutGraph} graph @param {Component} part
 * @returns {LayoutGraph}
 */
export function partOf(graph, { nodes, edges }) {
  const index = new Map(nodes.map((node, i) => [node, i]));
  const at = (/** @type {number} */ node) => /** @type {number} */ (index.get(node));
  return {
    nodes: nodes.map((node) => graph.nodes[node]),
    edges: edges.map((edge) => ({ ...graph.edges[edge], source: at(graph.edges[edge].source), target: at(graph.edges[edge].target) })),
    sideways: graph.sideways,
  };
}

/**
 * Left and top of each part: those with pinned nodes in the first shelf, the others where there is room.
 * @param {Layout[]} layouts @param {boolean[]} pinned @param {number} ratio  of the width to the height, if that can be
 * @returns {{places: Point[], width: number, height: number}}
 */
function shelves(layouts, pinned, ratio) {
  let area = 0;
  let least = -ACROSS;
  let widest = 0;
  layouts.forEach(({ width, height }, i) => {
    area += (width + ACROSS) * (height + ALONG);
    widest = Math.max(widest, width);
    if (pinned[i]) least += width + ACROSS;
  });
  const room = Math.max(least, widest, Math.sqrt(area * ratio));
  /** @type {Point[]} */
  const places = layouts.map(() => [0, 0]);
  let [x, y, tall, width, height] = [0, 0, 0, 0, 0];
  const indices = layouts.map((_, i) => i);
  for (const i of [...indices.filter((one) => pinned[one]), ...indices.filter((one) => !pinned[one])]) {
    const layout = layouts[i];
    if (x > 0 && x + layout.width > room + 1e-9) [x, y, tall] = [0, y + tall + ALONG, 0];
    places[i] = [x, y];
    x += layout.width + ACROSS;
    tall = Math.max(tall, layout.height);
    width = Math.max(width, x - ACROSS);
    height = Math.max(height, y + layout.height);
  }
  return { places, width, height };
}

/**
 * The layouts of the parts as that of the graph.
 * @param {LayoutGraph} graph @param {Component[]} parts @param {Layout[]} layouts
 * @returns {Layout}
 */
export function joined(graph, parts, layouts) {
  const pinned = parts.map((part) => part.nodes.some((node) => graph.nodes[node].pin !== undefined));
  const { places, width, height } = shelves(layouts, pinned, graph.abreast === true ? Infinity : graph.sideways === true ? 1 / RATIO : RATIO);
  /** @type {Layout} */
  const out = { nodes: new Array(graph.nodes.length), edges: new Array(graph.edges.length), chips: [], width, height };
  parts.forEach((part, i) => {
    const [dx, dy] = places[i];
    const moved = (/** @type {Point[]} */ points) => points.map(([x, y]) => /** @type {Point} */ ([x + dx, y + dy]));
    const { nodes, edges, chips } = layouts[i];
    nodes.forEach(({ x, y }, k) => { out.nodes[part.nodes[k]] = { x: x + dx, y: y + dy }; });
    edges.forEach((points, k) => { out.edges[part.edges[k]] = points === null ? null : moved(points); });
    for (const chip of chips) {
      out.chips.push({
        ...chip, node: part.nodes[chip.node], edges: chip.edges.map((edge) => part.edges[edge]),
        x: chip.x + dx, y: chip.y + dy, points: moved(chip.points),
      });
    }
  });
  return out;
}
