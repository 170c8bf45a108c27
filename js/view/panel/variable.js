// What the inspector says of a variable beyond what it says of any node: how it is trained, where its shape is from;
// and of a node whose shape is not known, which inputs would settle it.

import { ancestors } from "../../follow.js";
import { clean } from "../../text.js";
import { h } from "../dom.js";
import { link, row } from "./parts.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../types.js").ViewNode} ViewNode
 * @typedef {import("./parts.js").Actions} Actions
 */

/** Attributes that are told of in words. */
export const TOLD = ["__init__", "__lr_mult__", "__wd_mult__"];

/**
 * An initializer as MXNet writes it, `["xavier", {"magnitude": 3}]`, in words; any other text as it is.
 * @param {string} text
 */
export function initializerText(text) {
  try {
    const [name, options] = JSON.parse(text);
    if (typeof name !== "string" || typeof options !== "object" || options === null) return text;
    const words = Object.entries(options).map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
    return words.length === 0 ? name : `${name} (${words.join(", ")})`;
  } catch {
    return text;
  }
}

/** How a variable starts and is trained. @param {ViewNode} node */
export function trainingRows({ kind, op, attributes }) {
  const learned = kind === "parameter";
  if (op !== null || (!learned && !TOLD.some((key) => key in attributes))) return [];
  const init = attributes.__init__;
  const told = (/** @type {string} */ name, /** @type {string | undefined} */ value, /** @type {string} */ usual) => {
    const item = row(name, value ?? usual);
    item.className = value === undefined ? "snb-default" : "snb-changed";
    return item;
  };
  return [
    told("initializer", init === undefined ? undefined : clean(initializerText(init)), "that of the training"),
    told("lr_mult", attributes.__lr_mult__, "1"),
    told("wd_mult", attributes.__wd_mult__, "1"),
  ];
}

/** Where a variable's shape comes from. @param {Model} model @param {ViewNode} node @param {Actions} actions @param {AbortSignal} signal */
export function originRows(model, { shape_from: from }, actions, signal) {
  if (from === null || from === undefined) return [];
  if (from.how !== "inferred" || from.node === null) return [row("shape", from.how === "given" ? "given" : "declared with the variable")];
  const { id, name } = model.nodes[from.node];
  return [h("li", {}, h("span", { class: "snb-key" }, "shape inferred from"), link(name, () => actions.goto(id), signal))];
}

/** The inputs that would settle a shape that is not known. @param {Model} model @param {ViewNode} node @param {Actions} actions @param {AbortSignal} signal */
export function settlingRows(model, node, actions, signal) {
  if (!node.outputs.some(({ shape }) => shape === null || shape.includes(null))) return [];
  const open = model.nodes.filter((one) => one.op === null && model.view.unknown.includes(one.name));
  const above = ancestors(model, node.id);
  const near = open.filter((one) => above.has(one.id));
  return (near.length > 0 ? near : open).map((one) =>
    h("li", {}, h("span", { class: "snb-key" }, "settled by the shape of"), link(one.name, () => actions.goto(one.id), signal)));
}
