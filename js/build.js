// Bundles the script that the widget, self-contained pages and workers run into symbolnb/notebook/bundle.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { minify } from "terser";

const LIMIT = 150_000;
const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../symbolnb/notebook/bundle/", import.meta.url));

/** Takes the line breaks out of the style sheet, which no minifier of scripts looks into. */
const denseSheet = {
  name: "dense style sheet",
  setup(/** @type {import("esbuild").PluginBuild} */ { onLoad }) {
    onLoad({ filter: /page\/css\.js$/ }, ({ path }) => {
      const [script, sheet, ...rest] = readFileSync(path, "utf8").split("export const css = `\n");
      if (sheet === undefined || rest.length > 0) throw new Error("css.js: where does the sheet begin?");
      const torn = sheet.split("\n").findIndex((line) => !/^$|[;,{}`]$/.test(line) && !line.endsWith("`;"));
      if (torn >= 0) throw new Error(`css.js: a line break stands for a space after line ${torn + 1} of the sheet`);
      return { contents: `${script}export const css = \`${sheet.replace(/\n\s*/g, "")}`, loader: "js" };
    });
  },
};

const { outputFiles: [bundled] } = await build({
  entryPoints: [`${here}adapter.js`],
  plugins: [denseSheet],
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
