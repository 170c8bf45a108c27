// The groups around what is selected or seen, outermost first.

import { groupsAround, shownFor } from "../../model.js";
import { button, h } from "../dom.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../picture/camera.js").Rect} Rect
 */

export class Crumbs {
  /** @param {(group: number) => void} show @param {AbortSignal} signal */
  constructor(show, signal) {
    this.show = show;
    this.signal = signal;
    this.list = h("ol");
    this.element = h("nav", { class: "snb-crumbs", "aria-label": "Groups" }, this.list);
    this.shown = "";
  }

  /** A new graph. @param {Model} model */
  reset(model) {
    this.shown = "";
    this.element.hidden = model.groups.length === 1;
  }

  /** @param {Model} model @param {number[]} path  groups, outermost first */
  draw(model, path) {
    const key = path.join(" ");
    if (this.element.hidden || (key === this.shown && this.list.childElementCount > 0)) return;
    this.shown = key;
    const crumb = (/** @type {string} */ text, /** @type {number} */ group) =>
      h("li", {}, button({ label: text, text, class: "snb-crumb" }, () => this.show(group), this.signal));
    this.list.replaceChildren(crumb("Graph", 0), ...path.map((group) => crumb(model.groups[group].name, group)));
  }
}

/**
 * The groups around what the panel is about, or else around the middle of what is seen.
 * @param {Model} model @param {{kind: string, id: number}} page @param {import("../../arrange.js").Picture} picture
 * @param {Rect} view
 * @returns {number[]}
 */
export function crumbPath(model, page, picture, view) {
  if (page.kind === "node") return groupsAround(model, shownFor(model, page.id));
  let group = 0;
  if (page.kind === "group") {
    group = page.id;
  } else if (page.kind === "none") {
    const x = view.x + view.width / 2;
    const y = view.y + view.height / 2;
    for (const frame of picture.frames) {
      const inside = frame.x <= x && x <= frame.x + frame.width && frame.y <= y && y <= frame.y + frame.height;
      if (inside && model.groups[frame.group].depth > model.groups[group].depth) group = frame.group;
    }
  }
  /** @type {number[]} */
  const path = [];
  for (; group > 0; group = model.groups[group].parent) path.unshift(group);
  return path;
}
