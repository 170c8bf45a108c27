// Which groups are closed.

import { closedAtFirst, groupsAround, shownFor } from "../model.js";

/** @typedef {import("../model.js").Model} Model */

export class Folding {
  /** @param {Model} model @param {string[] | null | undefined} opened  paths of the open groups; null: as many as can be read */
  constructor(model, opened) {
    this.model = model;
    this.closed = this.closedFor(opened);
  }

  /** The name of a group with those around it. @param {number} group */
  path(group) {
    const names = [];
    for (let one = group; one > 0; one = this.model.groups[one].parent) names.unshift(this.model.groups[one].name);
    return names.join("/");
  }

  /** @param {string[] | null | undefined} opened */
  closedFor(opened) {
    if (opened === null || opened === undefined) return closedAtFirst(this.model);
    const open = new Set(opened);
    return new Set(this.model.groups.slice(1).map((group) => group.id).filter((group) => !open.has(this.path(group))));
  }

  /** @param {string[] | null | undefined} opened @returns {boolean} is that a change? */
  setOpened(opened) {
    const closed = this.closedFor(opened);
    if (closed.size === this.closed.size && [...closed].every((group) => this.closed.has(group))) return false;
    this.closed = closed;
    return true;
  }

  /** The paths of the open groups. */
  opened() {
    return this.model.groups.slice(1).filter((group) => !this.closed.has(group.id)).map((group) => this.path(group.id));
  }

  /** @param {number} group */
  toggle(group) {
    if (!this.closed.delete(group)) this.closed.add(group);
  }

  /** Opens the groups around a node. @param {number} node @returns {boolean} was one closed? */
  openAround(node) {
    return this.open(groupsAround(this.model, shownFor(this.model, node)));
  }

  /** Opens the groups around a group. @param {number} group @returns {boolean} was one closed? */
  openAbove(group) {
    const above = [];
    for (let { parent } = this.model.groups[group]; parent > 0; { parent } = this.model.groups[parent]) above.push(parent);
    return this.open(above);
  }

  /** @param {number[]} groups */
  open(groups) {
    const closed = groups.filter((group) => this.closed.has(group));
    for (const group of closed) this.closed.delete(group);
    return closed.length > 0;
  }

  /** The key of the box that shows a node: its own, its user's, or that of the closed group around it. @param {number} node */
  keyFor(node) {
    const shown = shownFor(this.model, node);
    const group = groupsAround(this.model, shown).find((one) => this.closed.has(one));
    return group === undefined ? `n${shown}` : `g${group}`;
  }
}
