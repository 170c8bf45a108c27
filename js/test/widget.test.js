import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import widget from "../adapter.js";
import { diffNet, groupedNet, hostileNet, smallNet, statistics, ViewBuilder } from "./views.js";

/** @param {Record<string, any>} traits */
function fakeModel(traits) {
  /** @type {Map<string, Set<() => void>>} */
  const listeners = new Map();
  return {
    saves: 0,
    listeners,
    get: (/** @type {string} */ key) => traits[key],
    set(/** @type {string} */ key, /** @type {any} */ value) {
      traits[key] = value;
      for (const action of listeners.get(`change:${key}`) ?? []) action();
    },
    on: (/** @type {string} */ name, /** @type {() => void} */ action) =>
      listeners.set(name, (listeners.get(name) ?? new Set()).add(action)),
    off: (/** @type {string} */ name, /** @type {() => void} */ action) => listeners.get(name)?.delete(action),
    save_changes() { this.saves += 1; },
  };
}

/** @type {HTMLElement} */
let el;
/** @type {undefined | (() => void)} */
let clean;

beforeEach(() => {
  el = document.createElement("div");
  document.body.append(el);
});

afterEach(() => {
  clean?.();
  clean = undefined;
  el.remove();
});

/** @param {any} view @param {Record<string, any>} [traits] */
function show(view, traits = {}) {
  const model = fakeModel({ view, selection: null, theme: "auto", ...traits });
  clean = /** @type {any} */ (widget.render)({ model, el });
  return model;
}

/** @param {string} selector */
function all(selector) {
  return /** @type {HTMLElement[]} */ ([...el.querySelectorAll(selector)]);
}

/** @param {string} selector */
function one(selector) {
  const found = all(selector);
  expect(found.length, selector).toBeGreaterThan(0);
  return found[0];
}

/** @param {string} key */
function box(key) {
  return one(`.snb-box[data-key="${key}"]`);
}

