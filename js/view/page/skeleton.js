// The page around the picture: header, notes, breadcrumb, canvas, panel and legend, one below the other.

import { h, svg } from "../dom.js";
import { css } from "./css.js";
import { drawHeader, drawLegend, drawNotes, drawTotals } from "./header.js";
import { widthFollower } from "./width.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {object} Parts  what stands in the page
 * @property {HTMLElement} tools
 * @property {HTMLElement} crumbs
 * @property {HTMLElement} panel
 * @property {HTMLElement[]} over  what lies over the picture
 *
 * @typedef {object} Actions
 * @property {(key: string) => void} filter
 * @property {() => void} about
 * @property {(node: number) => void} goto
 */

export class Skeleton {
  /** @param {boolean} page  does the graph fill the window? @param {Actions} actions @param {AbortSignal} signal */
  constructor(page, actions, signal) {
    this.actions = actions;
    this.signal = signal;
    this.root = h("div", { class: page ? "snb snb-page" : "snb" });
    this.style = h("style", {}, css);
    this.width = widthFollower(this.root, signal);
    this.frame = svg("svg", { class: "snb-svg", role: "group", tabindex: -1 });
    // JupyterLab takes arrow keys and Enter for itself unless an element says otherwise.
    this.canvas = h("div", { class: "snb-canvas", "data-lm-suppress-shortcuts": "true" }, this.frame);
    this.main = h("div", { class: "snb-main" }, this.canvas);
    this.legend = h("ul");
    this.notes = h("div");
    this.totals = h("ul");
    this.said = h("div", { class: "snb-hidden", role: "status" });
  }

  /** @param {Model} model @param {Set<string>} filter @param {Parts} parts */
  fill(model, filter, parts) {
    const { view } = model;
    const { actions, signal } = this;
    parts.panel.hidden = true;
    this.frame.setAttribute("aria-label", `Graph ${view.title}, ${view.totals.operators} operators`);
    this.legend = drawLegend(model, filter, actions.filter, signal);
    this.canvas.append(...parts.over);
    this.tell(model);
    this.main.replaceChildren(this.canvas, parts.panel);
    this.root.replaceChildren(this.style, this.width, drawHeader(view, this.totals, parts.tools, actions.about, signal),
      this.notes, parts.crumbs, this.main, this.legend, this.said);
  }

  /** Tells anew what the graph costs, and what is wrong or not known. @param {Model} model */
  tell(model) {
    const totals = drawTotals(model.view);
    this.totals.replaceWith(totals);
    this.totals = totals;
    this.notes.replaceChildren(...drawNotes(model, this.actions.goto, this.signal));
  }

  /** The scale of the colours, in place of the legend's; null: none. @param {HTMLElement | null} scale */
  showScale(scale) {
    this.legend.querySelector(".snb-heat-scale")?.remove();
    this.root.classList.toggle("snb-heated", scale !== null);
    if (scale !== null) this.legend.append(h("li", { class: "snb-heat-scale" }, scale));
  }

  /** Tells a screen reader. @param {string} words */
  say(words) {
    this.said.textContent = words;
  }
}
