// The panel's pages about a group and about the whole graph: totals, operators by count, and the interface.

import { plural } from "../../boxes.js";
import { amount, amountText, costs, MEASURES } from "../../costs.js";
import { nodesIn } from "../../model.js";
import { bytesText, countText, exactText } from "../../text.js";
import { button, h } from "../dom.js";
import { valueSummary } from "./values.js";
import { fillPanel, link, marked, pageHead, row, section, typeText } from "./parts.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("./parts.js").Actions} Actions
 */

const SHOWN = 40;

/** @param {Model} model @param {number[]} nodes */
function totals(model, nodes) {
  return /** @type {import("../../costs.js").Measure[]} */ (Object.keys(MEASURES)).map((measure) => {
    const one = amount(model, costs(model, measure), nodes);
    const title = one.unknown === 0 ? exactText(one.sum) : `${exactText(one.sum)}; not known for ${plural(one.unknown, "operator")}`;
    return row(MEASURES[measure].title, amountText(measure, one), title);
  });
}

/** @param {Model} model @param {number[]} nodes @param {Set<string>} filter @param {Actions} actions @param {AbortSignal} signal */
function operatorRows(model, nodes, filter, actions, signal) {
  /** @type {Map<string, number>} */
  const count = new Map();
  for (const id of nodes) {
    const { op } = model.nodes[id];
    if (op !== null) count.set(op, (count.get(op) ?? 0) + 1);
  }
  const sorted = [...count].sort(([a, i], [b, k]) => k - i || (a < b ? -1 : 1));
  return sorted.map(([op, number]) => {
    const key = `operator ${op}`;
    const name = button({ label: op, text: op, class: "snb-link snb-filter", pressed: filter.has(key) }, () => {
      actions.filter(key);
      name.setAttribute("aria-pressed", String(filter.has(key)));
    }, signal);
    name.title = "Show only this operator";
    return row(name, String(number));
  });
}

/**
 * Outputs of nodes, each with a link to its node; the last ones as a count where they are many.
 * @param {Model} model @param {Array<{node: number, output: number}>} entries @param {Actions} actions @param {AbortSignal} signal
 */
function entryRows(model, entries, actions, signal) {
  const rows = entries.slice(0, SHOWN).map(({ node, output }) => {
    const from = model.nodes[node];
    const name = from.outputs[output]?.name ?? from.name;
    return h("li", {}, link(name, () => actions.goto(node), signal), marked(typeText(from.outputs[output])));
  });
  if (entries.length > SHOWN) rows.push(row("", `and ${entries.length - SHOWN} more`));
  return rows;
}

/** The nodes that differ, in a document of two graphs. @param {Model} model @param {Actions} actions @param {AbortSignal} signal */
function differenceRows(model, actions, signal) {
  const nodes = model.nodes.filter((node) => node.change !== null && node.change !== undefined);
  const rows = nodes.slice(0, SHOWN).map((node) =>
    h("li", {}, link(node.name, () => actions.goto(node.id), signal), h("span", { class: `snb-value snb-${node.change}` }, String(node.change))));
  if (nodes.length > SHOWN) rows.push(row("", `and ${nodes.length - SHOWN} more`));
  return rows;
}

/**
 * What comes into a set of nodes and what leaves it.
 * @param {Model} model @param {number[]} nodes
 */
export function interfaceOf(model, nodes) {
  const inside = new Set(nodes);
  /** @type {Map<string, {node: number, output: number}>} */
  const inputs = new Map();
  /** @type {Array<{node: number, output: number}>} */
  const outputs = [];
  for (const id of nodes) {
    for (const { node, output } of model.nodes[id].inputs) {
      if (!inside.has(node) && !model.folded[node]) inputs.set(`${node}:${output}`, { node, output });
    }
    model.nodes[id].outputs.forEach((_, output) => {
      const leaves = model.uses[id].some((use) => use.output === output && !inside.has(use.node));
      if (leaves || model.heads.get(id)?.includes(output)) outputs.push({ node: id, output });
    });
  }
  return { inputs: [...inputs.values()], outputs };
}

