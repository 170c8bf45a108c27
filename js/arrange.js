// The whole picture: boxes, frames of open groups, wires and chips, at their places.
// Each open group is laid out on its own and then stands as one box in the group around it.

import style from "../symbolnb/notebook/style.json";
import { aligned } from "./align.js";
import { boxRoom, chipText, groupBox, groupTitle, nodeBox, outputLabel, sidewaysBox } from "./boxes.js";
import { presentInputs } from "./diff.js";
import { boxCount, groupsAround } from "./model.js";
import { layeredSteps, turned } from "./layout/layered.js";
import { backward } from "./layout/route.js";
import { finish, part } from "./steps.js";
import { elideMiddle, textWidth } from "./text.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./boxes.js").Box} Box
 * @typedef {import("./layout/route.js").Point} Point
 *
 * @typedef {{source: number, output: number, target: number, input: number}} Edge  of the view document
 * @typedef {{box: Box, x: number, y: number}} PlacedBox
 * @typedef {{group: number, x: number, y: number, width: number, height: number, title: string}} Frame
 * @typedef {{points: Point[], arrow: boolean, edges: Edge[]}} Wire  even to odd points straight, others curved
 * @typedef {{x: number, y: number, width: number, text: string, goto: number, edges: Edge[]}} PlacedChip
 *
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {boolean} sideways  does the graph run to the right?
 * @property {PlacedBox[]} boxes
 * @property {Frame[]} frames
 * @property {Wire[]} wires
 * @property {PlacedChip[]} chips
 */

/**
 * @typedef {{source: string, target: string, key: string, edges: Edge[]}} LocalEdge  between items of one group
 * @typedef {{edges: Map<string, LocalEdge>, inward: Set<string>, outward: Set<string>}} Scope
 * @typedef {Map<string, number>} Offsets  of a group's ports from its centre, by "node:output"
 * @typedef {(graph: import("./layout/ranks.js").LayoutGraph) => import("./steps.js").Steps<import("./layout/layered.js").Layout>} Lay
 * @typedef {object} Part  a laid-out group
 * @property {Picture} picture
 * @property {Offsets} inward
 * @property {Offsets} outward
 */

const { padding: PADDING, header: HEADER, bottom: BOTTOM } = style.frame;
const TITLE = { size: style.box.title, bold: true };
const NAME = { size: style.box.name };

/** How far from the corner of a box an edge touches it that leads back. */
const CORNER = 8;

/** After how many boxes there is a step, and how much of the work their sizes are. */
const BETWEEN = 256;
export const MEASURED = 0.3;

/** The boxes of each model, as far as they have been drawn: names do not change. @type {WeakMap<Model, Map<string, Box>>} */
const MEASURES = new WeakMap();

class Arrangement {
  /** @param {Model} model @param {Set<number>} closed @param {boolean} sideways @param {Lay} lay */
  constructor(model, closed, sideways, lay) {
    this.lay = lay;
    this.model = model;
    this.closed = closed;
    this.sideways = sideways;
    /** @type {Map<number, Scope>} */
    this.scopes = new Map();
    const measured = MEASURES.get(model) ?? new Map();
    MEASURES.set(model, measured);
    this.measured = measured;
    this.total = boxCount(model, closed) + model.groups.length - closed.size;
    this.done = 0;
    this.spreadEdges();
  }

  /** @param {number} group @returns {Scope} */
  scope(group) {
    let scope = this.scopes.get(group);
    if (scope === undefined) {
      scope = { edges: new Map(), inward: new Set(), outward: new Set() };
      this.scopes.set(group, scope);
    }
    return scope;
  }

  /**
   * The items that contain a node, outermost first: open groups, then a closed group or the node.
   * @param {number} node
   */
  chain(node) {
    const items = [];
    for (const group of groupsAround(this.model, node)) {
      items.push(`g${group}`);
      if (this.closed.has(group)) return items;
    }
    items.push(`n${node}`);
    return items;
  }

  /** @param {number} group @param {string} source @param {string} target @param {string} key @param {Edge} edge */
  connect(group, source, target, key, edge) {
    const { edges } = this.scope(group);
    const name = `${key} ${target}`; // of what a key names there is one source in a group
    const known = edges.get(name);
    if (known === undefined) edges.set(name, { source, target, key, edges: [edge] });
    else known.edges.push(edge);
  }

