// The pieces of which the inspector's pages are made.

import { shapeText } from "../../text.js";
import { button, h } from "../dom.js";
import { ICONS } from "../page/icons.js";

/**
 * What a page of the inspector can ask for.
 * @typedef {object} Actions
 * @property {(node: number) => void} goto
 * @property {() => void} close
 * @property {(text: string) => void} copy
 * @property {(group: number) => void} showGroup
 * @property {(group: number) => void} toggleGroup
 * @property {(key: string) => void} filter
 * @property {(way: "up" | "down") => void} follow
 * @property {() => void} path  the next node that is chosen is the other end of a path
 */

/** @param {string} text */
export function marked(text) {
  const element = h("span", { class: "snb-value" });
  for (const part of text.split(/(\?)/)) {
    if (part === "?") element.append(h("span", { class: "snb-warn" }, part));
    else if (part !== "") element.append(part);
  }
  return element;
}

/** @param {string} title @param {HTMLElement[]} rows */
export function section(title, rows) {
  if (rows.length === 0) return null;
  return h("section", { class: "snb-section" }, h("h4", {}, title), h("ul", { class: "snb-list" }, ...rows));
}

/** @param {string | Node} key @param {string} value @param {string} [title] */
export function row(key, value, title) {
  return h("li", { title }, h("span", { class: "snb-key" }, key), h("span", { class: "snb-value" }, value));
}

/** @param {import("../../types.js").ViewOutput | undefined} output */
export function typeText(output) {
  if (output === undefined) return "?";
  return `${shapeText(output.shape)} ${output.dtype ?? "?"}`;
}

/**
 * The coloured top of a page.
 * @param {string} look @param {string} kind @param {string} name @param {Actions} actions @param {AbortSignal} signal
 */
export function pageHead(look, kind, name, actions, signal) {
  return h("div", { class: `snb-card-head ${look}` },
    h("h3", {}, kind),
    button({ label: "Copy the name", icon: ICONS.copy, class: "snb-copy" }, () => actions.copy(name), signal),
    button({ label: "Close the panel", icon: ICONS.cross, class: "snb-close" }, actions.close, signal),
    h("p", {}, name));
}

/** @param {string} text @param {() => void} action @param {AbortSignal} signal */
export function link(text, action, signal) {
  return button({ label: text, text, class: "snb-link" }, action, signal);
}

/** Puts a page into the panel. @param {HTMLElement} panel @param {Array<HTMLElement | null>} parts */
export function fillPanel(panel, parts) {
  panel.replaceChildren(...parts.filter((part) => part !== null));
  panel.scrollTop = 0;
}
