// The self-contained page: the view document stands in the page as JSON, the graph fills the window. In a worker, which
// the page makes from the same script, it lays out.

import { unpack } from "./unpack.js";
import { App } from "./view/app.js";

/** @param {HTMLOrSVGScriptElement} script  the element that runs */
export function startPage(script) {
  const data = document.getElementById("symbolnb-view");
  if (data === null) throw new Error("the page has no element 'symbolnb-view' with the graph");
  const packed = JSON.parse(data.textContent ?? "");
  const view = unpack(packed);
  const { theme = "auto", orientation, opened = "null" } = document.documentElement.dataset;
  const app = new App(document.body, {
    view, theme, orientation, opened: JSON.parse(opened), page: true, script: async () => script.textContent ?? "", document: () => packed,
  });
  document.title = view.title;
  window.addEventListener("pagehide", (event) => { if (!event.persisted) app.destroy(); });
}
