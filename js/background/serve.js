// In the worker: layouts on demand, with word of how far they are.

import { layeredSteps } from "../layout/layered.js";
import { graphOf, layoutNumbers } from "./numbers.js";

/** @typedef {{progress: number} | {layout: import("./numbers.js").LayoutNumbers}} Answer */

/** Milliseconds between two reports. */
export const BETWEEN = 60;

/** Is this a worker, and no page? */
export function isWorker() {
  return typeof document === "undefined" && typeof self === "object" && typeof self.postMessage === "function";
}

/** Answers the page. @param {{postMessage: (answer: Answer, moved?: ArrayBuffer[]) => void, onmessage: any}} scope  of the worker */
export function serve(scope) {
  scope.onmessage = (/** @type {MessageEvent<import("./numbers.js").GraphNumbers>} */ { data }) => {
    const steps = layeredSteps(graphOf(data));
    let told = performance.now();
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        const layout = layoutNumbers(step.value);
        const { nodes, points, counts, chips, chipEdges } = layout;
        scope.postMessage({ layout }, [nodes, points, counts, chips, chipEdges].map((one) => /** @type {ArrayBuffer} */ (one.buffer)));
        return;
      }
      const now = performance.now();
      if (now - told < BETWEEN) continue;
      told = now;
      scope.postMessage({ progress: step.value });
    }
  };
}