  /** Every edge becomes one piece in each open group that it passes. */
  spreadEdges() {
    const { nodes, folded } = this.model;
    const chains = nodes.map((node) => (folded[node.id] ? [] : this.chain(node.id)));
    for (const node of nodes) {
      if (folded[node.id]) continue;
      node.inputs.forEach((from, input) => {
        if (folded[from.node]) return;
        const edge = { source: from.node, output: from.output, target: node.id, input };
        this.spreadEdge(chains[from.node], chains[node.id], `${from.node}:${from.output}`, edge);
      });
    }
  }

  /** @param {string[]} source @param {string[]} target @param {string} key @param {Edge} edge */
  spreadEdge(source, target, key, edge) {
    let common = 0;
    while (common < source.length && common < target.length && source[common] === target[common]) common += 1;
    if (common === source.length || common === target.length) return;
    const group = (/** @type {string[]} */ chain, /** @type {number} */ depth) =>
      depth === 0 ? 0 : Number(chain[depth - 1].slice(1));
    this.connect(group(source, common), source[common], target[common], key, edge);
    for (let depth = common + 1; depth < source.length; depth += 1) {
      this.scope(group(source, depth)).outward.add(key);
      this.connect(group(source, depth), source[depth], `out ${key}`, key, edge);
    }
    for (let depth = common + 1; depth < target.length; depth += 1) {
      this.scope(group(target, depth)).inward.add(key);
      this.connect(group(target, depth), `in ${key}`, target[depth], key, edge);
    }
  }

  /** Is an edge of two graphs not there any more? Such a one may lead back. @param {LocalEdge} local */
  isLost({ edges }) {
    return edges.every(({ target, input }) => input >= presentInputs(this.model.nodes[target]));
  }

  /**
   * The items of a group so that sources come before targets, as far as the edges between them have no cycle.
   * @param {number} group @param {LocalEdge[]} edges
   */
  inOrder(group, edges) {
    const items = this.model.groups[group].members.map((member) =>
      member.kind === "node" ? `n${member.node}` : `g${member.group}`);
    const place = new Map(items.map((item, i) => [item, i]));
    const asked = this.model.view.diff === undefined ? edges : edges.filter((local) => !this.isLost(local));
    const isBefore = (/** @type {LocalEdge} */ { source, target }) => {
      const [from, to] = [place.get(source), place.get(target)];
      return from === undefined || to === undefined || from < to;
    };
    if (asked.every(isBefore)) return items;
    /** @type {Map<string, string[]>} */
    const before = new Map(items.map((item) => [item, []]));
    for (const edge of asked) if (before.has(edge.source)) before.get(edge.target)?.push(edge.source);
    /** @type {Set<string>} */
    const entered = new Set();
    /** @type {string[]} */
    const out = [];
    for (const item of items) {
      /** @type {Array<{item: string, next: number}>} */
      const stack = [];
      const enter = (/** @type {string} */ one) => {
        if (entered.has(one)) return;
        entered.add(one);
        stack.push({ item: one, next: 0 });
      };
      enter(item);
      while (stack.length > 0) {
        const top = stack[stack.length - 1];
        const sources = /** @type {string[]} */ (before.get(top.item));
        if (top.next < sources.length) {
          top.next += 1;
          enter(sources[top.next - 1]);
        } else {
          out.push(top.item);
          stack.pop();
        }
      }
    }
    return out;
  }

  /** @param {number} group @returns {import("./steps.js").Steps<Part>} */
  * part(group) {
    const scope = this.scope(group);
    const edges = [...scope.edges.values()];
    const items = this.inOrder(group, edges);
    /** @type {Map<string, Part>} */
    const parts = new Map();
    /** @type {Map<string, Box>} */
    const boxes = new Map();
    for (const item of items) {
      const id = Number(item.slice(1));
      if (item[0] === "n" || this.closed.has(id)) boxes.set(item, this.box(item));
      else parts.set(item, yield* this.part(id));
      this.done += 1;
      if (this.done % BETWEEN === 0) yield MEASURED * this.done / this.total;
    }
    const names = [
      ...[...scope.inward].map((key) => `in ${key}`), ...items, ...[...scope.outward].map((key) => `out ${key}`),
    ];
    const index = new Map(names.map((name, i) => [name, i]));
    const from = this.done / this.total;
    const layout = yield* part(this.lay({
      nodes: names.map((name) => this.layoutNode(name, boxes.get(name), parts.get(name))),
      edges: edges.map((edge) => this.layoutEdge(edge, index, boxes, parts)),
      sideways: this.sideways,
      abreast: group === 0 && this.model.view.beside === true,
    }), MEASURED * from, group === 0 ? 1 : from);
    return this.assemble(group, { names, items, edges, boxes, parts, layout: this.sideways ? turned(layout) : layout });
  }

