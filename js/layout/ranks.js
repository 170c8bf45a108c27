// Which row each node stands in.

/**
 * @typedef {object} LayoutNode  a box to place
 * @property {number} width
 * @property {number} height
 * @property {number} [stub]  width of the chip that stands for this node where an edge from it is cut
 * @property {"top" | "bottom"} [pin]  stands in the first or last row, as the port of a frame does
 *
 * @typedef {object} LayoutEdge
 * @property {number} source  index into nodes
 * @property {number} target  index into nodes; before the source for an edge that runs upward
 * @property {number} [from]  where it leaves, as an offset from the source's centre
 * @property {number} [to]  where it arrives, likewise; without it arrivals are spread over the target
 *
 * @typedef {object} LayoutGraph
 * @property {LayoutNode[]} nodes
 * @property {LayoutEdge[]} edges
 * @property {boolean} [abreast]  do parts that nothing joins all stand in one row?
 * @property {boolean} [sideways]  will width and height be exchanged afterwards? Then chips lie the other way
 */

/**
 * The upper and the lower node of an edge: the order of the nodes decides, so a cycle cannot be made.
 * @param {LayoutEdge} edge
 * @returns {[number, number]}
 */
export function ends(edge) {
  return edge.source < edge.target ? [edge.source, edge.target] : [edge.target, edge.source];
}

/**
 * Rows by longest path from the top; then every source moves down to just above its first user.
 * @param {LayoutGraph} graph
 * @returns {number[]} the row of each node
 */
export function assignRanks(graph) {
  const { nodes, edges } = graph;
  /** @type {number[][]} */
  const above = nodes.map(() => []);
  /** @type {number[][]} */
  const below = nodes.map(() => []);
  for (const edge of edges) {
    const [upper, lower] = ends(edge);
    if (upper === lower) continue;
    above[lower].push(upper);
    below[upper].push(lower);
  }
  const first = nodes.some((node) => node.pin === "top") ? 1 : 0;
  /** @type {number[]} */
  const rank = nodes.map((node) => (node.pin === "top" ? 0 : first));
  nodes.forEach((node, index) => {
    if (node.pin === "top") return;
    for (const upper of above[index]) rank[index] = Math.max(rank[index], rank[upper] + 1);
  });
  nodes.forEach((node, index) => {
    if (node.pin !== undefined || above[index].length > 0 || below[index].length === 0) return;
    let user = Infinity;
    for (const lower of below[index]) user = Math.min(user, rank[lower]);
    rank[index] = Math.max(rank[index], user - 1);
  });
  let last = first;
  nodes.forEach((node, index) => {
    if (node.pin !== "bottom") last = Math.max(last, rank[index] + 1);
  });
  return rank.map((value, index) => (nodes[index].pin === "bottom" ? last : value));
}
