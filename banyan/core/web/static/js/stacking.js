/** Tables of figures that are wider than a phone: each row becomes a block of its values, each with the name of its column. */
import { enhance } from "./enhance.js";

const NARROW = matchMedia("(max-width: 767px)");
const STACKED = "is-stacked";
const NOTHING = new Set(["", "–", "-", "—"]);

/** What a table and its parts are when they are no longer laid out as one: readers are told all the same. */
const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tfoot: "rowgroup", tr: "row" };

enhance(".supply-scroll, .cost-scroll, .campaign-scroll, .figure-table .table-scroll, .table-scroll.figure-table, .commission-paper .table-scroll", (box) => {
  const table = /** @type {HTMLTableElement | null} */ (box.querySelector("table"));
  const heads = [...(table?.tHead?.rows ?? [])];
  // Heads of two lines, and columns that belong together, say more than one name: those tables scroll.
  if (!table || heads.length !== 1 || [...heads[0].cells].some((cell) => cell.colSpan > 1)) return;
  const show = () => {
    table.classList.remove(STACKED);
    if (NARROW.matches && box.scrollWidth > box.clientWidth + 1) stack(table, heads[0]);
  };
  show();
  NARROW.addEventListener("change", () => table.isConnected && show());
});

/** Names the values of each row and lets the style sheet put them below each other. */
function stack(table, head) {
  const labels = [...head.cells].map((cell) => (cell.querySelector(".visually-hidden") ? "" : cell.textContent.trim()));
  for (const row of table.rows) {
    let column = 0;
    for (const cell of row.cells) {
      if (row !== head && cell.colSpan === 1) cell.dataset.label = labels[column] ?? "";
      // In a block of values a missing one says nothing: only a column needs its dash.
      if (NOTHING.has(cell.textContent.trim()) && !cell.querySelector("input, select, button, a, svg")) cell.dataset.empty = "";
      cell.setAttribute("role", cell.tagName === "TD" ? "cell" : row === head ? "columnheader" : "rowheader");
      column += cell.colSpan;
    }
  }
  for (const part of [table, ...table.querySelectorAll(Object.keys(ROLES).join())])
    part.setAttribute("role", ROLES[part.tagName.toLowerCase()]);
  table.classList.add(STACKED);
}
