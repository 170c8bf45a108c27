import { describe, expect, it } from "vitest";
import { arrange } from "../arrange.js";
import { groupBox, nodeBox, outputLabel, parameterText } from "../boxes.js";
import { buildModel, closedAtFirst, groupsAround, nodesIn, shownFor } from "../model.js";
import { bytesText, clean, countText, elideEnd, elideMiddle, exactText, shapeText, textWidth, wrap } from "../text.js";
import { groupedNet, repeatedNet, smallNet, ViewBuilder } from "./views.js";

describe("text", () => {
  it("shows shapes", () => {
    expect(shapeText([64, null, 56])).toBe("64\u00d7?\u00d756");
    expect(shapeText([])).toBe("scalar");
    expect(shapeText(null)).toBe("?");
  });

  it("shows counts and bytes in three digits", () => {
    expect([0, 999, 61706, 1e6, 3857973248].map(countText)).toEqual(["0", "999", "61.7 k", "1 M", "3.86 G"]);
    expect([0, 1023, 1536, 36000000].map(bytesText)).toEqual(["0 B", "1023 B", "1.5 KiB", "34.3 MiB"]);
    expect(exactText(1234567)).toBe("1\u202f234\u202f567");
  });

  it("cuts to a width and keeps both ends of a name", () => {
    const font = { size: 11 };
    const name = "mobilenetv20_features_linearbottleneck0_conv0_fwd";
    const cut = elideMiddle(name, font, 150);
    expect(textWidth(cut, font)).toBeLessThanOrEqual(150);
    expect(cut).toMatch(/^mobilenet.*\u2026.*conv0_fwd$/);
    expect(elideMiddle("short", font, 150)).toBe("short");
    expect(elideEnd("kernel 3 and stride", font, 60)).toMatch(/^kernel.*\u2026$/);
    expect(textWidth("\u4f60", font)).toBeGreaterThan(textWidth("m", font));
  });

  it("wraps into lines of a width", () => {
    const lines = wrap("one two three four five six seven eight", { size: 11 }, 60, 2);
    expect(lines).toHaveLength(2);
    expect(lines[1].endsWith("\u2026")).toBe(true);
    for (const line of lines) expect(textWidth(line, { size: 11 })).toBeLessThanOrEqual(60);
  });

  it("replaces what has no picture or turns the text around", () => {
    expect(clean("a\u0000b\u202ec\ud800d")).toBe("a\ufffdb\ufffdc\ufffdd");
    expect(clean("\u05d0 \ud83d\ude00")).toBe("\u05d0 \ud83d\ude00");
  });
});

describe("model", () => {
  const model = buildModel(smallNet());
  const id = (/** @type {string} */ name) => model.nodes.findIndex((node) => node.name === name);

  it("folds parameters and auxiliaries into the operator, not inputs and labels", () => {
    const shown = model.nodes.filter((node) => !model.folded[node.id]).map((node) => node.name);
    expect(shown).toEqual(["data", "conv1", "bn1", "relu1", "fc1", "softmax_label", "softmax"]);
    expect(shownFor(model, id("bn1_mean"))).toBe(id("bn1"));
  });

  it("does not fold a parameter that is an output or that nobody uses", () => {
    const b = new ViewBuilder("w");
    const w = b.parameter("w", [2]);
    const lone = b.parameter("lone", [2]);
    const y = b.node("y", { op: "exp", from: [w] });
    expect(buildModel(b.finish(y, w)).folded).toEqual([false, false, false]);
    expect(lone).toBe(1);
  });

  it("shows folded variables as rows with their shapes", () => {
    const box = nodeBox(model, id("conv1"));
    expect(box.rows.map(({ label, value }) => [label, value])).toEqual([["weight", "16\u00d73\u00d73\u00d73"], ["bias", "16"]]);
    expect(box.lines.map((line) => line.text)).toEqual(["Convolution", "conv1", "kernel 3\u00d73 \u00b7 num_filter 16"]);
    expect(box.body).toBeGreaterThan(box.rows[1].y);
  });

  it("labels outputs with the shape, and the dtype where it is unusual or changes", () => {
    const b = new ViewBuilder("cast");
    const data = b.node("data", { shapes: [[2, 3]] });
    const half = b.node("half", { op: "Cast", from: [data], dtype: "float16" });
    const back = b.node("back", { op: "Cast", from: [half] });
    const cast = buildModel(b.finish(back));
    const labels = cast.nodes.map((node) => outputLabel(cast, node, 0));
    expect(labels).toEqual(["2\u00d73", "2\u00d73 float16", "2\u00d73 float32"]);
  });

  it("writes parameters in a few characters", () => {
    const texts = [["kernel", "(3, 3)"], ["p", "0.5"], ["act_type", "relu"], ["no_bias", "True"], ["axis", "(1,)"], ["x", "a; b"]];
    expect(texts.map(([name, value]) => parameterText({ name, value }))).toEqual(
      ["kernel 3\u00d73", "p 0.5", "relu", "no_bias", "axis 1", "x=a; b"]);
  });
});

