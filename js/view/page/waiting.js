// What stands over the picture while a large graph is being laid out: how far it is, and a way to stop it.

import { button, h } from "../dom.js";

export class Waiting {
  /** @param {() => void} stop @param {() => void} again @param {AbortSignal} signal */
  constructor(stop, again, signal) {
    this.bar = h("span");
    this.words = h("span");
    this.stop = button({ label: "Stop", text: "Stop", class: "snb-action" }, stop, signal);
    this.again = button({ label: "Lay out again", text: "Lay out again", class: "snb-action" }, again, signal);
    this.meter = h("div", { class: "snb-meter", role: "progressbar", "aria-label": "Layout", "aria-valuemin": 0, "aria-valuemax": 100 }, this.bar);
    this.element = h("div", { class: "snb-waiting", hidden: true }, this.words, this.meter, this.stop, this.again);
  }

  /** @param {number} share  from 0 to 1 @param {number} boxes */
  show(share, boxes) {
    const percent = Math.round(100 * Math.min(1, share));
    this.words.textContent = `Laying out ${boxes} boxes\u2026 ${percent} %`;
    this.bar.style.width = `${percent}%`;
    this.meter.setAttribute("aria-valuenow", String(percent));
    this.set(true, false);
  }

  /** Nothing is drawn, as the reader wanted. */
  stopped() {
    this.words.textContent = "The layout was stopped.";
    this.set(true, true);
  }

  hide() {
    this.set(false, false);
  }

  /** @param {boolean} shown @param {boolean} over */
  set(shown, over) {
    this.element.hidden = !shown;
    this.meter.hidden = over;
    this.stop.hidden = over;
    this.again.hidden = !over;
  }
}
