// Work that can be done in steps: a generator that yields how much of it is done, from 0 to 1, and returns its result.
// Work that waits for others may also yield a promise, and then goes on with what that gives; it cannot be done at once.

/**
 * @template T
 * @typedef {Generator<number, T, unknown>} Steps
 */

/**
 * All at once.
 * @template T
 * @param {Steps<T>} steps
 * @returns {T}
 */
export function finish(steps) {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Steps as a part of others: what they count from 0 to 1 goes from one number to another.
 * @template T
 * @param {Steps<T>} steps @param {number} from @param {number} to
 * @returns {Steps<T>}
 */
export function* part(steps, from, to) {
  /** @type {unknown} */
  let answer;
  for (;;) {
    const { done, value } = steps.next(answer);
    if (done === true) return value;
    answer = yield typeof value === "number" ? from + value * (to - from) : value;
  }
}
