import { describe, expect, it } from "vitest";
import { arrange } from "../arrange.js";
import { boxRoom } from "../boxes.js";
import { changeOf, differenceText, edgesChange, sideBySide } from "../diff.js";
import { buildModel } from "../model.js";
import { diffNet, movedNet, smallNet } from "./views.js";

const view = diffNet();
const [data, , conv, relu, drop, out] = view.nodes.map((node) => node.id);

describe("two graphs beside each other", () => {
  it.each([false, true])("have what both have at the same height (sideways: %s), and touch nothing", (sideways) => {
    const model = buildModel(sideBySide(view));
    const picture = arrange(model, new Set(), sideways);
    const [along, length] = sideways ? /** @type {const} */ (["x", "width"]) : /** @type {const} */ (["y", "height"]);
    const places = new Map(picture.boxes.map((placed) => [placed.box.node, placed]));
    for (const { box: { node }, ...at } of picture.boxes) {
      const twin = places.get(model.nodes[node].twin ?? -1);
      if (twin !== undefined) expect(at[along], model.nodes[node].name).toBeCloseTo(twin[along], 6);
    }
    const rects = picture.boxes.map((placed) => ({ x: placed.x, y: placed.y, ...boxRoom(placed.box) }));
    rects.forEach((a, i) => rects.slice(i + 1).forEach((b) =>
      expect(a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height).toBe(false)));
    for (const { points, edges: [{ source, target }] } of picture.wires) {
      const [from, to] = [places.get(source), places.get(target)];
      if (from === undefined || to === undefined) continue;
      expect(points[0][sideways ? 0 : 1]).toBeCloseTo(from[along] + boxRoom(from.box)[length], 1);
      expect(points[points.length - 1][sideways ? 0 : 1]).toBeCloseTo(to[along], 1);
    }
    for (const frame of picture.frames) expect(frame[along] + frame[length]).toBeLessThanOrEqual(picture[length] + 0.01);
  });
});

describe("a document of two graphs", () => {
  it("says what became of nodes", () => {
    expect(changeOf([view.nodes[data]])).toBe(null);
    expect(changeOf([view.nodes[relu]])).toBe("removed");
    expect(changeOf([view.nodes[data], view.nodes[drop]])).toBe("changed");
    expect(changeOf(smallNet().nodes)).toBe(null);
  });

  it("says what became of edges", () => {
    const edge = (/** @type {number} */ source, /** @type {number} */ target, input = 0) => ({ source, output: 0, target, input });
    expect(edgesChange(view.nodes, [edge(data, conv)])).toBe(null);
    expect(edgesChange(view.nodes, [edge(conv, relu)])).toBe("removed");
    expect(edgesChange(view.nodes, [edge(conv, drop)])).toBe("added");
    expect(edgesChange(view.nodes, [edge(drop, out)])).toBe("added");
    const kept = view.nodes.map((node) => ({ ...node, change: null }));
    expect(edgesChange(kept, [edge(drop, out)])).toBe("added");
    expect(edgesChange(kept, [edge(relu, out, 1)])).toBe("removed");
    expect(edgesChange(view.nodes, [edge(data, conv), edge(conv, relu)])).toBe(null);
  });

  it.each([false, true])("has edges that are gone and lead back, which change no order (sideways: %s)", (sideways) => {
    const model = buildModel(movedNet());
    const picture = arrange(model, new Set(), sideways);
    const along = sideways ? 0 : 1;
    const [norm, pool, now] = ["norm", "pool0", "relu"].map((name) => {
      const placed = picture.boxes.find(({ box }) => box.node >= 0 && model.nodes[box.node].name === name);
      if (placed === undefined) throw new Error(`${name} is not drawn`);
      return placed;
    });
    const begin = ({ x, y } = norm) => [x, y][along];
    expect(begin(norm)).toBeLessThan(begin(pool));
    expect(begin(pool)).toBeLessThan(begin(now));
    const back = picture.wires.filter(({ edges: [{ source, target }] }) => source === now.box.node && target === norm.box.node);
    expect(back.map((wire) => [wire.arrow, edgesChange(model.nodes, wire.edges)])).toEqual([[true, "removed"]]);
    const { points } = back[0];
    expect(points[0][along]).toBeCloseTo(begin(now), 6);
    expect(points[points.length - 1][along]).toBeCloseTo(begin(norm) + (sideways ? norm.box.width : norm.box.body), 6);
  });

  it("has chips where such an edge is long, each with a way to the other end", () => {
    const model = buildModel(movedNet(16));
    const { chips, wires } = arrange(model, new Set());
    const id = (/** @type {string} */ name) => model.nodes.findIndex((node) => node.name === name);
    const ends = chips.filter(({ edges: [{ source, target }] }) => source === id("relu") && target === id("norm"));
    expect(ends.map((chip) => chip.goto).sort()).toEqual([id("norm"), id("relu")].sort());
    const upper = ends.reduce((a, b) => (a.y < b.y ? a : b));
    expect(upper.goto).toBe(id("relu"));
    const arrows = wires.filter(({ edges: [{ source, target }] }) => source === id("relu") && target === id("norm")).map((wire) => wire.arrow);
    expect(arrows.sort()).toEqual([false, true]);
  });

  it("says what differs in words", () => {
    expect(view.nodes[conv].changes?.map(differenceText)).toEqual(["parameter num_filter: 8 \u2192 16"]);
    expect(differenceText({ what: "shape", name: "a", before: null, after: "2" })).toBe("shape: none \u2192 2");
  });

  it("comes apart into two graphs side by side", () => {
    const { nodes, heads, beside } = sideBySide(view);
    expect(beside).toBe(true);
    expect(nodes.map((node) => node.id)).toEqual(nodes.map((_, i) => i));
    expect(nodes.slice(0, 5).map((node) => node.name)).toEqual(["data", "conv_weight", "conv", "relu", "out"]);
    expect(nodes.slice(5).map((node) => node.name)).toEqual(["data", "conv_weight", "conv", "drop", "out"]);
    expect(new Set(nodes.slice(0, 5).map((node) => node.group[0]))).toEqual(new Set(["before: before"]));
    expect(nodes[2].parameters[0].value).toBe("8");
    expect(nodes[7].parameters[0].value).toBe("16");
    expect(nodes[1].outputs[0].shape).toEqual([8, 3]);
    expect(nodes[4].inputs).toEqual([{ name: "arg0", node: 3, output: 0, change: "removed" }]);
    expect(nodes[9].inputs).toEqual([{ name: "arg0", node: 8, output: 0, change: "added" }]);
    expect(nodes.map((node) => node.twin)).toEqual([5, 6, 7, undefined, 9, 0, 1, 2, undefined, 4]);
    expect(heads.map((head) => head.node)).toEqual([4, 9]);
    for (const node of nodes) for (const input of node.inputs) expect(input.node < 5).toBe(node.id < 5);
  });

  it("is what it was where there is one graph", () => {
    const one = smallNet();
    expect(sideBySide(one)).toBe(one);
  });
});
