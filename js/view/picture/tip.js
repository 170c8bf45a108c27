// What is cut or too small to be read in the picture, in full, while it has the focus. A mouse has the title for that,
// and what a tap selects stands in the inspector.

import { h } from "../dom.js";

/** Below this scale the words of a box are too small to be read. */
const LEGIBLE = 0.6;
const CUT = "\u2026";
const GAP = 6;

/** The whole of what is cut in an element: its title, and those of its rows. @param {Element} element */
export function wholeText(element) {
  const titles = [element, ...element.querySelectorAll(".snb-row")]
    .filter((one) => one === element || (one.textContent ?? "").slice(titleOf(one).length).includes(CUT)).map(titleOf);
  return titles.join("\n");
}

/** @param {Element} element */
function titleOf(element) {
  return element.querySelector(":scope > title")?.textContent ?? "";
}

/** Is a word of it cut? @param {Element} element */
function isCut(element) {
  return [...element.querySelectorAll("text")].some((text) => text.textContent?.includes(CUT));
}

export class Tip {
  /** @param {import("../page/skeleton.js").Skeleton} page @param {() => number} scale  of the picture @param {AbortSignal} signal */
  constructor({ canvas, frame }, scale, signal) {
    this.canvas = canvas;
    this.scale = scale;
    /** @type {Element | null} */
    this.target = null;
    this.touched = false;
    // A screen reader has the same words as the element's name.
    this.element = h("div", { class: "snb-tip", "aria-hidden": "true", hidden: true });
    canvas.append(this.element);
    frame.addEventListener("pointerdown", (event) => { this.touched = event.pointerType === "touch"; }, { signal, capture: true });
    frame.addEventListener("keydown", () => { this.touched = false; }, { signal, capture: true });
    frame.addEventListener("focusin", (event) => this.focus(event), { signal });
    frame.addEventListener("focusout", () => this.hide(), { signal });
  }

  /** @param {FocusEvent} event */
  focus({ target }) {
    if (!(target instanceof SVGElement)) return;
    const element = target.closest(".snb-box, .snb-chip, .snb-frame-head");
    const isNode = element instanceof SVGElement && element.dataset.key?.[0] === "n";
    const asked = this.touched ? !isNode : target.matches(":focus-visible");
    if (element === null || !asked || element.classList.contains("snb-selected")) return;
    if (this.scale() >= LEGIBLE && !isCut(element)) return;
    this.target = element;
    this.element.textContent = wholeText(element);
    this.element.hidden = false;
    this.place();
  }

  /** Below what it tells of, or above where there is no room below. */
  place() {
    if (this.target === null) return;
    const around = this.canvas.getBoundingClientRect();
    const at = this.target.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const below = at.bottom - around.top + GAP;
    const top = below + height <= around.height ? below : Math.max(GAP, at.top - around.top - GAP - height);
    const left = Math.max(GAP, Math.min(at.left - around.left, around.width - width - GAP));
    this.element.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
  }

  /** @returns {boolean} was it shown? */
  hide() {
    const shown = this.target !== null;
    this.target = null;
    this.element.hidden = true;
    return shown;
  }
}
