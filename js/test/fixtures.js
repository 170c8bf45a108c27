// Writes tests/fixtures/layout: graphs and view documents with the layout that the widget gives them. The tests of
// both languages compare with these files; run `npm run fixtures` after a wanted change of the layout.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const target = fileURLToPath(new URL("../../tests/fixtures/layout/", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));

const { outputFiles } = await build({
  stdin: { contents: 'export { cases } from "./cases.js";', resolveDir: here, loader: "js" },
  bundle: true, format: "esm", platform: "node", write: false,
});
const { cases } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);

for (const [name, one] of Object.entries(cases())) {
  writeFileSync(`${target}${name}.json`, `${JSON.stringify(one)}\n`);
}
