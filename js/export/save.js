// A file for the reader's downloads.

/** Long enough for a browser to begin with the download. */
const KEPT = 30_000;

/** The characters that no system refuses in a file's name. @param {string} title */
export function fileName(title) {
  const plain = title.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^[._]+|_+$/g, "").slice(0, 80);
  return plain === "" ? "graph" : plain;
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
