// The picture as SVG: all of it if it is small, what is in view if it is large.

import { drawBox, drawChip, drawFrameArea, drawFrameHead, drawWire } from "./draw.js";
import { svg } from "./dom.js";

/**
 * @typedef {import("../model.js").Model} Model
 * @typedef {import("../arrange.js").Picture} Picture
 * @typedef {import("../arrange.js").PlacedBox} PlacedBox
 * @typedef {import("./camera.js").Rect} Rect
 *
 * @typedef {object} Item  something to draw when it comes into view
 * @property {Rect} rect
 * @property {SVGGElement} layer
 * @property {(detailed: boolean) => SVGElement} draw
 * @property {SVGElement | null} element
 */

const DRAW_ALL = 400;
const WORDS_FROM = 0.3;

/** @param {Rect} a @param {Rect} b */
function touch(a, b) {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

/** @param {Rect} outer @param {Rect} inner */
function covers(outer, inner) {
  return outer.x <= inner.x && outer.y <= inner.y && outer.x + outer.width >= inner.x + inner.width
    && outer.y + outer.height >= inner.y + inner.height;
}

/** @param {Array<[number, number]>} points @returns {Rect} */
function bounds(points) {
  let [left, top] = points[0];
  let [right, bottom] = points[0];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** @param {PlacedBox} placed */
export function boxRect({ box, x, y }) {
  return { x, y, width: box.width, height: box.height };
}

/** A name for a box that outlives a new layout. @param {import("../boxes.js").Box} box */
export function boxKey(box) {
  return box.group >= 0 ? `g${box.group}` : `n${box.node}`;
}

export class Scene {
  /**
   * @param {Model} model @param {Picture} picture
   */
  constructor(model, picture) {
    this.model = model;
    this.picture = picture;
    this.layers = {
      areas: svg("g"), wires: svg("g"), boxes: svg("g"), chips: svg("g"), heads: svg("g"),
    };
    this.element = svg("g", {}, ...Object.values(this.layers));
    /** @type {Map<string, PlacedBox>} */
    this.placed = new Map(picture.boxes.map((placed) => [boxKey(placed.box), placed]));
    /** @type {Map<string, Item>} */
    this.boxItems = new Map();
    /** @type {Map<SVGElement, import("../arrange.js").PlacedChip>} */
    this.chips = new Map();
    /** @type {Map<SVGElement, number>} */
    this.frames = new Map();
    /** @type {Item[]} */
    this.items = this.collect();
    /** @type {Rect | null} */
    this.drawn = null;
    this.detailed = true;
    /** @type {number} */
    this.selected = -1;
    /** The box that takes the Tab key. @type {string | null} */
    this.current = null;
    /** @type {string | null} */
    this.selectedKey = null;
  }

  /** @returns {Item[]} */
  collect() {
    const { model, picture, layers } = this;
    /** @type {Item[]} */
    const items = [];
    const add = (/** @type {Rect} */ rect, /** @type {SVGGElement} */ layer, /** @type {Item["draw"]} */ draw) => {
      const item = { rect, layer, draw, element: null };
      items.push(item);
      return item;
    };
    for (const frame of picture.frames) {
      add(frame, layers.areas, () => drawFrameArea(frame));
      add(frame, layers.heads, () => {
        const element = drawFrameHead(frame, model.groups[frame.group].name);
        this.frames.set(element, frame.group);
        return element;
      });
    }
    for (const wire of picture.wires) {
      add(bounds(wire.points), layers.wires, () => {
        const element = drawWire(model, wire);
        element.classList.toggle("snb-wire-on", wire.edges.some((edge) => this.touchesSelected(edge)));
        return element;
      });
    }
    for (const placed of picture.boxes) {
      const key = boxKey(placed.box);
      this.boxItems.set(key, add(boxRect(placed), layers.boxes, (detailed) => {
        const element = drawBox(model, placed, detailed);
        element.dataset.key = key;
        return element;
      }));
    }
    for (const chip of picture.chips) {
      add({ ...chip, height: 20 }, layers.chips, () => {
        const element = drawChip(model, chip);
        this.chips.set(element, chip);
        return element;
      });
    }
    return items;
  }

  /** @param {import("../arrange.js").Edge} edge */
  touchesSelected({ source, target }) {
    return this.selected >= 0 && (source === this.selected || target === this.selected);
  }

  /**
   * Draws what a view needs.
   * @param {Rect} view @param {number} scale
   */
  update(view, scale) {
    const all = this.items.length <= DRAW_ALL;
    const detailed = scale >= WORDS_FROM;
    if (this.drawn !== null && detailed === this.detailed && (all || covers(this.drawn, view))) return;
    const region = {
      x: view.x - view.width / 2, y: view.y - view.height / 2, width: view.width * 2, height: view.height * 2,
    };
    const changed = detailed !== this.detailed;
    this.drawn = region;
    this.detailed = detailed;
    this.element.classList.toggle("snb-far", !detailed);
    for (const item of this.items) {
      const wanted = all || touch(region, item.rect);
      if (item.element !== null && (!wanted || changed)) this.drop(item);
      if (wanted && item.element === null) {
        item.element = item.draw(detailed);
        item.layer.append(item.element);
      }
    }
    this.mark();
  }

  /** @param {Item} item */
  drop(item) {
    if (item.element === null || item.element === document.activeElement) return;
    item.element.remove();
    this.chips.delete(item.element);
    this.frames.delete(item.element);
    item.element = null;
  }

  /** @param {string} key */
  boxElement(key) {
    return this.boxItems.get(key)?.element ?? null;
  }

  /**
   * Marks what is selected: a box, or a row of a box, and the wires of the node.
   * @param {number} node  -1: nothing @param {string | null} key  the box that shows it
   */
  select(node, key) {
    this.selected = node;
    this.current = key ?? this.current;
    this.selectedKey = key;
    this.mark();
    this.items.forEach((item) => {
      if (item.layer === this.layers.wires && item.element !== null) {
        item.element.remove();
        item.element = item.draw(this.detailed);
        item.layer.append(item.element);
      }
    });
  }

  /** One box takes the Tab key: the selected or the first. */
  mark() {
    const first = this.current ?? (this.picture.boxes.length > 0 ? boxKey(this.picture.boxes[0].box) : null);
    for (const [key, item] of this.boxItems) {
      if (item.element === null) continue;
      const on = key === this.selectedKey;
      item.element.classList.toggle("snb-selected", on);
      item.element.setAttribute("aria-pressed", on ? "true" : "false");
      item.element.setAttribute("tabindex", key === first ? "0" : "-1");
      for (const row of item.element.querySelectorAll(".snb-row")) {
        row.classList.toggle("snb-row-selected", on && Number(row.getAttribute("data-node")) === this.selected);
      }
    }
  }
}
