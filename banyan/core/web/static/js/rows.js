/** Rows of a form that are added and removed: `data-rows` around them, a template for a new one, buttons to add and remove. */
import { enhance } from "./enhance.js";

enhance("[data-rows]", (editor) => {
  const body = /** @type {HTMLElement} */ (editor.querySelector("[data-rows-body]"));
  const template = /** @type {HTMLTemplateElement} */ (editor.querySelector("template"));

  const addRow = () => {
    body.append(template.content.cloneNode(true));
    const row = /** @type {HTMLElement} */ (body.lastElementChild);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: row } }));
    /** @type {HTMLElement | null} */ (row.querySelector("input:not([type=hidden]), textarea"))?.focus();
  };

  editor.addEventListener("click", ({ target }) => {
    const element = /** @type {Element} */ (target);
    if (element.closest("[data-rows-add]")) addRow();
    element.closest("[data-row-remove]")?.closest("[data-row]")?.remove();
  });
});
