// The whole picture as an SVG file: every colour and font as an attribute, nothing that only a page needs.

import { arrange } from "../arrange.js";
import { buildModel } from "../model.js";
import { svg } from "../view/dom.js";
import { Scene } from "../view/picture/scene.js";

/** @typedef {import("../view/dom.js").Attributes} Attributes */

const MARGIN = 16;

/** What stays of an element, by its name. @type {Record<string, string[]>} */
const GEOMETRY = {
  g: ["transform"],
  path: ["d"],
  rect: ["x", "y", "width", "height", "rx"],
  circle: ["cx", "cy", "r"],
  text: ["x", "y", "text-anchor"],
  tspan: [],
};

/** What a style sheet says of lines and areas, and what it says where it says nothing. */
const LINES = { "stroke-width": "1px", "stroke-dasharray": "none", "stroke-linecap": "butt", "stroke-linejoin": "miter" };
const FONT = ["font-family", "font-size", "font-weight"];

/** @param {string} colour */
function isClear(colour) {
  return colour === "none" || colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour);
}

/** A computed colour as every program reads it: a mixed one comes in shares of one. @param {string} colour */
export function plainColour(colour) {
  const [, words, share] = /^color\(srgb ([^/]+?)(?: \/ (.+))?\)$/.exec(colour) ?? [];
  if (words === undefined) return colour;
  const parts = words.split(" ").map((one) => Math.round(255 * Math.min(1, Math.max(0, Number(one)))));
  return share === undefined ? `rgb(${parts.join(", ")})` : `rgba(${[...parts, share].join(", ")})`;
}

/** @param {Element} element @param {CSSStyleDeclaration} style @returns {Attributes} */
function looks(element, style) {
  /** @type {Attributes} */
  const found = {};
  for (const name of GEOMETRY[element.localName]) found[name] = element.getAttribute(name);
  if (style.opacity !== "1") found.opacity = style.opacity;
  if (element.localName === "g") return found;
  found.fill = isClear(style.fill) ? "none" : plainColour(style.fill);
  if (style.fillOpacity !== "1") found["fill-opacity"] = style.fillOpacity;
  if (!isClear(style.stroke)) {
    found.stroke = plainColour(style.stroke);
    for (const [name, usual] of Object.entries(LINES)) {
      const value = style.getPropertyValue(name);
      if (value !== usual) found[name] = value.replaceAll("px", "");
    }
  }
  if (element.localName === "text" || element.localName === "tspan") {
    for (const name of FONT) found[name] = style.getPropertyValue(name).replace(/px$/, "");
  }
  return found;
}

/**
 * A text with room around its letters. Not every program knows that a stroke may lie behind what it goes around, so the
 * stroke is a text of its own.
 * @param {string} words @param {Attributes} attributes
 */
function onGround(words, attributes) {
  const letters = Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith("stroke")));
  return svg("g", {}, svg("text", { ...attributes, fill: attributes.stroke, "aria-hidden": "true" }, words), svg("text", letters, words));
}

/** An element as a file has it; null if nobody sees it. @param {Element} element @returns {SVGElement | null} */
function plain(element) {
  if (element.localName === "title") return svg("title", {}, element.textContent);
  const style = getComputedStyle(element);
  if (!(element.localName in GEOMETRY) || style.display === "none" || style.visibility === "hidden") return null;
  const attributes = looks(element, style);
  const isShape = element.childElementCount === 0 && element.localName !== "text" && element.localName !== "tspan";
  if (isShape && (element.localName === "g" || (attributes.fill === "none" && attributes.stroke === undefined))) return null;
  if (element.localName === "text" && attributes.stroke !== undefined) return onGround(element.textContent ?? "", attributes);
  const children = [...element.childNodes].map((child) => (child instanceof Element ? plain(child) : document.createTextNode(child.textContent ?? "")));
  return svg(/** @type {"g"} */ (element.localName), attributes, ...children);
}

/**
 * What is seen; an error that the page tells beside the picture stands in its box.
 * @param {import("../view/stage.js").Stage} stage
 */
function complete({ scene, folding, sideways }) {
  const { model, picture } = scene;
  if (model.told < 0) return { model, picture };
  const whole = buildModel(model.view);
  return { model: whole, picture: arrange(whole, folding.closed, sideways) };
}

/**
 * The picture as it is opened, coloured and filtered, without what is selected.
 * @param {import("../view/stage.js").Stage} stage @param {Element} root  of the page, whose style sheet serves
 * @returns {{text: string, width: number, height: number}}
 */
export function pictureText(stage, root) {
  const { paint, heat } = stage.scene;
  const { model, picture } = complete(stage);
  const scene = new Scene(model, picture);
  scene.paint = { ...paint, hits: new Set(), hit: -1, twin: -1 };
  scene.heat = heat;
  const width = Math.ceil(picture.width + 2 * MARGIN);
  const height = Math.ceil(picture.height + 2 * MARGIN);
  const shown = svg("svg", { class: "snb-svg snb-hidden", "aria-hidden": "true" }, scene.element);
  root.append(shown);
  try {
    scene.update({ x: 0, y: 0, width: picture.width, height: picture.height }, 1);
    const drawn = plain(scene.element);
    const made = svg("svg", { viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`, width, height },
      svg("title", {}, model.view.title),
      svg("rect", { x: -MARGIN, y: -MARGIN, width, height, fill: getComputedStyle(root).backgroundColor }), drawn);
    return { text: new XMLSerializer().serializeToString(made), width, height };
  } finally {
    shown.remove();
  }
}
