// The row of buttons above the picture.

import { button, h } from "../dom.js";
import { ICONS } from "./icons.js";

/**
 * @typedef {object} Actions
 * @property {(by: number) => void} go  -1 back, 1 forward
 * @property {() => void} search
 * @property {(factor: number) => void} zoom
 * @property {() => void} fit
 * @property {() => void} export
 * @property {() => void} settings
 * @property {() => void} full
 */

export const ZOOM_STEP = 1.3;

export class Tools {
  /** @param {Actions} actions @param {AbortSignal} signal */
  constructor(actions, signal) {
    const tool = (/** @type {string} */ label, /** @type {string} */ icon, /** @type {() => void} */ action) =>
      button({ label, icon, class: "snb-tool" }, action, signal);
    this.scale = h("span", { class: "snb-scale", "aria-live": "off" });
    this.back = tool("Back to the node before (Alt+Left)", ICONS.back, () => actions.go(-1));
    this.forward = tool("Forward (Alt+Right)", ICONS.forward, () => actions.go(1));
    this.export = tool("Export", ICONS.export, actions.export);
    this.export.setAttribute("aria-haspopup", "menu");
    this.export.setAttribute("aria-expanded", "false");
    this.settings = tool("View settings", ICONS.settings, actions.settings);
    this.settings.setAttribute("aria-expanded", "false");
    this.full = tool("Fill the window", ICONS.window, actions.full);
    this.full.setAttribute("aria-pressed", "false");
    this.element = h("div", { class: "snb-tools", role: "toolbar", "aria-label": "Graph tools" },
      this.back, this.forward,
      tool("Search (/)", ICONS.search, actions.search),
      tool("Zoom out", ICONS.minus, () => actions.zoom(1 / ZOOM_STEP)),
      this.scale,
      tool("Zoom in", ICONS.plus, () => actions.zoom(ZOOM_STEP)),
      tool("Fit the graph", ICONS.fit, actions.fit),
      this.export, this.settings, this.full);
  }

  /** @param {import("../trail.js").Trail} trail */
  showTrail(trail) {
    this.back.disabled = !trail.has(-1);
    this.forward.disabled = !trail.has(1);
  }
}
