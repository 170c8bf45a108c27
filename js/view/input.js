// Clicks and keys on the graph.

import { ZOOM_STEP } from "./page/tools.js";
import { stepTo } from "./picture/keyboard.js";

const PAN_STEP = 60;

export class Input {
  /** @param {import("./app.js").App} app @param {AbortSignal} signal */
  constructor(app, signal) {
    this.app = app;
    const { root, frame } = app.page;
    frame.addEventListener("click", (event) => this.click(event), { signal });
    frame.addEventListener("pointerover", (event) => this.hover(event), { signal });
    frame.addEventListener("pointerleave", () => app.setHovered(-1), { signal });
    root.addEventListener("keydown", (event) => this.key(event), { signal });
    if (app.options.page === true) document.addEventListener("keydown", (event) => this.late(event), { signal });
    window.addEventListener("keydown", (event) => this.early(event), { signal, capture: true });
  }

  /**
   * A key in the picture, before the page has it: Notebook 7 gives arrow keys to its cells whatever an element says.
   * @param {KeyboardEvent} event
   */
  early(event) {
    const { target } = event;
    if (target instanceof Element && !(target instanceof HTMLInputElement) && this.app.page.frame.contains(target)) this.key(event);
  }

  /** A key on a page of its own while nothing there has the focus. @param {KeyboardEvent} event */
  late(event) {
    if (event.target === document.body) this.key(event);
  }

  /** @param {Event} event */
  hover(event) {
    if (!(event.target instanceof Element)) return;
    const box = /** @type {SVGElement | null} */ (event.target.closest(".snb-box"));
    const key = box?.dataset.key ?? "";
    this.app.setHovered(key[0] === "n" ? Number(key.slice(1)) : -1);
  }

  /** @param {Event} event */
  click(event) {
    if (this.app.stage.camera.dragged || !(event.target instanceof Element)) return;
    this.activate(event.target, /** @type {MouseEvent} */ (event).shiftKey);
  }

  /** @param {Element} target @param {boolean} [shift]  the other end of a path? */
  activate(target, shift = false) {
    const { app } = this;
    const { scene } = app.stage;
    if (shift && app.selected >= 0) app.choosing = true;
    const row = target.closest(".snb-row");
    const box = /** @type {SVGElement | null} */ (target.closest(".snb-box"));
    const chip = scene.chips.get(/** @type {SVGElement} */ (target.closest(".snb-chip")));
    const group = scene.frames.get(/** @type {SVGElement} */ (target.closest(".snb-frame-head")));
    if (chip !== undefined) app.goto(chip.goto);
    else if (group !== undefined) app.toggle(group);
    else if (row !== null) app.goto(Number(row.getAttribute("data-node")));
    else if (box !== null) this.activateBox(box.dataset.key ?? "");
    else {
      app.page.frame.focus({ preventScroll: true });
      app.choosing = false;
      app.select(-1, true);
    }
  }

  /** @param {string} key */
  activateBox(key) {
    if (key[0] === "g") {
      this.app.toggle(Number(key.slice(1)));
      return;
    }
    this.app.stage.scene.boxElement(key)?.focus({ preventScroll: true });
    this.app.goto(Number(key.slice(1)));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!(event.target instanceof Element)) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      this.app.go(event.key === "ArrowLeft" ? -1 : 1);
    } else if (command && !event.altKey && event.key.toLowerCase() === "f") {
      this.app.search.open();
    } else if (event.altKey || command) {
      return;
    } else if (event.key === "Escape") {
      if (!this.app.escape()) return;
    } else if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) {
      return;
    } else if (event.key === "/") {
      this.app.search.open();
    } else if (!this.app.page.frame.contains(event.target) || !this.pictureKey(event)) {
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
  pictureKey(event) {
    const { camera } = this.app.stage;
    const target = /** @type {Element} */ (event.target);
    if (event.key === "Enter" || event.key === " ") {
      if (target === this.app.page.frame) return false;
      this.activate(target, event.shiftKey);
    } else if (event.key === "+" || event.key === "=") camera.zoom(ZOOM_STEP);
    else if (event.key === "-") camera.zoom(1 / ZOOM_STEP);
    else if (event.key === "0") this.app.stage.fit();
    else if (event.key === "Home" || event.key === "End" || event.key.startsWith("Arrow")) this.walk(target, event.key);
    else return false;
    return true;
  }

  /** @param {Element} target @param {string} key */
  walk(target, key) {
    const { stage } = this.app;
    const box = /** @type {SVGElement | null} */ (target.closest(".snb-box"));
    if (box === null) {
      const { x, y, scale } = stage.camera;
      const dx = key === "ArrowLeft" ? PAN_STEP : key === "ArrowRight" ? -PAN_STEP : 0;
      const dy = key === "ArrowUp" ? PAN_STEP : key === "ArrowDown" ? -PAN_STEP : 0;
      stage.camera.set(x + dx, y + dy, scale);
      return;
    }
    const next = stepTo(stage.scene.picture, stage.links, box.dataset.key ?? "", key);
    if (next !== null) stage.focus(next);
  }
}