  /** The box of an item, measured once for a model. @param {string} item */
  box(item) {
    let box = this.measured.get(item);
    if (box === undefined) {
      const id = Number(item.slice(1));
      box = item[0] === "n" ? nodeBox(this.model, id) : groupBox(this.model, id);
      this.measured.set(item, box);
    }
    return this.sideways ? sidewaysBox(box) : box;
  }

  /**
   * @param {string} name @param {Box | undefined} box @param {Part | undefined} part
   * @returns {import("./layout/ranks.js").LayoutNode}
   */
  layoutNode(name, box, part) {
    const stub = textWidth(this.chipText(name, box), NAME) + 2 * style.box.chip_padding;
    const room = box !== undefined ? boxRoom(box) : part?.picture;
    if (room !== undefined) {
      const { width, height } = room;
      return this.sideways ? { width: height, height: width, stub } : { width, height, stub };
    }
    return { width: 0, height: 0, stub, pin: name.startsWith("in ") ? "top" : "bottom" };
  }

  /** @param {string} name @param {Box | undefined} box */
  chipText(name, box) {
    if (box !== undefined) return box.chip;
    const [, id, output] = /^(?:g|in |out )(\d+):?(\d*)$/.exec(name) ?? [];
    if (name[0] === "g") return chipText(this.model.groups[Number(id)].name, "");
    const node = this.model.nodes[Number(id)];
    return chipText(node.name, outputLabel(this.model, node, Number(output)));
  }

  /**
   * @param {LocalEdge} edge @param {Map<string, number>} index @param {Map<string, Box>} boxes
   * @param {Map<string, Part>} parts
   * @returns {import("./layout/ranks.js").LayoutEdge}
   */
  layoutEdge({ source, target, key }, index, boxes, parts) {
    const port = boxes.get(source)?.ports.find((one) => `${one.node}:${one.output}` === key);
    const from = port?.x ?? parts.get(source)?.outward.get(key) ?? 0;
    const to = target.startsWith("out ") ? 0 : parts.get(target)?.inward.get(key);
    const ends = { source: /** @type {number} */ (index.get(source)), target: /** @type {number} */ (index.get(target)) };
    if (ends.source < ends.target) return { ...ends, from, to };
    return { ...ends, from: this.corner(boxes.get(source)) ?? from, to: this.corner(boxes.get(target)) ?? to };
  }

  /** Where an edge that leads back touches a box: beside the label and the edges that lead on. @param {Box | undefined} box */
  corner(box) {
    return box === undefined ? undefined : (this.sideways ? box.height : box.width) / 2 - CORNER;
  }

  /** How far what stands behind a box reaches from it. @param {Box | undefined} box */
  footer(box) {
    if (box === undefined) return 0;
    return this.sideways ? box.side ?? 0 : box.height - box.body;
  }

