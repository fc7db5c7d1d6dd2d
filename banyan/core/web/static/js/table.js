/** Tables that behave like a spreadsheet: keys move, Enter edits, rows are selected and acted upon together. */
import htmx from "vendor/htmx";

import { enhance } from "./enhance.js";
import { openPanel } from "./overlays.js";

/** What a cell showed before it was edited. @type {WeakMap<Element, ChildNode[]>} */
const before = new WeakMap();

const cellsOf = (row) => /** @type {HTMLElement[]} */ ([...row.querySelectorAll("[data-cell]")]);
const rowsOf = (table) => /** @type {HTMLElement[]} */ ([...table.querySelectorAll("tr[data-row]")]);

function move(cell, { rows = 0, columns = 0 }) {
  const row = cell.closest("tr");
  const list = rowsOf(cell.closest("[data-table]"));
  const nextRow = list[list.indexOf(row) + rows];
  const next = nextRow && cellsOf(nextRow)[cellsOf(row).indexOf(cell) + columns];
  if (next && next.getClientRects().length) focusCell(next);
}

function focusCell(cell) {
  cell.focus();
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Loads the editor of a cell or of a fact of a record into its place. */
function edit(holder, url, target) {
  if (before.has(target)) return;
  before.set(target, [...target.childNodes].map((node) => node.cloneNode(true)));
  htmx.ajax("get", url, { target, swap: holder.matches("[data-cell]") ? "innerHTML" : "outerHTML" });
}

function editCell(cell) {
  const row = cell.closest("tr");
  if (cell.hasAttribute("data-editable")) edit(cell, `${row.dataset.url}/cells/${cell.dataset.cell}`, cell);
  else /** @type {HTMLElement | null} */ (row.querySelector(".title-link"))?.click();
}

function cancel(form) {
  const cell = form.closest("[data-cell]");
  if (cell && before.has(cell)) {
    cell.replaceChildren(...(before.get(cell) ?? []));
    before.delete(cell);
    htmx.process(cell);
    focusCell(cell);
    return;
  }
  const record = form.closest("[data-record]");
  const fact = form.closest(".fact");
  if (record && fact) htmx.ajax("get", `${record.dataset.url}/facts/${fact.dataset.fact}`, { target: fact, swap: "outerHTML" });
}

const cellKeys = {
  ArrowUp: (cell) => move(cell, { rows: -1 }),
  ArrowDown: (cell) => move(cell, { rows: 1 }),
  ArrowLeft: (cell) => move(cell, { columns: -1 }),
  ArrowRight: (cell) => move(cell, { columns: 1 }),
  Enter: (cell) => editCell(cell),
  F2: (cell) => editCell(cell),
  o: (cell) => openPanel(cell.closest("tr").dataset.url),
  x: (cell) => cell.closest("tr").querySelector("[data-select]")?.click(),
  l: (cell) => cell.closest("tr").querySelector("[data-log]")?.click(),
};

enhance("[data-table]", (table) => {
  const first = /** @type {HTMLElement | null} */ (table.querySelector("[data-cell]"));
  if (first) first.tabIndex = 0;

  table.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    const cell = target.closest("[data-cell]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey || !cellKeys[event.key]) return;
    // Whoever comes back from a record stands on its link: that has an Enter of its own, every other key is the row's.
    if (target !== cell && (!target.matches("a") || event.key === "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    cellKeys[event.key](cell);
  });

  table.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement) || !target.matches("[data-cell]")) return;
    for (const cell of table.querySelectorAll('[data-cell][tabindex="0"]')) cell.setAttribute("tabindex", "-1");
    target.tabIndex = 0;
  });

  table.addEventListener("dblclick", ({ target }) => {
    const cell = /** @type {Element} */ (target).closest("[data-cell][data-editable]");
    if (cell && !(/** @type {Element} */ (target).closest("form"))) editCell(cell);
  });

  setUpSelection(table);
});

