// On the page: a worker made from the page's own script, as nothing else can be loaded in a notebook.

import { graphNumbers, layoutOf } from "./numbers.js";
import { plainScript } from "./script.js";

/** @typedef {import("../layout/layered.js").Layout} Layout */

export class Remote {
  /** @param {string} script  that serves layouts where it runs in a worker; may throw where the page forbids workers */
  constructor(script) {
    this.url = URL.createObjectURL(new Blob([plainScript(script)], { type: "text/javascript" }));
    try {
      this.worker = new Worker(this.url);
    } catch (error) {
      URL.revokeObjectURL(this.url);
      throw error;
    }
  }

  /**
   * The layout from the worker; rejected where there can be no worker: a page that forbids it says so by an event.
   * @param {import("../layout/ranks.js").LayoutGraph} graph @param {(share: number) => void} progress
   * @returns {Promise<Layout>}
   */
  layered(graph, progress) {
    return new Promise((resolve, reject) => {
      this.worker.onmessage = (/** @type {MessageEvent<import("./serve.js").Answer>} */ { data }) => {
        if ("layout" in data) resolve(layoutOf(data.layout));
        else progress(data.progress);
      };
      this.worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      const numbers = graphNumbers(graph);
      this.worker.postMessage(numbers, [numbers.nodes.buffer, numbers.edges.buffer]);
    });
  }

  end() {
    this.worker.terminate();
    URL.revokeObjectURL(this.url);
  }
}
