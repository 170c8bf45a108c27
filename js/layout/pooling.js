// Places near to wished ones under minimum distances.

/**
 * The places nearest to the wished ones (least weighted squares) that keep an order and distances, found by
 * pooling neighbours that are too close.
 * @param {number[]} wish @param {number[]} weight @param {number[]} distance  from each to the one before it; [0] is 0
 * @returns {number[]}
 */
export function pool(wish, weight, distance) {
  /** @type {Array<{sum: number, weight: number, size: number}>} */
  const blocks = [];
  let offset = 0;
  for (let i = 0; i < wish.length; i += 1) {
    offset += distance[i];
    let block = { sum: (wish[i] - offset) * weight[i], weight: weight[i], size: 1 };
    while (blocks.length > 0) {
      const before = blocks[blocks.length - 1];
      if (before.sum / before.weight < block.sum / block.weight) break;
      blocks.pop();
      block = {
        sum: before.sum + block.sum, weight: before.weight + block.weight, size: before.size + block.size,
      };
    }
    blocks.push(block);
  }
  /** @type {number[]} */
  const out = [];
  offset = 0;
  for (const block of blocks) {
    for (let i = 0; i < block.size; i += 1) {
      offset += distance[out.length];
      out.push(block.sum / block.weight + offset);
    }
  }
  return out;
}

/**
 * The middle of numbers in order, or the mean of the two in the middle.
 * @param {number[]} sorted
 */
export function median(sorted) {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
