// Light or dark: what the document asks for, what the notebook says, what the system says.

/** @typedef {"light" | "dark"} Theme */

const QUERY = "(prefers-color-scheme: dark)";
const CONTRAST = "(prefers-contrast: more)";

/**
 * The theme a host page declares on its body or root, if it declares one.
 * @returns {Theme | null}
 */
function hostTheme() {
  const { body, documentElement: root } = document;
  const jupyter = body.getAttribute("data-jp-theme-light");
  if (jupyter !== null) return jupyter === "true" ? "light" : "dark";
  const code = body.getAttribute("data-vscode-theme-kind");
  if (code !== null) return code.includes("light") ? "light" : "dark";
  for (const element of [root, body]) {
    for (const declared of [element.getAttribute("theme"), element.getAttribute("data-theme")]) {
      if (declared === "light" || declared === "dark") return declared;
    }
    if (element.classList.contains("dark")) return "dark";
  }
  return null;
}

/** @returns {Theme} */
function systemTheme() {
  return typeof matchMedia === "function" && matchMedia(QUERY).matches ? "dark" : "light";
}

/** Does the host page or the system ask for high contrast? */
function hostContrast() {
  const { body } = document;
  const named = [body.getAttribute("data-jp-theme-name"), body.getAttribute("data-vscode-theme-kind")];
  return named.some((name) => name !== null && /high[ -]contrast/i.test(name))
    || (typeof matchMedia === "function" && matchMedia(CONTRAST).matches);
}

/**
 * Keeps `data-theme` of an element at the theme to use, and `data-contrast` at "more" where that is wanted.
 * @param {HTMLElement} element @param {() => string} wanted  "light", "dark", "contrast" or "auto"
 * @param {AbortSignal} signal
 * @returns {() => void} looks again
 */
export function followTheme(element, wanted, signal) {
  const update = () => {
    const asked = wanted();
    const fixed = asked === "light" || asked === "dark" ? asked : null;
    element.dataset.theme = fixed ?? hostTheme() ?? systemTheme();
    const more = asked === "contrast" || (asked === "auto" && hostContrast());
    element.dataset.contrast = more ? "more" : "none";
    element.dataset.host = fixed === null && !more && document.body.hasAttribute("data-jp-theme-light") ? "jupyter" : "none";
  };
  const observer = new MutationObserver(update);
  const attributeFilter = ["data-jp-theme-light", "data-vscode-theme-kind", "theme", "data-theme", "class"];
  observer.observe(document.body, { attributes: true, attributeFilter });
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  if (typeof matchMedia === "function") matchMedia(QUERY).addEventListener?.("change", update, { signal });
  update();
  return update;
}

/** Does the reader want things to stay still? */
export function prefersStill() {
  return typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
}
