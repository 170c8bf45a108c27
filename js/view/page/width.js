// How wide the view is, for the rules of narrow cells. Container queries would say the same, but a browser then styles
// the picture a second time whenever a word beside it changes.

import { h } from "../dom.js";

/** From the widest: up to each there are rules of its own in css.js. */
export const NARROW = { small: 640, smaller: 480, smallest: 360 };

/**
 * An element without height that is as wide as what it stands in and marks it with a class for each width that it does
 * not exceed.
 * @param {HTMLElement} root @param {AbortSignal} signal
 */
export function widthFollower(root, signal) {
  const element = h("div", { class: "snb-width" });
  if (typeof ResizeObserver !== "function") return element;
  const observer = new ResizeObserver(() => {
    for (const [name, most] of Object.entries(NARROW)) root.classList.toggle(`snb-${name}`, element.clientWidth <= most);
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  return element;
}
