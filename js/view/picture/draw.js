// The SVG elements of boxes, frames, wires and chips. symbolnb/notebook/static.py draws the same.

import style from "../../../symbolnb/notebook/style.json";
import { groupTitle, plural } from "../../boxes.js";
import { BADGES, changeOf, differenceText, edgesChange } from "../../diff.js";
import { nodesIn } from "../../model.js";
import { clean, shapeText, textWidth } from "../../text.js";
import { svg } from "../dom.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../boxes.js").Box} Box
 * @typedef {import("../../boxes.js").Port} Port
 * @typedef {import("../../arrange.js").Wire} Wire
 * @typedef {import("../../arrange.js").Frame} Frame
 * @typedef {import("../../arrange.js").PlacedChip} PlacedChip
 */

const metrics = style.box;

/** The class of words that are moved where what they stand in begins outside of what is seen. */
export const WORDS = "snb-words";

/** Where a frame's title begins: behind the sign that the frame can be closed. */
const TITLE_AT = 26;

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}

/** Where something stands, as SVG has it. @param {{x: number, y: number}} place */
export function placeText({ x, y }) {
  return `translate(${round(x)} ${round(y)})`;
}

/**
 * Text with every unknown dimension marked.
 * @param {string} text @param {import("../dom.js").Attributes} attributes
 */
function shapeElement(text, attributes) {
  const element = svg("text", attributes);
  for (const part of text.split(/(\?)/)) {
    if (part === "?") element.append(svg("tspan", { class: "snb-warn" }, part));
    else if (part !== "") element.append(part);
  }
  return element;
}

/**
 * The path through points of which every second stretch is straight.
 * @param {Array<[number, number]>} points @param {boolean} sideways
 */
export function wirePath(points, sideways) {
  let path = `M${round(points[0][0])} ${round(points[0][1])}`;
  for (let i = 1; i < points.length; i += 1) {
    const [x0, y0] = points[i - 1];
    const [x, y] = points[i];
    if (i % 2 === 1 || Math.abs(sideways ? y - y0 : x - x0) < 0.5) {
      path += `L${round(x)} ${round(y)}`;
    } else if (sideways) {
      const middle = round((x0 + x) / 2);
      path += `C${middle} ${round(y0)} ${middle} ${round(y)} ${round(x)} ${round(y)}`;
    } else {
      const middle = round((y0 + y) / 2);
      path += `C${round(x0)} ${middle} ${round(x)} ${middle} ${round(x)} ${round(y)}`;
    }
  }
  return path;
}

/** @param {Array<[number, number]>} points @param {boolean} sideways */
function arrowPath(points, sideways) {
  const [x, y] = points[points.length - 1];
  if (sideways) return `M${round(x)} ${round(y)}l${x >= points[points.length - 2][0] ? -7 : 7} -3.8v7.6z`;
  const back = y >= points[points.length - 2][1] ? -7 : 7;
  return `M${round(x)} ${round(y)}l-3.8 ${back}h7.6z`;
}

/**
 * What an edge carries, from where to where.
 * @param {Model} model @param {Wire["edges"][number]} edge
 */
export function edgeText(model, { source, output, target, input }) {
  const { name, shape, dtype } = model.nodes[source].outputs[output];
  const to = model.nodes[target];
  return clean(`${name} \u2192 ${to.name} (${to.inputs[input].name}): ${shapeText(shape)} ${dtype ?? ""}`.trimEnd());
}

/** @param {Model} model @param {Wire} wire @param {boolean} sideways */
export function drawWire(model, wire, sideways) {
  const shown = wire.edges.slice(0, 8).map((edge) => edgeText(model, edge));
  if (wire.edges.length > shown.length) shown.push(`and ${wire.edges.length - shown.length} more`);
  const d = wirePath(wire.points, sideways);
  const change = edgesChange(model.nodes, wire.edges);
  return svg("g", { class: change === null ? "snb-wire" : `snb-wire snb-${change}` },
    svg("title", {}, shown.join("\n")),
    svg("path", { class: "snb-hit", d }),
    svg("path", { d }),
    wire.arrow ? svg("path", { class: "snb-arrow", d: arrowPath(wire.points, sideways) }) : null);
}

