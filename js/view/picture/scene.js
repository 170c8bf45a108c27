// The picture as SVG: all of it if it is small, what is in view if it is large.

import { boxRoom } from "../../boxes.js";
import { nodesIn } from "../../model.js";
import { coarsePaths, isCoarse } from "./coarse.js";
import { boxSlack, drawBox, drawChip, drawFrameArea, drawFrameHead, drawWire, frameSlack, placeText, WORDS } from "./draw.js";
import { focusedBeside, svg } from "../dom.js";
import { heatText, warm } from "./heat.js";
import { PLAIN } from "./marks.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../arrange.js").Picture} Picture
 * @typedef {import("../../arrange.js").PlacedBox} PlacedBox
 * @typedef {import("./camera.js").Rect} Rect
 *
 * @typedef {object} Item  something to draw when it comes into view
 * @property {Rect} rect
 * @property {SVGGElement} layer
 * @property {(detailed: boolean) => SVGElement} draw
 * @property {SVGElement | null} element
 */

/** Up to so many things are drawn at once; of more first what is seen. */
const FEW = 40;
/** Up to so many things are all drawn; of more what is seen and what is near. */
const DRAW_ALL = 160;
const WORDS_FROM = 0.3;
/** How far words that are moved stay away from the edge of what is seen. */
const INSET = 16;

/** What separates a tooltip from the cost below it: a line break that is in no name. */
const HEAT_MARK = "\n\u200a";

/** @param {Rect} a @param {Rect} b */
export function touch(a, b) {
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
  const { width, height } = boxRoom(box);
  return { x, y, width, height };
}

/** A name for a box that outlives a new layout. @param {import("../../boxes.js").Box} box */
export function boxKey(box) {
  return box.group >= 0 ? `g${box.group}` : `n${box.node}`;
}

export class Scene {
  /**
   * @param {Model} model @param {Picture} picture
   * @param {Scene | null} [before]  whose place this scene takes on the page, with the boxes that stay the same
   */
  constructor(model, picture, before = null) {
    this.model = model;
    this.picture = picture;
    this.layers = before?.layers ?? {
      coarse: svg("g", { "aria-hidden": "true" }), areas: svg("g"), wires: svg("g"), boxes: svg("g"), chips: svg("g"), heads: svg("g"),
    };
    this.element = before?.element ?? svg("g", {}, ...Object.values(this.layers));
    /** @type {Map<string, PlacedBox>} */
    this.placed = new Map(picture.boxes.map((placed) => [boxKey(placed.box), placed]));
    /** @type {Map<string, Item>} */
    this.boxItems = new Map();
    /** @type {Map<SVGElement, import("../../arrange.js").PlacedChip>} */
    this.chips = new Map();
    /** @type {Map<SVGElement, number>} */
    this.frames = new Map();
    /** Words that are moved, by what they stand in: where that begins, and how far they can. @type {Map<SVGElement, {words: Element, x: number, most: number}>} */
    this.floating = new Map();
    /** What each box shows: its node with what is folded into it, or the nodes of its group. @type {Map<string, number[]>} */
    this.contents = new Map();
    /** The wires and chips with their edges. @type {Array<{item: Item, edges: import("../../arrange.js").Edge[]}>} */
    this.linked = [];
    /** @type {import("./marks.js").Paint} */
    this.paint = PLAIN;
    /** @type {import("./heat.js").Heat | null} */
    this.heat = null;
    /** @type {Item[]} */
    this.items = this.collect();
    /** Where everything is drawn. @type {Rect | null} */
    this.drawn = null;
    /** Is what is near to what is seen still to be drawn? */
    this.unfinished = this.items.length > FEW;
    this.detailed = before?.detailed ?? true;
    /** Is it drawn as a few paths, but for what has the focus or is selected? */
    this.coarse = false;
    /** What was last asked for. @type {{view: Rect, scale: number} | null} */
    this.seen = null;
    /** @type {number} */
    this.selected = -1;
    /** The box that takes the Tab key. @type {string | null} */
    this.current = null;
    /** @type {string | null} */
    this.selectedKey = null;
    if (before !== null) this.adopt(before);
  }

