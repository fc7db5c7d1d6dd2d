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
      group.classList.toggle("is-found", wanted !== "" || Boolean(only?.checked));
      if (group instanceof HTMLDetailsElement) unfold(group, wanted !== "");
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

/** Opens what was searched for; afterwards it is as it was. */
function unfold(/** @type {HTMLDetailsElement} */ group, /** @type {boolean} */ isFound) {
  group.dataset.was ??= group.open ? "open" : "folded";
  group.open = isFound || group.dataset.was === "open";
  if (!isFound) delete group.dataset.was;
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