/** @param {Model} model @param {PlacedChip} chip */
export function drawChip(model, chip) {
  const label = chip.edges.slice(0, 8).map((edge) => edgeText(model, edge)).join("\n");
  return svg("g", { class: "snb-chip", role: "button", tabindex: -1, transform: placeText(chip) },
  svg("title", {}, label),
  svg("rect", { width: chip.width, height: style.layout.chip_height, rx: style.layout.chip_height / 2 }),
  svg("text", { x: chip.width / 2, y: 14, "text-anchor": "middle" }, chip.text));
}

/** @param {Frame} frame */
export function drawFrameArea(frame) {
  return svg("rect", { class: "snb-frame-area", x: round(frame.x), y: round(frame.y), width: frame.width,
    height: frame.height, rx: 12 });
}

/** @param {Frame} frame @param {string} name */
export function drawFrameHead(frame, name) {
  return svg("g", { class: "snb-frame-head", role: "button", tabindex: -1, "aria-expanded": "true", transform: placeText(frame) },
  svg("title", {}, `Group ${clean(name)}: click to close`),
  svg("rect", { x: 2, y: 2, width: frame.width - 4, height: style.frame.header - 6, rx: 10 }),
  svg("g", { class: WORDS }, svg("path", { class: "snb-toggle", d: "M12 12l4 4l4 -4" }), svg("text", { x: TITLE_AT, y: 18 }, frame.title)));
}

/** How far the words of a frame can be moved in it. @param {Frame} frame */
export function frameSlack({ title, width }) {
  return width - TITLE_AT - textWidth(title, { size: 12, bold: true }) - metrics.padding;
}

/** How far those of a box can, which has many outputs then. @param {Box} box */
export function boxSlack({ width }) {
  return width - metrics.max_width;
}

/** @param {Box} box */
function headerPath({ width, header, body }) {
  const r = metrics.radius;
  const bottom = header === body ? `V${body - r}a${r} ${r} 0 0 1 -${r} ${r}H${r}a${r} ${r} 0 0 1 -${r} -${r}` : `V${header}H0`;
  return `M0 ${r}a${r} ${r} 0 0 1 ${r} -${r}H${width - r}a${r} ${r} 0 0 1 ${r} ${r}${bottom}z`;
}

/** @param {Box} box @returns {SVGElement[]} */
function cardElements(box) {
  const radius = box.variable ? box.body / 2 : metrics.radius;
  const card = svg("rect", { class: "snb-card", width: box.width, height: box.body, rx: radius });
  const ring = svg("rect", { class: "snb-ring", x: -3, y: -3, width: box.width + 6, height: box.body + 6, rx: radius + 3 });
  if (box.variable) return [card, ring];
  const head = svg("path", { class: "snb-head", d: headerPath(box) });
  /** @type {SVGElement[]} */
  const out = [card, head];
  if (box.group >= 0) {
    out.unshift(svg("rect", { class: "snb-card", x: 4, y: 4, width: box.width, height: box.body, rx: radius }));
    out.push(svg("path", { class: "snb-toggle", d: `M${box.width - 20} 14l4 4l-4 4` }));
  }
  if (box.header < box.body) {
    out.push(svg("path", { class: "snb-rule", d: `M0 ${box.header}H${box.width}` }));
  }
  out.push(svg("rect", { class: "snb-card", fill: "none", style: "fill:none", width: box.width, height: box.body, rx: radius }));
  out.push(ring);
  return out;
}

/**
 * The line below a box with the shape on it, and the mark of an output of the graph.
 * @param {Box} box @param {Port} port @param {string} head  the mark's text
 */
