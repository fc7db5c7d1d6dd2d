/** Choosing a file is enough: the form that asks for it sends itself. */
import { enhance } from "./enhance.js";

enhance("[data-submit-on-file]", (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  form.querySelector('input[type="file"]')?.addEventListener("change", () => form.requestSubmit());
});
