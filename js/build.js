// Bundles the widget and the self-contained page's script into symbolnb/notebook/bundle.

import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const LIMIT = 150_000;
const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../symbolnb/notebook/bundle/", import.meta.url));

const common = /** @type {const} */ ({
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});

await build({ ...common, entryPoints: [`${here}adapter.js`], format: "esm", outfile: `${target}widget.js` });
await build({ ...common, entryPoints: [`${here}standalone.js`], format: "iife", outfile: `${target}standalone.js` });

for (const name of ["widget.js", "standalone.js"]) {
  const { size } = statSync(target + name);
  console.log(`symbolnb/notebook/bundle/${name}  ${(size / 1000).toFixed(1)} kB`);
  if (size > LIMIT) throw new Error(`${name} has ${size} bytes; the limit is ${LIMIT}`);
}
