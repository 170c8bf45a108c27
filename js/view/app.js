// One graph on a page: what is selected, marked and open in it, and what the host and the reader can ask of it.

import { sideBySide } from "../diff.js";
import { buildModel } from "../model.js";
import { focusedBeside } from "./dom.js";
import { Crumbs, crumbPath } from "./page/crumbs.js";
import { SearchBar } from "./page/searchbar.js";
import { Settings } from "./page/settings.js";
import { Skeleton } from "./page/skeleton.js";
import { followTheme } from "./page/theme.js";
import { Tools } from "./page/tools.js";
import { fillWindow } from "./page/window.js";
import { pathText } from "./panel/inspector.js";
import { Panel } from "./panel/panel.js";
import { coloursFor, drawScale, heatOf } from "./picture/heat.js";
import { Marks } from "./picture/marks.js";
import { Tip } from "./picture/tip.js";
import { panelActions, toolActions } from "./actions.js";
import { Exporting } from "./exporting.js";
import { Folding } from "./folding.js";
import { Input } from "./input.js";
import { Stage } from "./stage.js";
import { Trail } from "./trail.js";

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
 * @property {() => Promise<string>} [script]  this script's own text, with which a worker can lay out
 * @property {() => any} [document]  the view document as it came, packed or not
 * @property {(name: string | null) => void} [onSelect]
 * @property {(name: "theme" | "orientation" | "opened", value: any) => void} [onChange]  what else the reader changed
 */

const VERSION = 1;

/** @param {ViewDocument} view @param {boolean} beside  two graphs side by side? */
function readView(view, beside) {
  if (view.version !== VERSION) {
    throw new Error(`view document: version is ${view.version}, this widget draws version ${VERSION}`);
  }
  return buildModel(beside ? sideBySide(view) : view, true);
}

/** Do two documents differ at most in what a pass tells? @param {ViewDocument} one @param {ViewDocument} other */
function isSameGraph(one, other) {
  const rest = (/** @type {ViewDocument} */ { values: _values, memory: _memory, ...others }) => others;
  return one !== other && (one.values !== undefined || other.values !== undefined)
    && JSON.stringify(rest(one)) === JSON.stringify(rest(other));
}

export class App {
  /** @param {HTMLElement} parent @param {Options} options */
  constructor(parent, options) {
    this.options = options;
    this.view = options.view;
    /** Do two graphs stand side by side? */
    this.beside = false;
    this.model = readView(this.view, this.beside);
    this.folding = new Folding(this.model, options.opened);
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.theme = options.theme ?? "auto";
    /** What the colours mean: "family" or a measure. @type {string} */
    this.colour = "family";
    this.isFull = false;
    this.selected = -1;
    /** Is the next node that is chosen the end of a path? */
    this.choosing = false;
    this.marks = new Marks(this.model);
    this.marks.setNamed(options.highlight);
    this.trail = new Trail();
    this.page = new Skeleton(options.page === true, {
      filter: (key) => this.filter(key), about: () => this.showGraph(), goto: (node) => this.goto(node),
    }, signal);
    this.panel = new Panel(panelActions(this), signal);
    this.stage = new Stage(this.page, { folding: this.folding, sideways: options.orientation === "right", script: options.script ?? null }, {
      drawn: () => this.repaint(),
      looked: (view, scale) => this.looked(view, scale),
    }, signal);
    this.tools = new Tools(toolActions(this), signal);
    this.settings = new Settings((setting, value) => this.set(setting, value), signal);
    this.settings.show("theme", this.theme);
    this.settings.show("direction", this.stage.sideways ? "right" : "down");
    this.exporting = new Exporting(this, signal);
    this.tip = new Tip(this.page, () => this.stage.camera.scale, signal);
    this.crumbs = new Crumbs((group) => this.showGroup(group), signal);
    this.search = new SearchBar({
      nodes: () => this.model.nodes,
      show: (hits, current) => this.showHits(hits, current),
      closed: (found) => this.left(found),
    }, signal);
    parent.append(this.page.root);
    this.followTheme = followTheme(this.page.root, () => this.theme, signal);
    this.input = new Input(this, signal);
    this.show();
    this.setSelection(options.selection ?? null);
  }

  // What the host sets.

  /** @param {ViewDocument} view */
  setView(view) {
    const before = this.view;
    this.view = view;
    if (isSameGraph(before, view)) {
      this.setValues(view);
      return;
    }
    this.model = readView(view, this.beside);
    this.folding = new Folding(this.model, null);
    this.marks.reset(this.model);
    this.trail = new Trail();
    this.selected = -1;
    this.panel.turnTo("none");
    this.show();
    if (this.search.isOpen) this.search.find();
  }

