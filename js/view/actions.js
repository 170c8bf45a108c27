// What the buttons above the picture and in the panel do.

import { copyText } from "./page/clipboard.js";

/** @param {import("./app.js").App} app @returns {import("./page/tools.js").Actions} */
export function toolActions(app) {
  const { stage } = app;
  return {
    go: (by) => app.go(by),
    search: () => app.search.open(),
    zoom: (factor) => stage.camera.zoom(factor),
    fit: () => stage.fit(),
    export: () => app.exporting.menu.setOpen(!app.exporting.menu.isOpen),
    settings: () => app.openSettings(!app.settings.isOpen),
    full: () => app.setFull(!app.isFull),
  };
}

/** @param {import("./app.js").App} app @returns {import("./panel/parts.js").Actions} */
export function panelActions(app) {
  return {
    goto: (node) => app.goto(node),
    close: () => app.closePanel(),
    copy: (text) => copyText(text, app.page.root).then((done) => app.page.say(done ? "Copied" : "The browser refuses to copy")),
    showGroup: (group) => app.showGroup(group),
    toggleGroup: (group) => app.toggle(group, () => app.showGroup(group)),
    filter: (key) => app.filter(key),
    follow: (way) => {
      app.marks[way] = !app.marks[way];
      app.marks.path = null;
      app.repaint();
    },
    path: () => {
      app.choosing = true;
      app.page.say("Choose the other end of the path");
    },
  };
}
