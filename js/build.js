// Bundles the script that the widget, self-contained pages and workers run into symbolnb/notebook/bundle.

import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const LIMIT = 150_000;
const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../symbolnb/notebook/bundle/", import.meta.url));

await build({
  entryPoints: [`${here}adapter.js`],
  outfile: `${target}widget.js`,
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});

const { size } = statSync(`${target}widget.js`);
console.log(`symbolnb/notebook/bundle/widget.js  ${(size / 1000).toFixed(1)} kB`);
if (size > LIMIT) throw new Error(`widget.js has ${size} bytes; the limit is ${LIMIT}`);
