// Small view documents for the tests and the shared fixtures.

/**
 * @typedef {import("../types.js").ViewDocument} ViewDocument
 * @typedef {import("../types.js").ViewNode} ViewNode
 * @typedef {import("../types.js").Shape} Shape
 */

/** Builds a view document node by node, as view.py would write it. */
export class ViewBuilder {
  /** @param {string} title */
  constructor(title) {
    /** @type {ViewDocument} */
    this.view = {
      version: 1, title, nodes: [], heads: [], operators: {}, memory: null, error: null, unknown: [],
      totals: { nodes: 0, operators: 0, parameters: 0, multiply_adds: null },
    };
  }

  /**
   * @param {string} name @param {Partial<ViewNode> & {shapes?: Shape[], dtype?: string | null, from?: Array<number | [number, number]>}} options
   * @returns {number} the node's id
   */
  node(name, { shapes = [[2, 3]], dtype = "float32", from = [], ...options }) {
    const id = this.view.nodes.length;
    const operator = options.op !== undefined && options.op !== null;
    const inputs = from.map((one, i) => {
      const [node, output] = Array.isArray(one) ? one : [one, 0];
      const source = this.view.nodes[node];
      const known = source.kind === "operator" || source.kind === "input" ? `arg${i}` : source.name.split("_").slice(-1)[0];
      return { name: known, node, output };
    });
    const outputs = shapes.map((shape, i) => ({
      name: operator ? `${name}_output${shapes.length > 1 ? i : ""}` : name, shape, dtype,
    }));
    this.view.nodes.push({
      id, name, op: null, kind: operator ? "operator" : "input", family: operator ? "other" : "variable", inputs, outputs,
      parameters: [], attributes: {}, group: [], source: null, error: null,
      cost: { multiply_adds: null, parameters: 0, output_bytes: null }, ...options,
    });
    return id;
  }

  /** @param {string} name @param {Shape} shape @param {Partial<ViewNode>} [options] */
  parameter(name, shape, options = {}) {
    const size = shape === null ? 0 : shape.reduce((/** @type {number} */ product, one) => product * (one ?? 0), 1);
    const cost = { multiply_adds: null, parameters: size, output_bytes: null };
    return this.node(name, { kind: "parameter", shapes: [shape], cost, ...options });
  }

  /** @param {...(number | [number, number])} heads */
  finish(...heads) {
    const { view } = this;
    view.heads = heads.map((head) => (Array.isArray(head) ? { node: head[0], output: head[1] } : { node: head, output: 0 }));
    view.totals.nodes = view.nodes.length;
    view.totals.operators = view.nodes.filter((node) => node.op !== null).length;
    view.totals.parameters = view.nodes.reduce((sum, node) => sum + node.cost.parameters, 0);
    return view;
  }
}

/** A convolution, a batch norm with folded states, an activation and a loss with a label. */
export function smallNet() {
  const b = new ViewBuilder("softmax");
  const data = b.node("data", { shapes: [[8, 3, 28, 28]] });
  const conv = b.node("conv1", {
    op: "Convolution", family: "convolution", shapes: [[8, 16, 26, 26]],
    from: [data, b.parameter("conv1_weight", [16, 3, 3, 3]), b.parameter("conv1_bias", [16])],
    parameters: [
      { name: "kernel", value: "(3, 3)", default: false }, { name: "num_filter", value: "16", default: false },
      { name: "no_bias", value: "False", default: true },
    ],
    source: { label: "cell 3", line: 12 },
    cost: { multiply_adds: 2336256, parameters: 0, output_bytes: 346112 },
  });
  const norm = b.node("bn1", {
    op: "BatchNorm", family: "normalization", shapes: [[8, 16, 26, 26]],
    from: [conv, b.parameter("bn1_gamma", [16]), b.parameter("bn1_mean", [16], { kind: "auxiliary" })],
    attributes: { __lr_mult__: "2.0" },
  });
  const relu = b.node("relu1", {
    op: "Activation", family: "activation", shapes: [[8, 16, 26, 26]], from: [norm],
    parameters: [{ name: "act_type", value: "relu", default: false }],
  });
  const fc = b.node("fc1", {
    op: "FullyConnected", family: "linear", shapes: [[8, 10]], from: [relu, b.parameter("fc1_weight", [10, 10816])],
  });
  const label = b.node("softmax_label", { kind: "label", shapes: [[8]] });
  const loss = b.node("softmax", { op: "SoftmaxOutput", family: "loss", shapes: [[8, 10]], from: [fc, label] });
  const view = b.finish(loss);
  view.operators = {
    Convolution: { doc: "Slides a kernel over its input.", parameters: {
      kernel: { type: "shape", default: null, doc: "The size of the window." } } },
  };
  view.totals.multiply_adds = 2336256;
  view.memory = { planned: 400000, unplanned: 900000 };
  return view;
}

