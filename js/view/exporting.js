// Files of the graph from the page alone: a picture, an interactive page, text for Graphviz.

import { dotText } from "../export/dot.js";
import { pageText } from "../export/html.js";
import { isSharp, pixels } from "../export/png.js";
import { fileName, save } from "../export/save.js";
import { pictureText } from "../export/svg.js";
import { Menu } from "./page/menu.js";

/** What there is to choose from. */
const FORMATS = {
  svg: { label: "SVG", hint: "picture, sharp at every size" },
  png: { label: "PNG", hint: "picture in pixels" },
  html: { label: "HTML", hint: "interactive page, one file" },
  dot: { label: "DOT", hint: "text for Graphviz" },
};

/** @typedef {keyof typeof FORMATS} Format */

export class Exporting {
  /** @param {import("./app.js").App} app @param {AbortSignal} signal */
  constructor(app, signal) {
    this.app = app;
    const { script } = app.options;
    const formats = /** @type {Format[]} */ (Object.keys(FORMATS)).filter((format) => format !== "html" || script !== undefined);
    this.menu = new Menu("Export the graph", formats.map((format) => ({
      ...FORMATS[format], choose: () => { this.run(format); },
    })), { opened: (open) => app.tools.export.setAttribute("aria-expanded", String(open)) }, signal);
  }

  /** Writes a file and closes the menu, which stays open where there is something to say. @param {Format} format */
  async run(format) {
    const { menu, app } = this;
    menu.say("");
    try {
      const { blob, note } = await this[format]();
      save(blob, `${fileName(app.view.title)}.${format}`);
      if (note === undefined) this.close();
      else menu.say(note);
    } catch (error) {
      menu.say(`Not exported: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Closes the menu and gives the focus back to its button. */
  close() {
    this.menu.setOpen(false);
    this.app.tools.export.focus();
  }

  async svg() {
    const { text } = pictureText(this.app.stage, this.app.page.root);
    return { blob: new Blob([text], { type: "image/svg+xml" }), note: undefined };
  }

  async png() {
    const { blob, scale } = await pixels(pictureText(this.app.stage, this.app.page.root));
    const share = Math.max(1, Math.round(scale * 100));
    return { blob, note: isSharp(scale) ? undefined : `The picture is so large that it was drawn at ${share} % of its size.` };
  }

  async html() {
    const { options, view, theme, stage, folding, beside } = this.app;
    const text = pageText(options.document?.() ?? view, await options.script?.() ?? "", {
      title: view.title, theme, orientation: stage.sideways ? "right" : "down", opened: beside ? null : folding.opened(),
    });
    return { blob: new Blob([text], { type: "text/html" }), note: undefined };
  }

  async dot() {
    const { model, theme, stage } = this.app;
    return { blob: new Blob([dotText(model, theme, stage.sideways)], { type: "text/vnd.graphviz" }), note: undefined };
  }
}
