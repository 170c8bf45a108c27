// Elements from plain words. Strings become text nodes, so that a name is never read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/** @param {Element} element @param {Attributes} attributes @param {Array<Node | string | null>} children */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
}

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Attributes} [attributes] @param {...(Node | string | null)} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag @param {Attributes} [attributes] @param {...(Node | string | null)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElementTagNameMap[K]} */ (document.createElementNS(SVG, tag));
  fill(element, attributes, children);
  return element;
}

/**
 * What has the focus, seen from an element: marimo puts a graph into a shadow tree, of which a document names the host.
 * @param {Element} element @returns {Element | null}
 */
export function focusedBeside(element) {
  return /** @type {Document | ShadowRoot} */ (element.getRootNode()).activeElement ?? null;
}

/**
 * A button whose label is text or an icon with a name.
 * @param {{label: string, text?: string, icon?: string, class: string, pressed?: boolean}} options
 * @param {() => void} action
 * @param {AbortSignal} signal
 */
export function button(options, action, signal) {
  const { label, text, icon } = options;
  const element = h("button", { type: "button", class: options.class, "aria-label": text === undefined ? label : null });
  if (text === undefined || text !== label) element.title = label;
  if (options.pressed !== undefined) element.setAttribute("aria-pressed", String(options.pressed));
  if (icon !== undefined) {
    element.append(svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
      svg("path", { d: icon, fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-linecap": "round",
        "stroke-linejoin": "round" })));
  }
  if (text !== undefined) element.append(text);
  element.addEventListener("click", action, { signal });
  return element;
}
