import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { unpack } from "../unpack.js";

const GOLDEN = "tests/notebook/golden/";

/** @param {string} name */
function read(name) {
  return JSON.parse(readFileSync(`${GOLDEN}${name}`, "utf8"));
}

it.each(["convnet", "mlp", "ports", "values"])("unpacks %s as it was before Python packed it", (name) => {
  const packed = read(`${name}_packed.json`);
  expect(packed.packed).toBe(1);
  expect(unpack(packed)).toEqual(read(`${name}.json`));
  expect(unpack(JSON.stringify(packed))).toEqual(read(`${name}.json`)); // from JupyterLite
});

it("gives back what is not packed", () => {
  const view = read("mlp.json");
  expect(unpack(view)).toBe(view);
});
