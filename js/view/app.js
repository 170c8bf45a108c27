// One graph on a page: header, picture, inspector, and what happens on a click or a key.

import { arrange } from "../arrange.js";
import { buildModel, closedAtFirst, groupsAround, shownFor } from "../model.js";
import { Camera } from "./camera.js";
import { css } from "./css.js";
import { button, h, svg } from "./dom.js";
import { drawHeader, drawLegend, drawNotes } from "./header.js";
import { inspect } from "./inspector.js";
import { boxLinks, stepTo } from "./keyboard.js";
import { boxRect, Scene } from "./scene.js";
import { followTheme } from "./theme.js";

/**
 * @typedef {import("../types.js").ViewDocument} ViewDocument
 *
 * @typedef {object} Options
 * @property {ViewDocument} view
 * @property {string | null} [selection]  the name of a node
 * @property {string} [theme]  "light", "dark" or "auto"
 * @property {boolean} [page]  does the graph fill the window?
 * @property {(name: string | null) => void} [onSelect]
 */

const ICONS = { plus: "M8 3v10M3 8h10", minus: "M3 8h10", fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3" };
const VERSION = 1;
const TALLEST = 620;
const SHORTEST = 200;
const AROUND = 56;
const ZOOM_STEP = 1.3;
const PAN_STEP = 60;

/** @param {ViewDocument} view */
function readView(view) {
  if (view.version !== VERSION) {
    throw new Error(`view document: version is ${view.version}, this widget draws version ${VERSION}`);
  }
  return buildModel(view);
}

export class App {
  /** @param {HTMLElement} parent @param {Options} options */
  constructor(parent, options) {
    this.options = options;
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.theme = options.theme ?? "auto";
    this.root = h("div", { class: options.page === true ? "snb snb-page" : "snb" });
    this.style = h("style", {}, css);
    this.viewport = svg("g");
    this.svg = svg("svg", { class: "snb-svg", role: "group", tabindex: -1 }, this.viewport);
    this.scale = h("span", { class: "snb-scale", "aria-live": "off" });
    // JupyterLab takes arrow keys and Enter for itself unless an element says otherwise.
    this.canvas = h("div", { class: "snb-canvas", "data-lm-suppress-shortcuts": "true" }, this.svg);
    this.tools = this.drawTools(signal);
    this.panel = h("aside", { class: "snb-inspector", "aria-label": "Selected node", tabindex: 0, hidden: true });
    parent.append(this.root);
    this.followTheme = followTheme(this.root, () => this.theme, signal);
    this.camera = new Camera(this.canvas, () => this.look(), signal);
    this.svg.addEventListener("click", (event) => this.click(event), { signal });
    this.root.addEventListener("keydown", (event) => this.key(event), { signal });
    this.model = readView(options.view);
    this.closed = closedAtFirst(this.model);
    this.selected = -1;
    this.scene = this.makeScene();
    this.links = this.makeLinks();
    this.show();
    this.watchSize(signal);
    this.setSelection(options.selection ?? null);
  }

  /** @param {AbortSignal} signal */
  drawTools(signal) {
    const tool = (/** @type {string} */ label, /** @type {string} */ icon, /** @type {() => void} */ action) =>
      button({ label, icon, class: "snb-tool" }, action, signal);
    return h("div", { class: "snb-tools", role: "toolbar", "aria-label": "Zoom" },
      tool("Zoom out", ICONS.minus, () => this.camera.zoom(1 / ZOOM_STEP)),
      this.scale,
      tool("Zoom in", ICONS.plus, () => this.camera.zoom(ZOOM_STEP)),
      tool("Fit the graph", ICONS.fit, () => this.camera.fit(this.bounds())));
  }

  /** The first look waits until the cell has its size. @param {AbortSignal} signal */
  watchSize(signal) {
    if (typeof ResizeObserver !== "function") return;
    let width = 0;
    const observer = new ResizeObserver(() => {
      const now = this.canvas.clientWidth;
      if (width === 0 && now > 0) {
        this.home();
        if (this.selected >= 0) this.revealBox(this.keyFor(this.selected), true);
      } else {
        this.look();
      }
      width = now;
    });
    observer.observe(this.canvas);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  /** @param {ViewDocument} view */
  setView(view) {
    this.model = readView(view);
    this.closed = closedAtFirst(this.model);
    this.selected = -1;
    this.layOut();
    this.show();
  }

  /** Fills the page around the picture and takes the first look. */
  show() {
    const { view } = this.model;
    this.panel.hidden = true;
    this.svg.setAttribute("aria-label", `Graph ${view.title}, ${view.totals.operators} operators`);
    this.root.replaceChildren(this.style, drawHeader(view, this.tools),
      ...drawNotes(this.model, (node) => this.goto(node), this.abort.signal),
      h("div", { class: "snb-main" }, this.canvas, this.panel), drawLegend(this.model));
    this.viewport.replaceChildren(this.scene.element);
    this.home();
  }

  makeScene() {
    return new Scene(this.model, arrange(this.model, this.closed));
  }

  makeLinks() {
    return boxLinks(this.model, (node) => this.keyFor(node));
  }

  layOut() {
    this.scene = this.makeScene();
    this.links = this.makeLinks();
    this.viewport.replaceChildren(this.scene.element);
    if (this.selected >= 0) this.scene.select(this.selected, this.keyFor(this.selected));
  }

  bounds() {
    const { width, height } = this.scene.picture;
    return { x: 0, y: 0, width: Math.max(1, width), height: Math.max(1, height) };
  }

  home() {
    const bounds = this.bounds();
    const height = Math.round(Math.min(TALLEST, Math.max(SHORTEST, bounds.height + AROUND)));
    this.root.style.setProperty("--snb-height", `${height}px`);
    const top = this.scene.picture.boxes.filter((placed) => placed.y < 1);
    const middle = top.reduce((sum, { box, x }) => sum + x + box.width / 2, 0) / Math.max(1, top.length);
    this.camera.home(bounds, middle);
  }

  look() {
    const { x, y, scale } = this.camera;
    this.viewport.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.scale.textContent = `${Math.round(scale * 100)} %`;
    this.scene.update(this.camera.view(), scale);
  }

  /** The key of the box that shows a node: its own, its user's, or that of the closed group around it. @param {number} node */
  keyFor(node) {
    const shown = shownFor(this.model, node);
    const group = groupsAround(this.model, shown).find((one) => this.closed.has(one));
    return group === undefined ? `n${shown}` : `g${group}`;
  }

  /** Selects a node by name, from outside. @param {string | null} name */
  setSelection(name) {
    if (name === (this.selected < 0 ? null : this.model.nodes[this.selected].name)) return;
    const node = name === null ? undefined : this.model.nodes.find((one) => one.name === name);
    this.select(node === undefined ? -1 : node.id, false);
  }

  /** @param {string} theme */
  setTheme(theme) {
    this.theme = theme;
    this.followTheme();
  }

  /** @param {number} node  -1: nothing @param {boolean} tell  call back? */
  select(node, tell) {
    this.selected = node;
    if (node < 0) {
      this.panel.hidden = true;
      this.scene.select(-1, null);
    } else {
      const shown = shownFor(this.model, node);
      const closed = groupsAround(this.model, shown).filter((group) => this.closed.has(group));
      for (const group of closed) this.closed.delete(group);
      if (closed.length > 0) this.layOut();
      const actions = { goto: (/** @type {number} */ to) => this.goto(to), close: () => this.closePanel() };
      inspect(this.panel, this.model, node, actions, this.abort.signal);
      this.panel.hidden = false;
      this.scene.select(node, `n${shown}`);
      this.look();
      this.revealBox(`n${shown}`);
    }
    if (tell) this.options.onSelect?.(node < 0 ? null : this.model.nodes[node].name);
  }

  /** @param {number} node */
  goto(node) {
    this.select(node, true);
  }

  closePanel() {
    const key = this.scene.selectedKey;
    this.select(-1, true);
    if (key !== null && key !== undefined) this.focusBox(key);
  }

  /** @param {string} key @param {boolean} [still] */
  revealBox(key, still = false) {
    const placed = this.scene.placed.get(key);
    if (placed !== undefined) this.camera.reveal(boxRect(placed), still);
  }

  /** @param {string} key */
  focusBox(key) {
    this.revealBox(key, true);
    this.scene.current = key;
    this.scene.mark();
    this.scene.boxElement(key)?.focus({ preventScroll: true });
  }

  /** Opens or closes a group and keeps it where it is. @param {number} group */
  toggle(group) {
    const before = this.groupRect(group);
    if (!this.closed.delete(group)) this.closed.add(group);
    this.layOut();
    const after = this.groupRect(group);
    const { x, y, scale } = this.camera;
    this.camera.set(x + (before.x + before.width / 2 - after.x - after.width / 2) * scale, y + (before.y - after.y) * scale, scale);
    if (this.closed.has(group)) this.focusBox(`g${group}`);
  }

  /** @param {number} group */
  groupRect(group) {
    const placed = this.scene.placed.get(`g${group}`);
    if (placed !== undefined) return boxRect(placed);
    return this.scene.picture.frames.find((frame) => frame.group === group) ?? { x: 0, y: 0, width: 0, height: 0 };
  }

  /** @param {Event} event */
  click(event) {
    if (this.camera.dragged || !(event.target instanceof Element)) return;
    this.activate(event.target);
  }

  /** @param {Element} target */
  activate(target) {
    const row = target.closest(".snb-row");
    const box = /** @type {SVGElement | null} */ (target.closest(".snb-box"));
    const chip = this.scene.chips.get(/** @type {SVGElement} */ (target.closest(".snb-chip")));
    const frame = this.scene.frames.get(/** @type {SVGElement} */ (target.closest(".snb-frame-head")));
    if (chip !== undefined) this.goto(chip.goto);
    else if (frame !== undefined) this.toggle(frame);
    else if (row !== null) this.goto(Number(row.getAttribute("data-node")));
    else if (box !== null) this.activateBox(box.dataset.key ?? "");
    else {
      this.svg.focus({ preventScroll: true });
      this.select(-1, true);
    }
  }

  /** @param {string} key */
  activateBox(key) {
    this.scene.boxElement(key)?.focus({ preventScroll: true });
    if (key[0] === "g") this.toggle(Number(key.slice(1)));
    else this.goto(Number(key.slice(1)));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof Element)) return;
    if (event.key === "Escape" && this.selected >= 0) {
      this.closePanel();
    } else if (!this.svg.contains(event.target) || !this.svgKey(event)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * A key while the picture has the focus.
   * @param {KeyboardEvent} event
   * @returns {boolean} was it one of ours?
   */
  svgKey(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.key === "Enter" || event.key === " ") {
      if (target === this.svg) return false;
      this.activate(target);
    } else if (event.key === "+" || event.key === "=") this.camera.zoom(ZOOM_STEP);
    else if (event.key === "-") this.camera.zoom(1 / ZOOM_STEP);
    else if (event.key === "0") this.camera.fit(this.bounds());
    else if (event.key === "Home" || event.key === "End" || event.key.startsWith("Arrow")) this.walk(target, event.key);
    else return false;
    return true;
  }

  /** @param {Element} target @param {string} key */
  walk(target, key) {
    const box = /** @type {SVGElement | null} */ (target.closest(".snb-box"));
    if (box === null) {
      const { x, y, scale } = this.camera;
      const dx = key === "ArrowLeft" ? PAN_STEP : key === "ArrowRight" ? -PAN_STEP : 0;
      const dy = key === "ArrowUp" ? PAN_STEP : key === "ArrowDown" ? -PAN_STEP : 0;
      this.camera.set(x + dx, y + dy, scale);
      return;
    }
    const next = stepTo(this.scene.picture, this.links, box.dataset.key ?? "", key);
    if (next !== null) this.focusBox(next);
  }

  destroy() {
    this.abort.abort();
    this.root.remove();
  }
}
