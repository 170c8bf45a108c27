// A graph as text for Graphviz. symbolnb/notebook/dot.py writes the same.

import { parameterText } from "../boxes.js";
import { edgesChange } from "../diff.js";
import { paletteOf } from "../palette.js";
import { clean, shapeText } from "../text.js";

/**
 * @typedef {import("../model.js").Model} Model
 * @typedef {import("../types.js").ViewNode} ViewNode
 */

const USUAL_DTYPE = "float32";

/**
 * Lines of text as one quoted string of DOT, in which only quotes and backslashes have a meaning.
 * @param {...string} lines
 */
function quoted(...lines) {
  return `"${lines.map((line) => clean(line).replace(/["\\]/g, "\\$&")).join("\\n")}"`;
}

/** Shape and element type of an output, the type where it is not the usual one. @param {ViewNode} node @param {number} index */
function outputText(node, index) {
  const { shape, dtype } = node.outputs[index];
  return dtype === null || dtype === USUAL_DTYPE ? shapeText(shape) : `${shapeText(shape)} ${dtype}`;
}

/** @param {Model} model @param {ViewNode} node @param {ReturnType<typeof paletteOf>} colours */
function boxText(model, node, colours) {
  const family = colours.families[node.family] ?? colours.families.other;
  const lines = node.op === null ? [node.name] : [node.op, node.name];
  for (const parameter of node.parameters) if (!parameter.default) lines.push(parameterText(parameter));
  for (const { name, node: source } of node.inputs) {
    if (model.folded[source]) lines.push(`${name} ${shapeText(model.nodes[source].outputs[0].shape)}`);
  }
  let { tint, line, text: ink } = family;
  if (node.error !== null) {
    [tint, line, ink] = [colours.error_tint, colours.error, colours.error];
    lines.push(node.error);
  }
  let shape = node.op === null ? " shape=ellipse" : "";
  if (node.change !== undefined && node.change !== null) {
    line = colours[node.change];
    lines.push(node.change);
    shape += " penwidth=3";
  }
  return `label=${quoted(...lines)} fillcolor="${tint}" color="${line}" fontcolor="${ink}"${shape}`;
}

/**
 * The statements of a group's nodes, and those of the groups in it as clusters.
 * @param {Model} model @param {number} group @param {ReturnType<typeof paletteOf>} colours @param {string} indent
 * @returns {string[]}
 */
function membersText(model, group, colours, indent) {
  return model.groups[group].members.flatMap((member) => {
    if (member.kind === "node") return [`${indent}n${member.node} [${boxText(model, model.nodes[member.node], colours)}];`];
    return [
      `${indent}subgraph cluster_${member.group} {`,
      `${indent}  label=${quoted(model.groups[member.group].name)}; color="${colours.frame_line}";`,
      ...membersText(model, member.group, colours, `${indent}  `),
      `${indent}}`,
    ];
  });
}

/** @param {Model} model @param {ReturnType<typeof paletteOf>} colours @returns {string[]} */
function edgesText({ nodes, folded }, colours) {
  return nodes.filter((node) => !folded[node.id]).flatMap((node) => node.inputs.flatMap(({ node: source, output }, input) => {
    if (folded[source]) return [];
    const change = edgesChange(nodes, [{ source, output, target: node.id, input }]);
    const look = change === null ? "" : ` color="${colours[change]}" penwidth=2${change === "removed" ? " style=dashed" : ""}`;
    return [`  n${source} -> n${node.id} [label=${quoted(outputText(nodes[source], output))}${look}];`];
  }));
}

/** What leaves the graph: a point without a box behind each head. @param {Model} model @returns {string[]} */
function outputsText({ nodes, view }) {
  return view.heads.flatMap(({ node, output }, number) => [
    `  out${number} [shape=plaintext style=solid label=${quoted(nodes[node].outputs[output].name)}];`,
    `  n${node} -> out${number} [label=${quoted(outputText(nodes[node], output))}];`,
  ]);
}

/**
 * The DOT text of a graph: groups as clusters, shapes on the edges, parameters within their operators. Every name is a
 * quoted string in it, so that none is read as markup or as an attribute.
 * @param {Model} model @param {string} theme @param {boolean} sideways
 */
export function dotText(model, theme, sideways) {
  const colours = paletteOf(theme);
  return [
    `digraph ${quoted(model.view.title)} {`,
    `  graph [rankdir=${sideways ? "LR" : "TB"} bgcolor="${colours.canvas}" fontname="Helvetica" fontcolor="${colours.muted}"];`,
    '  node [shape=box style="rounded,filled" fontname="Helvetica" fontsize=11];',
    `  edge [fontname="Helvetica" fontsize=9 color="${colours.edge}" fontcolor="${colours.muted}"];`,
    ...membersText(model, 0, colours, "  "),
    ...edgesText(model, colours),
    ...outputsText(model),
    "}",
    "",
  ].join("\n");
}
