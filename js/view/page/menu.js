// A menu below a button: arrow keys walk it, Escape closes it, and what it has to say stands under it.

import { focusedBeside, h } from "../dom.js";

/** @typedef {{label: string, hint: string, choose: () => void}} Entry */

export class Menu {
  /** @param {string} label @param {Entry[]} entries @param {{opened: (open: boolean) => void}} listener @param {AbortSignal} signal */
  constructor(label, entries, listener, signal) {
    this.listener = listener;
    this.items = entries.map(({ label: name, hint, choose }) => {
      const item = h("button", { type: "button", role: "menuitem", tabindex: -1, class: "snb-menu-item" }, h("span", { class: "snb-menu-name" }, name), h("span", {}, hint));
      item.addEventListener("click", choose, { signal });
      return item;
    });
    this.said = h("p", { class: "snb-menu-said", role: "status" });
    this.element = h("div", { class: "snb-menu", hidden: true },
      h("div", { role: "menu", "aria-label": label }, ...this.items), this.said);
    this.element.addEventListener("keydown", (event) => this.key(event), { signal });
    this.element.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && !this.element.contains(event.relatedTarget)) this.setOpen(false);
    }, { signal });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {boolean} open */
  setOpen(open) {
    if (open === this.isOpen) return;
    this.element.hidden = !open;
    this.said.textContent = "";
    this.listener.opened(open);
    if (open) this.items[0].focus();
  }

  /** @param {string} words */
  say(words) {
    this.said.textContent = words;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const at = this.items.findIndex((item) => item === focusedBeside(item));
    const count = this.items.length;
    /** @type {Record<string, number>} */
    const next = { ArrowDown: (at + 1) % count, ArrowUp: (at + count - 1) % count, Home: 0, End: count - 1 };
    if (!(event.key in next)) return;
    this.items[next[event.key]].focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
