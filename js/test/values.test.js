import { expect, it } from "vitest";
import { badText, magnitude, oddText, spreadText } from "../values.js";
import { numberText } from "../text.js";
import { buildModel } from "../model.js";
import { coloursFor, heatOf } from "../view/picture/heat.js";
import { histogram } from "../view/panel/values.js";
import { smallNet, statistics } from "./views.js";

/** @param {number[]} numbers */
function measured(numbers) {
  const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const std = Math.sqrt(numbers.reduce((sum, one) => sum + (one - mean) ** 2, 0) / numbers.length);
  return statistics(0, { size: numbers.length, mean, std });
}

it("has the magnitude of several arrays as if they were one", () => {
  const [one, other] = [[1, -2, 5], [0.5, 4, 4, -1, 0]];
  const both = [...one, ...other];
  const expected = Math.sqrt(both.reduce((sum, number) => sum + number * number, 0) / both.length);
  expect(magnitude([measured(one), measured(other)])).toBeCloseTo(expected, 12);
});

it("leaves what is not finite out of a magnitude, and has none where nothing is", () => {
  expect(magnitude([statistics(0, { size: 100, nan: 60, inf: 39, mean: 3, std: 0 }), statistics(0, { size: 1, mean: 4, std: 0 })]))
    .toBeCloseTo(Math.sqrt((9 + 16) / 2), 12);
  expect(magnitude([statistics(0, { nan: 4, mean: null, std: null, min: null, max: null, counts: [] })])).toBeNull();
  expect(magnitude([])).toBeNull();
});

it.each([
  [0, "0"], [1, "1"], [-2.5, "\u22122.5"], [0.123456, "0.123"], [12345.6, "12300"], [0.00012, "1.2e\u22124"],
  [-3e-9, "\u22123e\u22129"], [1.2345e20, "1.23e20"], [1e-3, "0.001"], [99999, "100000"],
])("writes %d as %s", (value, text) => {
  expect(numberText(value)).toBe(text);
});

it("puts statistics in words", () => {
  expect(spreadText(statistics(0))).toBe("\u22121 \u2026 3; mean 1, std 2");
  expect(spreadText(statistics(0, { min: 2, max: 2 }))).toBe("all 2");
  expect(spreadText(statistics(0, { min: null, max: null }))).toBe("no finite number");
  expect(oddText(statistics(0, { nan: 1, inf: 2 }))).toBe("25 % NaN, 50 % infinite, 25 % zeros");
  expect(oddText(statistics(0, { zeros: 4, min: 0, max: 0 }))).toBe("");
  expect(badText(statistics(0))).toBe("");
});

it("draws a bar for each part that is not empty, as high as the root of its count, and a line at zero", () => {
  const drawn = histogram(statistics(0, { counts: [1, 0, 4, 1] }));
  const bars = drawn?.querySelector("path")?.getAttribute("d")?.match(/M\d+ 28v-[\d.]+/g);
  expect(bars).toEqual(["M0 28v-14", "M2 28v-28", "M3 28v-14"]);
  expect(drawn?.querySelector("line")?.getAttribute("x1")).toBe("1");
  expect(histogram(statistics(0, { min: 1, counts: [1, 3] }))?.querySelector("line")).toBeNull();
  expect(histogram(statistics(0, { counts: [4] }))).toBeNull();
});

/** @param {Array<import("../types.js").ViewStatistics>} outputs */
function heat(outputs) {
  const model = buildModel({ ...smallNet(), values: { training: null, unused: [], outputs, gradients: [] } });
  const operators = model.nodes.filter((node) => node.op !== null).map((node) => node.id);
  return { model, operators, heat: heatOf(model, "outputs", operators.map((id) => `n${id}`), (key) => [Number(key.slice(1))]) };
}

it("colours by the order of magnitude, from the least to the greatest", () => {
  const { operators: [a, b, c, d] } = heat([]);
  const still = { std: 0, min: 0 };
  const { heat: { boxes, scale } } = heat([
    statistics(a, { ...still, mean: 0.01 }), statistics(b, { ...still, mean: 1 }), statistics(c, { ...still, mean: -100 }),
    statistics(d, { ...still, mean: 0, nan: 1 }),
  ]);
  expect([a, b, c, d].map((id) => boxes.get(`n${id}`)?.share.toFixed(2))).toEqual(["0.10", "0.55", "1.00", "0.00"]);
  expect([a, d].map((id) => boxes.get(`n${id}`)?.bad)).toEqual([false, true]);
  expect(boxes.get(`n${c}`)?.words).toBe("root mean square of values 100");
  expect([scale.low, scale.high]).toEqual(["0.01", "100"]);
  expect(scale.all).toMatch(/^NaN or infinity in 1 of \d boxes$/);
});

it("has pale boxes where nothing is known, and one colour where all are the same", () => {
  const { operators: [a, b] } = heat([]);
  const { heat: { boxes } } = heat([statistics(a), statistics(b)]);
  expect(boxes.get(`n${a}`)?.share).toBe(1);
  const { heat: { boxes: none, scale } } = heat([]);
  expect([...none.values()].every(({ share, words }) => share === 0 && words === "values not known")).toBe(true);
  expect([scale.low, scale.high]).toEqual(["0", "0"]);
});

it("offers the colours that a graph has", () => {
  const { model } = heat([statistics(1)]);
  expect(Object.keys(coloursFor(model))).toEqual(["multiply_adds", "parameters", "output_bytes", "outputs"]);
  expect(Object.keys(coloursFor(buildModel(smallNet())))).toHaveLength(3);
});
