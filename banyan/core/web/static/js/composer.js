/** The box that logs a follow-up: it remembers the kind used last and shows the next step's line once there is a date. */
import { enhance } from "./enhance.js";

const lastKind = "banyan.follow-up";

enhance("[data-composer]", (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  const nextStep = /** @type {HTMLElement | null} */ (form.querySelector("[data-next-step]"));
  const date = /** @type {HTMLInputElement} */ (form.elements.namedItem("next_on"));
  const kinds = /** @type {RadioNodeList} */ (form.elements.namedItem("kind"));
  const remembered = localStorage.getItem(lastKind);
  if (remembered && [...form.querySelectorAll('[name="kind"]')].some((radio) => radio.value === remembered)) kinds.value = remembered;

  const showNextStep = () => {
    if (nextStep) nextStep.hidden = !date.value;
  };
  date.addEventListener("change", showNextStep);
  showNextStep();

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
