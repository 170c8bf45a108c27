import { afterEach, describe, expect, it, vi } from "vitest";
import { arrange, arrangeSteps } from "../arrange.js";
import { LARGE, Layouter } from "../background/layouter.js";
import { serve } from "../background/serve.js";
import { inSlices } from "../background/slices.js";
import { buildModel } from "../model.js";
import { groupedNet, ViewBuilder } from "./views.js";

function longNet(size = LARGE + 10) {
  const b = new ViewBuilder("long");
  let last = b.node("data", {});
  for (let i = 0; i < size; i += 1) last = b.node(`n${i}`, { op: "exp", from: [last] });
  return buildModel(b.finish(last));
}

/** A worker that runs here, and answers later as a real one does. */
class FakeWorker {
  static made = 0;

  constructor() {
    FakeWorker.made += 1;
    this.onmessage = (/** @type {any} */ _event) => {};
    this.onerror = (/** @type {any} */ _event) => {};
    /** @type {any} */
    this.scope = { postMessage: (/** @type {any} */ data) => setTimeout(() => this.onmessage({ data: structuredClone(data) })) };
    this.ended = false;
    serve(this.scope);
  }

  /** @param {any} data */
  postMessage(data) {
    setTimeout(() => { if (!this.ended) this.scope.onmessage({ data: structuredClone(data) }); });
  }

  terminate() {
    this.ended = true;
  }
}

class ForbiddenWorker extends FakeWorker {
  /** @param {any} _data */
  postMessage(_data) {
    setTimeout(() => this.onerror({ message: "refused", preventDefault() {} }));
  }
}

/** @param {Layouter} layouter @param {import("../model.js").Model} model */
function picture(layouter, model) {
  /** @type {number[]} */
  const shares = [];
  /** @type {Promise<{result: import("../arrange.js").Picture, shares: number[]}>} */
  const later = new Promise((resolve) => {
    layouter.layOut(model, new Set(), false, { progress: (share) => shares.push(share), done: (result) => resolve({ result, shares }) });
  });
  return later;
}

afterEach(() => {
  vi.unstubAllGlobals();
  FakeWorker.made = 0;
});

/** @param {any} worker */
function withWorker(worker) {
  vi.stubGlobal("Worker", worker);
  vi.stubGlobal("URL", { createObjectURL: () => "blob:x", revokeObjectURL() {} });
}

describe("layouts", () => {
  it("of small graphs come at once, without a worker", () => {
    withWorker(FakeWorker);
    const done = vi.fn();
    new Layouter(async () => "script").layOut(buildModel(groupedNet()), new Set(), false, { progress() {}, done });
    expect(done).toHaveBeenCalledTimes(1);
    expect(FakeWorker.made).toBe(0);
  });

  it("of large graphs are the same from a worker, from the page where there is none, and where it is forbidden", async () => {
    const model = longNet();
    const wanted = arrange(model, new Set());
    for (const [worker, made] of /** @type {const} */ ([[FakeWorker, 1], [undefined, 0], [ForbiddenWorker, 1]])) {
      FakeWorker.made = 0;
      withWorker(worker);
      const layouter = new Layouter(async () => "script");
      const { result, shares } = await picture(layouter, model);
      expect(result).toEqual(wanted);
      expect(FakeWorker.made).toBe(made);
      expect(shares[0]).toBe(0);
      expect(shares.every((share, i) => share <= 1 && (i === 0 || share >= shares[i - 1]))).toBe(true);
      expect(layouter.busy).toBe(false);
    }
  }, 30_000);

  it("ask a worker that is forbidden only once", async () => {
    withWorker(ForbiddenWorker);
    const layouter = new Layouter(async () => "script");
    await picture(layouter, longNet());
    await picture(layouter, longNet());
    expect(FakeWorker.made).toBe(1);
  }, 30_000);

  it("that are given up are never shown", async () => {
    for (const worker of [FakeWorker, undefined]) {
      withWorker(worker);
      const layouter = new Layouter(async () => "script");
      const done = vi.fn();
      layouter.layOut(longNet(), new Set(), false, { progress() {}, done });
      expect(layouter.busy).toBe(true);
      layouter.cancel();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(done).not.toHaveBeenCalled();
    }
  });

  it("count up to the end of the work", () => {
    const shares = [...arrangeSteps(longNet(), new Set(), false)];
    expect(shares.length).toBeGreaterThan(8);
    shares.forEach((share, i) => expect(share).toBeGreaterThanOrEqual(i === 0 ? 0 : shares[i - 1]));
    expect(shares[shares.length - 1]).toBeGreaterThan(0.5);
    expect(shares[shares.length - 1]).toBeLessThanOrEqual(1);
  });

  it("leave the page time to breathe", async () => {
    let breaths = 0;
    const timer = setInterval(() => { breaths += 1; });
    await inSlices(arrangeSteps(longNet(3000), new Set(), false), () => true, () => {});
    clearInterval(timer);
    expect(breaths).toBeGreaterThan(0);
  });
});
