/** Long lists of settings, such as the rights of a role: searched by name, cut down to what differs, folded on a phone. */
import { enhance } from "./enhance.js";

/** Rows that were changed since the page came stay in sight, so that nobody loses what they are about to save. */
const CHANGED = "data-changed";

function filter(/** @type {HTMLElement} */ tools) {
  const rows = /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(`${tools.dataset.rowsFilter} [data-row-name]`),
  ]);
  const groups = /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(`${tools.dataset.rowsFilter} [data-row-group]`),
  ]);
  const search = /** @type {HTMLInputElement | null} */ (tools.querySelector("[type=search]"));
  const only = /** @type {HTMLInputElement | null} */ (tools.querySelector("[type=checkbox]"));
  const nothing = /** @type {HTMLElement | null} */ (tools.querySelector("[data-nothing]"));

  function show() {
    const wanted = search?.value.trim().toLowerCase() ?? "";
    for (const row of rows) {
      const isNamed = (row.dataset.rowName ?? "").toLowerCase().includes(wanted);
      const isShown = !only?.checked || row.hasAttribute("data-differs") || row.hasAttribute(CHANGED);
      row.hidden = !isNamed || !isShown;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-row-name]:not([hidden])");
      // What was searched for is not hidden in a folded group.
      const isSearched = wanted !== "" || Boolean(only?.checked);
      if (group instanceof HTMLDetailsElement) unfold(group, isSearched);
      group.classList.toggle("is-found", isSearched);
    }
    if (nothing) nothing.hidden = rows.some((row) => !row.hidden);
  }

  tools.hidden = false;
  tools.addEventListener("input", show);
  search?.addEventListener("keydown", (event) => {
    // Return would save the form around the list.
    if (event.key === "Enter") event.preventDefault();
  });
  for (const row of rows) row.addEventListener("change", () => row.setAttribute(CHANGED, ""));
}

/** A part that folds is open while something is searched for, and afterwards as it was before. */
function unfold(/** @type {HTMLDetailsElement} */ part, /** @type {boolean} */ isSearched) {
  const wasSearched = part.classList.contains("is-found");
  if (isSearched && !wasSearched) part.toggleAttribute("data-was-open", part.open);
  if (isSearched) part.open = true;
  else if (wasSearched) part.open = part.hasAttribute("data-was-open");
}

/** On a phone a group shows its name, and a row what it says in short; a tap opens it. */
function fold(/** @type {HTMLElement} */ list) {
  list.classList.add("is-folding");
  list.addEventListener("click", (event) => {
    const opener = /** @type {Element} */ (event.target).closest("[data-fold]");
    if (!opener) return;
    const isOpen = opener.closest("[data-row-name], [data-row-group]")?.classList.toggle("is-open") ?? false;
    opener.setAttribute("aria-expanded", String(isOpen));
  });
}

/** Parts of a long page that are open on a desk begin folded on a phone. */
function foldOnPhone(/** @type {HTMLElement} */ part) {
  if (matchMedia("(max-width: 800px)").matches) part.removeAttribute("open");
}

enhance("[data-rows-filter]", filter);
enhance("details.fold-on-phone", foldOnPhone);
enhance("[data-folding]", fold);
