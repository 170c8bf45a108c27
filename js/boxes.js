// What stands in a box, and how large the box is. The same in symbolnb/notebook/boxes.py.

import style from "../symbolnb/notebook/style.json";
import { nodesIn } from "./model.js";
import { clean, countText, elideEnd, elideMiddle, shapeText, textWidth, wrap } from "./text.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./types.js").ViewNode} ViewNode
 * @typedef {import("./types.js").ViewOutput} ViewOutput
 *
 * @typedef {{text: string, y: number, role: "title" | "name" | "detail" | "tag" | "error"}} Line
 * @typedef {{label: string, value: string, y: number, node: number}} Row  a folded variable; node -1: "more"
 *
 * @typedef {object} Port  where an output leaves the box
 * @property {number} node
 * @property {number} output
 * @property {number} x  offset from the box's centre
 * @property {string} text  the label on the edge
 * @property {number} width  of the label
 * @property {boolean} head  an output of the graph?
 * @property {boolean} used  by a node that is shown elsewhere?
 *
 * @typedef {object} Box
 * @property {number} node  -1 for a group
 * @property {number} group  -1 for a node
 * @property {string} family
 * @property {boolean} variable
 * @property {boolean} failed
 * @property {number} width
 * @property {number} header  the height of the coloured part
 * @property {number} body  the height of the card
 * @property {number} height  with the labels below the card
 * @property {number} [side]  the width of the labels beside the card, where the graph runs to the right
 * @property {Line[]} lines
 * @property {Row[]} rows
 * @property {Port[]} ports
 * @property {string} chip  the text that stands for this box where an edge from it is cut
 */

const metrics = style.box;
const TITLE = { size: metrics.title, bold: true };
const NAME = { size: metrics.name };
const ROW = { size: metrics.row };
const MONO = { size: metrics.row, mono: true };
export const LABEL = { size: metrics.label, mono: true };
const TAG = { size: metrics.tag };
const FONTS = { title: TITLE, name: NAME, detail: NAME, tag: TAG, error: NAME };
const INNER = metrics.max_width - 2 * metrics.padding;
const COLUMN_GAP = 14;
const TOLD = "fails: see above the picture";
const DTYPE_USUAL = "float32";

/**
 * A parameter in a few characters: "kernel 3×3", "relu", "no_bias" where that is true.
 * @param {{name: string, value: string}} parameter
 */
export function parameterText({ name, value }) {
  if (value === "True") return name;
  const tuple = /^[([] *(-?[0-9]+(?: *, *-?[0-9]+)*) *,? *[)\]]$/.exec(value);
  if (tuple !== null) return `${name} ${tuple[1].split(",").map((part) => part.trim()).join("\u00d7")}`;
  if (/^-?[0-9.]+(e[-+]?[0-9]+)?$/.test(value)) return `${name} ${value}`;
  if (/^[a-z][a-z0-9_]*$/.test(value)) return value;
  return `${name}=${value}`;
}

/**
 * The label of an output: its shape, and its dtype where that is not the usual one or just changed.
 * @param {Model} model @param {ViewNode} node @param {number} output
 */
export function outputLabel(model, node, output) {
  const { shape, dtype } = node.outputs[output];
  const changed = node.inputs.some((input) => {
    const from = model.nodes[input.node].outputs[input.output];
    return from !== undefined && from.dtype !== null && from.dtype !== dtype;
  });
  const text = shapeText(shape);
  return dtype !== null && (dtype !== DTYPE_USUAL || changed) ? `${text} ${clean(dtype)}` : text;
}

/**
 * Ports side by side under a box, labelled unless they are too many.
 * @param {Array<{node: number, output: number, text: string, head: boolean, used: boolean}>} outputs
 * @returns {{ports: Port[], width: number}}
 */
function spreadPorts(outputs) {
  const labelled = outputs.length <= metrics.max_port_labels;
  const sized = outputs.map((output) => {
    const text = labelled ? elideMiddle(output.text, LABEL, INNER) : "";
    const width = textWidth(text, LABEL);
    const head = output.head ? metrics.head_width : 0;
    return { ...output, text, width, slot: labelled ? Math.max(width, head, metrics.port_min) : 0 };
  });
  const gap = labelled ? metrics.port_gap : metrics.port_gap_bare;
  const total = sized.reduce((sum, port) => sum + port.slot, gap * (sized.length - 1));
  let at = -total / 2;
  const ports = sized.map(({ slot, ...port }) => {
    const x = at + slot / 2;
    at += slot + gap;
    return { ...port, x };
  });
  return { ports, width: sized.length === 0 ? 0 : total + 2 * metrics.padding };
}

/** @param {Port[]} ports */
function footer(ports) {
  if (ports.length === 0) return 0;
  return metrics.label_height + (ports.some((port) => port.head) ? metrics.head_height : 0);
}

/**
 * The outputs of a node that get a port: all if they are few, else those that are used.
 * @param {Model} model @param {ViewNode} node
 */
