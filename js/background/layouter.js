// Who lays out: small graphs at once, large ones in a worker, or on the page in slices where there can be no worker.
// The picture is the same in all three.

import { arrange, arrangeSteps, MEASURED } from "../arrange.js";
import { layeredSteps } from "../layout/layered.js";
import { boxCount } from "../model.js";
import { Remote } from "./remote.js";
import { BETWEEN } from "./serve.js";
import { inSlices } from "./slices.js";

/**
 * @typedef {import("../arrange.js").Picture} Picture
 * @typedef {import("../model.js").Model} Model
 * @typedef {{done: (picture: Picture) => void, progress: (share: number) => void}} Listener
 */

/** From so many boxes a layout takes longer than a worker takes to start. */
export const LARGE = 1500;

export class Layouter {
  /** @param {(() => Promise<string>) | null} script  gives the page's own, for a worker; null where it is not known */
  constructor(script) {
    this.script = typeof Worker === "function" ? script : null;
    /** @type {Remote | null} */
    this.remote = null;
    /** Counts the layouts asked for: an answer to an earlier one is no longer wanted. */
    this.asked = 0;
    this.busy = false;
  }

  /**
   * Lays out and tells the listener, before it returns if the graph is small. What was asked before is given up.
   * @param {Model} model @param {Set<number>} closed @param {boolean} sideways @param {Listener} listener
   */
  layOut(model, closed, sideways, listener) {
    this.cancel();
    if (boxCount(model, closed) < LARGE) {
      listener.done(arrange(model, closed, sideways));
      return;
    }
    this.busy = true;
    const asked = this.asked;
    const wanted = () => asked === this.asked;
    let most = 0;
    let told = -Infinity;
    const progress = (/** @type {number} */ share) => {
      most = Math.max(most, share);
      const now = performance.now();
      if (!wanted() || now - told < BETWEEN) return; // each word of it is a frame that the page draws
      told = now;
      listener.progress(most);
    };
    progress(0);
    void this.away(model, closed, sideways, wanted, progress).then((picture) => {
      if (picture === null || !wanted()) return;
      this.busy = false;
      listener.done(picture);
    });
  }

  /**
   * @param {Model} model @param {Set<number>} closed @param {boolean} sideways @param {() => boolean} wanted
   * @param {(share: number) => void} progress
   * @returns {Promise<Picture | null>}
   */
  async away(model, closed, sideways, wanted, progress) {
    const lay = (/** @type {import("../layout/ranks.js").LayoutGraph} */ graph) => this.layered(graph, progress);
    return inSlices(arrangeSteps(model, closed, sideways, lay), wanted, progress);
  }

  /**
   * One group: in the worker if it is large.
   * @param {import("../layout/ranks.js").LayoutGraph} graph @param {(share: number) => void} progress
   * @returns {import("../steps.js").Steps<import("../layout/layered.js").Layout>}
   */
  * layered(graph, progress) {
    if (this.script !== null && graph.nodes.length >= LARGE) {
      const promise = /** @type {any} */ (this.remotely(this.script, graph, progress));
      const answer = /** @type {import("../layout/layered.js").Layout | null} */ (yield promise);
      if (answer !== null) return answer;
    }
    return yield* layeredSteps(graph);
  }

  /**
   * @param {() => Promise<string>} script @param {import("../layout/ranks.js").LayoutGraph} graph @param {(share: number) => void} progress
   * @returns {Promise<import("../layout/layered.js").Layout | null>} null where the page forbids workers: it will not be asked again, or where
   *   the layout is no longer wanted
   */
  async remotely(script, graph, progress) {
    const { asked } = this;
    try {
      const text = await script();
      if (asked !== this.asked) return null;
      this.remote ??= new Remote(text);
      return await this.remote.layered(graph, (share) => progress(MEASURED + share * (1 - MEASURED)));
    } catch {
      this.script = null;
      this.end();
      return null;
    }
  }

  /** Gives up what is being laid out. */
  cancel() {
    this.asked += 1;
    if (this.busy) this.end();
    this.busy = false;
  }

  end() {
    this.remote?.end();
    this.remote = null;
  }
}
