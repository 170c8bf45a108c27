// The whole picture in small, with a frame around what is seen; only where not all is seen, and in a corner where it
// covers nothing when one first looks.

import { h, svg } from "../dom.js";
import { boxKey, boxRect, touch } from "./scene.js";

/**
 * @typedef {import("../../arrange.js").Picture} Picture
 * @typedef {import("./camera.js").Rect} Rect
 * @typedef {import("./heat.js").Heat} Heat
 */

const WIDTH = 130;
const HEIGHT = 190;
const THINNEST = 34;
const SHARE = 0.42;
const INSET = 10;
const AROUND = 8;
/** Shades of an amount, as few as a small picture needs. */
const STEPS = 10;
/** Where the page is narrower there is no map unless it is asked for. */
const NARROW = 480;

/** From the one that is liked best. @type {Array<{right: boolean, bottom: boolean}>} */
const CORNERS = [[true, true], [false, true], [false, false], [true, false]].map(([right, bottom]) => ({ right, bottom }));

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

export class Minimap {
  /** @param {(x: number, y: number) => void} move  brings a point into the middle @param {AbortSignal} signal */
  constructor(move, signal) {
    this.move = move;
    this.boxes = svg("g");
    this.frame = svg("rect", { class: "snb-map-view" });
    this.svg = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, this.boxes, this.frame);
    this.element = h("div", { class: "snb-map", title: "Overview: click or drag to move", hidden: true }, this.svg);
    this.bounds = { x: 0, y: 0, width: 1, height: 1 };
    this.pressed = false;
    /** By which amounts it is coloured. @type {Heat | null} */
    this.heat = null;
    /** "auto", "shown" or "hidden" */
    this.wanted = "auto";
    /** Is there room for it? */
    this.fits = true;
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ action) =>
      this.element.addEventListener(type, (event) => {
        event.stopPropagation();
        action(event);
      }, { signal });
    on("pointerdown", (event) => {
      this.pressed = true;
      this.element.setPointerCapture?.(event.pointerId);
      this.point(event);
    });
    on("pointermove", (event) => { if (this.pressed) this.point(event); });
    on("pointerup", () => { this.pressed = false; });
    on("pointercancel", () => { this.pressed = false; });
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    this.move(((event.clientX - left) / Math.max(1, width)) * this.bounds.width,
      ((event.clientY - top) / Math.max(1, height)) * this.bounds.height);
  }

  /** In the colours of the boxes: those of their families or, if there is one, those of an amount. @param {Picture} picture @param {Heat | null} [heat] */
  draw(picture, heat = null) {
    this.heat = heat;
    this.bounds = { x: 0, y: 0, width: Math.max(1, picture.width), height: Math.max(1, picture.height) };
    /** @type {Map<string, string[]>} */
    const paths = new Map();
    for (const placed of picture.boxes) {
      const { x, y } = boxRect(placed);
      const { box } = placed;
      const warmth = heat?.boxes.get(boxKey(box));
      const key = box.failed || warmth?.bad ? "failed" : warmth === undefined ? `f-${box.family}` : `h-${Math.round(warmth.share * STEPS)}`;
      const list = paths.get(key) ?? [];
      list.push(`M${round(x)} ${round(y)}h${round(box.width)}v${round(box.body)}h-${round(box.width)}z`);
      paths.set(key, list);
    }
    this.boxes.replaceChildren(...[...paths].map(([key, list]) => {
      const path = svg("path", { class: `snb-${key}`, d: list.join("") });
      if (key.startsWith("h-")) path.style.setProperty("--hue", `color-mix(in srgb, var(--snb-heat) ${(100 * Number(key.slice(2))) / STEPS}%, var(--snb-frame-line))`);
      return path;
    }));
    this.svg.setAttribute("viewBox", `0 0 ${round(this.bounds.width)} ${round(this.bounds.height)}`);
  }

  /** Other amounts, or none any more. @param {Picture} picture @param {Heat | null} heat */
  warm(picture, heat) {
    if (heat !== null || this.heat !== null) this.draw(picture, heat);
  }

  /** How large it is on the page. @param {{width: number, height: number}} room */
  size(room) {
    const { width, height } = this.bounds;
    const scale = Math.min(Math.min(WIDTH, room.width * SHARE) / width, Math.min(HEIGHT, room.height * SHARE) / height);
    return { width: round(Math.max(THINNEST, width * scale)), height: round(Math.max(THINNEST, height * scale)) };
  }

  /**
   * Chooses the corner in which the map covers the fewest boxes; it is no use where it covers some in each.
   * @param {Picture} picture @param {Rect} view  what is seen @param {{width: number, height: number}} room
   */
  settle(picture, view, room) {
    const scale = room.width / view.width;
    const { width, height } = this.size(room);
    const wide = (width + INSET + AROUND) / scale;
    const high = (height + INSET + AROUND) / scale;
    const seen = picture.boxes.map(boxRect).filter((box) => touch(box, view));
    const covered = CORNERS.map(({ right, bottom }) => {
      const x = right ? view.x + view.width - wide : view.x;
      const y = bottom ? view.y + view.height - high : view.y;
      return seen.filter((box) => box.x < x + wide && box.x + box.width > x && box.y < y + high && box.y + box.height > y).length;
    });
    const least = Math.min(...covered);
    const { right, bottom } = CORNERS[covered.indexOf(least)];
    this.fits = least === 0 && room.width >= NARROW;
    Object.assign(this.element.style, {
      right: right ? `${INSET}px` : "auto", left: right ? "auto" : `${INSET}px`, bottom: bottom ? `${INSET}px` : "auto",
      top: bottom ? "auto" : `${INSET}px`,
    });
  }

  /** @param {Rect} view  what is seen @param {{width: number, height: number}} room  of the picture on the page */
  update(view, room) {
    const { width, height } = this.bounds;
    const seen = view.x <= 1 && view.y <= 1 && view.x + view.width >= width - 1 && view.y + view.height >= height - 1;
    this.element.hidden = seen || this.wanted === "hidden" || (this.wanted === "auto" && !this.fits);
    if (this.element.hidden) return;
    const size = this.size(room);
    this.element.style.width = `${size.width}px`;
    this.element.style.height = `${size.height}px`;
    const left = Math.max(0, view.x);
    const top = Math.max(0, view.y);
    this.frame.setAttribute("x", String(round(left)));
    this.frame.setAttribute("y", String(round(top)));
    this.frame.setAttribute("width", String(round(Math.max(0, Math.min(width, view.x + view.width) - left))));
    this.frame.setAttribute("height", String(round(Math.max(0, Math.min(height, view.y + view.height) - top))));
  }
}
