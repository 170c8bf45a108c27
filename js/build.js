// Bundles the script that the widget, self-contained pages and workers run into symbolnb/notebook/bundle.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const LIMIT = 150_000;
const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../symbolnb/notebook/bundle/", import.meta.url));

const { outputFiles: [bundled] } = await build({
  entryPoints: [`${here}adapter.js`],
  bundle: true,
  write: false,
  format: "esm",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});

// It finds another hundredth: what is used once stands where it is used.
const { code } = await minify(bundled.text, {
  module: true,
  ecma: 2020,
  compress: { passes: 3, unsafe_arrows: true },
  format: { ascii_only: false, comments: false },
});
if (code === undefined) throw new Error("terser gave nothing back");

const size = Buffer.byteLength(code);
console.log(`symbolnb/notebook/bundle/widget.js  ${(size / 1000).toFixed(1)} kB`);
if (size > LIMIT) throw new Error(`widget.js has ${size} bytes; the limit is ${LIMIT}`);
mkdirSync(target, { recursive: true });
writeFileSync(`${target}widget.js`, code);
