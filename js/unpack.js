// The view document as it comes to the browser: packed by symbolnb/notebook/packing.py, which says how.

/**
 * @typedef {import("./types.js").ViewDocument} ViewDocument
 * @typedef {[string, number, number, number, ...Array<number | [number, number]>]} PackedNode
 */

/**
 * The view document; one that is not packed is given back as it is.
 * @param {any} given  a text where messages lose fields that are null: in JupyterLite
 * @returns {ViewDocument}
 */
export function unpack(given) {
  const packed = typeof given === "string" ? JSON.parse(given) : given;
  if (packed.packed === undefined) return packed;
  const { packed: _version, table, nodes, ...view } = packed;
  const { values } = view;
  return {
    ...view,
    ...(values === undefined ? {} : { values: { ...values, outputs: objects(values.outputs), gradients: objects(values.gradients) } }),
    nodes: nodes.map((/** @type {PackedNode} */ node, /** @type {number} */ id) => unpackNode(node, id, table)),
  };
}

/** Objects from lists, the first of which has the names of the fields. @param {any[][]} rows */
function objects([fields, ...rows]) {
  return rows.map((row) => Object.fromEntries(row.map((value, i) => [fields[i], value])));
}

/**
 * @param {PackedNode} packed @param {number} id @param {any[]} table
 * @returns {import("./types.js").ViewNode}
 */
function unpackNode([name, fields, outputs, names, ...sources], id, table) {
  /** @type {any} */
  const node = { id, name };
  const pairs = table[fields];
  for (let i = 0; i < pairs.length; i += 2) node[pairs[i]] = table[pairs[i + 1]];
  const origin = node.shape_from;
  if (origin?.node !== undefined && origin.node !== null) node.shape_from = { ...origin, node: origin.node + id };
  node.inputs = sources.map((source, i) => {
    const [back, output] = Array.isArray(source) ? source : [source, 0];
    return { name: table[names][i], node: id - back, output };
  });
  node.outputs = table[outputs].map((/** @type {[number, string, any, any]} */ [kind, text, shape, dtype]) => (
    { name: kind === 0 ? name + text : text, shape, dtype }));
  return node;
}
