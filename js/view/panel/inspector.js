// The panel's page with all that is known about one node.

import { bytesText, countText, exactText } from "../../text.js";
import { differenceText, presentInputs } from "../../diff.js";
import { button, h } from "../dom.js";
import { fillPanel, link, marked, pageHead, row, section, typeText } from "./parts.js";
import { valueSections } from "./values.js";
import { originRows, settlingRows, TOLD, trainingRows } from "./variable.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../types.js").ViewNode} ViewNode
 * @typedef {import("./parts.js").Actions} Actions
 */

const SHOWN_USERS = 30;

/** @param {Model} model @param {ViewNode} node @param {Actions} actions @param {AbortSignal} signal */
function inputRows(model, node, actions, signal) {
  return node.inputs.map((input, index) => {
    const from = model.nodes[input.node];
    const output = from.outputs[input.output];
    const text = from.outputs.length > 1 && output !== undefined ? output.name : from.name;
    return h("li", {}, h("span", { class: "snb-key" }, input.name), marked(typeText(output)),
      h("span", { class: "snb-more" }, index >= presentInputs(node) ? "no longer from " : "from ", link(text, () => actions.goto(from.id), signal)));
  });
}

/** @param {Model} model @param {ViewNode} node @param {Actions} actions @param {AbortSignal} signal */
function outputRows(model, node, actions, signal) {
  return node.outputs.map((output, index) => {
    const item = h("li", {}, h("span", { class: "snb-key" }, output.name), marked(typeText(output)));
    const users = [...new Set(model.uses[node.id].filter((use) => use.output === index).map((use) => use.node))];
    if (users.length > 0) {
      const more = h("span", { class: "snb-more" }, "to ");
      users.slice(0, SHOWN_USERS).forEach((user, i) => {
        if (i > 0) more.append(", ");
        more.append(link(model.nodes[user].name, () => actions.goto(user), signal));
      });
      if (users.length > SHOWN_USERS) more.append(` and ${users.length - SHOWN_USERS} more`);
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
    const words = doc === undefined ? [] : [doc.doc, doc.type, doc.default === null ? "" : `default ${doc.default}`];
    const title = words.filter((word) => word !== "").join("; ");
    const item = row(parameter.name, parameter.value, title === "" ? undefined : title);
    item.className = parameter.default ? "snb-default" : "snb-changed";
    return item;
  });
}

/** @param {ViewNode} node */
function costRows(node) {
  const { multiply_adds: work, parameters, output_bytes: bytes } = node.cost;
  const rows = [];
  if (work !== null && work > 0) rows.push(row("multiply-adds", countText(work), exactText(work)));
  if (parameters > 0) rows.push(row("parameters", countText(parameters), exactText(parameters)));
  if (bytes !== null) rows.push(row("output", bytesText(bytes), exactText(bytes)));
  return rows;
}

/**
 * The switches that mark what a node depends on, what depends on it, and a path from it.
 * @param {import("../picture/marks.js").Marks} marks @param {Actions} actions @param {AbortSignal} signal
 */
function followRow(marks, actions, signal) {
  const way = (/** @type {"up" | "down"} */ which, /** @type {string} */ text, /** @type {string} */ label) => {
    const element = button({ label, text, class: "snb-action", pressed: marks[which] }, () => {
      actions.follow(which);
      element.setAttribute("aria-pressed", String(marks[which]));
    }, signal);
    return element;
  };
  return h("div", { class: "snb-actions", role: "group", "aria-label": "Highlight" },
    way("up", "Ancestors", "Highlight all that this node depends on"),
    way("down", "Descendants", "Highlight all that depends on this node"),
    button({ label: "Highlight the path to a node that you choose next; or click it with Shift", text: "Path to\u2026",
      class: "snb-action" }, actions.path, signal));
}

/** What became of a node, in a document of two graphs. @param {ViewNode} node */
function changeParts({ change, changes = [] }) {
  if (change === null || change === undefined) return [];
  const rows = changes.map((one) => h("li", {}, h("span", { class: "snb-difference" }, differenceText(one))));
  return [h("p", { class: `snb-became snb-${change}` }, change[0].toUpperCase() + change.slice(1)), section("What differs", rows)];
}

/** What the highlight shows, in words. @param {Model} model @param {import("../picture/marks.js").Marks} marks */
export function pathText(model, marks) {
  if (marks.path === null) return "";
  const { from, to, steps, nodes } = marks.path;
  return `Path from ${model.nodes[from].name} to ${model.nodes[to].name}: ${nodes.size} nodes on the way, `
    + `${steps} ${steps === 1 ? "step" : "steps"} at least`;
}

/**
 * Shows a node in a panel.
 * @param {HTMLElement} panel @param {Model} model @param {number} id @param {import("../picture/marks.js").Marks} marks
 * @param {Actions} actions @param {AbortSignal} signal
 */
export function inspect(panel, model, id, marks, actions, signal) {
  const node = model.nodes[id];
  const operator = node.op === null ? undefined : model.view.operators[node.op];
  const look = `snb-f-${node.op === null ? "variable" : node.family}${node.error === null ? "" : " snb-failed"}`;
  const attributes = Object.entries(node.attributes).filter(([key]) => node.op !== null || !TOLD.includes(key))
    .map(([key, value]) => row(key, value));
  const place = node.source === null ? [] : [row(node.source.label, `line ${node.source.line}`)];
  const said = pathText(model, marks);
  fillPanel(panel, [
    pageHead(look, node.op === null ? node.kind : node.op, node.name, actions, signal),
    followRow(marks, actions, signal),
    said === "" ? null : h("p", { class: "snb-said" }, said),
    ...changeParts(node),
    operator === undefined || operator.doc === "" ? null : h("p", { class: "snb-doc" }, operator.doc),
    node.error === null ? null : h("p", { class: "snb-failure" }, node.error),
    section("Inputs", inputRows(model, node, actions, signal)),
    section("Outputs", outputRows(model, node, actions, signal)),
    ...valueSections(model, node),
    section("Not known", settlingRows(model, node, actions, signal)),
    section("Shape", originRows(model, node, actions, signal)),
    section("Training", trainingRows(node)),
    section("Parameters", parameterRows(model, node)),
    section("Attributes", attributes),
    section("Cost", costRows(node)),
    section("Made in", place),
  ]);
}
