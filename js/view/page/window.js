// The graph over the whole window, whatever it stands in.

import { focusedBeside } from "../dom.js";

/**
 * Fills the window with an element, or puts it back. As a popover it lies above everything, also where an element
 * around it would clip it; where there are no popovers it is fixed.
 * @param {HTMLElement} root @param {boolean} full
 */
export function fillWindow(root, full) {
  const focused = focusedBeside(root);
  root.classList.toggle("snb-full", full);
  if (typeof root.showPopover === "function") {
    if (full) {
      root.popover = "manual";
      root.showPopover();
    } else if (root.popover !== null) {
      root.hidePopover();
      root.removeAttribute("popover");
    }
  }
  if (root.contains(focused) && (focused instanceof HTMLElement || focused instanceof SVGElement)) {
    focused.focus({ preventScroll: true });
  }
}
