// The only module that knows anywidget: three traitlets on one side, a graph on a page on the other.

import { unpack } from "./unpack.js";
import { App } from "./view/app.js";

/**
 * @typedef {object} Traits
 * @property {import("./types.js").ViewDocument} view
 * @property {string | null} selection  the name of the selected node
 * @property {string} theme  "light", "dark" or "auto"
 */

/** @type {import("@anywidget/types").Render<Traits>} */
function render({ model, el }) {
  const app = new App(el, {
    view: unpack(model.get("view")),
    selection: model.get("selection"),
    theme: model.get("theme"),
    onSelect(name) {
      model.set("selection", name);
      model.save_changes();
    },
  });
  const onView = () => app.setView(unpack(model.get("view")));
  const onSelection = () => app.setSelection(model.get("selection"));
  const onTheme = () => app.setTheme(model.get("theme"));
  model.on("change:view", onView);
  model.on("change:selection", onSelection);
  model.on("change:theme", onTheme);
  return () => {
    model.off("change:view", onView);
    model.off("change:selection", onSelection);
    model.off("change:theme", onTheme);
    app.destroy();
  };
}

export default { render };
