/** Texts that are inserted where one writes an answer: ready ones from a list, articles by a click. */
import { enhance } from "./enhance.js";

enhance("[data-answer]", (form) => {
  const box = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  const insert = (text) => {
    const before = box.value.slice(0, box.selectionStart);
    const gap = before && !before.endsWith("\n") ? "\n\n" : "";
    box.value = before + gap + text + box.value.slice(box.selectionEnd);
    const end = before.length + gap.length + text.length;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
    box.setSelectionRange(end, end);
  };
  form.querySelector("[data-insert]")?.addEventListener("change", (event) => {
    const list = /** @type {HTMLSelectElement} */ (event.target);
    if (list.value) insert(list.value);
    list.selectedIndex = 0;
  });
  // What is saved comes back with the news, which wait for a text that is not.
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful, elt } = /** @type {CustomEvent} */ (event).detail;
    if (successful && elt === form) /** @type {HTMLFormElement} */ (form).reset();
  });
  form.querySelectorAll("[data-insert-text]").forEach((element) => {
    const button = /** @type {HTMLElement} */ (element);
    button.addEventListener("click", () => {
      insert(button.dataset.insertText);
      const used = document.createElement("input");
      Object.assign(used, { type: "hidden", name: "article", value: button.dataset.insertArticle });
      form.append(used);
    });
  });
});