  /** The same graph after another pass: what is selected and seen stays. @param {ViewDocument} view */
  setValues(view) {
    this.model.view = view;
    const { element } = this.panel;
    const { scrollTop } = element;
    this.colour = this.settings.extend("colour", coloursFor(this.model));
    this.page.tell(this.model);
    this.drawPanel();
    element.scrollTop = scrollTop;
    this.repaint();
  }

  /** Fills the page with the graph. */
  show() {
    this.settings.offer("compare", this.view.diff !== undefined);
    this.colour = this.settings.extend("colour", coloursFor(this.model));
    this.crumbs.reset(this.model);
    this.tools.showTrail(this.trail);
    this.page.fill(this.model, this.marks.filter, {
      tools: this.tools.element, crumbs: this.crumbs.element, panel: this.panel.element,
      over: [this.search.element, this.settings.element, this.exporting.menu.element],
    });
    this.stage.show(this.folding);
  }

  /** Selects a node by name, from outside. @param {string | null} name */
  setSelection(name) {
    if (name === (this.selected < 0 ? null : this.model.nodes[this.selected].name)) return;
    const node = name === null ? undefined : this.named(name);
    this.select(node === undefined ? -1 : node.id, false);
  }

  /** The node of a name; of two graphs side by side, that in the second if there is one. @param {string} name */
  named(name) {
    const isIt = (/** @type {import("../types.js").ViewNode} */ node) => node.name === name;
    return this.beside ? this.model.nodes.findLast(isIt) : this.model.nodes.find(isIt);
  }

  /** Selects a node by name and moves to it. @param {string} name */
  gotoName(name) {
    const node = this.named(name);
    if (node !== undefined) this.goto(node.id);
  }

  /** @param {string} theme */
  setTheme(theme) {
    this.theme = theme;
    this.settings.show("theme", theme);
    this.followTheme();
  }

  /** @param {string | undefined} value  "down" or "right" */
  setOrientation(value) {
    const sideways = value === "right";
    if (sideways === this.stage.sideways) return;
    this.settings.show("direction", sideways ? "right" : "down");
    this.stage.turn(sideways);
  }

  /** @param {string[] | null | undefined} names */
  setHighlight(names) {
    this.marks.setNamed(names);
    this.repaint();
  }

  /** @param {string[] | null | undefined} opened */
  setOpened(opened) {
    if (!this.beside && this.folding.setOpened(opened)) this.stage.layOut();
  }

  // What the reader does.

  /** @param {number} node  -1: nothing @param {boolean} tell  call back? */
  select(node, tell) {
    this.tip.hide();
    this.selected = node;
    this.marks.selected = node;
    if (this.marks.path !== null && node !== this.marks.path.from && node !== this.marks.path.to) this.marks.path = null;
    if (node < 0) {
      this.panel.turnTo("none");
    } else {
      this.trail.visit(node);
      this.panel.turnTo("node", node);
    }
    this.stage.selected = node;
    const finish = () => {
      this.stage.select(node);
      this.repaint();
      this.stage.look();
      if (node >= 0) this.stage.reveal(this.folding.keyFor(node));
    };
    this.tools.showTrail(this.trail);
    this.drawPanel();
    if (node >= 0 && this.folding.openAround(node)) {
      this.stage.layOut(finish);
      this.tellOpened();
    } else {
      finish();
    }
    if (tell) this.options.onSelect?.(node < 0 ? null : this.model.nodes[node].name);
  }

  /** @param {number} node */
  goto(node) {
    if (this.choosing) this.pathTo(node);
    else this.select(node, true);
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
    const words = found ? pathText(this.model, this.marks) : `There is no path between ${names.join(" and ")}`;
    this.page.say(words);
    if (!found) this.panel.say(words);
  }

  /** @param {number} node */
  setHovered(node) {
    if (this.marks.hovered === node) return;
    this.marks.hovered = node;
    if (this.marks.up || this.marks.down) this.repaint();
  }

  /** @param {string} key  a family or an operator */
  filter(key) {
    this.marks.toggleFilter(key);
    this.repaint();
  }

  /** @param {import("../search.js").Hit[]} hits @param {number} current */
  showHits(hits, current) {
    this.marks.hits = new Set(hits.map((hit) => hit.node));
    this.marks.hit = current < 0 ? -1 : hits[current].node;
    if (current < 0) {
      this.repaint();
      return;
    }
    const { node } = hits[current];
    const finish = () => {
      const key = this.folding.keyFor(node);
      this.stage.look();
      this.stage.reveal(key);
      this.stage.scene.current = key;
      this.repaint();
    };
    if (!this.folding.openAround(node)) {
      finish();
      return;
    }
    this.stage.layOut(finish);
    this.tellOpened();
  }

