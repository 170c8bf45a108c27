import { describe, expect, it } from "vitest";
import { compareAll, measure, tableText, total } from "./quality.js";

describe("beside dagre", () => {
  it("counts crossings of lines, and no touching of ends", () => {
    expect(measure([[[0, 0], [10, 10]], [[0, 10], [10, 0]], [[0, 0], [0, 5]]])).toEqual({ crossings: 1, length: 2 * Math.hypot(10, 10) + 5 });
  });

  it("has few crossings and short edges", () => {
    const rows = compareAll();
    if (process.env.TABLE !== undefined) console.log(tableText(rows));
    const all = total(rows);
    expect(all.ours.crossings).toBeLessThanOrEqual(1.2 * all.dagres.crossings);
    expect(all.ours.length).toBeLessThanOrEqual(1.2 * all.dagres.length);
    for (const { name, ours, dagres } of rows) {
      expect(ours.crossings, name).toBeLessThanOrEqual(1.2 * dagres.crossings + 3);
      expect(ours.length, name).toBeLessThanOrEqual(1.35 * dagres.length);
    }
  }, 60_000);
});
