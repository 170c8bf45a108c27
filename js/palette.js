// The colours of a theme as they stand in a file. symbolnb/notebook/style.py has the same.

import style from "../symbolnb/notebook/style.json";

const INKED = ["line", "edge", "text", "muted", "frame_line"];
const GROUNDED = ["canvas", "surface", "raised", "frame", "error_tint"];

/**
 * "auto" is "light", and "contrast" is that in black on white with strong lines.
 * @param {string} theme
 * @returns {Record<string, string> & {families: Record<string, {tint: string, line: string, text: string}>}}
 */
export function paletteOf(theme) {
  if (theme !== "contrast") return /** @type {any} */ (style.themes[theme === "dark" ? "dark" : "light"]);
  const { light } = style.themes;
  const [ink, ground] = ["#000000", "#ffffff"];
  const families = Object.fromEntries(Object.entries(light.families).map(([name, { text }]) =>
    [name, { tint: ground, line: text, text: ink }]));
  return /** @type {any} */ ({
    ...light,
    ...Object.fromEntries(INKED.map((key) => [key, ink])),
    ...Object.fromEntries(GROUNDED.map((key) => [key, ground])),
    families,
  });
}
