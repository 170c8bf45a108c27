import { describe, expect, it } from "vitest";
import { amount, amountText, costs } from "../costs.js";
import { ancestors, between, descendants } from "../follow.js";
import { buildModel } from "../model.js";
import { search } from "../search.js";
import { interfaceOf } from "../view/panel/about.js";
import { Marks } from "../view/picture/marks.js";
import { Trail } from "../view/trail.js";
import { groupedNet, smallNet } from "./views.js";

describe("search", () => {
  const { nodes } = smallNet();
  const names = (/** @type {string} */ query) => search(nodes, query).map((hit) => nodes[hit.node].name);

  it("finds names, operators, shapes and parameter values in any case", () => {
    expect(names("RELU1")).toEqual(["relu1"]);
    expect(names("batchnorm")).toEqual(["bn1"]);
    expect(names("16x3x3x3")).toEqual(["conv1_weight"]);
    expect(names("8, 16, 26")).toEqual(["conv1", "bn1", "relu1"]);
    expect(names("num_filter=16")).toEqual(["conv1"]);
    expect(names("lr_mult")).toEqual(["bn1"]);
  });

  it("wants every word, and nothing finds nothing", () => {
    expect(names("conv 3x3")).toEqual(["conv1_weight", "conv1"]);
    expect(names("  ")).toEqual([]);
    expect(names("no such thing")).toEqual([]);
  });

  it("says what matched where one does not see it at once", () => {
    expect(search(nodes, "conv1_bias")[0].reason).toBe("");
    expect(search(nodes, "kernel")[0].reason).toBe("kernel=(3, 3)");
  });
});

describe("follow", () => {
  const model = buildModel(groupedNet());

  it("finds ancestors and descendants", () => {
    expect([...ancestors(model, 3)].sort()).toEqual([0, 1, 2, 3]);
    expect([...descendants(model, 2)].sort()).toEqual([2, 3, 4, 5]);
  });

  it("finds what lies between two nodes, whichever comes first", () => {
    const path = between(model, 4, 1);
    expect(path).toMatchObject({ from: 1, to: 4, steps: 3 });
    expect([...path?.nodes ?? []].sort()).toEqual([1, 2, 3, 4]);
    expect(between(model, 0, 5)?.steps).toBe(1);
  });

  it("finds no path from a node to itself or beside it", () => {
    const small = buildModel(smallNet());
    const label = small.nodes.findIndex((node) => node.kind === "label");
    expect(between(small, 3, label)).toBe(null);
    expect(between(small, 3, 3)).toBe(null);
  });
});

describe("marks", () => {
  it("leave all as it is at first", () => {
    expect(new Marks(buildModel(smallNet())).paint()).toMatchObject({ lit: null, wire: null });
  });

  it("light ancestors, and only the edges between them", () => {
    const marks = new Marks(buildModel(groupedNet()));
    marks.selected = 3;
    marks.up = true;
    const { lit, wire } = marks.paint();
    expect([...lit ?? []].sort()).toEqual([0, 1, 2, 3]);
    expect(wire?.({ source: 2, target: 3, output: 0, input: 0 })).toBe(true);
    expect(wire?.({ source: 3, target: 4, output: 0, input: 0 })).toBe(false);
  });

  it("restrict what is lit to operators and families", () => {
    const marks = new Marks(buildModel(groupedNet()));
    marks.setNamed(["s1_a", "s1_u_c", "not there"]);
    expect([...marks.paint().lit ?? []]).toEqual([1, 3]);
    marks.toggleFilter("family shape");
    expect([...marks.paint().lit ?? []]).toEqual([3]);
    marks.setNamed(null);
    marks.toggleFilter("operator exp");
    expect([...marks.paint().lit ?? []]).toEqual([1, 3, 5]);
  });
});

describe("trail", () => {
  it("goes back and forward, and a new step forgets what was ahead", () => {
    const trail = new Trail();
    for (const node of [4, 4, 7, 9]) trail.visit(node);
    expect([trail.go(-1), trail.go(-1), trail.go(-1)]).toEqual([7, 4, -1]);
    expect(trail.go(1)).toBe(7);
    trail.visit(2);
    expect(trail.has(1)).toBe(false);
    expect(trail.go(-1)).toBe(7);
  });
});

describe("costs", () => {
  it("add up to the totals of the graph, a shared variable counted once", () => {
    const view = smallNet();
    view.nodes[7].inputs.push({ name: "again", node: 1, output: 0 });
    const model = buildModel(view);
    const all = view.nodes.map((node) => node.id);
    expect(amount(model, costs(model, "parameters"), all)).toEqual({ sum: view.totals.parameters, unknown: 0 });
    expect(amount(model, costs(model, "multiply_adds"), all)).toEqual({ sum: 2336256, unknown: 4 });
    expect(amountText("multiply_adds", { sum: 2336256, unknown: 4 })).toBe("2.34 M + ? of 4");
  });
});

describe("interface", () => {
  it("of a group is what crosses its border", () => {
    const model = buildModel(groupedNet());
    expect(interfaceOf(model, [2, 3])).toEqual({
      inputs: [{ node: 1, output: 0 }, { node: 0, output: 0 }],
      outputs: [{ node: 3, output: 0 }, { node: 3, output: 1 }, { node: 3, output: 2 }],
    });
  });
});
