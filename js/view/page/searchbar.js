// The search field: what is typed, how many hits, and walking them.

import { search } from "../../search.js";
import { button, h } from "../dom.js";
import { ICONS } from "./icons.js";

/**
 * @typedef {import("../../search.js").Hit} Hit
 *
 * @typedef {object} Actions
 * @property {() => import("../../types.js").ViewNode[]} nodes
 * @property {(hits: Hit[], current: number) => void} show  the hits to mark, and which of them to bring into view or -1
 * @property {(found: number) => void} closed  found: the node of the hit that one came to, -1 for none
 */

const DELAY = 120;

export class SearchBar {
  /** @param {Actions} actions @param {AbortSignal} signal */
  constructor(actions, signal) {
    this.actions = actions;
    /** @type {Hit[]} */
    this.hits = [];
    this.current = -1;
    this.asked = "";
    this.timer = 0;
    this.input = h("input", { type: "search", class: "snb-search-input", "aria-label": "Search the graph",
      placeholder: "Name, operator, shape or value", spellcheck: "false", autocomplete: "off" });
    this.status = h("span", { class: "snb-search-status", role: "status" });
    this.element = h("div", { class: "snb-search", role: "search", hidden: true }, this.input, this.status,
      button({ label: "Previous hit", icon: ICONS.up, class: "snb-tool" }, () => this.step(-1), signal),
      button({ label: "Next hit", icon: ICONS.down, class: "snb-tool" }, () => this.step(1), signal),
      button({ label: "Close the search", icon: ICONS.cross, class: "snb-tool" }, () => this.close(), signal));
    this.input.addEventListener("input", () => this.later(), { signal });
    this.element.addEventListener("keydown", (event) => this.key(event), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.timer), { once: true });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  open() {
    this.element.hidden = false;
    this.input.focus();
    this.input.select();
    this.find();
  }

  close() {
    if (!this.isOpen) return;
    clearTimeout(this.timer);
    const found = this.hits[this.current];
    this.element.hidden = true;
    this.hits = [];
    this.asked = "";
    this.current = -1;
    this.actions.show([], -1);
    this.actions.closed(found === undefined ? -1 : found.node);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.find(), DELAY);
  }

  /** Looks again, where what is asked or the graph has changed. */
  find() {
    clearTimeout(this.timer);
    this.asked = this.input.value;
    this.hits = search(this.actions.nodes(), this.asked);
    this.current = -1;
    this.tell();
    this.actions.show(this.hits, -1);
  }

  /** @param {number} by */
  step(by) {
    if (this.input.value !== this.asked) this.find();
    const count = this.hits.length;
    if (count === 0) return;
    this.current = this.current < 0 ? (by > 0 ? 0 : count - 1) : (this.current + by + count) % count;
    this.tell();
    this.actions.show(this.hits, this.current);
  }

  tell() {
    const count = this.hits.length;
    const reason = this.current >= 0 ? this.hits[this.current].reason : "";
    let words = this.asked.trim() === "" ? "" : count === 0 ? "no hits" : `${count} ${count === 1 ? "hit" : "hits"}`;
    if (this.current >= 0) words = `${this.current + 1} of ${count}`;
    this.status.replaceChildren(words);
    this.status.title = reason;
    if (reason !== "") this.status.append(h("span", { class: "snb-search-reason" }, reason));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.input) this.step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
