// Where one looks: pan, zoom at the pointer, fit. A page that scrolls past is never held up.

import { focusedBeside } from "../dom.js";
import { prefersStill } from "../page/theme.js";

/** @typedef {{x: number, y: number, width: number, height: number}} Rect */

const SMALLEST = 0.05;
const LARGEST = 3;
const MARGIN = 24;
const READABLE = 0.72;
const DRAG = 4;
const DURATION = 180;

export class Camera {
  /**
   * @param {HTMLElement} element  takes the pointer
   * @param {() => void} onChange
   * @param {AbortSignal} signal
   */
  constructor(element, onChange, signal) {
    this.element = element;
    this.onChange = onChange;
    this.x = 0;
    this.y = 0;
    this.scale = 1;
    /** Did the last press move the picture? Then it was no click. */
    this.dragged = false;
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    this.frame = 0;
    this.room = { width: 800, height: 480 };
    this.smallest = SMALLEST;
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ action) =>
      element.addEventListener(type, action, { signal, passive: false });
    on("wheel", (event) => this.wheel(event));
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", (event) => this.release(event));
    // Two fingers are for the picture; one scrolls the page until the picture has the focus.
    for (const type of ["touchstart", "touchmove"]) on(type, (event) => { if (event.touches.length > 1) event.preventDefault(); });
    signal.addEventListener("abort", () => cancelAnimationFrame(this.frame), { once: true });
  }

  /** Looks how large the element is now. To ask the page costs a layout, so it is not asked each time. */
  measure() {
    this.room = { width: this.element.clientWidth || 800, height: this.element.clientHeight || 480 };
  }

  size() {
    return this.room;
  }

  /** The part of the picture that is seen. @returns {Rect} */
  view() {
    const { width, height } = this.size();
    return { x: -this.x / this.scale, y: -this.y / this.scale, width: width / this.scale, height: height / this.scale };
  }

  /** @param {number} x @param {number} y @param {number} scale */
  set(x, y, scale) {
    cancelAnimationFrame(this.frame);
    this.x = x;
    this.y = y;
    this.scale = scale;
    this.onChange();
  }

  /** @param {number} x @param {number} y @param {number} scale */
  glide(x, y, scale) {
    if (prefersStill() || typeof requestAnimationFrame !== "function") {
      this.set(x, y, scale);
      return;
    }
    cancelAnimationFrame(this.frame);
    const from = { x: this.x, y: this.y, scale: this.scale };
    const start = performance.now();
    const step = (/** @type {number} */ now) => {
      const t = Math.min(1, Math.max(0, (now - start) / DURATION));
      const ease = 1 - (1 - t) ** 3;
      this.x = from.x + (x - from.x) * ease;
      this.y = from.y + (y - from.y) * ease;
      this.scale = from.scale + (scale - from.scale) * ease;
      this.onChange();
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /**
   * Zooms and keeps a point of the element where it is.
   * @param {number} factor @param {number} [px] @param {number} [py]
   */
  zoom(factor, px = this.size().width / 2, py = this.size().height / 2) {
    const scale = Math.min(LARGEST, Math.max(this.smallest, this.scale * factor));
    const ratio = scale / this.scale;
    this.set(px - (px - this.x) * ratio, py - (py - this.y) * ratio, scale);
  }

  /** @param {Rect} bounds */
  fitScale(bounds) {
    const { width, height } = this.size();
    return Math.min(1, (width - 2 * MARGIN) / bounds.width, (height - 2 * MARGIN) / bounds.height);
  }

  /** The scale at which all of the width is seen, as far as that can be read. @param {Rect} bounds */
  widthScale(bounds) {
    return Math.min(1, Math.max(READABLE, (this.element.clientWidth - 2 * MARGIN) / bounds.width));
  }

  /** Shows all of it. @param {Rect} bounds */
  fit(bounds) {
    const { width, height } = this.size();
    const scale = this.fitScale(bounds);
    this.smallest = Math.min(SMALLEST, scale);
    const x = (width - bounds.width * scale) / 2 - bounds.x * scale;
    this.glide(x, (height - bounds.height * scale) / 2 - bounds.y * scale, scale);
  }

  /**
   * The first look: all of it where that can be read, else its beginning, which stands in the middle as far as nothing
   * is cut that begins there.
   * @param {Rect} bounds @param {number} middle  where its beginning is @param {boolean} sideways
   * @param {(length: number) => [number, number]} extent  from where to where across it reaches what begins within a length
   */
  home(bounds, middle, sideways, extent) {
    const { width, height } = this.size();
    const all = this.fitScale(bounds);
    const whole = all >= READABLE;
    const [wide, broad] = sideways ? [height, bounds.height] : [width, bounds.width];
    const scale = whole ? all : Math.min(1, Math.max(READABLE, (wide - 2 * MARGIN) / broad));
    const [low, high] = whole ? [0, broad] : extent((sideways ? width : height) / scale);
    const [least, most] = [MARGIN - low * scale, wide - MARGIN - high * scale];
    let across = wide / 2 - middle * scale;
    if (most >= least) across = Math.min(most, Math.max(least, across));
    const free = sideways ? width - bounds.width * scale : height - bounds.height * scale;
    const along = whole ? Math.max(MARGIN, free / 2) : MARGIN;
    if (sideways) this.set(along, across, scale);
    else this.set(across, along, scale);
  }

  /** Moves as little as needed to show a rectangle. @param {Rect} rect @param {boolean} [still] */
  reveal(rect, still = false) {
    const { width, height } = this.size();
    const scale = Math.max(this.scale, Math.min(READABLE, this.scale * 4));
    const ratio = scale / this.scale;
    const x = width / 2 - (width / 2 - this.x) * ratio;
    const y = height / 2 - (height / 2 - this.y) * ratio;
    const shift = (/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ room) => {
      if (high - low > room - 2 * MARGIN) return room / 2 - (low + high) / 2;
      if (low < MARGIN) return MARGIN - low;
      return high > room - MARGIN ? room - MARGIN - high : 0;
    };
    const dx = shift(rect.x * scale + x, (rect.x + rect.width) * scale + x, width);
    const dy = shift(rect.y * scale + y, (rect.y + rect.height) * scale + y, height);
    if (dx === 0 && dy === 0 && ratio === 1) return;
    if (still) this.set(x + dx, y + dy, scale);
    else this.glide(x + dx, y + dy, scale);
  }

  /** @param {{clientX: number, clientY: number}} event */
  local(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** The wheel zooms with Ctrl or Cmd, or once the picture has the focus. @param {WheelEvent} event */
  wheel(event) {
    const asked = event.ctrlKey || event.metaKey;
    if (!asked && !this.element.contains(focusedBeside(this.element))) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    const { x, y } = this.local(event);
    this.zoom(Math.exp(-Math.max(-240, Math.min(240, pixels)) * (asked ? 0.008 : 0.002)), x, y);
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    if (this.pointers.size === 0) this.dragged = false;
    this.pointers.set(event.pointerId, this.local(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = this.local(event);
    if (!this.dragged && this.pointers.size === 1) {
      if (Math.hypot(now.x - before.x, now.y - before.y) < DRAG) return;
      this.element.setPointerCapture?.(event.pointerId);
      this.element.classList.add("snb-grabbing");
    }
    this.dragged = true;
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (other === undefined) {
      this.set(this.x + now.x - before.x, this.y + now.y - before.y, this.scale);
      return;
    }
    const apart = (/** @type {{x: number, y: number}} */ p) => Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
    this.zoom(apart(now) / apart(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  /** @param {PointerEvent} event */
  release(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) this.element.classList.remove("snb-grabbing");
  }
}
