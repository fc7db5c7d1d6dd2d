/** Keys that work everywhere; the sheet behind "?" lists them. */
import { openPalette } from "./palette.js";
import { visit } from "./visits.js";

const SEQUENCE_MS = 1000;
const places = { d: "/", c: "/customers", o: "/opportunities", t: "/tasks", l: "/leads", p: "/products", r: "/reports", s: "/settings" };

let waitingForPlace = 0;

function isTyping(target) {
  return target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .ts-control") !== null;
}

function press(key) {
  const target = /** @type {HTMLElement | undefined} */ (
    [...document.querySelectorAll(`[data-shortcut="${CSS.escape(key)}"]`)].find((element) => element.getClientRects().length > 0)
  );
  if (!target) return false;
  if (target.matches("input, textarea")) {
    target.focus();
    /** @type {HTMLInputElement} */ (target).select();
  } else {
    target.click();
  }
  return true;
}

/** Returns the entry of the menu that a key leads to: who does not have it goes nowhere. */
function entryOf(key) {
  const url = places[key];
  return url && /** @type {HTMLAnchorElement | null} */ (document.querySelector(`#sidebar-menu a:is([href="${url}"], [href="${url}/"])`));
}

function showSheet() {
  // The places are called as the menu calls them.
  const rows = Object.keys(places).flatMap((key) => {
    const entry = entryOf(key);
    if (!entry) return [];
    const [row, keys, name] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
    for (const one of ["g", key]) keys.append(Object.assign(document.createElement("kbd"), { textContent: one }));
    name.textContent = entry.title;
    row.append(keys, name);
    return [row];
  });
  document.querySelector("#shortcuts [data-places]")?.replaceChildren(...rows);
  /** @type {HTMLDialogElement | null} */ (document.getElementById("shortcuts"))?.showModal();
}

document.addEventListener("keydown", (event) => {
  const { key } = event;
  if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  const busy = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  if (busy || isTyping(event.target) || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const place = Date.now() - waitingForPlace < SEQUENCE_MS && entryOf(key);
  if (place) {
    waitingForPlace = 0;
    event.preventDefault();
    visit(place.pathname);
  } else if (key === "g") {
    waitingForPlace = Date.now();
  } else if (key === "?") {
    event.preventDefault();
    showSheet();
  } else if (key === "[") {
    /** @type {HTMLElement | null} */ (document.querySelector("[data-sidebar-toggle]"))?.click();
  } else if (key.length === 1 && press(key)) {
    event.preventDefault();
  }
});

document.addEventListener("click", ({ target }) => {
  if (/** @type {Element} */ (target).closest("[data-open-shortcuts]")) showSheet();
});
