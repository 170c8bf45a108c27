// Where the script begins. As a module it is a widget: here are the only lines that know anywidget, traitlets on one
// side and a graph on a page on the other. As a plain script it is a page of its own, and in a worker it lays out.

import { isWorker, serve } from "./background/serve.js";
import { unpack } from "./unpack.js";
import { startPage } from "./page.js";
import { App } from "./view/app.js";

/**
 * A host may know fewer of these than there are: what it does not know is undefined, and is never written.
 * @typedef {object} Traits
 * @property {import("./types.js").ViewDocument} view
 * @property {string | null} selection  the name of the selected node
 * @property {string} theme  "light", "dark", "contrast" or "auto"
 * @property {string} [orientation]  "down" or "right"
 * @property {string[]} [highlight]  names of marked nodes
 * @property {string[] | null} [opened]  paths of open groups; null: as many as can be read
 * @property {string | null} [goto]  a node to move to; taken back at once
 * @property {string} [_esm]  this script as anywidget has it, which is also what a worker runs; marimo keeps it back
 */

/** This script from where the page had it. @returns {Promise<string>} */
async function fetched() {
  const answer = await fetch(import.meta.url);
  if (!answer.ok) throw new Error(`the script is gone (${answer.status})`);
  return answer.text();
}

/** @type {Promise<string> | undefined} */
let own;

/** This script's text. It is fetched at once, as marimo takes it away when a cell runs again, and may be missed later. */
function ownText() {
  own ??= fetched();
  own.catch(() => {});
  return own;
}

/** @type {import("@anywidget/types").Render<Traits>} */
function render({ model, el }) {
  /** @param {keyof Traits} name @param {any} value */
  const write = (name, value) => {
    if (model.get(name) === undefined) return;
    model.set(name, value);
    model.save_changes();
  };
  /** A trait that may be null, which is `[null]` where null would be lost on its way: in JupyterLite. @param {"selection" | "opened" | "goto"} name */
  const maybe = (name) => {
    const value = /** @type {any} */ (model.get(name));
    return value?.length === 1 && (value[0] ?? null) === null ? null : value;
  };
  const text = model.get("_esm") ?? ownText();
  const app = new App(el, {
    view: unpack(model.get("view")),
    selection: maybe("selection"),
    theme: model.get("theme"),
    orientation: model.get("orientation"),
    highlight: model.get("highlight"),
    opened: maybe("opened"),
    script: async () => text,
    document: () => model.get("view"),
    onSelect: (name) => write("selection", name),
    onChange: write,
  });
  /** @type {Partial<Record<keyof Traits, () => void>>} */
  const listeners = {
    view: () => app.setView(unpack(model.get("view"))),
    selection: () => app.setSelection(maybe("selection")),
    theme: () => app.setTheme(model.get("theme")),
    orientation: () => app.setOrientation(model.get("orientation")),
    highlight: () => app.setHighlight(model.get("highlight")),
    opened: () => app.setOpened(maybe("opened")),
    goto: () => {
      const name = maybe("goto");
      if (typeof name !== "string") return;
      app.gotoName(name);
      write("goto", null);
    },
  };
  const entries = /** @type {Array<[keyof Traits, () => void]>} */ (Object.entries(listeners));
  for (const [name, action] of entries) model.on(`change:${name}`, action);
  return () => {
    for (const [name, action] of entries) model.off(`change:${name}`, action);
    app.destroy();
  };
}

if (isWorker()) serve(/** @type {any} */ (self));
else if (document.currentScript !== null) startPage(document.currentScript);

export default { render };