function nodePorts(model, node) {
  const heads = model.heads.get(node.id) ?? [];
  const used = new Set(model.uses[node.id].map((use) => use.output));
  const several = node.outputs.length > 1;
  const outputs = node.outputs.map((output, index) => {
    const prefix = `${node.name}_`;
    const name = output.name.startsWith(prefix) ? output.name.slice(prefix.length) : output.name;
    const label = outputLabel(model, node, index);
    return {
      node: node.id,
      output: index,
      text: several ? `${clean(name)} ${label}` : label,
      head: heads.includes(index),
      used: used.has(index),
    };
  });
  const few = several && outputs.length <= metrics.max_port_labels;
  return spreadPorts(few ? outputs : outputs.filter((output) => output.used || output.head));
}

/**
 * How wide a card is for its words, ports aside.
 * @param {{lines: Line[], rows: Row[], variable: boolean, group: number}} card
 */
function cardWidth({ lines, rows, variable, group }) {
  let words = 0;
  for (const { text, role } of lines) {
    words = Math.max(words, textWidth(text, FONTS[role]) + (group >= 0 && role === "title" ? metrics.toggle : 0));
  }
  for (const row of rows) {
    words = Math.max(words, textWidth(row.label, ROW) + COLUMN_GAP + textWidth(row.value, MONO));
  }
  const width = words + 2 * (variable ? metrics.pill_padding : metrics.padding);
  return Math.min(metrics.max_width, Math.max(metrics.min_width, width));
}

/**
 * The text that stands for something where an edge from it is cut: its name, and the shape if it has one output.
 * @param {string} name @param {string} label
 */
export function chipText(name, label) {
  const shown = `\u21aa ${elideMiddle(clean(name), NAME, metrics.max_chip)}`;
  return label === "" ? shown : `${shown}  ${elideEnd(label, NAME, metrics.max_chip)}`;
}

/** @param {Model} model @param {ViewNode} node */
function nodeChip(model, node) {
  return chipText(node.name, node.outputs.length === 1 ? outputLabel(model, node, 0) : "");
}

/** @param {Model} model @param {ViewNode} node @returns {Box} */
function variableBox(model, node) {
  const title = elideMiddle(clean(node.name), TITLE, INNER);
  const { ports, width } = nodePorts(model, node);
  /** @type {Line[]} */
  const lines = [
    { text: node.kind, y: metrics.tag_y, role: "tag" },
    { text: title, y: metrics.pill_title_y, role: "title" },
  ];
  return {
    node: node.id,
    group: -1,
    family: "variable",
    variable: true,
    failed: node.error !== null,
    width: Math.max(cardWidth({ lines, rows: [], variable: true, group: -1 }), width),
    header: metrics.variable_height,
    body: metrics.variable_height,
    height: metrics.variable_height + footer(ports),
    lines,
    rows: [],
    ports,
    chip: nodeChip(model, node),
  };
}

/**
 * The folded variables of an operator, the last ones as "more" if they are many.
 * @param {Model} model @param {ViewNode} node @param {number} top
 * @returns {Row[]}
 */
function foldedRows(model, node, top) {
  const inputs = node.inputs.filter((input) => model.folded[input.node]);
  const shown = inputs.length > metrics.max_rows ? inputs.slice(0, metrics.max_rows - 1) : inputs;
  const y = (/** @type {number} */ i) => top + metrics.row_padding + metrics.row_line * i + metrics.row_baseline;
  const rows = shown.map((input, i) => {
    const from = model.nodes[input.node];
    const label = elideMiddle(clean(input.name), ROW, metrics.max_row_label);
    const room = INNER - COLUMN_GAP - textWidth(label, ROW);
    return { label, value: elideEnd(outputLabel(model, from, 0), MONO, room), y: y(i), node: from.id };
  });
  if (shown.length < inputs.length) {
    rows.push({ label: `${inputs.length - shown.length} more`, value: "", y: y(shown.length), node: -1 });
  }
  return rows;
}

