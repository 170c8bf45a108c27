// What the inspector says of the values of a node, of what is folded into it, and of those of the whole graph.

import { badText, isFinite, KINDS, oddText, spreadText, told } from "../../values.js";
import { numberText } from "../../text.js";
import { h, svg } from "../dom.js";
import { plural } from "../../boxes.js";
import { link, row, section } from "./parts.js";

/**
 * @typedef {import("../../model.js").Model} Model
 * @typedef {import("../../types.js").ViewNode} ViewNode
 * @typedef {import("../../types.js").ViewStatistics} ViewStatistics
 * @typedef {import("../../values.js").Kind} Kind
 * @typedef {import("./parts.js").Actions} Actions
 */

const SHOWN = 40;
const HEIGHT = 28;

/** The histogram: bars as high as the root of their counts, so that the tails are seen, and a line at zero. @param {ViewStatistics} one */
export function histogram({ counts, min, max }) {
  if (counts.length < 2 || min === null || max === null) return null;
  const most = Math.sqrt(Math.max(...counts));
  const bars = counts.map((count, i) => {
    const height = (HEIGHT * Math.sqrt(count)) / most;
    return count === 0 ? "" : `M${i} ${HEIGHT}v${-Math.max(1, height).toFixed(2)}h.9V${HEIGHT}z`;
  });
  const zero = (counts.length * -min) / (max - min);
  return svg("svg", { class: "snb-histogram", viewBox: `0 0 ${counts.length} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("title", {}, `From ${numberText(min)} to ${numberText(max)} in ${counts.length} equal parts; as high as the roots of their counts`),
    svg("path", { d: bars.join("") }),
    min < 0 && max > 0 ? svg("line", { x1: zero, x2: zero, y1: 0, y2: HEIGHT }) : null);
}

/** @param {string} key @param {ViewStatistics} one */
function statisticsRow(key, one) {
  const odd = oddText(one);
  return h("li", {}, h("span", { class: "snb-key" }, key), histogram(one),
    h("span", { class: "snb-more" }, spreadText(one)),
    odd === "" ? null : h("span", { class: `snb-more${isFinite(one) ? "" : " snb-warn"}` }, odd));
}

/** What is known of a node's outputs and of the variables folded into it. @param {Model} model @param {ViewNode} node */
export function valueSections(model, node) {
  return /** @type {Kind[]} */ (Object.keys(KINDS)).map((kind) => {
    const all = told(model, kind);
    const of = (/** @type {number} */ id) => all.filter((one) => one.node === id);
    const outputs = of(node.id).map((one) => statisticsRow(node.op === null ? node.kind : node.outputs[one.output].name, one));
    const inputs = node.inputs.filter((input) => model.folded[input.node])
      .flatMap((input) => of(input.node).map((one) => statisticsRow(input.name, one)));
    const { of: title } = KINDS[kind];
    return section(title[0].toUpperCase() + title.slice(1), [...outputs, ...inputs]);
  });
}

/** What the values of the whole graph are of, and where they are not finite. @param {Model} model @param {Actions} actions @param {AbortSignal} signal */
export function valueSummary(model, actions, signal) {
  const { values } = model.view;
  if (values === undefined) return [];
  const { training, outputs, unused } = values;
  const from = training === null ? `${plural(outputs.length, "array")} given` : `a pass ${training ? "as in training" : "of inference"}`;
  const rows = [row(training === null ? "of" : "computed in", from), ...unused.slice(0, SHOWN).map((name) => row("belongs to no variable", name))];
  const wrong = /** @type {Kind[]} */ (Object.keys(KINDS)).flatMap((kind) =>
    told(model, kind).filter((one) => !isFinite(one)).slice(0, SHOWN).map((one) =>
      h("li", {}, link(model.nodes[one.node].outputs[one.output].name, () => actions.goto(one.node), signal),
        h("span", { class: "snb-value snb-warn" }, `${KINDS[kind].of}: ${badText(one)}`))));
  return [section("Values", rows), section("NaN or infinity in", wrong)];
}