function portElements(box, port, head) {
  const x = round(box.width / 2 + port.x);
  const labelEnd = box.body + metrics.label_height;
  const elements = [];
  const trunk = (/** @type {number} */ from, /** @type {number} */ to) =>
    elements.push(svg("path", { class: "snb-trunk", d: `M${x} ${from}V${to}` }));
  if (port.text === "") {
    trunk(box.body, port.head ? labelEnd : box.height);
  } else {
    trunk(box.body, box.body + metrics.label_line);
    elements.push(shapeElement(port.text, { class: "snb-mono snb-shape", x, y: box.body + metrics.label_baseline, "text-anchor": "middle" }));
    if (port.head || port.used) trunk(box.body + metrics.label_text_end, port.head ? labelEnd : box.height);
  }
  if (port.head) {
    const { head_width: width, head_pill: height } = metrics;
    elements.push(svg("rect", { class: "snb-output", x: x - width / 2, y: labelEnd, width, height, rx: height / 2 }));
    elements.push(svg("text", { class: "snb-output-text", x, y: labelEnd + 11.5, "text-anchor": "middle" }, head));
    if (port.used) trunk(labelEnd + height, box.height);
  }
  return elements;
}

/**
 * The same beside a box of a graph that runs to the right.
 * @param {Box} box @param {Port} port @param {string} head  the mark's text
 */
function sidewaysPort(box, port, head) {
  const y = round(box.body / 2 + port.x);
  const gap = metrics.label_line;
  let at = box.width;
  /** @type {SVGElement[]} */
  const elements = [];
  const trunk = (/** @type {number} */ to) => elements.push(svg("path", { class: "snb-trunk", d: `M${round(at)} ${y}H${round(to)}` }));
  if (port.text !== "") {
    trunk(at + gap);
    elements.push(shapeElement(port.text, { class: "snb-mono snb-shape", x: round(at + 2 * gap), y: y + 4 }));
    at += 3 * gap + port.width;
  }
  if (port.head) {
    const { head_width: width, head_pill: height } = metrics;
    trunk(at + gap);
    elements.push(svg("rect", { class: "snb-output", x: round(at + gap), y: y - height / 2, width, height, rx: height / 2 }));
    elements.push(svg("text", { class: "snb-output-text", x: round(at + gap + width / 2), y: y + 3.5, "text-anchor": "middle" }, head));
    at += gap + width;
  }
  if (port.used) trunk(box.width + (box.side ?? 0));
  return elements;
}

/**
 * The mark of an output of the graph: its number where there are several.
 * @param {Model} model @param {Port} port
 */
export function headText(model, port) {
  const { heads } = model.view;
  if (heads.length === 1) return "output";
  return `output ${heads.findIndex((head) => head.node === port.node && head.output === port.output)}`;
}

/**
 * What a box is called by a screen reader and in its tooltip.
 * @param {Model} model @param {Box} box
 */
export function boxName(model, box) {
  if (box.group >= 0) return `Group ${groupTitle(model, box.group)}, ${box.lines[1].text}`;
  const node = model.nodes[box.node];
  const shapes = node.outputs.map((output) => `${shapeText(output.shape)} ${output.dtype ?? ""}`.trimEnd());
  const words = [`${node.op ?? node.kind} ${node.name}`, `gives ${shapes.join(" and ")}`];
  const inputs = node.inputs.filter((input) => !model.folded[input.node]).length;
  if (inputs > 0) words.push(plural(inputs, "input"));
  if (node.change !== null && node.change !== undefined) words.push(node.change);
  if (node.again) words.push("computed again while training");
  if (node.error !== null) words.push(`error: ${node.error}`);
  return clean(words.join(", "));
}

/** The tooltip of a box: all that may be cut in it. @param {Model} model @param {Box} box */
function boxTitle(model, box) {
  const name = boxName(model, box);
  if (box.node < 0) return name;
  const { parameters, changes = [] } = model.nodes[box.node];
  const changed = parameters.filter((parameter) => !parameter.default);
  return [name, ...changed.map((parameter) => clean(`${parameter.name}: ${parameter.value}`)),
    ...changes.map((one) => clean(differenceText(one)))].join("\n");
}

/** The tooltip of a row. @param {Model} model @param {import("../../boxes.js").Row} row */
function rowTitle(model, row) {
  if (row.node < 0) return row.label;
  const { name, outputs } = model.nodes[row.node];
  return clean(`${name}: ${shapeText(outputs[0].shape)} ${outputs[0].dtype ?? ""}`.trimEnd());
}