// Where nothing has the focus yet, an arrow begins in the list.
document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.activeElement !== document.body || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const first = document.querySelector('[data-table] [data-cell][tabindex="0"]');
  if (!first) return;
  event.preventDefault();
  focusCell(first);
});

/** @param {HTMLElement} table */
function setUpSelection(table) {
  const bar = /** @type {HTMLElement | null} */ (table.querySelector("[data-selection]"));
  const all = /** @type {HTMLInputElement | null} */ (table.querySelector("[data-select-all]"));
  const matching = /** @type {HTMLInputElement | null} */ (table.querySelector("[data-matching]"));
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...table.querySelectorAll("[data-select]")]);
  /** @type {HTMLInputElement | null} */
  let last = null;

  const show = () => {
    const chosen = boxes().filter((box) => box.checked);
    for (const box of boxes()) box.closest("tr")?.classList.toggle("is-selected", box.checked);
    if (all) {
      all.checked = chosen.length > 0 && chosen.length === boxes().length;
      all.indeterminate = chosen.length > 0 && !all.checked;
    }
    if (matching && !all?.checked) matching.disabled = true;
    if (!bar) return;
    bar.hidden = chosen.length === 0;
    const count = bar.querySelector("[data-selection-count]");
    const button = bar.querySelector("[data-select-matching]");
    if (count) count.textContent = matching && !matching.disabled ? (button?.getAttribute("data-count") ?? "") : String(chosen.length);
    if (button) button.hidden = !all?.checked || !matching?.disabled;
  };

  const clear = () => {
    for (const box of boxes()) box.checked = false;
    if (matching) matching.disabled = true;
    show();
  };

  table.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("[data-select-none]")) clear();
    if (target.closest("[data-select-matching]") && matching) {
      matching.disabled = false;
      show();
    }
    if (target instanceof HTMLInputElement && target.matches("[data-select]")) {
      // With Shift everything between this row and the one ticked before follows.
      if (event.shiftKey && last?.isConnected) {
        const list = boxes();
        const [from, to] = [list.indexOf(last), list.indexOf(target)].sort((a, b) => a - b);
        for (const box of list.slice(from, to + 1)) box.checked = target.checked;
      }
      last = target;
    }
  });
  table.addEventListener("change", ({ target }) => {
    if (target === all) for (const box of boxes()) box.checked = all.checked;
    show();
  });
  table.addEventListener("htmx:afterSettle", show);
  document.addEventListener("clear-selection", clear);
}

enhance("[data-edit-url]", (value) => {
  value.addEventListener("click", ({ target }) => {
    const element = /** @type {Element} */ (target);
    if (element.closest("a, form") || getSelection()?.toString()) return;
    edit(value, value.dataset.editUrl, value.closest(".fact"));
  });
});

enhance("[data-cell-editor]", (form) => {
  const control = /** @type {HTMLInputElement | null} */ (form.querySelector("input:not([type=hidden]), select, textarea"));
  control?.focus();
  if (control?.select && control.type !== "checkbox") control.select();
  let sent = false;
  const submit = () => {
    if (sent || !form.isConnected) return;
    sent = true;
    /** @type {HTMLFormElement} */ (form).requestSubmit();
  };
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      cancel(form);
    } else if (event.key === "Enter" && !(event.target instanceof HTMLTextAreaElement)) {
      event.preventDefault();
      submit();
    }
  });
  form.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement || /** @type {HTMLInputElement} */ (target).type === "checkbox") submit();
  });
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !form.contains(/** @type {Node} */ (relatedTarget)) && form.closest("[data-cell]")) submit();
  });
  form.querySelector("[data-cancel-edit]")?.addEventListener("click", () => cancel(form));
});

// The answer to an edit replaces the whole cell, so the focus goes to the new one.
document.addEventListener("htmx:afterSwap", (event) => {
  const { elt } = /** @type {CustomEvent} */ (event).detail;
  const fresh = elt?.matches?.("[data-cell]") && !elt.querySelector("form") ? elt : null;
  if (fresh && (document.activeElement === document.body || !document.activeElement)) focusCell(fresh);
});