  /**
   * @param {number} group
   * @param {{names: string[], items: string[], edges: LocalEdge[], boxes: Map<string, Box>,
   *   parts: Map<string, Part>, layout: import("./layout/layered.js").Layout}} laid
   * @returns {Part}
   */
  assemble(group, { names, edges, boxes, parts, layout }) {
    const title = group === 0 ? "" : groupTitle(this.model, group);
    const shown = elideMiddle(title, TITLE, Math.max(layout.width, style.box.max_width));
    const width = group === 0
      ? layout.width
      : Math.max(layout.width, textWidth(shown, TITLE) + style.box.toggle) + 2 * PADDING;
    const height = group === 0 ? layout.height : layout.height + HEADER + (this.sideways ? PADDING : BOTTOM);
    const dx = (width - layout.width) / 2;
    const dy = group === 0 ? 0 : HEADER;
    /** @type {Picture} */
    const picture = { width, height, sideways: this.sideways, boxes: [], frames: [], wires: [], chips: [] };
    if (group !== 0) picture.frames.push({ group, x: 0, y: 0, width, height, title: shown });
    /** @type {Offsets} */
    const inward = new Map();
    /** @type {Offsets} */
    const outward = new Map();
    const across = this.sideways ? 1 : 0;
    const along = 1 - across;
    const size = [width, height];
    names.forEach((name, i) => {
      const x = layout.nodes[i].x + dx;
      const y = layout.nodes[i].y + dy;
      const box = boxes.get(name);
      const part = parts.get(name);
      if (box !== undefined) picture.boxes.push({ box, x, y });
      else if (part !== undefined) include(picture, part.picture, x, y);
      else if (name.startsWith("in ")) inward.set(name.slice(3), [x, y][across] - size[across] / 2);
      else outward.set(name.slice(4), [x, y][across] - size[across] / 2);
    });
    edges.forEach((edge, i) => {
      const points = layout.edges[i]?.map(([x, y]) => /** @type {Point} */ ([x + dx, y + dy]));
      if (points === undefined) return;
      const open = edge.target.startsWith("out ");
      if (edge.source.startsWith("in ")) points[0][along] = 0;
      if (open) points[points.length - 1][along] = size[along];
      if (points[0][along] > points[points.length - 1][along]) points[points.length - 1][along] -= this.footer(boxes.get(edge.target));
      picture.wires.push({ points, arrow: !open && !parts.has(edge.target), edges: edge.edges });
    });
    for (const chip of layout.chips) this.addChip(picture, chip, names, edges, boxes, dx, dy);
    return { picture, inward, outward };
  }

  /**
   * @param {Picture} picture @param {import("./layout/layered.js").Chip} chip @param {string[]} names
   * @param {LocalEdge[]} edges @param {Map<string, Box>} boxes @param {number} dx @param {number} dy
   */
  addChip(picture, chip, names, edges, boxes, dx, dy) {
    const cut = chip.edges.flatMap((edge) => edges[edge].edges);
    const way = chip.points.map(([x, y]) => /** @type {Point} */ ([x + dx, y + dy]));
    const head = chip.end === "head";
    const isBack = edges[chip.edges[0]].target === names[chip.node];
    const points = isBack ? backward(way) : way;
    if (isBack && head) points[points.length - 1][this.sideways ? 0 : 1] -= this.footer(boxes.get(names[chip.node]));
    picture.wires.push({ points, arrow: head === isBack, edges: cut });
    picture.chips.push({
      x: chip.x + dx,
      y: chip.y + dy,
      width: chip.width,
      text: head ? `\u2193 ${cut.length} more` : this.chipText(names[chip.node], boxes.get(names[chip.node])),
      goto: head === isBack ? cut[0].source : cut[0].target,
      edges: cut,
    });
  }
}

/** @param {Picture} picture @param {Picture} part @param {number} x @param {number} y */
function include(picture, part, x, y) {
  for (const one of part.boxes) picture.boxes.push({ ...one, x: one.x + x, y: one.y + y });
  for (const one of part.frames) picture.frames.push({ ...one, x: one.x + x, y: one.y + y });
  for (const one of part.chips) picture.chips.push({ ...one, x: one.x + x, y: one.y + y });
  for (const one of part.wires) {
    picture.wires.push({ ...one, points: one.points.map(([px, py]) => [px + x, py + y]) });
  }
}

/**
 * The picture of a model with some groups closed.
 * @param {Model} model @param {Set<number>} closed @param {boolean} [sideways]  from left to right?
 * @returns {Picture}
 */
export function arrange(model, closed, sideways = false) {
  return finish(arrangeSteps(model, closed, sideways));
}

/**
 * The same in steps.
 * @param {Model} model @param {Set<number>} closed @param {boolean} sideways @param {Lay} [lay]  lays out one group
 * @returns {import("./steps.js").Steps<Picture>}
 */
export function* arrangeSteps(model, closed, sideways, lay = layeredSteps) {
  const { picture } = yield* new Arrangement(model, closed, sideways, lay).part(0);
  return model.view.beside === true ? aligned(model, picture) : picture;
}