/**
 * Shows a group in a panel.
 * @param {HTMLElement} panel @param {Model} model @param {number} id @param {{closed: boolean, filter: Set<string>}} state
 * @param {Actions} actions @param {AbortSignal} signal
 */
export function inspectGroup(panel, model, id, { closed, filter }, actions, signal) {
  const group = model.groups[id];
  const nodes = nodesIn(model, id);
  const { inputs, outputs } = interfaceOf(model, nodes);
  const operators = nodes.filter((node) => model.nodes[node].op !== null).length;
  const label = closed ? "Open the group" : "Close the group";
  const failed = nodes.filter((node) => model.nodes[node].error !== null).map((node) => ({ node, output: 0 }));
  fillPanel(panel, [
    pageHead("snb-f-group", "Group", group.name, actions, signal),
    h("div", { class: "snb-actions" },
      button({ label, text: label, class: "snb-action" }, () => actions.toggleGroup(id), signal)),
    section("Fails in", entryRows(model, failed, actions, signal)),
    section("Totals", [row("operators", String(operators)), ...totals(model, nodes)]),
    section("Comes in", entryRows(model, inputs, actions, signal)),
    section("Goes out", entryRows(model, outputs, actions, signal)),
    section("Groups in it", group.members.filter((member) => member.kind === "group").slice(0, SHOWN)
      .map((member) => h("li", {}, link(model.groups[member.group].name, () => actions.showGroup(member.group), signal)))),
    section("Operators", operatorRows(model, nodes, filter, actions, signal)),
  ]);
}

/**
 * Shows the whole graph in a panel.
 * @param {HTMLElement} panel @param {Model} model @param {Set<string>} filter @param {Actions} actions @param {AbortSignal} signal
 */
export function inspectGraph(panel, model, filter, actions, signal) {
  const { view, nodes } = model;
  const all = nodes.map((node) => node.id);
  const given = nodes.filter((node) => node.op === null && !model.folded[node.id]).map(({ id }) => ({ node: id, output: 0 }));
  const open = nodes.filter((node) => node.outputs.some(({ shape }) => shape === null || shape.includes(null)));
  const unknown = view.unknown.map((name) => nodes.find((node) => node.name === name)).filter((node) => node !== undefined);
  const memory = view.memory === null ? [] : [
    row("planned memory", bytesText(view.memory.planned), exactText(view.memory.planned)),
    row("without the plan", bytesText(view.memory.unplanned), exactText(view.memory.unplanned)),
    ...(view.memory.held === undefined ? [] : [
      row("prepared weights", bytesText(view.memory.held), exactText(view.memory.held))])];
  const trade = view.recomputed;
  const again = trade === undefined ? [] : [
    row("operators", String(nodes.filter((node) => node.again).length)),
    row("multiply-adds", `${countText(trade.multiply_adds)} on top of ${countText(trade.usual)}`, exactText(trade.multiply_adds)),
    row("planned memory", bytesText(trade.planned), exactText(trade.planned)),
    row("without computing again", bytesText(trade.without), exactText(trade.without))];
  fillPanel(panel, [
    pageHead("snb-f-group", "Graph", view.title, actions, signal),
    section("Totals", [row("nodes", String(nodes.length)), row("operators", String(view.totals.operators)),
      ...totals(model, all), ...memory]),
    section("Computed again to save memory", again),
    ...valueSummary(model, actions, signal),
    open.length === 0 ? null : section("Not known", [
      row("shapes", `of ${plural(open.length, "node")}`),
      ...unknown.slice(0, SHOWN).map((node) => h("li", {}, h("span", { class: "snb-key" }, "would be settled by"),
        link(node.name, () => actions.goto(node.id), signal)))]),
    section("Differences", differenceRows(model, actions, signal)),
    section("Inputs", entryRows(model, given, actions, signal)),
    section("Outputs", entryRows(model, view.heads, actions, signal)),
    section("Operators", operatorRows(model, all, filter, actions, signal)),
  ]);
}
