// Copying a text, also where a page may not use the clipboard directly.

import { focusedBeside, h } from "../dom.js";

/**
 * @param {string} text @param {HTMLElement} within  takes a hidden field for a moment, where it must be done by hand
 * @returns {Promise<boolean>} was it copied?
 */
export async function copyText(text, within) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text, within);
  }
}

/** @param {string} text @param {HTMLElement} within */
function copyByHand(text, within) {
  const before = focusedBeside(within);
  const field = h("textarea", { class: "snb-hidden", "aria-hidden": "true" });
  field.value = text;
  within.append(field);
  field.select();
  const done = typeof document.execCommand === "function" && document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement || before instanceof SVGElement) before.focus({ preventScroll: true });
  return done;
}