/** Two groups, one in the other, a residual edge around them, several outputs, an error and unknown shapes. */
export function groupedNet() {
  const b = new ViewBuilder("grouped");
  const data = b.node("data", { shapes: [[null, 3, 8, 8]] });
  const a = b.node("s1_a", { op: "exp", family: "elementwise", from: [data], group: ["s1"], shapes: [[null, 3, 8, 8]] });
  const c = b.node("s1_u_b", { op: "log", family: "elementwise", from: [a], group: ["s1", "u"], shapes: [[4, 3]], dtype: "float16" });
  const d = b.node("s1_u_c", {
    op: "split", family: "shape", from: [c, data], group: ["s1", "u"], shapes: [[4, 1], [4, 1], [4, 1]],
  });
  const e = b.node("s1_d", { op: "add_n", family: "elementwise", from: [[d, 0], [d, 2]], group: ["s1"], shapes: [null] });
  const f = b.node("join", {
    op: "Concat", family: "shape", from: [e, data, [d, 1]], shapes: [null], dtype: null,
    error: "Concat 'join': arg1 is (4, 3) but arg2 has 4 dimensions, and all must have the same number [cell 2, line 7]",
  });
  const view = b.finish(f, [d, 2]);
  view.error = { node: f, message: "Concat 'join': the inputs differ" };
  view.unknown = ["data"];
  return view;
}

/** Blocks of convolution, norm and addition, each equal, in a group, after two of another kind. */
export function repeatedNet() {
  const b = new ViewBuilder("repeated");
  let last = b.node("data", { shapes: [[8, 16, 8, 8]] });
  for (let i = 0; i < 7; i += 1) {
    const common = { group: ["net"], shapes: [[8, 16, 8, 8]] };
    const wide = i < 2 ? "32" : "16";
    const conv = b.node(`net_conv${i}`, { ...common, op: "Convolution", family: "convolution",
      from: [last, b.parameter(`net_conv${i}_weight`, [16, 16, 3, 3])], parameters: [{ name: "num_filter", value: wide, default: false }] });
    const norm = b.node(`net_bn${i}`, { ...common, op: "BatchNorm", family: "normalization", from: [conv] });
    last = b.node(`net_add${i}`, { ...common, op: "elemwise_add", family: "elementwise", from: [norm, last] });
  }
  return b.finish(b.node("out", { op: "softmax", family: "activation", from: [last] }));
}

