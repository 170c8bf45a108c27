// The graph over the whole window, whatever it stands in.

/**
 * Fills the window with an element, or puts it back. As a popover it lies above everything, also where an element
 * around it would clip it; where there are no popovers it is fixed.
 * @param {HTMLElement} root @param {boolean} full
 */
export function fillWindow(root, full) {
  const { activeElement } = document;
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
  const inside = root.contains(activeElement);
  if (inside && (activeElement instanceof HTMLElement || activeElement instanceof SVGElement)) {
    activeElement.focus({ preventScroll: true });
  }
}
