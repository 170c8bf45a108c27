// Long work on the page itself, in slices between which the page can breathe.

const SLICE = 14;

/** Lets the page do what waits. */
function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(null);
  });
}

/**
 * The result of steps; null if it is no longer wanted. Steps that yield a promise go on with what it gives.
 * @template T
 * @param {import("../steps.js").Steps<T>} steps @param {() => boolean} wanted @param {(done: number) => void} progress
 * @returns {Promise<T | null>}
 */
export async function inSlices(steps, wanted, progress) {
  let until = performance.now() + SLICE;
  /** @type {unknown} */
  let answer;
  for (let step = steps.next(); ; step = steps.next(answer)) {
    if (step.done === true) return step.value;
    answer = undefined;
    const given = /** @type {unknown} */ (step.value);
    if (given instanceof Promise) {
      answer = await given;
    } else if (performance.now() < until) {
      continue;
    } else {
      progress(step.value);
      await pause();
    }
    if (!wanted()) return null;
    until = performance.now() + SLICE;
  }
}
