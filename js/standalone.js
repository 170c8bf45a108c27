// The self-contained page: the view document stands in the page as JSON, the graph fills the window. In a worker, which
// the page makes from the same script, it lays out.

import { isWorker, serve } from "./background/serve.js";
import { unpack } from "./unpack.js";
import { App } from "./view/app.js";

function start() {
  const data = document.getElementById("symbolnb-view");
  if (data === null) throw new Error("the page has no element 'symbolnb-view' with the graph");
  const view = unpack(JSON.parse(data.textContent ?? ""));
  const { theme = "auto", orientation, opened = "null" } = document.documentElement.dataset;
  const script = document.currentScript?.textContent ?? null;
  const app = new App(document.body, { view, theme, orientation, opened: JSON.parse(opened), page: true, script });
  document.title = view.title;
  window.addEventListener("pagehide", (event) => { if (!event.persisted) app.destroy(); });
}

if (isWorker()) serve(/** @type {any} */ (self));
else start();
