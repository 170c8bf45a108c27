// Places near to wished ones under minimum distances.

/** Room for the blocks of one call, kept as there are many small ones. */
let [sums, weights, ends] = [64, 64, 64].map((size) => new Float64Array(size));

/**
 * The places nearest to the wished ones (least weighted squares) that keep an order and distances, found by
 * pooling neighbours that are too close.
 * @param {number[]} wish @param {number[]} weight @param {number[]} distance  from each to the one before it; [0] is 0
 * @returns {number[]}
 */
export function pool(wish, weight, distance) {
  const count = wish.length;
  // The blocks so far, as what is summed up in each and the index after its last.
  if (sums.length < count) [sums, weights, ends] = [2, 2, 2].map((times) => new Float64Array(times * count));
  let top = -1;
  let offset = 0;
  for (let i = 0; i < count; i += 1) {
    offset += distance[i];
    let sum = (wish[i] - offset) * weight[i];
    let all = weight[i];
    while (top >= 0 && !(sums[top] / weights[top] < sum / all)) {
      sum = sums[top] + sum;
      all = weights[top] + all;
      top -= 1;
    }
    top += 1;
    sums[top] = sum;
    weights[top] = all;
    ends[top] = i + 1;
  }
  /** @type {number[]} */
  const out = [];
  offset = 0;
  for (let block = 0; block <= top; block += 1) {
    const place = sums[block] / weights[block];
    while (out.length < ends[block]) {
      offset += distance[out.length];
      out.push(place + offset);
    }
  }
  return out;
}

/**
 * The middle of numbers in order, or the mean of the two in the middle.
 * @param {ArrayLike<number>} sorted
 */
export function median(sorted) {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Numbers of which the middle is asked for, collected without an array for each cell. */
export class Middle {
  constructor() {
    this.values = new Float64Array(64);
    this.count = 0;
  }

  /** @param {number} value */
  add(value) {
    if (this.count === this.values.length) {
      const { values } = this;
      this.values = new Float64Array(2 * this.count);
      this.values.set(values);
    }
    this.values[this.count] = value;
    this.count += 1;
  }

  /** The middle of what was added, of which there is some. */
  get() {
    const { values, count } = this;
    if (count === 1) return values[0];
    if (count === 2) return (values[0] + values[1]) / 2;
    return median(values.subarray(0, count).sort());
  }
}
