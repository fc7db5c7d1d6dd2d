/** Printing: dark on white whatever the theme, with every chart, or its table where a chart cannot be drawn in time. */
import { drawAll, undrawn } from "./charts.js";
import { showTheme } from "./frame.js";

/** Tables that are open for the printer alone. */
let opened = [];

document.addEventListener("click", async ({ target }) => {
  if (!(/** @type {Element} */ (target).closest("[data-print]"))) return;
  await drawAll();
  window.print();
});

// The browser's own command waits for nothing: what is not drawn by now is told in figures.
window.addEventListener("beforeprint", () => {
  if (document.documentElement.dataset.bsTheme === "dark") {
    document.documentElement.dataset.bsTheme = "light";
    document.dispatchEvent(new CustomEvent("theme-changed"));
  }
  for (const figure of undrawn()) {
    const table = figure.querySelector(".chart-table");
    if (table?.hasAttribute("open")) continue;
    table?.setAttribute("open", "");
    figure.classList.add("is-told");
    opened.push(figure);
  }
});

window.addEventListener("afterprint", () => {
  for (const figure of opened) {
    figure.classList.remove("is-told");
    figure.querySelector(".chart-table")?.removeAttribute("open");
  }
  opened = [];
  if (document.documentElement.dataset.theme) showTheme();
});
