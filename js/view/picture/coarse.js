// A large graph from far away, where a box is a few pixels: all boxes of one look are one path, as thousands of elements
// cannot be moved thirty times a second.

import { svg } from "../dom.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("../../arrange.js").PlacedBox} PlacedBox
 */

/** Elements of a picture from which it is worth it, and the scale below which nobody can tell. */
const MANY = 3000;
const BELOW = 0.1;

/** Is a picture of so many elements at this scale to be drawn so? @param {number} items @param {number} scale */
export function isCoarse(items, scale) {
  return items > MANY && scale < BELOW;
}

/** @param {{x: number, y: number, width: number, height: number}} rect */
function rectPath({ x, y, width, height }) {
  return `M${Math.round(x)} ${Math.round(y)}h${Math.round(width)}v${Math.round(height)}h${-Math.round(width)}z`;
}

/**
 * The classes by which a box is coloured.
 * @param {Scene} scene @param {PlacedBox} placed @param {number[]} nodes  that it shows
 */
function look({ paint }, { box }, nodes) {
  const classes = [box.failed ? "snb-failed" : `snb-f-${box.family}`];
  if (paint.lit !== null && !nodes.some((node) => paint.lit?.has(node))) classes.push("snb-pale");
  if (nodes.some((node) => paint.hits.has(node))) classes.push("snb-found");
  return classes.join(" ");
}

/**
 * The paths of a whole picture.
 * @param {Scene} scene
 * @returns {SVGElement[]}
 */
export function coarsePaths(scene) {
  const { picture, placed, paint } = scene;
  /** @type {Map<string, string[]>} */
  const paths = new Map();
  const plain = paint.lit === null && paint.hits.size === 0;
  for (const [key, one] of placed) {
    const classes = look(scene, one, plain ? [] : scene.nodesOf(key));
    const list = paths.get(classes) ?? [];
    list.push(rectPath({ x: one.x, y: one.y, width: one.box.width, height: one.box.body }));
    paths.set(classes, list);
  }
  const frames = picture.frames.map(rectPath).join("");
  return [
    svg("path", { class: "snb-frame-area", d: frames }),
    ...[...paths].map(([classes, list]) => svg("path", { class: `snb-coarse ${classes}`, d: list.join("") })),
  ];
}