/** Two graphs in one document: a convolution that changed, a removed activation, an added dropout in its place. */
export function diffNet() {
  const b = new ViewBuilder("after");
  const same = { change: null, changes: [], before: null };
  const data = b.node("data", { ...same, shapes: [[2, 3]] });
  const weight = b.parameter("conv_weight", [16, 3], { change: "changed", before: { outputs: [{ name: "conv_weight", shape: [8, 3], dtype: "float32" }] },
    changes: [{ what: "shape", name: "conv_weight", before: "8\u00d73", after: "16\u00d73" }] });
  const conv = b.node("conv", { op: "Convolution", family: "convolution", from: [data, weight], change: "changed",
    parameters: [{ name: "num_filter", value: "16", default: false }],
    before: { parameters: [{ name: "num_filter", value: "8", default: false }] },
    changes: [{ what: "parameter", name: "num_filter", before: "8", after: "16" }] });
  const relu = b.node("relu", { op: "Activation", family: "activation", from: [conv], change: "removed", changes: [], before: null });
  const drop = b.node("drop", { op: "Dropout", family: "random", from: [conv], change: "added", changes: [], before: null });
  const out = b.node("out", { op: "softmax", family: "activation", from: [drop, relu], lost: 1, change: "changed",
    before: { inputs: [{ name: "arg0", node: relu, output: 0 }] },
    changes: [{ what: "input", name: "arg0", before: "relu_output", after: "drop_output" }] });
  const view = b.finish(out);
  view.diff = { added: 1, removed: 1, changed: 3, title: "before", heads: [{ node: out, output: 0 }], totals: view.totals };
  return view;
}

/** Two graphs in one document: an activation that stands behind two other operators now, and one far away. @param {number} [between] */
export function movedNet(between = 1) {
  const b = new ViewBuilder("after");
  const same = { change: null, changes: [], before: null };
  const moved = (/** @type {string} */ before, /** @type {string} */ after) => (
    { change: /** @type {const} */ ("changed"), changes: [{ what: "input", name: "arg0", before: `${before}_output`, after: `${after}_output` }] });
  const data = b.node("data", { ...same, shapes: [[2, 3]] });
  const norm = b.node("norm", { op: "BatchNorm", family: "normalization", from: [data], lost: 1, ...moved("relu", "data") });
  let last = norm;
  for (let i = 0; i < between; i += 1) last = b.node(`pool${i}`, { ...same, op: "Pooling", family: "pooling", from: [last] });
  const relu = b.node("relu", { op: "Activation", family: "activation", from: [last, data], lost: 1, ...moved("data", "pool"),
    before: { inputs: [{ name: "arg0", node: data, output: 0 }] } });
  const out = b.node("out", { op: "softmax", family: "activation", from: [relu, last], lost: 1, ...moved("pool", "relu"),
    before: { inputs: [{ name: "arg0", node: last, output: 0 }] } });
  b.view.nodes[norm].inputs.push({ name: "arg0", node: relu, output: 0 });
  b.view.nodes[norm].before = { inputs: [{ name: "arg0", node: relu, output: 0 }] };
  const view = b.finish(out);
  view.diff = { added: 0, removed: 0, changed: 3, title: "before", heads: [{ node: out, output: 0 }], totals: view.totals };
  return view;
}

/** Names that are markup, code, long, empty, from right to left, or without a picture. */
export function hostileNet() {
  const b = new ViewBuilder("</script><script>alert(1)</script>");
  const data = b.node("<img src=x onerror=alert(1)>", { shapes: [[2]] });
  const long = b.node("x".repeat(10000), { op: "exp", from: [data, b.parameter("\"'><b>&amp;", [2])] });
  const odd = b.node("\u202ertl \u0000\u2028\ud83d\ude00 \u05d0\u05d1 \u4f60\u597d", {
    op: "</title><svg onload=alert(1)>", from: [long], group: ["__proto__", "<i>"],
    parameters: [{ name: "constructor", value: "${alert(1)}", default: false }],
    attributes: { __proto__x: "javascript:alert(1)" },
  });
  const last = b.node("", { op: "log", from: [odd], group: ["__proto__", "<i>"], error: "<script>alert(2)</script>" });
  return b.finish(last);
}

/**
 * Statistics of an array of four numbers from -1 to 3, with some of it changed.
 * @param {number} node @param {Partial<import("../types.js").ViewStatistics>} [changed]
 * @returns {import("../types.js").ViewStatistics}
 */
export function statistics(node, changed = {}) {
  return { node, output: 0, size: 4, zeros: 1, nan: 0, inf: 0, min: -1, max: 3, mean: 1, std: 2, counts: [1, 0, 2, 1], ...changed };
}
