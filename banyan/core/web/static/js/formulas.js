/** Putting fields and functions into a formula, and offering only the choices that go with another one. */
import { enhance } from "./enhance.js";

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("[data-insert]");
  if (!(button instanceof HTMLElement)) return;
  const input = document.getElementById(button.dataset.into ?? "");
  if (!(input instanceof HTMLTextAreaElement)) return;
  input.setRangeText(button.dataset.insert ?? "", input.selectionStart, input.selectionEnd, "end");
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
});

/**
 * Shows of a choice only the values that go with what is chosen in another input of the same form.
 * @param {HTMLElement} element
 */
function narrow(element) {
  const holder = element.closest("form, dialog, [data-narrowing]") ?? document.body;
  /** @type {{by: string, values: Record<string, string[]>}} */
  const { by, values } = JSON.parse(element.dataset.goesWith ?? "{}");
  const update = () => {
    const other = holder.querySelector(`[name="${CSS.escape(by)}"]:checked, select[name="${CSS.escape(by)}"], input[type=hidden][name="${CSS.escape(by)}"]`);
    const chosen = other && "value" in other ? String(other.value) : (element.dataset.beside ?? "");
    const allowed = values[chosen];
    for (const option of element.querySelectorAll("option[value], input[value]")) {
      const value = option.getAttribute("value") ?? "";
      const fits = value === "" || !allowed || allowed.includes(value);
      if (option instanceof HTMLOptionElement) {
        option.hidden = option.disabled = !fits;
        if (!fits && option.selected) option.selected = false;
      } else if (option instanceof HTMLInputElement) {
        option.disabled = !fits;
        if (!fits) option.checked = false;
        option.closest("label")?.toggleAttribute("hidden", !fits);
      }
    }
  };
  holder.addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).name === by) update();
  });
  update();
}

enhance("[data-goes-with]", narrow);
