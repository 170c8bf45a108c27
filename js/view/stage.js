// The picture on the page: laid out, drawn as far as it is seen, and where one looks at it.

import { boxRoom } from "../boxes.js";
import { Layouter } from "../background/layouter.js";
import { boxCount } from "../model.js";
import { svg } from "./dom.js";
import { Waiting } from "./page/waiting.js";
import { Camera } from "./picture/camera.js";
import { boxLinks } from "./picture/keyboard.js";
import { Minimap } from "./picture/minimap.js";
import { playChange } from "./picture/motion.js";
import { boxRect, Scene } from "./picture/scene.js";

/**
 * @typedef {import("./folding.js").Folding} Folding
 * @typedef {import("./picture/camera.js").Rect} Rect
 *
 * @typedef {object} Listener
 * @property {() => void} drawn  there is a new picture
 * @property {(view: Rect, scale: number) => void} looked  another part of it is seen
 */

const TALLEST = 620;
const SHORTEST = 200;
const AROUND = 56;
/** After so many milliseconds what is near to what is seen is drawn too: when a change has been played. */
const LATER = 220;

/** @type {import("../arrange.js").Picture} */
const NOTHING = { width: 1, height: 1, sideways: false, boxes: [], frames: [], wires: [], chips: [] };

export class Stage {
  /**
   * @param {import("./page/skeleton.js").Skeleton} page @param {{folding: Folding, sideways: boolean, script: (() => Promise<string>) | null}} given
   *   script: gives the text with which a worker can lay out @param {Listener} listener @param {AbortSignal} signal
   */
  constructor({ canvas, frame }, { folding, sideways, script }, listener, signal) {
    this.canvas = canvas;
    this.folding = folding;
    this.sideways = sideways;
    this.listener = listener;
    this.viewport = svg("g");
    frame.append(this.viewport);
    this.camera = new Camera(canvas, () => this.look(), signal);
    this.map = new Minimap((x, y) => {
      const { width, height } = this.camera.size();
      this.camera.set(width / 2 - x * this.camera.scale, height / 2 - y * this.camera.scale, this.camera.scale);
    }, signal);
    this.waiting = new Waiting(() => this.stop(), () => this.layOut(() => this.home()), signal);
    canvas.append(this.map.element, this.waiting.element);
    this.layouter = new Layouter(script);
    this.selected = -1;
    /** Of the canvas, when it was last seen. */
    this.width = 0;
    /** The groups that were closed in the picture, null before there is one. @type {Set<number> | null} */
    this.drawn = null;
    this.scene = new Scene(folding.model, NOTHING);
    this.viewport.append(this.scene.element);
    /** @type {ReturnType<typeof boxLinks> | null} */
    this.known = null;
    signal.addEventListener("abort", () => this.layouter.cancel(), { once: true });
    this.watchSize(signal);
  }

  /** A graph in place of the one before. @param {Folding} folding */
  show(folding) {
    this.folding = folding;
    this.selected = -1;
    this.drawn = null;
    this.setScene(NOTHING);
    this.layOut(() => this.home());
    if (this.layouter.busy) this.home();
  }

  /** @param {import("../arrange.js").Picture} picture */
  setScene(picture) {
    this.scene = new Scene(this.folding.model, picture, this.scene);
    this.known = null;
    this.map.draw(picture);
    if (this.selected >= 0) this.scene.select(this.selected, this.folding.keyFor(this.selected));
  }

  /** Which box leads to which, found out when it is first asked for. */
  get links() {
    this.known ??= boxLinks(this.folding.model, (node) => this.folding.keyFor(node));
    return this.known;
  }

  /** Lays out anew; at once, or after a while if the graph is large. @param {() => void} [then] */
  layOut(then = () => this.look()) {
    const { folding, sideways } = this;
    const { model } = folding;
    this.layouter.layOut(model, folding.closed, sideways, {
      progress: (share) => this.waiting.show(share, boxCount(model, folding.closed)),
      done: (picture) => {
        this.waiting.hide();
        this.drawn = new Set(folding.closed);
        this.setScene(picture);
        this.listener.drawn();
        then();
        this.drawRest(this.scene);
      },
    });
  }

  /** Draws in a while what a scene left for later. @param {Scene} scene */
  drawRest(scene) {
    setTimeout(() => { if (scene === this.scene) scene.finish(); }, LATER);
  }

  /** Stops a layout: what was drawn before stays. */
  stop() {
    this.layouter.cancel();
    if (this.drawn === null) {
      this.waiting.stopped();
      return;
    }
    this.waiting.hide();
    this.folding.closed = new Set(this.drawn);
  }

