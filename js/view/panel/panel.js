// The panel beside the picture, and what it is about.

import { h } from "../dom.js";
import { inspectGraph, inspectGroup } from "./about.js";
import { inspect } from "./inspector.js";

/** @typedef {{kind: "none" | "node" | "group" | "graph", id: number}} Page */

export class Panel {
  /** @param {import("./parts.js").Actions} actions @param {AbortSignal} signal */
  constructor(actions, signal) {
    this.actions = actions;
    this.signal = signal;
    this.element = h("aside", { class: "snb-inspector", "aria-label": "Inspector", tabindex: 0, hidden: true });
    /** @type {Page} */
    this.page = { kind: "none", id: -1 };
  }

  /** @param {Page["kind"]} kind @param {number} [id] */
  turnTo(kind, id = -1) {
    this.page = { kind, id };
  }

  /** @param {import("../folding.js").Folding} folding @param {import("../picture/marks.js").Marks} marks */
  draw(folding, marks) {
    const { element, actions, signal } = this;
    const { model, closed } = folding;
    const { kind, id } = this.page;
    if (kind === "node") inspect(element, model, id, marks, actions, signal);
    else if (kind === "group") inspectGroup(element, model, id, { closed: closed.has(id), filter: marks.filter }, actions, signal);
    else if (kind === "graph") inspectGraph(element, model, marks.filter, actions, signal);
    element.hidden = kind === "none";
  }

  /** A line below the actions. @param {string} words */
  say(words) {
    this.element.querySelector(".snb-actions")?.after(h("p", { class: "snb-said" }, words));
  }
}
