// The self-contained page: the view document stands in the page as JSON, the graph fills the window.

import { unpack } from "./unpack.js";
import { App } from "./view/app.js";

const data = document.getElementById("symbolnb-view");
if (data === null) throw new Error("the page has no element 'symbolnb-view' with the graph");
const view = unpack(JSON.parse(data.textContent ?? ""));
const { theme = "auto", orientation, opened = "null" } = document.documentElement.dataset;
const app = new App(document.body, { view, theme, orientation, opened: JSON.parse(opened), page: true });
document.title = view.title;
window.addEventListener("pagehide", (event) => { if (!event.persisted) app.destroy(); });
