// How the picture is shown: its direction, its theme, what the colours mean, and the small map of it.

import { h } from "../dom.js";

/**
 * @typedef {"direction" | "theme" | "colour" | "compare" | "overview"} Setting
 */

/** @type {Record<Setting, {label: string, choices: Record<string, string>}>} */
const SETTINGS = {
  direction: { label: "Direction", choices: { down: "Top to bottom", right: "Left to right" } },
  theme: { label: "Theme", choices: { auto: "Automatic", light: "Light", dark: "Dark", contrast: "High contrast" } },
  compare: { label: "Graphs", choices: { overlaid: "Overlaid", beside: "Side by side" } },
  colour: { label: "Colours", choices: { family: "Kind of operator" } },
  overview: { label: "Overview", choices: { auto: "Where there is room", shown: "Shown", hidden: "Hidden" } },
};

export class Settings {
  /** @param {(setting: Setting, value: string) => void} change @param {AbortSignal} signal */
  constructor(change, signal) {
    /** @type {Map<Setting, HTMLSelectElement>} */
    this.fields = new Map();
    this.element = h("div", { class: "snb-settings", role: "group", "aria-label": "View settings", hidden: true });
    for (const key of /** @type {Setting[]} */ (Object.keys(SETTINGS))) {
      const { label, choices } = SETTINGS[key];
      const field = h("select", {}, ...Object.entries(choices).map(([value, text]) => h("option", { value }, text)));
      field.addEventListener("change", () => change(key, field.value), { signal });
      this.fields.set(key, field);
      this.element.append(h("label", {}, h("span", {}, label), field));
    }
  }

  /** @param {Setting} setting @param {string} value */
  show(setting, value) {
    const field = this.fields.get(setting);
    if (field !== undefined) field.value = value;
  }

  /**
   * Offers more choices than there always are; the value afterwards, which is the first where the chosen one has gone.
   * @param {Setting} setting @param {Record<string, string>} more
   */
  extend(setting, more) {
    const field = /** @type {HTMLSelectElement} */ (this.fields.get(setting));
    const { value } = field;
    const choices = { ...SETTINGS[setting].choices, ...more };
    field.replaceChildren(...Object.entries(choices).map(([key, text]) => h("option", { value: key }, text)));
    field.value = value in choices ? value : Object.keys(choices)[0];
    return field.value;
  }

  /** Is there such a choice? @param {Setting} setting @param {boolean} offered */
  offer(setting, offered) {
    const label = this.fields.get(setting)?.parentElement;
    if (label instanceof HTMLElement) label.hidden = !offered;
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.element.hidden = !open;
    if (open) this.fields.get("direction")?.focus();
  }
}
