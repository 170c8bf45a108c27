// One graph on a page: header, picture, inspector, and what happens on a click or a key.

import { arrange } from "../arrange.js";
import { buildModel, closedAtFirst, groupsAround, shownFor } from "../model.js";
import { inspectGraph, inspectGroup } from "./about.js";
import { Camera } from "./camera.js";
import { Crumbs, crumbPath } from "./crumbs.js";
import { copyText } from "./clipboard.js";
import { css } from "./css.js";
import { h, svg } from "./dom.js";
import { drawHeader, drawLegend, drawNotes } from "./header.js";
import { drawScale, heatOf } from "./heat.js";
import { inspect, pathText } from "./inspector.js";
import { boxLinks, stepTo } from "./keyboard.js";
import { Marks } from "./marks.js";
import { Minimap } from "./minimap.js";
import { playChange } from "./motion.js";
import { boxRect, Scene } from "./scene.js";
import { SearchBar } from "./searchbar.js";
import { Settings } from "./settings.js";
import { followTheme } from "./theme.js";
import { Tools, ZOOM_STEP } from "./tools.js";
import { Trail } from "./trail.js";
import { fillWindow } from "./window.js";

/**
 * @typedef {import("../types.js").ViewDocument} ViewDocument
 *
 * @typedef {object} Options
 * @property {ViewDocument} view
 * @property {string | null} [selection]  the name of a node
 * @property {string} [theme]  "light", "dark", "contrast" or "auto"
 * @property {string} [orientation]  "down" or "right"
 * @property {string[]} [highlight]  names of nodes
 * @property {string[] | null} [opened]  paths of the open groups; null: as many as can be read
 * @property {boolean} [page]  does the graph fill the window?
 * @property {(name: string | null) => void} [onSelect]
 * @property {(name: "theme" | "orientation" | "opened", value: any) => void} [onChange]  what else the reader changed
 */