  /**
   * Takes over the drawn boxes: the browser keeps the layout of their words where they only move. They stay in the page
   * meanwhile, for what leaves it and comes back is laid out anew.
   * @param {Scene} before
   */
  adopt(before) {
    const { boxes, ...others } = this.layers;
    for (const layer of Object.values(others)) layer.replaceChildren();
    const kept = new Set();
    for (const [key, { element }] of before.boxItems) {
      const placed = this.placed.get(key);
      if (element === null || placed === undefined || placed.box !== before.placed.get(key)?.box) continue;
      element.setAttribute("transform", placeText(placed));
      /** @type {Item} */ (this.boxItems.get(key)).element = element;
      this.float(element, placed.x, boxSlack(placed.box));
      kept.add(element);
    }
    for (const element of [...boxes.children]) if (!kept.has(element)) element.remove();
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
        this.float(element, frame.x, frameSlack(frame));
        return element;
      });
    }
    for (const wire of picture.wires) {
      const item = add(bounds(wire.points), layers.wires, () => drawWire(model, wire, picture.sideways));
      this.linked.push({ item, edges: wire.edges });
    }
    for (const placed of picture.boxes) {
      const key = boxKey(placed.box);
      this.boxItems.set(key, add(boxRect(placed), layers.boxes, (detailed) => {
        const element = drawBox(model, placed, detailed);
        element.dataset.key = key;
        this.float(element, placed.x, boxSlack(placed.box));
        return element;
      }));
    }
    for (const chip of picture.chips) {
      const item = add({ ...chip, height: 20 }, layers.chips, () => {
        const element = drawChip(model, chip);
        this.chips.set(element, chip);
        return element;
      });
      this.linked.push({ item, edges: chip.edges });
    }
    return items;
  }

  /** @param {string} key */
  nodesOf(key) {
    let nodes = this.contents.get(key);
    if (nodes === undefined) {
      const id = Number(key.slice(1));
      const own = key[0] === "g" ? nodesIn(this.model, id) : [id];
      const folded = own.flatMap((node) => this.model.nodes[node].inputs.map((input) => input.node))
        .filter((node) => this.model.folded[node]);
      nodes = [...own, ...folded];
      this.contents.set(key, nodes);
    }
    return nodes;
  }

  /** Does an edge stand out? @param {import("../../arrange.js").Edge} edge */
  isLit(edge) {
    if (this.paint.wire !== null) return this.paint.wire(edge);
    return this.selected >= 0 && (edge.source === this.selected || edge.target === this.selected);
  }

  /**
   * Draws what a view needs.
   * @param {Rect} view @param {number} scale
   */
  update(view, scale) {
    this.seen = { view, scale };
    const all = !this.unfinished && this.items.length <= DRAW_ALL;
    const detailed = scale >= WORDS_FROM;
    const coarse = this.heat === null && isCoarse(this.items.length, scale);
    if (this.drawn !== null && detailed === this.detailed && coarse === this.coarse && (all || coarse || covers(this.drawn, view))) {
      this.moveWords(view);
      return;
    }
    const region = this.unfinished ? view : {
      x: view.x - view.width / 2, y: view.y - view.height / 2, width: view.width * 2, height: view.height * 2,
    };
    const changed = detailed !== this.detailed;
    this.drawn = region;
    this.detailed = detailed;
    this.coarse = coarse;
    this.element.classList.toggle("snb-far", !detailed);
    /** What is drawn stands in the order of the picture. @type {Map<SVGGElement, SVGElement>} */
    const next = new Map();
    for (let i = this.items.length - 1; i >= 0; i -= 1) {
      const item = this.items[i];
      const wanted = !coarse && (all || touch(region, item.rect)); // `mark` draws what keys need from far away
      if (item.element !== null && (!wanted || changed)) this.drop(item);
      if (wanted && item.element === null) {
        item.element = item.draw(detailed);
        item.layer.insertBefore(item.element, next.get(item.layer) ?? null);
      }
      if (item.element !== null) next.set(item.layer, item.element);
    }
    this.mark();
    this.moveWords(view);
  }

  /** @param {SVGElement} element @param {number} x  where it begins @param {number} most  how far its words can be moved */
  float(element, x, most) {
    const words = most > 0 ? element.querySelector(`.${WORDS}`) : null;
    if (words !== null) this.floating.set(element, { words, x, most });
  }

  /** Keeps words in view whose frame or box begins to the left of it. @param {Rect} view */
  moveWords(view) {
    for (const { words, x, most } of this.floating.values()) {
      const place = placeText({ x: Math.max(0, Math.min(Math.round(view.x + INSET - x), most)), y: 0 });
      if (words.getAttribute("transform") !== place) words.setAttribute("transform", place);
    }
  }

  /** Draws what is near to what is seen, if that was left for later. */
  finish() {
    if (!this.unfinished || this.seen === null) return;
    this.unfinished = false;
    this.drawn = null;
    this.update(this.seen.view, this.seen.scale);
  }

  /** @param {Item} item */
  drop(item) {
    if (item.element === null || item.element === focusedBeside(item.element)) return;
    item.element.remove();
    this.chips.delete(item.element);
    this.frames.delete(item.element);
    this.floating.delete(item.element);
    item.element = null;
  }

  /** The head of an open group, where it is drawn. @param {number} group */
  frameHead(group) {
    for (const [element, one] of this.frames) if (one === group) return element;
    return null;
  }

  /** The element of a box; from far away it is made when it is asked for. @param {string} key */
  boxElement(key) {
    const item = this.boxItems.get(key);
    if (item === undefined) return null;
    if (item.element === null && this.coarse) {
      item.element = item.draw(this.detailed);
      item.layer.append(item.element);
    }
    return item.element;
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
  }

  /** @param {import("./marks.js").Paint} paint @param {import("./heat.js").Heat | null} heat */
  setPaint(paint, heat) {
    this.paint = paint;
    this.heat = heat;
    if (this.coarse && this.seen !== null) this.update(this.seen.view, this.seen.scale);
    this.mark();
  }

  /** @param {string} key @param {SVGElement} element */
  warm(key, element) {
    if (this.heat === null && !element.classList.contains("snb-warm")) return;
    const title = /** @type {Element} */ (element.firstElementChild);
    const [words] = (title.textContent ?? "").split(HEAT_MARK);
    warm(element, this.heat, key);
    element.classList.toggle("snb-warm", this.heat !== null);
    title.textContent = this.heat === null ? words : `${words}${HEAT_MARK}${heatText(this.heat, key)}`;
  }

  /** The box that takes the Tab key: the one that had it last or the first. */
  get first() {
    return this.current ?? (this.picture.boxes.length > 0 ? boxKey(this.picture.boxes[0].box) : null);
  }

  /** Marks what is drawn. One box takes the Tab key: the selected or the first. */
  mark() {
    this.layers.coarse.replaceChildren(...(this.coarse ? coarsePaths(this) : []));
    const { first } = this;
    for (const key of [first, this.selectedKey]) if (this.coarse && key !== null) this.boxElement(key);
    const { lit, hits, hit, twin } = this.paint;
    for (const [key, { element }] of this.boxItems) {
      if (element === null) continue;
      const on = key === this.selectedKey;
      element.setAttribute("aria-pressed", on ? "true" : "false");
      element.setAttribute("tabindex", key === first ? "0" : "-1");
      const nodes = lit === null && hits.size === 0 && twin < 0 ? [] : this.nodesOf(key);
      const { classList } = element;
      classList.toggle("snb-selected", on);
      classList.toggle("snb-pale", lit !== null && !nodes.some((node) => lit.has(node)));
      classList.toggle("snb-found", nodes.some((node) => hits.has(node)));
      classList.toggle("snb-twin", twin >= 0 && nodes.includes(twin));
      classList.toggle("snb-found-now", hit >= 0 && nodes.includes(hit));
      this.warm(key, element);
      for (const row of element.querySelectorAll(".snb-row")) {
        const node = Number(row.getAttribute("data-node"));
        row.classList.toggle("snb-row-selected", on && node === this.selected);
        row.classList.toggle("snb-row-found", hits.has(node));
      }
    }
    for (const { item: { element }, edges } of this.linked) {
      if (element === null) continue;
      const on = edges.some((edge) => this.isLit(edge));
      element.classList.toggle("snb-wire-on", on);
      element.classList.toggle("snb-pale", lit !== null && !on
        && !edges.some((edge) => lit.has(edge.source) && lit.has(edge.target)));
    }
  }
}