/** @param {Element} target @param {string} key */
function press(target, key) {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

/** @param {Element} target */
function click(target) {
  target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
}

describe("the scene", () => {
  it("has a box for each operator, input and label, and a wire for each edge between them", () => {
    show(smallNet());
    expect(all(".snb-box")).toHaveLength(7);
    expect(all(".snb-wire")).toHaveLength(6);
    expect(all(".snb-row")).toHaveLength(5);
  });

  it("labels every edge with its shape", () => {
    show(smallNet());
    expect(all(".snb-shape").map((label) => label.textContent)).toEqual([
      "8\u00d73\u00d728\u00d728", "8\u00d716\u00d726\u00d726", "8\u00d716\u00d726\u00d726", "8\u00d716\u00d726\u00d726", "8\u00d710", "8", "8\u00d710"]);
  });

  it("has title, totals, memory and legend", () => {
    show(smallNet());
    expect(one(".snb-title").textContent).toBe("softmax");
    const totals = all(".snb-totals li").map((item) => item.textContent);
    expect(totals).toEqual(["5 operators", "109 k parameters", "2.34 M multiply-adds", "391 KiB planned memory, 879 KiB without"]);
    expect(all(".snb-legend i")).toHaveLength(5);
  });

  it("marks unknown dimensions, the failing node, outputs and ports", () => {
    show(groupedNet());
    expect(all(".snb-shape .snb-warn").length).toBeGreaterThan(2);
    expect(box("n5").classList.contains("snb-failed")).toBe(true);
    expect(all('.snb-box[data-key="n5"] .snb-t-error').map((line) => line.textContent)).toEqual(["fails: see above the picture"]);
    const note = one(".snb-note-error");
    expect(note.querySelector("p")?.textContent).toBe("Concat 'join': the inputs differ");
    expect([...note.querySelectorAll("li")].map((item) => item.textContent)).toEqual([
      "in join", "arg0 s1_d ?", "arg1 data ?\u00d73\u00d78\u00d78", "arg2 s1_u_c 4\u00d71"]);
    click(/** @type {Element} */ (note.querySelector("li:last-child button")));
    expect(one(".snb-card-head p").textContent).toBe("s1_u_c");
    click(/** @type {Element} */ (note.querySelector("li button")));
    expect(one(".snb-card-head p").textContent).toBe("join");
    expect(one(".snb-note-unknown").textContent).toContain("data");
    expect(all(".snb-output-text").map((text) => text.textContent).sort()).toEqual(["output 0", "output 1"]);
    const ports = [...box("n3").querySelectorAll(".snb-shape")].map((label) => label.textContent);
    expect(ports).toEqual([0, 1, 2].map((i) => `output${i} 4\u00d71 float32`));
  });

  it("says in words what a node is", () => {
    show(smallNet());
    const [name, ...more] = (box("n3").querySelector("title")?.textContent ?? "").split("\n");
    expect(name).toBe("Convolution conv1, gives 8\u00d716\u00d726\u00d726 float32, 1 input");
    expect(more).toEqual(["kernel: (3, 3)", "num_filter: 16"]);
    expect(box("n3").getAttribute("role")).toBe("button");
    expect(one(".snb-svg").getAttribute("aria-label")).toContain("softmax");
  });

  it("draws a new view document in place of the old one", () => {
    const model = show(smallNet());
    model.set("view", groupedNet());
    expect(one(".snb-title").textContent).toBe("grouped");
    expect(all(".snb-box")).toHaveLength(6);
  });

  it("refuses a document of another version", () => {
    expect(() => show({ ...smallNet(), version: 2 })).toThrow("version is 2");
  });

  it("draws only what is in view of a large graph", async () => {
    const b = new ViewBuilder("long");
    let last = b.node("data", {});
    for (let i = 0; i < 2000; i += 1) last = b.node(`n${i}`, { op: "exp", from: [last] });
    show(b.finish(last));
    await vi.waitFor(() => expect(all(".snb-box").length).toBeGreaterThan(3), 20_000);
    expect(all(".snb-box").length).toBeLessThan(60);
  });

  it("draws what is seen first, and soon after what is near", async () => {
    const b = new ViewBuilder("chain");
    let last = b.node("data", {});
    for (let i = 0; i < 60; i += 1) last = b.node(`n${i}`, { op: "exp", from: [last] });
    show(b.finish(last));
    const first = all(".snb-box");
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(61);
    await vi.waitFor(() => expect(all(".snb-box")).toHaveLength(61));
    expect(all(".snb-box").slice(0, first.length)).toEqual(first);
  });
});

describe("selection", () => {
  it("follows a click and shows all about the node", () => {
    const model = show(smallNet());
    expect(one(".snb-inspector").hidden).toBe(true);
    click(one('.snb-box[data-key="n3"] .snb-head'));
    expect(model.get("selection")).toBe("conv1");
    expect(model.saves).toBe(1);
    expect(box("n3").classList.contains("snb-selected")).toBe(true);
    const panel = one(".snb-inspector");
    expect(panel.hidden).toBe(false);
    for (const words of ["Convolution", "Slides a kernel", "conv1_weight", "16\u00d73\u00d73\u00d73 float32", "kernel", "cell 3", "line 12", "2.34 M", "338 KiB"]) {
      expect(panel.textContent).toContain(words);
    }
    expect(all(".snb-changed .snb-key").map((key) => key.textContent)).toEqual(["kernel", "num_filter"]);
    expect(all(".snb-default .snb-key").map((key) => key.textContent)).toEqual(["no_bias"]);
    expect(all(".snb-wire-on")).toHaveLength(2);
  });

  it("comes from the model, and null closes the panel", () => {
    const model = show(smallNet(), { selection: "relu1" });
    expect(one(".snb-card-head").textContent).toContain("relu1");
    expect(model.saves).toBe(0);
    model.set("selection", "bn1_gamma");
    expect(one(".snb-row-selected").getAttribute("data-node")).toBe("4");
    model.set("selection", null);
    expect(one(".snb-inspector").hidden).toBe(true);
    model.set("selection", "no such node");
    expect(one(".snb-inspector").hidden).toBe(true);
  });

  it("goes to producers and consumers by links, and to a folded variable by its row", () => {
    const model = show(smallNet(), { selection: "bn1" });
    click(all(".snb-link").filter((link) => link.textContent === "relu1")[0]);
    expect(model.get("selection")).toBe("relu1");
    click(one('.snb-box[data-key="n3"] .snb-row'));
    expect(model.get("selection")).toBe("conv1_weight");
  });

  it("ends with a click on the ground, Escape and the cross", () => {
    const model = show(smallNet());
    for (const end of [() => click(one(".snb-svg")), () => press(one(".snb-inspector"), "Escape"), () => click(one(".snb-close"))]) {
      click(box("n3"));
      expect(model.get("selection")).toBe("conv1");
      end();
      expect(model.get("selection")).toBe(null);
    }
  });

  it("opens the groups around a node", () => {
    const model = show(groupedNet());
    click(all(".snb-frame-head").filter((head) => head.textContent?.includes("s1"))[0]);
    expect(all(".snb-box")).toHaveLength(3);
    model.set("selection", "s1_u_b");
    expect(box("n2").classList.contains("snb-selected")).toBe(true);
  });
});

describe("groups", () => {
  it("leave the boxes that stay the same in the page, in the picture's order, when they open", () => {
    show(groupedNet(), { opened: [] });
    const data = box("n0");
    const leave = vi.spyOn(data, "remove");
    const closed = box("g1");
    closed.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    expect(closed.isConnected).toBe(false);
    expect(box("n0")).toBe(data);
    expect(leave).not.toHaveBeenCalled();
    const keys = all(".snb-box").map((element) => element.dataset.key);
    const places = all(".snb-box").map((element) => element.getAttribute("transform"));
    clean?.();
    show(groupedNet(), { opened: ["s1"] });
    expect(all(".snb-box").map((element) => element.dataset.key)).toEqual(keys);
    expect(all(".snb-box").map((element) => element.getAttribute("transform"))).toEqual(places);
  });

  it("close by their header and open by their box", () => {
    show(groupedNet());
    expect(all(".snb-frame-head")).toHaveLength(2);
    click(all(".snb-frame-head").filter((head) => head.textContent?.includes("u:"))[0]);
    expect(all(".snb-frame-head")).toHaveLength(1);
    click(box("g2"));
    expect(all(".snb-frame-head")).toHaveLength(2);
  });
});

describe("keys", () => {
  it("walk to consumers, producers and neighbours, and select", () => {
    const model = show(smallNet());
    expect(all('.snb-box[tabindex="0"]')).toHaveLength(1);
    box("n0").focus();
    press(box("n0"), "ArrowDown");
    expect(document.activeElement).toBe(box("n3"));
    press(box("n3"), "ArrowUp");
    expect(document.activeElement).toBe(box("n0"));
    press(box("n0"), "End");
    expect(document.activeElement).toBe(box("n11"));
    press(box("n11"), "ArrowUp");
    press(box("n9"), "ArrowRight");
    expect(document.activeElement).toBe(box("n10"));
    press(box("n10"), "Enter");
    expect(model.get("selection")).toBe("softmax_label");
  });

  it("zoom, and leave the others to the page", () => {
    show(smallNet());
    const before = one(".snb-scale").textContent;
    press(box("n0"), "-");
    expect(one(".snb-scale").textContent).not.toBe(before);
    const event = new KeyboardEvent("keydown", { key: "a", bubbles: true, cancelable: true });
    box("n0").dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
  });
});

describe("the wheel", () => {
  /** @param {WheelEventInit} options */
  function wheel(options) {
    const event = new WheelEvent("wheel", { deltaY: -100, bubbles: true, cancelable: true, ...options });
    one(".snb-svg").dispatchEvent(event);
    return event.defaultPrevented;
  }

  it("scrolls the page unless the picture has the focus or Ctrl is down", () => {
    show(smallNet());
    expect(wheel({})).toBe(false);
    expect(wheel({ ctrlKey: true })).toBe(true);
    box("n0").focus();
    expect(wheel({})).toBe(true);
  });

  it("zooms at the pointer", () => {
    show(smallNet());
    const place = () => /translate\((\S+) (\S+)\) scale\((\S+)\)/.exec(one(".snb-svg > g").getAttribute("transform") ?? "")?.slice(1).map(Number) ?? [];
    const [x, y, scale] = place();
    wheel({ ctrlKey: true, deltaY: 30, clientX: 200, clientY: 100 });
    const [x2, y2, scale2] = place();
    expect(scale2).not.toBeCloseTo(scale);
    expect((200 - x2) / scale2).toBeCloseTo((200 - x) / scale, 6);
    expect((100 - y2) / scale2).toBeCloseTo((100 - y) / scale, 6);
  });
});

describe("hostile names", () => {
  it("stay text everywhere", () => {
    const alert = vi.fn();
    vi.stubGlobal("alert", alert);
    const model = show(hostileNet());
    for (const node of model.get("view").nodes) model.set("selection", node.name);
    expect(el.querySelector("img, script, b:not(.snb-totals b), i:not(.snb-legend i), [onload], [onerror]")).toBe(null);
    expect(one(".snb-title").textContent).toContain("<script>");
    expect(alert).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it("are cut to their boxes, with the whole name in the tooltip", () => {
    show(hostileNet());
    const long = box("n2");
    const shown = [...long.querySelectorAll("text")].map((text) => text.textContent ?? "");
    expect(Math.max(...shown.map((text) => text.length))).toBeLessThan(60);
    expect(long.querySelector("title")?.textContent).toContain("x".repeat(10000));
  });
});

describe("theme", () => {
  it("follows the notebook, and the traitlet before it", async () => {
    document.body.setAttribute("data-jp-theme-light", "false");
    const model = show(smallNet());
    expect(one(".snb").dataset.theme).toBe("dark");
    document.body.setAttribute("data-jp-theme-light", "true");
    await Promise.resolve();
    expect(one(".snb").dataset.theme).toBe("light");
    model.set("theme", "dark");
    expect(one(".snb").dataset).toMatchObject({ theme: "dark", host: "none" });
    document.body.removeAttribute("data-jp-theme-light");
  });
});

/** @param {Element} target @param {string} key @param {KeyboardEventInit} [options] */
function pressWith(target, key, options = {}) {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

/** @param {string} label */
function tool(label) {
  return one(`button[aria-label^="${label}"], button[title^="${label}"]`);
}

describe("search", () => {
  /** @param {string} words */
  function ask(words) {
    const input = /** @type {HTMLInputElement} */ (one(".snb-search-input"));
    input.value = words;
    return input;
  }

  it("opens with / and Ctrl+F, walks hits with Enter, opens groups, and closes with Escape", () => {
    show(groupedNet());
    click(all(".snb-frame-head").filter((head) => head.textContent?.includes("s1"))[0]);
    expect(all(".snb-box")).toHaveLength(3);
    expect(one(".snb-search").hidden).toBe(true);
    expect(pressWith(one(".snb-svg"), "f", { ctrlKey: true })).toBe(true);
    expect(one(".snb-search").hidden).toBe(false);
    const input = ask("s1_u");
    press(input, "Enter");
    expect(one(".snb-search-status").textContent).toBe("1 of 2");
    expect(box("n2").classList.contains("snb-found-now")).toBe(true);
    expect(box("n3").classList.contains("snb-found")).toBe(true);
    press(input, "Enter");
    expect(box("n3").classList.contains("snb-found-now")).toBe(true);
    pressWith(input, "Enter", { shiftKey: true });
    expect(box("n2").classList.contains("snb-found-now")).toBe(true);
    press(input, "Escape");
    expect(one(".snb-search").hidden).toBe(true);
    expect(all(".snb-found")).toHaveLength(0);
    expect(document.activeElement).toBe(box("n2"));
    expect(box("n2").classList.contains("snb-selected")).toBe(true);
    press(box("n2"), "/");
    expect(one(".snb-search").hidden).toBe(false);
    press(one(".snb-search-input"), "Escape");
    expect(box("n2").classList.contains("snb-selected")).toBe(true);
    expect(document.activeElement).toBe(one(".snb-svg"));
  });

  it("marks a closed group that holds a hit, and the row of a folded variable", () => {
    show(smallNet());
    press(one(".snb-svg"), "/");
    press(ask("conv1_weight"), "Enter");
    expect(one(".snb-row-found").getAttribute("data-node")).toBe("1");
    expect(box("n3").classList.contains("snb-found-now")).toBe(true);
    press(one(".snb-search-input"), "Escape");
    expect(one(".snb-card-head p").textContent).toBe("conv1_weight");
    press(one(".snb-svg"), "/");
    press(ask("nothing at all"), "Enter");
    expect(one(".snb-search-status").textContent).toBe("no hits");
  });
});

describe("highlight", () => {
  it("shows one family at a click on the legend, and one operator from the graph's page", () => {
    show(smallNet());
    click(one(".snb-f-convolution.snb-f-convolution .snb-family"));
    expect(all(".snb-box:not(.snb-pale)").map((element) => element.dataset.key)).toEqual(["n3"]);
    click(one(".snb-f-convolution .snb-family"));
    expect(all(".snb-pale")).toHaveLength(0);
    click(one(".snb-title"));
    click(all(".snb-filter").filter((element) => element.textContent === "BatchNorm")[0]);
    expect(all(".snb-box:not(.snb-pale)").map((element) => element.dataset.key)).toEqual(["n6"]);
  });

  it("marks ancestors and descendants of the selected node", () => {
    show(groupedNet(), { selection: "s1_u_b" });
    click(tool("Highlight all that this node depends on"));
    const bright = () => all(".snb-box:not(.snb-pale)").map((element) => element.dataset.key).sort();
    expect(bright()).toEqual(["n0", "n1", "n2"]);
    click(tool("Highlight all that depends on"));
    expect(bright()).toHaveLength(6);
  });

  it("marks the path to a node that is clicked with Shift, and says how long it is", () => {
    const model = show(groupedNet(), { selection: "s1_a" });
    box("n4").dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
    expect(all(".snb-box:not(.snb-pale)").map((element) => element.dataset.key).sort()).toEqual(["n1", "n2", "n3", "n4"]);
    expect(one(".snb-said").textContent).toBe("Path from s1_a to s1_d: 4 nodes on the way, 3 steps at least");
    expect(model.get("selection")).toBe("s1_d");
    press(one(".snb-inspector"), "Escape");
    expect(all(".snb-pale")).toHaveLength(0);
  });

  it("says where there is no path", () => {
    show(smallNet(), { selection: "conv1" });
    click(tool("Highlight the path"));
    const label = smallNet().nodes.findIndex((node) => node.kind === "label");
    click(box(`n${label}`));
    expect(one(".snb-said").textContent).toContain("no path");
  });
});

describe("moving", () => {
  it("goes back and forward through visited nodes", () => {
    const model = show(smallNet());
    for (const key of ["n3", "n6", "n7"]) click(box(key));
    expect(pressWith(one(".snb-svg"), "ArrowLeft", { altKey: true })).toBe(true);
    expect(model.get("selection")).toBe("bn1");
    click(tool("Back"));
    expect(model.get("selection")).toBe("conv1");
    expect(/** @type {HTMLButtonElement} */ (tool("Back")).disabled).toBe(true);
    pressWith(one(".snb-svg"), "ArrowRight", { altKey: true });
    expect(model.get("selection")).toBe("bn1");
  });

  it("copies a name", async () => {
    const write = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { clipboard: { writeText: write } });
    show(smallNet(), { selection: "conv1" });
    click(tool("Copy the name"));
    await vi.waitFor(() => expect(all('[role="status"]').map((element) => element.textContent)).toContain("Copied"));
    expect(write).toHaveBeenCalledWith("conv1");
    vi.unstubAllGlobals();
  });
});

describe("view settings", () => {
  /** @param {string} label @param {string} value */
  function choose(label, value) {
    const field = all(".snb-settings label").filter((one) => one.textContent?.startsWith(label))[0].querySelector("select");
    if (field === null) throw new Error(label);
    field.value = value;
    field.dispatchEvent(new Event("change"));
  }

  it("turn the graph, and tell the model only of traits that it knows", () => {
    const model = show(groupedNet(), { orientation: "down" });
    choose("Direction", "right");
    expect(model.get("orientation")).toBe("right");
    const x = (/** @type {string} */ key) => Number(/translate\((\S+) /.exec(box(key).getAttribute("transform") ?? "")?.[1]);
    expect(x("n0")).toBeLessThan(x("n1"));
    expect(x("n4")).toBeLessThan(x("n5"));
    press(box("n0"), "ArrowRight");
    expect(document.activeElement).toBe(box("n1"));
    model.set("orientation", "down");
    expect(x("n0")).not.toBeLessThan(x("n1") - 100);
  });

  it("take null out of the list in which JupyterLite keeps it", () => {
    const model = show(JSON.stringify(groupedNet()), { selection: [null], opened: [null], goto: [null] });
    expect(all(".snb-selected")).toHaveLength(0);
    const before = all(".snb-box").length;
    model.set("opened", []);
    expect(all(".snb-box").length).toBeLessThan(before);
    model.set("opened", [null]);
    expect(all(".snb-box")).toHaveLength(before);
    model.set("selection", groupedNet().nodes[0].name);
    expect(all(".snb-selected")).toHaveLength(1);
    model.set("selection", [null]);
    expect(all(".snb-selected")).toHaveLength(0);
  });

  it("leave a model alone that has no such trait", () => {
    const model = show(groupedNet());
    choose("Direction", "right");
    expect(model.get("orientation")).toBe(undefined);
    expect(model.saves).toBe(0);
  });

  it("have light, dark and high contrast", () => {
    const model = show(smallNet());
    choose("Theme", "contrast");
    expect(one(".snb").dataset.contrast).toBe("more");
    expect(model.get("theme")).toBe("contrast");
    model.set("theme", "dark");
    expect(one(".snb").dataset).toMatchObject({ theme: "dark", contrast: "none" });
  });

  it("colour by cost, with a scale and a total, and say in the tooltip what a box costs", () => {
    show(smallNet());
    choose("Colours", "parameters");
    expect(one(".snb-heat-total").textContent).toBe("109 k parameters in all");
    expect(box("n9").querySelector("title")?.textContent).toContain("108 k parameters, 100 % of all");
    choose("Colours", "family");
    expect(all(".snb-heat-scale")).toHaveLength(0);
    expect(box("n9").querySelector("title")?.textContent).not.toContain("of all");
  });

  it("the small picture has the colours of the large one", () => {
    const hues = () => all(".snb-map path").map((path) => path.style.getPropertyValue("--hue"));
    const families = () => all(".snb-map path").map((path) => path.getAttribute("class"));
    show(smallNet());
    const before = families();
    expect(before).toContain("snb-f-linear");
    choose("Colours", "parameters");
    expect(families().every((name) => name?.startsWith("snb-h-"))).toBe(true);
    expect(hues().some((hue) => hue.includes("100%"))).toBe(true);
    expect(new Set(hues()).size).toBe(families().length);
    choose("Colours", "family");
    expect(families()).toEqual(before);
  });
});

describe("from Python", () => {
  it("names are highlighted, and no names end that", () => {
    const model = show(groupedNet(), { highlight: ["s1_a"] });
    expect(all(".snb-box:not(.snb-pale)").map((element) => element.dataset.key)).toEqual(["n1"]);
    model.set("highlight", []);
    expect(all(".snb-pale")).toHaveLength(0);
  });

  it("groups are opened by path, and what is opened here comes back", () => {
    const model = show(groupedNet(), { opened: ["s1"] });
    expect(all(".snb-frame-head")).toHaveLength(1);
    click(box("g2"));
    expect(model.get("opened")).toEqual(["s1", "s1/u"]);
    model.set("opened", []);
    expect(all(".snb-frame-head")).toHaveLength(0);
    model.set("opened", null);
    expect(all(".snb-frame-head")).toHaveLength(2);
  });

  it("goto selects, and is taken back so that it can be asked again", () => {
    const model = show(groupedNet(), { opened: [], goto: null });
    model.set("goto", "s1_u_b");
    expect(model.get("selection")).toBe("s1_u_b");
    expect(model.get("goto")).toBe(null);
    expect(box("n2").classList.contains("snb-selected")).toBe(true);
  });
});

describe("motion", () => {
  it("moves what stays and fades in what is new, unless the reader wants things still", () => {
    const animate = vi.fn();
    Object.defineProperty(Element.prototype, "animate", { value: animate, configurable: true });
    const still = { matches: false, addEventListener() {} };
    vi.stubGlobal("matchMedia", () => still);
    show(groupedNet(), { opened: ["s1"] });
    click(box("g2"));
    const fades = animate.mock.calls.filter(([[first]]) => first.opacity === 0).length;
    const moves = animate.mock.calls.filter(([[first]]) => first.transform !== undefined).length;
    expect(fades).toBe(6);
    expect(moves).toBeGreaterThan(0);
    still.matches = true;
    animate.mockClear();
    click(all(".snb-frame-head").filter((head) => head.textContent?.includes("u:"))[0]);
    expect(animate).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
    Reflect.deleteProperty(Element.prototype, "animate");
  });
});

describe("around the picture", () => {
  it("a trail of groups leads to the node, and each has a page", () => {
    show(groupedNet(), { selection: "s1_u_b" });
    const crumbs = all(".snb-crumb");
    expect(crumbs.map((crumb) => crumb.textContent)).toEqual(["Graph", "s1", "u"]);
    click(crumbs[1]);
    const words = one(".snb-inspector").textContent ?? "";
    for (const part of ["Group", "s1", "Comes in", "data", "Goes out", "s1_d_output"]) expect(words).toContain(part);
    click(all(".snb-inspector .snb-action").filter((element) => element.textContent === "Close the group")[0]);
    expect(all(".snb-frame-head")).toHaveLength(0);
  });

  it("a small picture shows what is seen where not all is", () => {
    const b = new ViewBuilder("long");
    let last = b.node("data", {});
    for (let i = 0; i < 60; i += 1) last = b.node(`n${i}`, { op: "exp", from: [last] });
    show(b.finish(last));
    expect(one(".snb-map").hidden).toBe(false);
    expect(Number(one(".snb-map-view").getAttribute("height"))).toBeGreaterThan(0);
  });

  it("the graph fills the window until Escape", () => {
    show(smallNet());
    click(tool("Fill the window"));
    expect(one(".snb").classList.contains("snb-full")).toBe(true);
    press(one(".snb-svg"), "Escape");
    expect(one(".snb").classList.contains("snb-full")).toBe(false);
  });
});

describe("the pages of groups and of the graph", () => {
  it("have totals, operators by count, inputs, outputs and what would settle the unknown", () => {
    const model = show(groupedNet());
    click(one(".snb-title"));
    const words = one(".snb-inspector").textContent ?? "";
    for (const part of ["Graph", "operators5", "would be settled bydata", "s1_u_c_output2"]) {
      expect(words).toContain(part);
    }
    click(all(".snb-inspector .snb-link").filter((element) => element.textContent === "data")[0]);
    expect(model.get("selection")).toBe("data");
  });

  it.each([[{}, false], [{ held: 2048 }, true]])("say what is kept of prepared weights, if anything is", (held, said) => {
    show({ ...smallNet(), memory: { planned: 400000, unplanned: 900000, ...held } });
    click(one(".snb-title"));
    const words = one(".snb-inspector").textContent ?? "";
    expect(words).toContain("planned memory391 KiB");
    expect(words.includes("prepared weights2 KiB")).toBe(said);
  });
});

describe("clean-up", () => {
  it("leaves nothing behind", () => {
    const added = vi.spyOn(EventTarget.prototype, "addEventListener");
    const model = show(smallNet(), { selection: "conv1" });
    const options = added.mock.calls.map((call) => call[2]);
    added.mockRestore();
    expect(options.length).toBeGreaterThan(5);
    clean?.();
    clean = undefined;
    expect(el.children).toHaveLength(0);
    for (const set of model.listeners.values()) expect(set.size).toBe(0);
    for (const option of options) {
      const { signal, once } = /** @type {AddEventListenerOptions} */ (option);
      expect(signal?.aborted === true || once === true).toBe(true);
    }
  });
});

describe("what is computed again", () => {
  it("is marked, can be filtered, and its price is told", () => {
    const view = smallNet();
    view.nodes.filter((node) => ["conv1", "bn1"].includes(node.name)).forEach((node) => { node.again = true; });
    view.recomputed = { multiply_adds: 2336256, usual: 4000000, planned: 300000, without: 400000 };
    show(view);
    expect(all(".snb-again")).toHaveLength(2);
    const { textContent } = one(".snb-box:has(.snb-again) title");
    expect(textContent).toContain("Convolution conv1");
    expect(textContent).toContain("computed again while training");
    const item = one(".snb-recomputed .snb-family");
    expect(item.textContent).toBe("2 computed again");
    click(item);
    expect(all(".snb-box:not(.snb-pale)").map((box) => box.querySelector(".snb-again") !== null)).toEqual([true, true]);
    click(one(".snb-title"));
    expect(one(".snb-inspector").textContent).toContain("2.34 M on top of 4 M");
  });

  it("is not spoken of where nothing is", () => {
    show(smallNet());
    expect(all(".snb-again, .snb-recomputed")).toHaveLength(0);
    click(one(".snb-title"));
    expect(one(".snb-inspector").textContent).not.toContain("Computed again");
  });
});

describe("two graphs", () => {
  const classes = () => all(".snb-box").map((element) => /snb-(added|removed|changed)/.exec(element.getAttribute("class") ?? "")?.[1] ?? "");

  it("lie over each other, marked, with a legend that filters and what differs in the panel", () => {
    const model = show(diffNet());
    expect(classes()).toEqual(["", "changed", "removed", "added", "changed"]);
    expect(all(".snb-badge").map((badge) => badge.textContent)).toEqual(["~", "\u2212", "+", "~"]);
    expect(all(".snb-row.snb-changed")).toHaveLength(1);
    expect(all(".snb-wire.snb-added")).toHaveLength(2);
    expect(all(".snb-wire.snb-removed")).toHaveLength(2);
    expect(all(".snb-legend .snb-change").map((item) => item.textContent)).toEqual(["1 added", "1 removed", "3 changed"]);
    click(one(".snb-legend .snb-change.snb-added button"));
    expect(all(".snb-box:not(.snb-pale)")).toHaveLength(1);
    click(one(".snb-legend .snb-change.snb-added button"));
    model.set("selection", "conv");
    expect(one(".snb-became").textContent).toBe("Changed");
    expect(one(".snb-difference").textContent).toBe("parameter num_filter: 8 \u2192 16");
  });

  it("stand side by side if the reader wants, and what is selected is marked in both", () => {
    const model = show(diffNet());
    click(tool("View settings"));
    const field = /** @type {HTMLSelectElement} */ ([...all(".snb-settings select")].find((one) => one.querySelector('[value="beside"]') !== null));
    expect(field.parentElement?.hidden).toBe(false);
    model.set("selection", "conv");
    field.value = "beside";
    field.dispatchEvent(new Event("change"));
    expect(all(".snb-frame-head").map((head) => head.querySelector("text")?.textContent)).toEqual(["before: before", "after: after"]);
    expect(one(".snb-selected").getAttribute("data-key")).toBe("n7");
    expect(one(".snb-twin").getAttribute("data-key")).toBe("n2");
    expect(model.get("selection")).toBe("conv");
    field.value = "overlaid";
    field.dispatchEvent(new Event("change"));
    expect(all(".snb-box")).toHaveLength(5);
  });

  it("are offered only where there are two", () => {
    show(smallNet());
    click(tool("View settings"));
    expect(all(".snb-settings label:not([hidden])")).toHaveLength(4);
  });
});

describe("the panel about a variable", () => {
  it("says how it starts and is trained, and where its shape is from", () => {
    const view = smallNet();
    const weight = view.nodes[1];
    weight.attributes = { __init__: '["xavier", {"magnitude": 3}]', __lr_mult__: "2.0", other: "x" };
    weight.shape_from = { how: "inferred", node: 3 };
    view.nodes[0].shape_from = { how: "given", node: null };
    const model = show(view, { selection: "conv1_weight" });
    const panel = one(".snb-inspector");
    for (const words of ["initializerxavier (magnitude=3)", "lr_mult2.0", "wd_mult1", "shape inferred fromconv1", "otherx"]) {
      expect(panel.textContent).toContain(words);
    }
    expect(all(".snb-changed .snb-key").map((key) => key.textContent)).toEqual(["initializer", "lr_mult"]);
    model.set("selection", "data");
    expect(panel.textContent).toContain("shapegiven");
    expect(panel.textContent).not.toContain("lr_mult");
  });

  it("names the inputs that would settle what is unknown", () => {
    const model = show(groupedNet(), { selection: "s1_d" });
    expect(one(".snb-inspector").textContent).toContain("settled by the shape ofdata");
    model.set("selection", "s1_u_b");
    expect(one(".snb-inspector").textContent).not.toContain("settled by");
  });
});

describe("values", () => {
  /** @param {Partial<import("../types.js").ViewStatistics>} [changed] */
  function valued(changed = {}) {
    const view = smallNet();
    const [fc] = view.nodes.filter((node) => node.op === "FullyConnected");
    const weight = fc.inputs.map((input) => view.nodes[input.node]).find((node) => node.kind === "parameter");
    if (weight === undefined) throw new Error("it has a weight");
    const values = { training: true, unused: ["<b>stray</b>"], outputs: [statistics(weight.id), statistics(fc.id, changed)],
      gradients: [statistics(weight.id, { mean: 0.5 })] };
    return { view: { ...view, values }, fc, weight };
  }

  /** @param {string} title */
  function section(title) {
    return all(".snb-section").find((part) => part.querySelector("h4")?.textContent === title);
  }

  it("are told of a node and of what is folded into it, with a histogram each", () => {
    const { view, fc, weight } = valued();
    show(view);
    click(box(`n${fc.id}`));
    const found = section("Values");
    expect([...found?.querySelectorAll(".snb-key") ?? []].map((key) => key.textContent)).toEqual([fc.outputs[0].name, "weight"]);
    expect(found?.querySelectorAll(".snb-histogram")).toHaveLength(2);
    expect(found?.textContent).toContain("\u22121 \u2026 3; mean 1, std 2");
    expect(found?.textContent).toContain("25 % zeros");
    expect(section("Gradients")?.textContent).toContain("mean 0.5");
    click(/** @type {HTMLElement} */ (section("Inputs")?.querySelectorAll("button")[1]));
    expect(one(".snb-card-head p").textContent).toBe(weight.name);
    expect(section("Values")?.querySelectorAll(".snb-histogram")).toHaveLength(1);
  });

  it("that are not finite stand above the picture and on the graph's page, and lead to their nodes", () => {
    const { view, fc } = valued({ nan: 2 });
    show(view);
    expect(one(".snb-note").textContent).toBe(`NaN or infinity in the values of ${fc.name}`);
    click(one(".snb-title"));
    expect(section("Values")?.textContent).toContain("a pass as in training");
    expect(section("Values")?.textContent).toContain("<b>stray</b>");
    expect(section("NaN or infinity in")?.textContent).toBe(`NaN or infinity in${fc.outputs[0].name}values: 50 % NaN`);
    click(one(".snb-note .snb-link"));
    expect(one(".snb-card-head p").textContent).toBe(fc.name);
  });

  it("colour the boxes if the reader wants, red where they are not finite, and the choice goes with them", () => {
    const { view, fc } = valued({ nan: 2 });
    const model = show(view);
    const field = all(".snb-settings select").find((one) => one.querySelector('option[value="outputs"]'));
    if (!(field instanceof HTMLSelectElement)) throw new Error("it is a choice");
    field.value = "outputs";
    field.dispatchEvent(new Event("change"));
    expect(box(`n${fc.id}`).classList).toContain("snb-bad");
    expect(all(".snb-map path.snb-failed")).toHaveLength(1);
    expect(box(`n${fc.id}`).querySelector("title")?.textContent).toContain("some NaN or infinite");
    const { values: _values, ...without } = view;
    model.set("view", without);
    expect(field.value).toBe("family");
    expect(all(".snb-bad, .snb-heat-scale")).toHaveLength(0);
  });

  it("that are new change nothing else: what is selected stays, and its numbers follow", () => {
    const { view, fc } = valued();
    const model = show(view);
    click(box(`n${fc.id}`));
    const before = box(`n${fc.id}`);
    model.set("view", { ...valued({ max: 77 }).view, memory: { planned: 3 * 1024, unplanned: 5 * 1024 } });
    expect(section("Values")?.textContent).toContain("\u2026 77");
    expect(one(".snb-totals").textContent).toContain("3 KiB planned memory");
    expect(box(`n${fc.id}`)).toBe(before);
    expect(model.get("selection")).toBe(fc.name);
    const other = valued().view;
    model.set("view", { ...other, nodes: other.nodes.map((node) => ({ ...node, name: `${node.name}x` })) });
    expect(one(".snb-inspector").hidden).toBe(true);
  });

  it("are not spoken of where there are none", () => {
    show(smallNet());
    click(one(".snb-title"));
    expect(section("Values")).toBeUndefined();
    expect(all('.snb-settings option[value="outputs"]')).toHaveLength(0);
  });
});
