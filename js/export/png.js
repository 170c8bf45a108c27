// A picture as pixels, drawn by the browser.

/** Pixels for one of the picture, so that it is sharp on today's displays. */
const SCALE = 2;

/** Browsers draw nothing on a canvas with a longer side or more pixels than about this. */
const SIDE = 16_000;
const PIXELS = 64_000_000;

/**
 * A PNG twice as fine as the picture, or less where that would be too large.
 * @param {{text: string, width: number, height: number}} picture  SVG
 * @returns {Promise<{blob: Blob, scale: number}>}
 */
export async function pixels({ text, width, height }) {
  const scale = Math.min(SCALE, SIDE / Math.max(width, height), Math.sqrt(PIXELS / (width * height)));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
  if (blob === null) throw new Error("the browser cannot draw a picture of this size");
  return { blob, scale };
}

/** Is it as fine as it should be? @param {number} scale */
export function isSharp(scale) {
  return scale >= SCALE;
}
