import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildCells } from "../layout/cells.js";
import { layered, turned } from "../layout/layered.js";
import { countCrossings, orderSteps } from "../layout/order.js";
import { finish } from "../steps.js";
import { pool } from "../layout/pooling.js";
import { assignRanks, ends } from "../layout/ranks.js";
import { arrange } from "../arrange.js";
import { boxRoom } from "../boxes.js";
import { buildModel } from "../model.js";
import { groupedNet, hostileNet, smallNet } from "./views.js";
import { cases, rounded } from "./cases.js";
import { namedGraphs, randomGraph, sharedInput } from "./graphs.js";

const FOLDER = "tests/fixtures/layout/";
const graphs = { ...namedGraphs(), ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`seed${i}`, randomGraph(100 + i, 10 + i)])) };

describe("layered", () => {
  it.each(Object.entries(graphs))("%s: nothing overlaps", (_, graph) => {
    const { nodes, chips } = layered(graph);
    const rects = [
      ...nodes.map(({ x, y }, i) => ({ x, y, width: graph.nodes[i].width, height: graph.nodes[i].height })),
      ...chips.map((chip) => ({ ...chip, height: 20 })),
    ];
    for (let a = 0; a < rects.length; a += 1) {
      for (let b = a + 1; b < rects.length; b += 1) {
        const across = Math.min(rects[a].x + rects[a].width, rects[b].x + rects[b].width) - Math.max(rects[a].x, rects[b].x);
        const along = Math.min(rects[a].y + rects[a].height, rects[b].y + rects[b].height) - Math.max(rects[a].y, rects[b].y);
        expect(Math.min(across, along)).toBeLessThan(1e-6);
      }
    }
  });

  it.each(Object.entries(graphs))("%s: edges run downward from a box to a box", (_, graph) => {
    const layout = layered(graph);
    graph.edges.forEach((edge, i) => {
      const points = layout.edges[i];
      if (points === null) return;
      const [upper, lower] = ends(edge);
      const path = edge.target < edge.source ? [...points].reverse() : points;
      const [x, y] = path[0];
      const [tox, toy] = path[path.length - 1];
      const at = layout.nodes[upper];
      const to = layout.nodes[lower];
      expect(y).toBeCloseTo(at.y + graph.nodes[upper].height, 6);
      expect(toy).toBeCloseTo(to.y, 6);
      expect(x).toBeGreaterThanOrEqual(at.x - 1e-6);
      expect(x).toBeLessThanOrEqual(at.x + graph.nodes[upper].width + 1e-6);
      expect(tox).toBeGreaterThanOrEqual(to.x - 1e-6);
      expect(tox).toBeLessThanOrEqual(to.x + graph.nodes[lower].width + 1e-6);
      for (let k = 1; k < path.length; k += 1) expect(path[k][1]).toBeGreaterThanOrEqual(path[k - 1][1]);
    });
  });

  it.each(Object.entries(graphs))("%s: every edge leads to a lower row, and a source stands above its first user", (_, graph) => {
    const rank = assignRanks(graph);
    for (const edge of graph.edges) {
      const [upper, lower] = ends(edge);
      expect(rank[lower]).toBeGreaterThan(rank[upper]);
    }
    graph.nodes.forEach((node, i) => {
      const users = graph.edges.filter((edge) => ends(edge)[0] === i).map((edge) => rank[ends(edge)[1]]);
      const isSource = node.pin === undefined && graph.edges.every((edge) => ends(edge)[1] !== i);
      if (isSource && users.length > 0) expect(rank[i]).toBe(Math.min(...users) - 1);
    });
  });

  it("is the same each time", () => {
    expect(layered(randomGraph(7, 80))).toEqual(layered(randomGraph(7, 80)));
  });

  it("keeps a chain straight, a label beside it or not", () => {
    for (const name of ["chain", "label"]) {
      const graph = namedGraphs()[name];
      const { nodes } = layered(graph);
      const centre = nodes.map(({ x }, i) => x + graph.nodes[i].width / 2);
      const chain = name === "label" ? [0, 1, 3] : [0, 1, 2, 3];
      for (const i of chain) expect(centre[i]).toBeCloseTo(centre[0], 9);
    }
  });

  it("does not drift along many residual blocks", () => {
    const blocks = 60;
    const nodes = [{ width: 90, height: 40 }];
    const edges = [];
    for (let i = 0; i < blocks; i += 1) {
      const from = nodes.length - 1;
      nodes.push({ width: 180, height: 60 }, { width: 180, height: 60 }, { width: 90, height: 40 });
      edges.push({ source: from, target: from + 1 }, { source: from + 1, target: from + 2 },
        { source: from + 2, target: from + 3 }, { source: from, target: from + 3 });
    }
    expect(layered({ nodes, edges }).width).toBeLessThan(260);
  });

  it("cuts an edge over more than twelve rows into two chips", () => {
    const { edges, chips } = layered(sharedInput(30));
    expect(edges.filter((edge) => edge === null)).toHaveLength(17);
    expect(chips.filter((chip) => chip.end === "head").map((chip) => chip.edges.length)).toEqual([17]);
    expect(chips.filter((chip) => chip.end === "tail")).toHaveLength(17);
  });

  it("lays out 10,000 layers that share an input in a second of processor time", () => {
    const graph = sharedInput(10000);
    let best = Infinity;
    let width = 0;
    for (let run = 0; run < 3; run += 1) {
      const before = process.cpuUsage();
      ({ width } = layered(graph));
      best = Math.min(best, process.cpuUsage(before).user / 1e6);
    }
    expect(best).toBeLessThan(1);
    expect(width).toBeLessThan(1000);
  }, 60_000);
});