const VERSION = 1;
const TALLEST = 620;
const SHORTEST = 200;
const AROUND = 56;
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
    this.sideways = options.orientation === "right";
    /** What the colours mean: "family" or a measure. @type {string} */
    this.colour = "family";
    this.isFull = false;
    this.root = h("div", { class: options.page === true ? "snb snb-page" : "snb" });
    this.style = h("style", {}, css);
    this.viewport = svg("g");
    this.svg = svg("svg", { class: "snb-svg", role: "group", tabindex: -1 }, this.viewport);
    // JupyterLab takes arrow keys and Enter for itself unless an element says otherwise.
    this.canvas = h("div", { class: "snb-canvas", "data-lm-suppress-shortcuts": "true" }, this.svg);
    this.tools = new Tools({
      go: (by) => this.go(by),
      search: () => this.search.open(),
      zoom: (factor) => this.camera.zoom(factor),
      fit: () => this.camera.fit(this.bounds()),
      settings: () => this.openSettings(!this.settings.isOpen),
      full: () => this.setFull(!this.isFull),
    }, signal);
    this.settings = new Settings((setting, value) => this.set(setting, value), signal);
    this.settings.show("theme", this.theme);
    this.settings.show("direction", this.sideways ? "right" : "down");
    this.crumbs = new Crumbs((group) => this.showGroup(group), signal);
    this.map = new Minimap((x, y) => {
      const { width, height } = this.camera.size();
      this.camera.set(width / 2 - x * this.camera.scale, height / 2 - y * this.camera.scale, this.camera.scale);
    }, signal);
    this.panel = h("aside", { class: "snb-inspector", "aria-label": "Inspector", tabindex: 0, hidden: true });
    this.legend = h("ul");
    this.said = h("div", { class: "snb-hidden", role: "status" });
    this.search = new SearchBar({
      nodes: () => this.model.nodes,
      show: (hits, current) => this.showHits(hits, current),
      closed: () => this.svg.focus({ preventScroll: true }),
    }, signal);
    this.canvas.append(this.search.element, this.settings.element, this.map.element);
    this.actions = this.makeActions();
    parent.append(this.root);
    this.followTheme = followTheme(this.root, () => this.theme, signal);
    this.camera = new Camera(this.canvas, () => this.look(), signal);
    this.svg.addEventListener("click", (event) => this.click(event), { signal });
    this.svg.addEventListener("pointerover", (event) => this.hover(event), { signal });
    this.svg.addEventListener("pointerleave", () => this.setHovered(-1), { signal });
    this.root.addEventListener("keydown", (event) => this.key(event), { signal });
    this.model = readView(options.view);
    this.closed = this.closedFor(options.opened);
    this.marks = new Marks(this.model);
    this.marks.setNamed(options.highlight);
    this.trail = new Trail();
    this.selected = -1;
    /** What the panel is about. @type {{kind: "none" | "node" | "group" | "graph", id: number}} */
    this.page = { kind: "none", id: -1 };
    /** Is the next node that is chosen the end of a path? */
    this.choosing = false;
    this.scene = this.makeScene();
    this.links = this.makeLinks();
    this.map.draw(this.scene.picture);
    this.show();
    this.repaint();
    this.watchSize(signal);
    this.setSelection(options.selection ?? null);
  }

  /** @returns {import("./parts.js").Actions} */
  makeActions() {
    return {
      goto: (node) => this.goto(node),
      close: () => this.closePanel(),
      copy: (text) => copyText(text, this.root).then((done) => this.say(done ? "Copied" : "The browser refuses to copy")),
      showGroup: (group) => this.showGroup(group),
      toggleGroup: (group) => {
        this.toggle(group);
        this.showGroup(group);
      },
      filter: (key) => this.filter(key),
      follow: (way) => {
        this.marks[way] = !this.marks[way];
        this.marks.path = null;
        this.repaint();
      },
      path: () => {
        this.choosing = true;
        this.say("Choose the other end of the path");
      },
    };
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
    this.closed = this.closedFor(null);
    this.marks.reset(this.model);
    this.trail = new Trail();
    this.selected = -1;
    this.page = { kind: "none", id: -1 };
    this.layOut();
    this.show();
    this.repaint();
    if (this.search.isOpen) this.search.find();
  }

  /** Fills the page around the picture and takes the first look. */
  show() {
    const { view } = this.model;
    this.panel.hidden = true;
    this.svg.setAttribute("aria-label", `Graph ${view.title}, ${view.totals.operators} operators`);
    this.tools.showTrail(this.trail);
    this.crumbs.reset(this.model);
    this.legend = this.drawLegend();
    this.root.replaceChildren(this.style, drawHeader(view, this.tools.element, () => this.showGraph(), this.abort.signal),
      ...drawNotes(this.model, (node) => this.goto(node), this.abort.signal),
      this.crumbs.element, h("div", { class: "snb-main" }, this.canvas, this.panel), this.legend, this.said);
    this.viewport.replaceChildren(this.scene.element);
    this.home();
  }

  drawLegend() {
    return drawLegend(this.model, this.marks.filter, (key) => this.filter(key), this.abort.signal);
  }

  makeScene() {
    return new Scene(this.model, arrange(this.model, this.closed, this.sideways));
  }

  makeLinks() {
    return boxLinks(this.model, (node) => this.keyFor(node));
  }

  layOut() {
    this.scene = this.makeScene();
    this.links = this.makeLinks();
    this.viewport.replaceChildren(this.scene.element);
    this.map.draw(this.scene.picture);
    if (this.selected >= 0) this.scene.select(this.selected, this.keyFor(this.selected));
    this.repaint();
  }

  repaint() {
    this.scene.setPaint(this.marks.paint(), this.heat());
  }

  /** What the boxes cost, where the colours tell; the scale is drawn beside the legend. */
  heat() {
    this.legend.querySelector(".snb-heat-scale")?.remove();
    this.root.classList.toggle("snb-heated", this.colour !== "family");
    if (this.colour === "family") return null;
    const { scene } = this;
    const heat = heatOf(this.model, /** @type {import("../costs.js").Measure} */ (this.colour), scene.placed.keys(),
      (key) => scene.nodesOf(key));
    this.legend.append(h("li", { class: "snb-heat-scale" }, drawScale(heat)));
    return heat;
  }

  /** @param {boolean} open */
  openSettings(open) {
    this.settings.setOpen(open);
    this.tools.settings.setAttribute("aria-expanded", String(open));
    if (!open) this.tools.settings.focus();
  }

  /** @param {import("./settings.js").Setting} setting @param {string} value */
  set(setting, value) {
    if (setting === "theme") {
      this.setTheme(value);
      this.options.onChange?.("theme", value);
    } else if (setting === "direction") {
      this.setOrientation(value);
      this.options.onChange?.("orientation", value);
    } else {
      this.colour = value;
      this.repaint();
    }
  }

  /** @param {string | undefined} value  "down" or "right" */
  setOrientation(value) {
    const sideways = value === "right";
    if (sideways === this.sideways) return;
    this.sideways = sideways;
    this.settings.show("direction", sideways ? "right" : "down");
    this.layOut();
    this.home();
    if (this.selected >= 0) this.revealBox(this.keyFor(this.selected), true);
  }

  /** @param {boolean} full */
  setFull(full) {
    if (full === this.isFull) return;
    this.isFull = full;
    this.tools.full.setAttribute("aria-pressed", String(full));
    fillWindow(this.root, full);
    this.look();
  }

  /** @param {string[] | null | undefined} names */
  setHighlight(names) {
    this.marks.setNamed(names);
    this.repaint();
  }

  /** The name of a group with those around it. @param {number} group */
  groupPath(group) {
    const names = [];
    for (let one = group; one > 0; one = this.model.groups[one].parent) names.unshift(this.model.groups[one].name);
    return names.join("/");
  }

  /** @param {string[] | null | undefined} opened  paths of groups */
  closedFor(opened) {
    if (opened === null || opened === undefined) return closedAtFirst(this.model);
    const open = new Set(opened);
    return new Set(this.model.groups.slice(1).map((group) => group.id).filter((group) => !open.has(this.groupPath(group))));
  }

  /** @param {string[] | null | undefined} opened */
  setOpened(opened) {
    const closed = this.closedFor(opened);
    if (closed.size === this.closed.size && [...closed].every((group) => this.closed.has(group))) return;
    this.closed = closed;
    this.layOut();
    this.look();
  }

  tellOpened() {
    const open = this.model.groups.slice(1).filter((group) => !this.closed.has(group.id));
    this.options.onChange?.("opened", open.map((group) => this.groupPath(group.id)));
  }

  /** Selects a node by name and moves to it. @param {string} name */
  gotoName(name) {
    const node = this.model.nodes.find((one) => one.name === name);
    if (node !== undefined) this.goto(node.id);
  }

  /** Tells a screen reader. @param {string} words */
  say(words) {
    this.said.textContent = words;
  }

  bounds() {
    const { width, height } = this.scene.picture;
    return { x: 0, y: 0, width: Math.max(1, width), height: Math.max(1, height) };
  }

  home() {
    const bounds = this.bounds();
    const height = Math.round(Math.min(TALLEST, Math.max(SHORTEST, bounds.height + AROUND)));
    this.root.style.setProperty("--snb-height", `${height}px`);
    const { sideways, boxes } = this.scene.picture;
    const first = boxes.filter((placed) => (sideways ? placed.x : placed.y) < 1);
    const middles = first.map(({ box, x, y }) => (sideways ? y + box.body / 2 : x + box.width / 2));
    this.camera.home(bounds, middles.reduce((sum, one) => sum + one, 0) / Math.max(1, first.length), sideways);
  }

  look() {
    const { x, y, scale } = this.camera;
    this.viewport.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.tools.scale.textContent = `${Math.round(scale * 100)} %`;
    const view = this.camera.view();
    this.scene.update(view, scale);
    this.map.update(view, this.camera.size());
    this.crumbs.draw(this.model, crumbPath(this.model, this.page, this.scene.picture, view));
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
    this.settings.show("theme", theme);
    this.followTheme();
  }

  /**
   * @param {number} node  -1: nothing @param {boolean} tell  call back?
   */
  select(node, tell) {
    this.selected = node;
    this.marks.selected = node;
    if (this.marks.path !== null && node !== this.marks.path.from && node !== this.marks.path.to) this.marks.path = null;
    if (node < 0) {
      this.page = { kind: "none", id: -1 };
      this.scene.select(-1, null);
    } else {
      this.trail.visit(node);
      this.page = { kind: "node", id: node };
      this.openAround(node);
      this.scene.select(node, `n${shownFor(this.model, node)}`);
    }
    this.repaint();
    this.tools.showTrail(this.trail);
    this.drawPanel();
    this.look();
    if (node >= 0) this.revealBox(this.keyFor(node));
    if (tell) this.options.onSelect?.(node < 0 ? null : this.model.nodes[node].name);
  }

  /** Opens the groups around a node. @param {number} node */
  openAround(node) {
    const closed = groupsAround(this.model, shownFor(this.model, node)).filter((group) => this.closed.has(group));
    for (const group of closed) this.closed.delete(group);
    if (closed.length === 0) return;
    this.layOut();
    this.tellOpened();
  }

  drawPanel() {
    const { panel, model, marks, actions } = this;
    const { kind, id } = this.page;
    const { signal } = this.abort;
    if (kind === "node") inspect(panel, model, id, marks, actions, signal);
    else if (kind === "group") inspectGroup(panel, model, id, { closed: this.closed.has(id), filter: marks.filter }, actions, signal);
    else if (kind === "graph") inspectGraph(panel, model, marks.filter, actions, signal);
    this.panel.hidden = kind === "none";
  }

  /** @param {number} group */
  showGroup(group) {
    if (group === 0) {
      this.showGraph();
      return;
    }
    let opened = false;
    for (let { parent } = this.model.groups[group]; parent > 0; { parent } = this.model.groups[parent]) {
      opened = this.closed.delete(parent) || opened;
    }
    if (opened) {
      this.layOut();
      this.tellOpened();
    }
    this.page = { kind: "group", id: group };
    this.drawPanel();
    this.look();
    this.camera.reveal(this.groupRect(group));
  }

  showGraph() {
    this.page = { kind: "graph", id: 0 };
    this.drawPanel();
  }

  /** @param {import("../search.js").Hit[]} hits @param {number} current */
  showHits(hits, current) {
    this.marks.hits = new Set(hits.map((hit) => hit.node));
    this.marks.hit = current < 0 ? -1 : hits[current].node;
    if (current >= 0) {
      this.openAround(hits[current].node);
      this.look();
      this.revealBox(this.keyFor(hits[current].node));
      this.scene.current = this.keyFor(hits[current].node);
    }
    this.repaint();
  }

  /** @param {string} key  a family or an operator */
  filter(key) {
    this.marks.toggleFilter(key);
    this.repaint();
  }

  /** @param {number} by  -1 back, 1 forward */
  go(by) {
    const node = this.trail.go(by);
    if (node >= 0) this.select(node, true);
  }

  /** Marks the paths between the selected node and another. @param {number} node */
  pathTo(node) {
    const from = this.selected;
    this.choosing = false;
    if (from < 0 || from === node) {
      this.goto(node);
      return;
    }
    const found = this.marks.setPath(from, node);
    this.select(node, true);
    const names = [this.model.nodes[from].name, this.model.nodes[node].name];
    this.say(found ? pathText(this.model, this.marks) : `There is no path between ${names.join(" and ")}`);
    if (!found) this.panel.querySelector(".snb-actions")?.after(h("p", { class: "snb-said" }, this.said.textContent));
  }

  /** @param {Event} event */
  hover(event) {
    if (!(event.target instanceof Element)) return;
    const box = /** @type {SVGElement | null} */ (event.target.closest(".snb-box"));
    const key = box?.dataset.key ?? "";
    this.setHovered(key[0] === "n" ? Number(key.slice(1)) : -1);
  }

  /** @param {number} node */
  setHovered(node) {
    if (this.marks.hovered === node) return;
    this.marks.hovered = node;
    if (this.marks.up || this.marks.down) this.repaint();
  }

  /** @param {number} node */
  goto(node) {
    if (this.choosing) this.pathTo(node);
    else this.select(node, true);
  }

  closePanel() {
    const key = this.scene.selectedKey;
    this.choosing = false;
    this.marks.path = null;
    this.select(-1, true);
    if (key !== null) this.focusBox(key);
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
    const { scene } = this;
    if (!this.closed.delete(group)) this.closed.add(group);
    this.layOut();
    const after = this.groupRect(group);
    const { x, y, scale } = this.camera;
    this.camera.set(x + (before.x + before.width / 2 - after.x - after.width / 2) * scale, y + (before.y - after.y) * scale, scale);
    playChange(scene, this.scene, {
      x: after.x + after.width / 2 - before.x - before.width / 2, y: after.y - before.y,
    });
    if (this.closed.has(group)) this.focusBox(`g${group}`);
    if (this.page.kind === "group" && this.page.id === group) this.drawPanel();
    this.tellOpened();
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
    this.activate(event.target, /** @type {MouseEvent} */ (event).shiftKey);
  }

  /** @param {Element} target @param {boolean} [shift]  the other end of a path? */
  activate(target, shift = false) {
    if (shift && this.selected >= 0) this.choosing = true;
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
      this.choosing = false;
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
    if (!(event.target instanceof Element)) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      this.go(event.key === "ArrowLeft" ? -1 : 1);
    } else if (command && !event.altKey && event.key.toLowerCase() === "f") {
      this.search.open();
    } else if (event.altKey || command) {
      return;
    } else if (event.key === "Escape") {
      if (!this.escape()) return;
    } else if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) {
      return;
    } else if (event.key === "/") {
      this.search.open();
    } else if (!this.svg.contains(event.target) || !this.svgKey(event)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Ends what was begun last. @returns {boolean} was there anything to end? */
  escape() {
    if (this.choosing) this.choosing = false;
    else if (this.search.isOpen) this.search.close();
    else if (this.settings.isOpen) this.openSettings(false);
    else if (this.page.kind !== "none") this.closePanel();
    else if (this.isFull) this.setFull(false);
    else return false;
    return true;
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
      this.activate(target, event.shiftKey);
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
    this.setFull(false);
    this.abort.abort();
    this.root.remove();
  }
}
