// Words and numbers as they are shown, and how wide they will be.
// The widths are an estimate from one table, so that Python's static picture gets the same boxes.

import style from "../symbolnb/notebook/style.json";

/** @typedef {import("./types.js").Shape} Shape */

const { widths, first, other, wide, mono_width: monoWidth, bold } = style.text;

/** Ranges of code points drawn twice as wide as a letter. */
const WIDE = [
  [0x1100, 0x115f], [0x2e80, 0xa4cf], [0xac00, 0xd7a3], [0xf900, 0xfaff], [0xfe30, 0xfe4f], [0xff00, 0xff60],
  [0xffe0, 0xffe6], [0x1f000, 0x1faff], [0x20000, 0x3fffd],
];

/** Ranges drawn on top of the letter before them. */
const ZERO = [[0x300, 0x36f], [0x200b, 0x200f], [0xfe00, 0xfe0f]];

/** Ranges with no shape of their own, or that would turn the text around: shown as U+FFFD. */
const HIDDEN = [
  [0x00, 0x1f], [0x7f, 0x9f], [0x202a, 0x202e], [0x2066, 0x2069], [0xd800, 0xdfff], [0xfffe, 0xffff],
];

/** Most texts: they have none of those. */
const PLAIN = /^[ -~\u00a0-\u02ff]*$/;

/** @param {number} code @param {number[][]} ranges */
function within(code, ranges) {
  return ranges.some(([low, high]) => code >= low && code <= high);
}

/**
 * The text with every character replaced that has no picture.
 * @param {string} text
 */
export function clean(text) {
  if (PLAIN.test(text)) return text;
  let out = "";
  for (const char of text) out += within(/** @type {number} */ (char.codePointAt(0)), HIDDEN) ? "\ufffd" : char;
  return out;
}

/** The widths of characters that are in no table, -1 for the usual one: a few of them stand in most texts. @type {Map<number, number>} */
const rare = new Map();

/**
 * The width of one character in thousandths of the font's size.
 * @param {string} char @param {boolean} mono
 */
function characterWidth(char, mono) {
  const code = /** @type {number} */ (char.codePointAt(0));
  if (code >= first && code < first + widths.length) return mono ? monoWidth : widths[code - first];
  let width = rare.get(code);
  if (width === undefined) {
    width = within(code, ZERO) ? 0 : within(code, WIDE) ? wide : -1;
    rare.set(code, width);
  }
  if (width >= 0) return width;
  return mono ? monoWidth : other;
}

/** @typedef {{size: number, bold?: boolean, mono?: boolean}} Font */

/**
 * The estimated width of a text in pixels.
 * @param {string} text @param {Font} font
 */
export function textWidth(text, font) {
  const mono = font.mono === true;
  let units = 0;
  for (let i = 0; i < text.length; i += 1) {
    const index = text.charCodeAt(i) - first;
    if (index >= 0 && index < widths.length) {
      units += mono ? monoWidth : widths[index];
    } else {
      const char = String.fromCodePoint(/** @type {number} */ (text.codePointAt(i)));
      units += characterWidth(char, mono);
      i += char.length - 1;
    }
  }
  const width = (units * font.size) / 1000;
  return font.bold === true ? width * bold : width;
}

/**
 * The text cut in its middle to a width: both ends of a layer's name tell it from the others.
 * @param {string} text @param {Font} font @param {number} width pixels
 */
export function elideMiddle(text, font, width) {
  if (textWidth(text, font) <= width) return text;
  const chars = Array.from(text);
  const room = width - textWidth("\u2026", font);
  let head = 0;
  let tail = 0;
  let used = 0;
  while (head + tail < chars.length) {
    const atHead = head * 3 <= tail * 2;
    const next = atHead ? chars[head] : chars[chars.length - 1 - tail];
    used += textWidth(next, font);
    if (used > room) break;
    if (atHead) head += 1;
    else tail += 1;
  }
  return `${chars.slice(0, head).join("")}\u2026${chars.slice(chars.length - tail).join("")}`;
}

/**
 * The text cut at its end to a width.
 * @param {string} text @param {Font} font @param {number} width pixels
 */
export function elideEnd(text, font, width) {
  if (textWidth(text, font) <= width) return text;
  const room = width - textWidth("\u2026", font);
  let out = "";
  let used = 0;
  for (const char of text) {
    used += textWidth(char, font);
    if (used > room) break;
    out += char;
  }
  return `${out.trimEnd()}\u2026`;
}

/**
 * The text in lines of a width, the last one cut if there are more than `most`.
 * @param {string} text @param {Font} font @param {number} width pixels @param {number} most lines
 * @returns {string[]}
 */
export function wrap(text, font, width, most) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.split(" ").filter((part) => part !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || textWidth(longer, font) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== "") lines.push(line);
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] += "\u2026";
  return kept.map((one) => elideEnd(one, font, width));
}

/**
 * A shape as it stands on an edge, "64\u00d7128\u00d756\u00d756", unknown dimensions as "?".
 * @param {Shape} shape
 */
export function shapeText(shape) {
  if (shape === null) return "?";
  if (shape.length === 0) return "scalar";
  return shape.map((size) => (size === null ? "?" : String(size))).join("\u00d7");
}

const UNITS = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** @param {number} value @param {number} digits */
function significant(value, digits) {
  return String(Number(value.toPrecision(digits)));
}

/**
 * A count in three digits: 61706 is "61.7 k".
 * @param {number} value
 */
export function countText(value) {
  for (const [size, unit] of /** @type {Array<[number, string]>} */ (UNITS)) {
    if (value >= size) return `${significant(value / size, 3)} ${unit}`;
  }
  return String(value);
}

/**
 * A number of bytes in three digits and binary units.
 * @param {number} value
 */
export function bytesText(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let size = value;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : significant(size, 3)} ${units[unit]}`;
}

/**
 * A number with its thousands set apart by thin spaces.
 * @param {number} value
 */
export function exactText(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/**
 * Any number in three digits: "\u22120.0123", "4.5e\u22127".
 * @param {number} value
 */
export function numberText(value) {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2).replace(/\.?0+e\+?/, "e").replace("e+", "e") : significant(value, 3);
  return text.replaceAll("-", "\u2212");
}

/**
 * A share as a percentage.
 * @param {number} part @param {number} whole
 */
export function percentText(part, whole) {
  if (whole === 0) return "0 %";
  const share = (100 * part) / whole;
  return share > 0 && share < 0.1 ? "< 0.1 %" : `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}