describe("parts that nothing joins", () => {
  it("stand beside each other, in shelves if they are many", () => {
    const box = { width: 100, height: 40 };
    const { nodes, width, height } = layered({ nodes: Array.from({ length: 20 }, () => box), edges: [] });
    expect(new Set(nodes.map((node) => node.y)).size).toBeGreaterThan(2);
    expect(width / height).toBeGreaterThan(0.8);
    expect(width / height).toBeLessThan(4);
  });

  it("do not change each other", () => {
    const graph = namedGraphs().branches;
    const alone = layered(graph).nodes;
    const beside = layered({ nodes: [...graph.nodes, { width: 70, height: 30 }], edges: graph.edges }).nodes;
    expect(beside.slice(0, alone.length)).toEqual(alone);
  });
});

describe("from left to right", () => {
  it.each(Object.entries({ small: smallNet(), grouped: groupedNet(), hostile: hostileNet() }))("%s: nothing overlaps", (_, view) => {
    const { boxes, chips, width, height } = arrange(buildModel(view), new Set(), true);
    const rects = [
      ...boxes.map(({ box, x, y }) => ({ x, y, ...boxRoom(box) })),
      ...chips.map((chip) => ({ ...chip, height: 20 })),
    ];
    rects.forEach((a, i) => {
      expect(a.x + a.width).toBeLessThanOrEqual(width + 1e-6);
      expect(a.y + a.height).toBeLessThanOrEqual(height + 1e-6);
      for (const b of rects.slice(0, i)) {
        const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        const along = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        expect(Math.min(across, along)).toBeLessThan(1e-6);
      }
    });
  });

  it("chips of cut edges lie beside what they belong to", () => {
    const graph = { ...sharedInput(30), sideways: true };
    const { chips, nodes } = turned(layered(graph));
    for (const chip of chips.filter((one) => one.end === "tail")) {
      const target = graph.edges[chip.edges[0]].target;
      expect(chip.x + chip.width).toBeLessThan(nodes[target].x);
      expect(chip.width).toBe(80);
    }
  });
});

describe("order", () => {
  it("finds an order without crossings where there is one", () => {
    const graph = {
      nodes: Array.from({ length: 6 }, () => ({ width: 50, height: 20 })),
      edges: [{ source: 0, target: 5 }, { source: 1, target: 4 }, { source: 2, target: 3 }],
    };
    const cells = buildCells(graph, assignRanks(graph));
    expect(countCrossings(cells, [[0, 1, 2], [3, 4, 5]])).toBe(3);
    expect(countCrossings(cells, finish(orderSteps(cells)))).toBe(0);
  });
});

describe("pool", () => {
  it("keeps distances and moves no more than needed", () => {
    expect(pool([0, 1, 9], [1, 1, 1], [0, 3, 3])).toEqual([-1, 2, 9]);
    expect(pool([0, 0], [3, 1], [0, 4])).toEqual([-1, 3]);
  });
});

describe("fixtures", () => {
  const wanted = cases();

  it("are all there, and no others", () => {
    const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json")).sort();
    expect(names).toEqual(Object.keys(wanted).map((name) => `${name}.json`).sort());
  });

  it.each(Object.keys(wanted))("%s is what the widget lays out", (name) => {
    expect(JSON.parse(JSON.stringify(rounded(wanted[name])))).toEqual(JSON.parse(readFileSync(`${FOLDER}${name}.json`, "utf8")));
  });
});
