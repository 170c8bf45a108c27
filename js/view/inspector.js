// The panel with all that is known about one node.

import { bytesText, countText, exactText, shapeText } from "../text.js";
import { button, h } from "./dom.js";

/**
 * @typedef {import("../model.js").Model} Model
 * @typedef {import("../types.js").ViewNode} ViewNode
 * @typedef {{goto: (node: number) => void, close: () => void}} Actions
 */

const CROSS = "M4 4l8 8M12 4l-8 8";

/** @param {string} text */
function marked(text) {
  const element = h("span", { class: "snb-value" });
  for (const part of text.split(/(\?)/)) {
    if (part === "?") element.append(h("span", { class: "snb-warn" }, part));
    else if (part !== "") element.append(part);
  }
  return element;
}

/** @param {string} title @param {HTMLElement[]} rows */
function section(title, rows) {
  if (rows.length === 0) return null;
  return h("section", { class: "snb-section" }, h("h4", {}, title), h("ul", { class: "snb-list" }, ...rows));
}

/** @param {string} key @param {string} value */
function row(key, value) {
  return h("li", {}, h("span", { class: "snb-key" }, key), h("span", { class: "snb-value" }, value));
}

/** @param {import("../types.js").ViewOutput | undefined} output */
function typeText(output) {
  if (output === undefined) return "?";
  return `${shapeText(output.shape)} ${output.dtype ?? "?"}`;
}

/** @param {Model} model @param {ViewNode} node @param {Actions} actions @param {AbortSignal} signal */
function inputRows(model, node, actions, signal) {
  return node.inputs.map((input) => {
    const from = model.nodes[input.node];
    const output = from.outputs[input.output];
    const text = from.outputs.length > 1 && output !== undefined ? output.name : from.name;
    const link = button({ label: text, text, class: "snb-link" }, () => actions.goto(from.id), signal);
    return h("li", {}, h("span", { class: "snb-key" }, input.name), marked(typeText(output)),
      h("span", { class: "snb-more" }, "from ", link));
  });
}

/** @param {Model} model @param {ViewNode} node @param {Actions} actions @param {AbortSignal} signal */
function outputRows(model, node, actions, signal) {
  return node.outputs.map((output, index) => {
    const item = h("li", {}, h("span", { class: "snb-key" }, output.name), marked(typeText(output)));
    const users = [...new Set(model.uses[node.id].filter((use) => use.output === index).map((use) => use.node))];
    if (users.length > 0) {
      const more = h("span", { class: "snb-more" }, "to ");
      users.forEach((user, i) => {
        const text = model.nodes[user].name;
        more.append(i > 0 ? ", " : "", button({ label: text, text, class: "snb-link" }, () => actions.goto(user), signal));
      });
      item.append(more);
    }
    if (model.heads.get(node.id)?.includes(index)) item.append(h("span", { class: "snb-more" }, "output of the graph"));
    return item;
  });
}

/** @param {Model} model @param {ViewNode} node */
function parameterRows(model, node) {
  const docs = node.op === null ? undefined : model.view.operators[node.op]?.parameters;
  return node.parameters.map((parameter) => {
    const doc = docs?.[parameter.name];
    const item = row(parameter.name, parameter.value);
    item.className = parameter.default ? "snb-default" : "snb-changed";
    const words = doc === undefined ? [] : [doc.doc, doc.type, doc.default === null ? "" : `default ${doc.default}`];
    const title = words.filter((word) => word !== "").join("; ");
    if (title !== "") item.title = title;
    return item;
  });
}

/** @param {ViewNode} node */
function costRows(node) {
  const { multiply_adds: work, parameters, output_bytes: bytes } = node.cost;
  /** @param {string} key @param {number} value @param {(value: number) => string} text */
  const cost = (key, value, text) => {
    const item = row(key, text(value));
    item.title = exactText(value);
    return item;
  };
  const rows = [];
  if (work !== null && work > 0) rows.push(cost("multiply-adds", work, countText));
  if (parameters > 0) rows.push(cost("parameters", parameters, countText));
  if (bytes !== null) rows.push(cost("output", bytes, bytesText));
  return rows;
}

/**
 * Shows a node in a panel.
 * @param {HTMLElement} panel @param {Model} model @param {number} id @param {Actions} actions @param {AbortSignal} signal
 */
export function inspect(panel, model, id, actions, signal) {
  const node = model.nodes[id];
  const operator = node.op === null ? undefined : model.view.operators[node.op];
  const look = `snb-f-${node.op === null ? "variable" : node.family}${node.error === null ? "" : " snb-failed"}`;
  const attributes = Object.entries(node.attributes).map(([key, value]) => row(key, value));
  const place = node.source === null ? [] : [row(node.source.label, `line ${node.source.line}`)];
  const words = node.op === null ? node.kind : node.op;
  panel.replaceChildren(
    h("div", { class: `snb-card-head ${look}` },
      h("h3", {}, words),
      button({ label: "Close the panel", icon: CROSS, class: "snb-close" }, actions.close, signal),
      h("p", {}, node.name)),
  );
  const sections = [
    operator === undefined || operator.doc === "" ? null : h("p", { class: "snb-doc" }, operator.doc),
    node.error === null ? null : h("p", { class: "snb-failure" }, node.error),
    section("Inputs", inputRows(model, node, actions, signal)),
    section("Outputs", outputRows(model, node, actions, signal)),
    section("Parameters", parameterRows(model, node)),
    section("Attributes", attributes),
    section("Cost", costRows(node)),
    section("Made in", place),
  ];
  for (const one of sections) if (one !== null) panel.append(one);
  panel.scrollTop = 0;
}
