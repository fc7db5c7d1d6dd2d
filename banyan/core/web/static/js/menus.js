/** Menus are popovers: the browser opens and closes them, this places them and moves between their entries by keys. */
import htmx from "vendor/htmx";

const GAP_PX = 4;
const EDGE_PX = 8;

/**
 * Puts a popover below (or above) the element it belongs to, inside the window.
 * @param {HTMLElement} menu
 * @param {Element} anchor
 */
export function placeMenu(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + GAP_PX;
  const fits = below + height <= innerHeight - EDGE_PX || box.top < innerHeight / 2;
  const top = fits ? below : Math.max(EDGE_PX, box.top - GAP_PX - height);
  const alignEnd = box.left + width > innerWidth - EDGE_PX;
  const left = alignEnd ? Math.max(EDGE_PX, box.right - width) : box.left;
  Object.assign(menu.style, {
    inset: "auto",
    left: `${Math.min(left, innerWidth - width - EDGE_PX)}px`,
    top: `${top}px`,
    maxHeight: `${innerHeight - top - EDGE_PX}px`,
  });
}

/** @type {WeakMap<Element, Element>} */
const anchors = new WeakMap();

/**
 * Shows a popover at an element that is not its declared opener.
 * @param {HTMLElement} menu
 * @param {Element} anchor
 */
export function openMenu(menu, anchor) {
  anchors.set(menu, anchor);
  menu.showPopover();
}

function anchorOf(menu) {
  const openers = [...document.querySelectorAll(`[popovertarget="${CSS.escape(menu.id)}"]`)];
  return anchors.get(menu) ?? openers.find((opener) => opener.getClientRects().length > 0);
}

document.addEventListener("toggle", (event) => {
  const menu = /** @type {HTMLElement} */ (event.target);
  if (!menu.matches?.(".menu[popover], .calendar-popover")) return;
  const anchor = anchorOf(menu);
  const open = /** @type {ToggleEvent} */ (event).newState === "open";
  anchor?.setAttribute("aria-expanded", String(open));
  if (!open) {
    anchors.delete(menu);
    return;
  }
  if (anchor) placeMenu(menu, anchor);
  for (const lazy of menu.querySelectorAll('[hx-trigger="opened"]')) htmx.trigger(lazy, "opened");
  if (menu.getAttribute("role") === "menu") entries(menu)[0]?.focus();
}, true);

function entries(menu) {
  return /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('[role^="menuitem"]:not([disabled])')]);
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  // A key may come before the focus has moved into the menu that has just opened.
  const menu = target.closest('[popover][role="menu"]') ?? (target === document.body ? document.querySelector('[role="menu"]:popover-open') : null);
  if (!menu) return;
  const list = entries(menu);
  const at = list.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  if (event.key in targets) {
    event.preventDefault();
    list.at(targets[event.key] % list.length)?.focus();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const entry = list.find((item) => item.querySelector("kbd")?.textContent?.toLowerCase() === event.key.toLowerCase());
    if (entry) {
      event.preventDefault();
      entry.click();
    }
  }
});

document.addEventListener("click", (event) => {
  const entry = /** @type {Element} */ (event.target).closest('[role="menuitem"]');
  /** @type {HTMLElement | null} */ (entry?.closest("[popover]"))?.hidePopover();
});
