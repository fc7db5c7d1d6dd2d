/** The box that logs a follow-up: it remembers the kind used last, and saves at once when a day is chosen for what was written. */
import { enhance } from "./enhance.js";

const lastKind = "banyan.follow-up";

enhance("[data-composer]", (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  const nextStep = /** @type {HTMLElement | null} */ (form.querySelector("[data-next-step]"));
  const date = /** @type {HTMLInputElement} */ (form.elements.namedItem("next_on"));
  const kinds = /** @type {RadioNodeList} */ (form.elements.namedItem("kind"));
  const remembered = localStorage.getItem(lastKind);
  if (remembered && [...form.querySelectorAll('[name="kind"]')].some((radio) => radio.value === remembered)) kinds.value = remembered;

  const written = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text"));
  const showNextStep = () => {
    if (nextStep) nextStep.hidden = !date.value && !written.value.trim();
  };
  date.addEventListener("change", showNextStep);
  written.addEventListener("input", showNextStep);
  showNextStep();

  // "In a week" says all that is left to say. Before there is a text it only chooses the day.
  form.addEventListener("click", ({ target }) => {
    if (!(/** @type {Element} */ (target).closest("[data-date-days]")) || !date.value) return;
    if (written.value.trim()) form.requestSubmit();
    else written.focus();
  });

  // Escape leaves the box, so that the keys of the page work again; what was typed stays.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !form.closest("dialog") && event.target instanceof HTMLTextAreaElement) {
      event.target.blur();
      event.stopPropagation();
    }
  });
  // A comment is the exception between follow-ups, not what comes next.
  form.addEventListener("submit", () => form.querySelector("[data-aside]:checked") ?? localStorage.setItem(lastKind, kinds.value));
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful, elt } = /** @type {CustomEvent} */ (event).detail;
    if (!successful || elt !== form) return;
    const kind = kinds.value;
    form.reset();
    kinds.value = kind;
    showNextStep();
  });
});