/** @param {Model} model @param {ViewNode} node @returns {Box} */
function operatorBox(model, node) {
  const detail = node.parameters.filter((parameter) => !parameter.default).map(parameterText).join(" \u00b7 ");
  /** @type {Line[]} */
  const lines = [];
  let y = metrics.header_padding;
  /** @param {Line["role"]} role @param {string} text @param {number} advance */
  const line = (role, text, advance) => {
    lines.push({ role, text, y: y + advance - metrics.descent });
    y += advance;
  };
  line("title", elideEnd(clean(node.op ?? ""), TITLE, INNER), metrics.title_line);
  line("name", elideMiddle(clean(node.name), NAME, INNER), metrics.name_line);
  if (detail !== "") line("detail", elideEnd(clean(detail), NAME, INNER), metrics.detail_line);
  const header = y + metrics.header_padding;
  const rows = foldedRows(model, node, header);
  let body = header + (rows.length > 0 ? rows.length * metrics.row_line + 2 * metrics.row_padding : 0);
  if (node.error !== null) {
    y = body + metrics.row_padding;
    const width = metrics.max_width - 2 * metrics.padding;
    const words = node.id === model.told ? TOLD : clean(node.error);
    for (const text of wrap(words, NAME, width, metrics.error_lines)) {
      line("error", text, metrics.error_line);
    }
    body = y + metrics.row_padding;
  }
  const { ports, width } = nodePorts(model, node);
  return {
    node: node.id,
    group: -1,
    family: style.families.includes(node.family) ? node.family : "other",
    variable: false,
    failed: node.error !== null,
    width: Math.max(cardWidth({ lines, rows, variable: false, group: -1 }), width),
    header,
    body,
    height: body + footer(ports),
    lines,
    rows,
    ports,
    chip: nodeChip(model, node),
  };
}

/**
 * The box of a node that is drawn on its own.
 * @param {Model} model @param {number} id
 * @returns {Box}
 */
export function nodeBox(model, id) {
  const node = model.nodes[id];
  return node.op === null ? variableBox(model, node) : operatorBox(model, node);
}

/**
 * The box for a graph that runs to the right: its ports are spread over the height of its right side, and need no width.
 * @param {Box} box
 * @returns {Box}
 */
export function sidewaysBox(box) {
  const labelled = box.ports.some((port) => port.text !== "");
  const gap = labelled ? metrics.head_height : metrics.port_gap_bare;
  const ports = box.ports.map((port, i) => ({ ...port, x: gap * (i - (box.ports.length - 1) / 2) }));
  const body = Math.max(box.body, gap * ports.length);
  const words = Math.max(0, ...ports.map((port) => port.width));
  let side = words === 0 ? 0 : words + 4 * metrics.label_line;
  if (ports.some((port) => port.head)) side += metrics.head_width + 2 * metrics.label_line;
  const header = box.header === box.body ? body : box.header;
  return { ...box, width: cardWidth(box), ports, header, body, height: body, side };
}

/** The room that a box takes with its labels. @param {Box} box */
export function boxRoom(box) {
  return { width: box.width + (box.side ?? 0), height: box.height };
}

/** @param {number} count @param {string} noun */
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * The parameters that belong to some nodes: their own and those of the variables folded into them.
 * @param {Model} model @param {number[]} nodes
 */
export function parametersOf(model, nodes) {
  const counted = new Set(nodes);
  for (const id of nodes) {
    for (const input of model.nodes[id].inputs) if (model.folded[input.node]) counted.add(input.node);
  }
  let sum = 0;
  for (const id of counted) if (model.nodes[id].op === null) sum += model.nodes[id].cost.parameters;
  return sum;
}

/** The name of a group, with the count of the equal blocks in it. @param {Model} model @param {number} id */
export function groupTitle(model, id) {
  const { name, repeat } = model.groups[id];
  return clean(repeat > 0 ? `${repeat} \u00d7 ${name}` : name);
}

/**
 * The box of a closed group.
 * @param {Model} model @param {number} id
 * @returns {Box}
 */
export function groupBox(model, id) {
  const nodes = nodesIn(model, id);
  const inside = new Set(nodes);
  const outputs = nodes.flatMap((node) => {
    const heads = model.heads.get(node) ?? [];
    const used = new Set(model.uses[node].filter((use) => !inside.has(use.node)).map((use) => use.output));
    return model.nodes[node].outputs
      .map((_, output) => ({
        node,
        output,
        text: outputLabel(model, model.nodes[node], output),
        head: heads.includes(output),
        used: used.has(output),
      }))
      .filter((output) => output.used || output.head);
  });
  const { ports, width } = spreadPorts(outputs);
  const operators = nodes.filter((node) => model.nodes[node].op !== null).length;
  const parameters = parametersOf(model, nodes);
  const title = elideMiddle(groupTitle(model, id), TITLE, INNER - metrics.toggle);
  const texts = [plural(operators, "operator")];
  if (parameters > 0) texts.push(`${countText(parameters)} parameters`);
  const name = texts.join(" \u00b7 ");
  const titleY = metrics.header_padding + metrics.title_line - metrics.descent;
  const body = 2 * metrics.header_padding + metrics.title_line + metrics.name_line;
  /** @type {Line[]} */
  const lines = [
    { role: "title", text: title, y: titleY },
    { role: "name", text: name, y: titleY + metrics.name_line },
  ];
  return {
    node: -1,
    group: id,
    family: "group",
    variable: false,
    failed: nodes.some((node) => model.nodes[node].error !== null),
    width: Math.max(cardWidth({ lines, rows: [], variable: false, group: id }), width),
    header: body,
    body,
    height: body + footer(ports),
    lines,
    rows: [],
    ports,
    chip: chipText(model.groups[id].name, ""),
  };
}
