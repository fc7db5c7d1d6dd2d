/** Rows that can be put into another order: buttons with `data-move` move theirs up or down; the form sends the order. */
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
  });
});
