/** Choosing a file is enough: the form that asks for it sends itself, and "Import" beside a list asks for the file at once. */
import { enhance } from "./enhance.js";
import { csrfToken } from "./settings.js";

// What follows depends on the choice: the page shows it at once, and the button is for pages without scripts.
enhance("select[data-submit-on-choice]", (element) => {
  const select = /** @type {HTMLSelectElement} */ (element);
  for (const button of select.form?.querySelectorAll("button[type=submit]") ?? []) button.setAttribute("hidden", "");
  select.addEventListener("change", () => select.form?.requestSubmit());
});

enhance("[data-submit-on-file]", (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  form.querySelector('input[type="file"]')?.addEventListener("change", () => form.requestSubmit());
});

function chooseFile(url) {
  const form = Object.assign(document.createElement("form"), { action: url.pathname, method: "post", enctype: "multipart/form-data", hidden: true });
  const values = { csrfmiddlewaretoken: csrfToken(), object: url.searchParams.get("object") ?? "" };
  for (const [name, value] of Object.entries(values)) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  const file = Object.assign(document.createElement("input"), { type: "file", name: "file", accept: ".csv,.tsv,.txt,.xlsx,.xls,.ods,.gz,.zip" });
  file.addEventListener("change", () => form.submit());
  file.addEventListener("cancel", () => form.remove());
  form.append(file);
  document.body.append(form);
  file.click();
}

// In the capture phase, before htmx visits the page that asks for the file; with a modifier key that page opens.
document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a[data-import]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  chooseFile(new URL(/** @type {HTMLAnchorElement} */ (link).href));
}, true);
