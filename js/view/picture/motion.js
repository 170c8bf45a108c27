// A short movement from one layout to the next: what stays glides to its new place, what is new fades in.

import { prefersStill } from "../page/theme.js";

/** @typedef {import("./scene.js").Scene} Scene */

const DURATION = 170;
const MOST = 300;

/**
 * Plays the change between two scenes.
 * @param {Scene} before @param {Scene} after @param {{x: number, y: number}} shift  how far the old picture's places lie
 *   from the same places in the new one
 */
export function playChange(before, after, shift) {
  if (prefersStill() || typeof after.element.animate !== "function") return;
  const drawn = [...after.boxItems].filter(([, item]) => item.element !== null);
  if (drawn.length > MOST) return;
  const timing = { duration: DURATION, easing: "cubic-bezier(.2,.7,.3,1)" };
  for (const [key, { element }] of drawn) {
    const from = before.placed.get(key);
    const to = after.placed.get(key);
    if (element === null || to === undefined) continue;
    if (from === undefined) {
      element.animate([{ opacity: 0 }, {}], timing);
      continue;
    }
    const [x, y] = [from.x + shift.x, from.y + shift.y];
    if (Math.abs(x - to.x) + Math.abs(y - to.y) < 0.5) continue;
    element.animate([
      { transform: `translate(${x}px, ${y}px)` }, { transform: `translate(${to.x}px, ${to.y}px)` }], timing);
  }
  for (const layer of [after.layers.wires, after.layers.areas, after.layers.heads, after.layers.chips]) {
    layer.animate([{ opacity: 0 }, { opacity: 1 }], timing);
  }
}