describe("groups", () => {
  const model = buildModel(groupedNet());

  it("nest as the paths say", () => {
    expect(model.groups.map((group) => [group.name, group.parent, group.depth])).toEqual(
      [["", -1, 0], ["s1", 0, 1], ["u", 1, 2]]);
    expect(nodesIn(model, 1)).toEqual([1, 2, 3, 4]);
    expect(groupsAround(model, 3)).toEqual([1, 2]);
  });

  it("of one member give way to it", () => {
    const b = new ViewBuilder("single");
    const data = b.node("data", {});
    const a = b.node("a", { op: "exp", from: [data], group: ["g", "h"] });
    const c = b.node("b", { op: "exp", from: [a], group: ["g", "h"] });
    const d = b.node("c", { op: "exp", from: [c], group: ["lone"] });
    const { groups } = buildModel(b.finish(d));
    expect(groups.map((group) => group.name)).toEqual(["", "g/h"]);
  });

  it("are open in a small graph and closed level by level in a large one", () => {
    expect(closedAtFirst(model).size).toBe(0);
    const b = new ViewBuilder("large");
    let last = b.node("data", {});
    for (let i = 0; i < 800; i += 1) {
      last = b.node(`n${i}`, { op: "exp", from: [last], group: [`s${i % 4 === 0 ? 0 : Math.floor(i / 200)}`, `u${Math.floor(i / 20)}`] });
    }
    const large = buildModel(b.finish(last));
    const closed = closedAtFirst(large);
    const open = large.groups.filter((group) => group.id > 0 && !closed.has(group.id));
    expect(open.length).toBeGreaterThan(0);
    expect(closed.size).toBeGreaterThan(0);
    expect(arrange(large, closed).boxes.length).toBeLessThanOrEqual(300);
  });

  it("have repeated blocks once with their count, where they are large closed", () => {
    const repeated = buildModel(repeatedNet());
    const [, net, ...inner] = repeated.groups;
    expect(net).toMatchObject({ name: "net", repeat: 0 });
    expect(inner[0]).toMatchObject({ name: "conv2 \u2026 add6", parent: net.id, repeat: 5 });
    expect(inner.slice(1).map((group) => group.name)).toEqual([2, 3, 4, 5, 6].map((i) => `conv${i} \u2026 add${i}`));
    expect(groupBox(repeated, inner[0].id).lines.map((line) => line.text)).toEqual(
      ["5 \u00d7 conv2 \u2026 add6", "15 operators \u00b7 11.5 k parameters"]);
    expect(closedAtFirst(repeated).size).toBe(0);
    const view = repeatedNet();
    const last = view.nodes.length;
    for (let i = 0; i < 45; i += 1) view.nodes.push({ ...view.nodes[0], id: last + i, name: `more${i}` });
    const large = buildModel(view);
    expect([...closedAtFirst(large)].map((group) => large.groups[group].repeat)).toEqual([5, 0, 0, 0, 0, 0]);
  });

  it("of bodies stay around a single node", () => {
    const b = new ViewBuilder("choice");
    const data = b.node("data", {});
    const one = b.node("one", { op: "exp", from: [data], group: ["choice", "then"] });
    const two = b.node("two", { op: "log", from: [data], group: ["choice", "else"] });
    const view = b.finish(b.node("choice", { op: "_cond", from: [one, two], group: ["choice"] }));
    expect(buildModel(view).groups.map((group) => group.name)).toEqual(["", "choice"]);
    view.bodies = [["choice", "then"], ["choice", "else"]];
    const { groups, groupOf } = buildModel(view);
    expect(groups.map((group) => group.name)).toEqual(["", "choice", "then", "else"]);
    expect([one, two].map((node) => groupOf[node])).toEqual([2, 3]);
  });

  it("when closed have one box with the outputs that are used outside", () => {
    const box = groupBox(model, 1);
    expect(box.lines[1].text).toBe("4 operators");
    expect(box.ports.map((port) => [port.node, port.output, port.head, port.used])).toEqual(
      [[3, 1, false, true], [3, 2, true, false], [4, 0, false, true]]);
  });

  it("when open stand in frames that hold their boxes and each other", () => {
    const { boxes, frames, wires } = arrange(model, new Set());
    expect(boxes).toHaveLength(6);
    const [outer, inner] = frames;
    const inside = (/** @type {{x: number, y: number, width: number, height: number}} */ a, /** @type {typeof a} */ b) =>
      a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
    expect(inside(inner, outer)).toBe(true);
    for (const { box, x, y } of boxes) {
      const within = frames.filter((frame) => inside({ x, y, width: box.width, height: box.height }, frame)).map((frame) => frame.group);
      expect(within).toEqual(groupsAround(model, box.node));
    }
    const carried = new Set(wires.flatMap((wire) => wire.edges.map((edge) => `${edge.source}.${edge.output}-${edge.target}`)));
    expect(carried.size).toBe(9);
  });
});