/** The nodes that a box shows. @param {Model} model @param {Box} box */
function nodesOf(model, box) {
  return box.node >= 0 ? [box.node] : nodesIn(model, box.group);
}

/** What became of what a box shows, in a document of two graphs. @param {Model} model @param {Box} box */
function boxChange(model, box) {
  return changeOf(nodesOf(model, box).map((node) => model.nodes[node]));
}

/** The mark at the corner of a box. @param {import("../../types.js").Change} change */
function badge(change) {
  return svg("g", { class: "snb-badge" }, svg("circle", { r: 8 }),
    svg("text", { y: 4.5, "text-anchor": "middle" }, BADGES[change]));
}

/** The mark at the other corner of what is computed a second time: an arrow that goes round. @param {Box} box */
function againMark({ width }) {
  return svg("g", { class: "snb-again", transform: `translate(${round(width)} 0)` },
    svg("circle", { r: 8 }), svg("path", { d: "M3.2 -2.6A4.2 4.2 0 1 0 4.2 .6M3.6 -5.4V-2.4H.6" }));
}

/** @param {Model} model @param {Box} box */
function boxClass(model, box) {
  const classes = ["snb-box", `snb-f-${box.family}`];
  if (box.variable) classes.push("snb-variable", `snb-${model.nodes[box.node].kind}`);
  if (box.failed) classes.push("snb-failed");
  const change = boxChange(model, box);
  if (change !== null) classes.push(`snb-${change}`);
  return classes.join(" ");
}

/**
 * A box with its labels below it.
 * @param {Model} model @param {{box: Box, x: number, y: number}} placed @param {boolean} detailed  with its words?
 */
export function drawBox(model, placed, detailed) {
  const { box } = placed;
  // A screen reader is told the title; the words in the card would say it again in pieces.
  const card = svg("g", { "aria-hidden": "true" }, ...cardElements(box));
  const element = svg("g", {
    class: boxClass(model, box), role: "button", tabindex: -1,
    "aria-expanded": box.group >= 0 ? "false" : null, transform: placeText(placed),
  }, svg("title", {}, boxTitle(model, box)), card);
  const change = boxChange(model, box);
  if (!detailed) {
    for (const port of box.ports) {
      const d = box.side === undefined ? `M${round(box.width / 2 + port.x)} ${box.body}V${box.height}`
        : `M${box.width} ${round(box.body / 2 + port.x)}h${box.side}`;
      card.append(svg("path", { class: "snb-trunk", d }));
    }
    return element;
  }
  const words = boxSlack(box) > 0 ? svg("g", { class: WORDS }) : card;
  if (words !== card) card.append(words);
  for (const { text, y: baseline, role } of box.lines) {
    const place = box.variable ? { x: box.width / 2, "text-anchor": "middle" } : { x: metrics.padding };
    words.append(svg("text", { class: `snb-t-${role}`, y: baseline, ...place }, text));
  }
  for (const row of box.rows) {
    const became = row.node < 0 ? null : model.nodes[row.node].change ?? null;
    card.append(svg("g", { class: became === null ? "snb-row" : `snb-row snb-${became}`, "data-node": row.node >= 0 ? row.node : box.node },
      svg("title", {}, rowTitle(model, row)),
      svg("rect", { x: 4, y: row.y - metrics.row_baseline, width: box.width - 8, height: metrics.row_line, rx: 4 }),
      svg("text", { class: "snb-row-label", x: metrics.padding, y: row.y }, row.label),
      shapeElement(row.value, { class: "snb-mono snb-row-value", x: box.width - metrics.padding, y: row.y, "text-anchor": "end" })));
  }
  if (change !== null) card.append(badge(change));
  if (nodesOf(model, box).some((node) => model.nodes[node].again)) card.append(againMark(box));
  const portsOf = box.side === undefined ? portElements : sidewaysPort;
  for (const port of box.ports) card.append(...portsOf(box, port, headText(model, port)));
  return element;
}
