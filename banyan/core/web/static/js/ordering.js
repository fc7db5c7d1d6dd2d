/**
 * Rows that can be put into another order: buttons with `data-move` move theirs up or down; the form sends the order.
 * With `data-drag`, the id of that form, rows are dragged as well, and the order is sent at once.
 */
import { enhance } from "./enhance.js";

enhance("[data-orderable]", (list) => {
  list.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("[data-move]"));
    const row = button?.closest("li");
    if (!button || !row) return;
    const other = button.dataset.move === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (button.dataset.move === "up") other.before(row);
    else other.after(row);
    button.focus();
    send(list);
  });
  if (list.dataset.drag) drag(list);
});

/** @param {HTMLElement} list */
async function drag(list) {
  const { default: Sortable } = await import("vendor/sortable");
  Sortable.create(list, { handle: ".grip", animation: 120, onEnd: () => send(list) });
}

/** @param {HTMLElement} list */
function send(list) {
  const form = list.dataset.drag ? document.getElementById(list.dataset.drag) : null;
  if (form instanceof HTMLFormElement) form.requestSubmit();
}