  /** The search was left: what it had come to is selected, as pages do with found words. @param {number} found  -1: nothing */
  left(found) {
    this.page.frame.focus({ preventScroll: true });
    if (found < 0) return;
    this.goto(found);
    this.stage.focus(this.folding.keyFor(found));
  }

  /** Opens or closes a group and keeps it where it is. @param {number} group @param {() => void} [then] */
  toggle(group, then) {
    this.stage.toggle(group, () => {
      if (this.panel.page.kind === "group" && this.panel.page.id === group) this.drawPanel();
      then?.();
    });
    this.tellOpened();
  }

  tellOpened() {
    if (this.beside) return;
    this.options.onChange?.("opened", this.folding.opened());
  }

  /** @param {number} group */
  showGroup(group) {
    if (group === 0) {
      this.showGraph();
      return;
    }
    this.panel.turnTo("group", group);
    this.drawPanel();
    const finish = () => {
      this.stage.look();
      this.stage.camera.reveal(this.stage.groupRect(group));
    };
    if (!this.folding.openAbove(group)) {
      finish();
      return;
    }
    this.stage.layOut(finish);
    this.tellOpened();
  }

  showGraph() {
    this.panel.turnTo("graph", 0);
    this.drawPanel();
  }

  closePanel() {
    const key = this.stage.scene.selectedKey;
    const hadFocus = this.panel.element.contains(focusedBeside(this.page.root));
    this.choosing = false;
    this.marks.path = null;
    this.select(-1, true);
    if (key !== null) this.stage.focus(key);
    else if (hadFocus) this.page.frame.focus({ preventScroll: true });
  }

  /** Ends what was begun last. @returns {boolean} was there anything to end? */
  escape() {
    if (this.stage.layouter.busy) this.stage.stop();
    else if (this.choosing) this.choosing = false;
    else if (this.search.isOpen) this.search.close();
    else if (this.exporting.menu.isOpen) this.exporting.close();
    else if (this.settings.isOpen) this.openSettings(false);
    else if (this.panel.page.kind !== "none") this.closePanel();
    else if (this.isFull) this.setFull(false);
    else return this.tip.hide();
    this.tip.hide();
    return true;
  }

  /** @param {boolean} open */
  openSettings(open) {
    this.settings.setOpen(open);
    this.tools.settings.setAttribute("aria-expanded", String(open));
    if (!open) this.tools.settings.focus();
  }

  /** @param {import("./page/settings.js").Setting} setting @param {string} value */
  set(setting, value) {
    if (setting === "theme") {
      this.setTheme(value);
      this.options.onChange?.("theme", value);
    } else if (setting === "direction") {
      this.setOrientation(value);
      this.options.onChange?.("orientation", value);
    } else if (setting === "compare") {
      const name = this.selected < 0 ? null : this.model.nodes[this.selected].name;
      this.beside = value === "beside";
      this.setView(this.view);
      this.setSelection(name);
      this.settings.fields.get(setting)?.focus();
    } else if (setting === "overview") {
      this.stage.map.wanted = value;
      this.stage.settle();
    } else {
      this.colour = value;
      this.repaint();
    }
  }

  /** @param {boolean} full */
  setFull(full) {
    if (full === this.isFull) return;
    this.isFull = full;
    this.tools.full.setAttribute("aria-pressed", String(full));
    fillWindow(this.page.root, full);
    this.stage.look();
  }

  // What follows from it.

  repaint() {
    const { scene } = this.stage;
    const heat = this.colour === "family" ? null : heatOf(this.model,
      /** @type {import("./picture/heat.js").Colour} */ (this.colour), scene.placed.keys(), (key) => scene.nodesOf(key));
    this.page.showScale(heat === null ? null : drawScale(heat));
    scene.setPaint(this.marks.paint(), heat);
    this.stage.map.warm(scene.picture, heat);
  }

  drawPanel() {
    this.panel.draw(this.folding, this.marks);
    this.stage.recentre();
  }

  /** @param {import("./picture/camera.js").Rect} view @param {number} scale */
  looked(view, scale) {
    this.tip.place();
    this.tools.scale.textContent = `${Math.round(scale * 100)} %`;
    this.crumbs.draw(this.model, crumbPath(this.model, this.panel.page, this.stage.scene.picture, view));
  }

  destroy() {
    this.setFull(false);
    this.abort.abort();
    this.page.root.remove();
  }
}
