// What stands out in the picture: hits, a filter, what a node depends on, a path, names given from outside.

import { ancestors, between, descendants } from "../../follow.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../arrange.js").Edge} Edge
 *
 * @typedef {object} Paint  how the scene marks what it draws
 * @property {Set<number> | null} lit  the nodes that stay as they are while the others are pale; null: all
 * @property {((edge: Edge) => boolean) | null} wire  which edges stand out; null: those of the selected node
 * @property {Set<number>} hits
 * @property {number} hit  the one that is walked to, or -1
 * @property {number} twin  of the selected node in the graph beside its own, or -1
 */

/** @type {Paint} */
export const PLAIN = { lit: null, wire: null, hits: new Set(), hit: -1, twin: -1 };

export class Marks {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.selected = -1;
    this.hovered = -1;
    /** Are all ancestors and descendants of a node marked? */
    this.up = false;
    this.down = false;
    /** Operators and families to which the picture is restricted. @type {Set<string>} */
    this.filter = new Set();
    /** @type {ReturnType<typeof between>} */
    this.path = null;
    /** @type {Set<number> | null} */
    this.named = null;
    /** @type {Set<number>} */
    this.hits = new Set();
    this.hit = -1;
  }

  /** A new graph: what belongs to the old one goes. @param {Model} model */
  reset(model) {
    const { up, down } = this;
    Object.assign(this, new Marks(model), { up, down });
  }

  /** @param {string[] | null | undefined} names */
  setNamed(names) {
    if (names === null || names === undefined || names.length === 0) {
      this.named = null;
      return;
    }
    const wanted = new Set(names);
    this.named = new Set(this.model.nodes.filter((node) => wanted.has(node.name)).map((node) => node.id));
  }

  /** @param {string} key  an operator or a family */
  toggleFilter(key) {
    if (!this.filter.delete(key)) this.filter.add(key);
  }

  /** The ways between two nodes. @param {number} a @param {number} b @returns {boolean} is there one? */
  setPath(a, b) {
    this.path = between(this.model, a, b);
    return this.path !== null;
  }

  /** @returns {{lit: Set<number> | null, wire: Paint["wire"]}} */
  followed() {
    if (this.path !== null) {
      const { nodes } = this.path;
      return { lit: nodes, wire: ({ source, target }) => nodes.has(source) && nodes.has(target) };
    }
    const node = this.hovered >= 0 ? this.hovered : this.selected;
    if (node >= 0 && (this.up || this.down)) {
      const above = this.up ? ancestors(this.model, node) : new Set([node]);
      const below = this.down ? descendants(this.model, node) : new Set([node]);
      return {
        lit: new Set([...above, ...below]),
        wire: ({ source, target }) =>
          (above.has(source) && above.has(target)) || (below.has(source) && below.has(target)),
      };
    }
    return { lit: this.named, wire: null };
  }

  /** @param {number} id */
  passes(id) {
    const { op, family, change, again } = this.model.nodes[id];
    if (again === true && this.filter.has("again")) return true;
    if (this.filter.has(`change ${change}`)) return true;
    return op !== null && (this.filter.has(`operator ${op}`) || this.filter.has(`family ${family}`));
  }

  /** @returns {Paint} */
  paint() {
    let { lit, wire } = this.followed();
    if (this.filter.size > 0) {
      const ids = lit === null ? this.model.nodes.map((node) => node.id) : [...lit];
      lit = new Set(ids.filter((id) => this.passes(id)));
    }
    return { lit, wire, hits: this.hits, hit: this.hit, twin: this.model.nodes[this.selected]?.twin ?? -1 };
  }
}
