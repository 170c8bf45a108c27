// The nodes one has been at, to go back and forward.

const MOST = 200;

export class Trail {
  constructor() {
    /** @type {number[]} */
    this.visited = [];
    this.at = -1;
  }

  /** @param {number} node */
  visit(node) {
    if (this.visited[this.at] === node) return;
    this.visited.splice(this.at + 1, Infinity, node);
    if (this.visited.length > MOST) this.visited.shift();
    this.at = this.visited.length - 1;
  }

  /** Is there something before or after? @param {number} by */
  has(by) {
    return this.at + by >= 0 && this.at + by < this.visited.length;
  }

  /** @param {number} by  -1 back, 1 forward @returns {number} the node, or -1 */
  go(by) {
    if (!this.has(by)) return -1;
    this.at += by;
    return this.visited[this.at];
  }
}
