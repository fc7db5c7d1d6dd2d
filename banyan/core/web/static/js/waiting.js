/** Forms whose answer takes more than a second (`data-waiting`) say what is being done, and are sent once. */
import { enhance } from "./enhance.js";

/**
 * @param {HTMLFormElement} form
 * @param {boolean} waits
 */
function show(form, waits) {
  form.toggleAttribute("aria-busy", waits);
  for (const button of form.querySelectorAll("button")) button.disabled = waits;
  const note = document.getElementById(form.dataset.waiting ?? "");
  if (note) note.hidden = !waits;
}

enhance("form[data-waiting]", (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  // Disabled only after the browser has taken the form.
  form.addEventListener("submit", () => setTimeout(() => show(form, true)));
  // Who comes back finds the page as it was left, without a request under way.
  addEventListener("pageshow", (event) => event.persisted && show(form, false));
});