  /** The first look waits until the canvas has its size. @param {AbortSignal} signal */
  watchSize(signal) {
    if (typeof ResizeObserver !== "function") return;
    const observer = new ResizeObserver(() => {
      if (this.width === 0 && this.canvas.clientWidth > 0) this.comeHome();
      this.recentre();
      this.settle();
      this.look();
    });
    observer.observe(this.canvas);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  /** What is in the middle stays there where the canvas becomes wider or narrower. */
  recentre() {
    this.camera.measure();
    const width = this.canvas.clientWidth;
    if (this.width > 0 && width > 0) this.camera.x += (width - this.width) / 2;
    this.width = width;
  }

  bounds() {
    const { width, height } = this.scene.picture;
    return { x: 0, y: 0, width: Math.max(1, width), height: Math.max(1, height) };
  }

  /** From where to where across the picture reaches what begins within a length of it. @param {number} length @returns {[number, number]} */
  extent(length) {
    const { sideways, boxes, frames } = this.scene.picture;
    let [low, high] = [Infinity, -Infinity];
    for (const { x, y, width, height } of [...boxes.map(({ box, x, y }) => ({ x, y, ...boxRoom(box) })), ...frames]) {
      if ((sideways ? x : y) > length) continue;
      low = Math.min(low, sideways ? y : x);
      high = Math.max(high, sideways ? y + height : x + width);
    }
    return [low, high];
  }

  /** The first look. */
  home() {
    const bounds = this.bounds();
    const high = this.layouter.busy ? TALLEST : bounds.height * this.camera.widthScale(bounds) + AROUND;
    this.canvas.parentElement?.style.setProperty("--snb-height", `${Math.round(Math.min(TALLEST, Math.max(SHORTEST, high)))}px`);
    this.camera.measure();
    this.width = this.canvas.clientWidth;
    const { sideways, boxes } = this.scene.picture;
    const begin = boxes.reduce((least, placed) => Math.min(least, sideways ? placed.x : placed.y), Infinity);
    const first = boxes.filter((placed) => (sideways ? placed.x : placed.y) < begin + 1);
    const middles = first.map(({ box, x, y }) => (sideways ? y + box.body / 2 : x + box.width / 2));
    this.camera.home(bounds, middles.reduce((sum, one) => sum + one, 0) / Math.max(1, first.length), sideways, (length) => this.extent(length));
    this.settle();
  }

  /** Puts the map where it covers nothing. */
  settle() {
    this.map.settle(this.scene.picture, this.camera.view(), this.camera.size());
    this.map.update(this.camera.view(), this.camera.size());
  }

  /** The first look, or one at what is selected. */
  comeHome() {
    this.home();
    if (this.selected >= 0) this.reveal(this.folding.keyFor(this.selected), true);
  }

  fit() {
    this.camera.fit(this.bounds());
  }

  look() {
    const { x, y, scale } = this.camera;
    this.viewport.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    const view = this.camera.view();
    this.scene.update(view, scale);
    this.map.update(view, this.camera.size());
    this.showMore(view);
    this.listener.looked(view, scale);
  }

  /** Lets the picture fade at the edges beyond which it goes on. @param {Rect} view */
  showMore(view) {
    const { width, height } = this.scene.picture;
    const sides = [view.y > 1 ? "above" : "", view.y + view.height < height - 1 ? "below" : "",
      view.x > 1 ? "left" : "", view.x + view.width < width - 1 ? "right" : ""];
    const more = sides.filter((side) => side !== "").join(" ");
    if (this.canvas.dataset.more !== more) this.canvas.dataset.more = more;
  }

  /** @param {boolean} sideways */
  turn(sideways) {
    this.sideways = sideways;
    this.layOut(() => this.comeHome());
  }

  /** @param {number} node  -1: nothing */
  select(node) {
    this.selected = node;
    this.scene.select(node, node < 0 ? null : this.folding.keyFor(node));
  }

  /** Brings a box into view. @param {string} key @param {boolean} [still] */
  reveal(key, still = false) {
    const placed = this.scene.placed.get(key);
    if (placed !== undefined) this.camera.reveal(boxRect(placed), still);
  }

  /** @param {string} key */
  focus(key) {
    this.reveal(key, true);
    this.scene.current = key;
    this.scene.mark();
    this.scene.boxElement(key)?.focus({ preventScroll: true });
  }

  /** Where a group stands, closed or open. @param {number} group @returns {Rect} */
  groupRect(group) {
    const placed = this.scene.placed.get(`g${group}`);
    if (placed !== undefined) return boxRect(placed);
    return this.scene.picture.frames.find((frame) => frame.group === group) ?? { x: 0, y: 0, width: 0, height: 0 };
  }

  /** Opens or closes a group and keeps it where it is. @param {number} group @param {() => void} then */
  toggle(group, then) {
    const before = this.groupRect(group);
    const { scene } = this;
    this.folding.toggle(group);
    this.layOut(() => {
      const after = this.groupRect(group);
      const { x, y, scale } = this.camera;
      this.camera.set(x + (before.x + before.width / 2 - after.x - after.width / 2) * scale, y + (before.y - after.y) * scale, scale);
      if (this.folding.closed.has(group)) this.focus(`g${group}`);
      else this.scene.frameHead(group)?.focus({ preventScroll: true });
      // Both make the browser find its styles. Without the focus it would find them twice, for they depend on it.
      playChange(scene, this.scene, {
        x: after.x + after.width / 2 - before.x - before.width / 2, y: after.y - before.y,
      });
      then();
    });
  }
}
