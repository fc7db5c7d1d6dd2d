/** Gives elements their behaviour when they come into the page, with the first load or with a later swap. */

/** @type {Array<{selector: string, setup: (element: HTMLElement) => void}>} */
const enhancements = [];
const done = new WeakMap();

/**
 * Registers a behaviour for all present and future elements that match.
 * @param {string} selector
 * @param {(element: HTMLElement) => void} setup called once for each element
 */
export function enhance(selector, setup) {
  enhancements.push({ selector, setup });
}

/**
 * Applies the registered behaviours to an element and everything in it.
 * @param {Element | Document} root
 */
export function apply(root) {
  for (const { selector, setup } of enhancements) {
    const found = [...root.querySelectorAll(selector)];
    if (root instanceof Element && root.matches(selector)) found.unshift(root);
    for (const element of found) {
      const behaviours = done.get(element) ?? new Set();
      if (behaviours.has(setup)) continue;
      done.set(element, behaviours.add(setup));
      setup(/** @type {HTMLElement} */ (element));
    }
  }
}
