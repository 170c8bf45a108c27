// A graph as a page of its own, from the same words as symbolnb/notebook/html.py.

import template from "../../symbolnb/notebook/page.json";
import { plainScript } from "../background/script.js";
import { clean } from "../text.js";

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

/** Text as it stands in HTML. @param {string} text */
export function escaped(text) {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]);
}

/** JSON that no HTML parser sees as markup: ASCII only, and no angle bracket or ampersand. @param {any} value */
function safeJson(value) {
  return JSON.stringify(value).replace(/[^ -~]|[<>&]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * A page that shows a view document as the widget does, without a kernel and without the network.
 * @param {any} packed  the document @param {string} script  the widget's, or that of a page
 * @param {{title: string, theme: string, orientation: string, opened: string[] | null}} look
 */
export function pageText(packed, script, { title, theme, orientation, opened }) {
  /** @type {Record<string, string>} */
  const parts = {
    theme: escaped(theme),
    orientation: escaped(orientation),
    opened: escaped(JSON.stringify(opened)),
    policy: escaped(template.policy),
    title: escaped(clean(title)),
    data: safeJson(packed),
    script: plainScript(script).replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--"),
  };
  return template.page.join("\n").replace(/\{(\w+)\}/g, (_, name) => parts[name]);
}
