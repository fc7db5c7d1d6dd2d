/** Names of colleagues while one types "@" in a text box: chosen by arrows and Enter, by Tab or by a click. */
import { enhance } from "./enhance.js";
import { get } from "./requests.js";

const PAUSE_MS = 120;
const unfinished = /@([^\s@]{0,20})$/;

enhance("[data-mentions]", (element) => {
  const box = /** @type {HTMLTextAreaElement} */ (element);
  const list = document.createElement("div");
  Object.assign(list, { className: "mention-list", hidden: true });
  list.setAttribute("role", "listbox");
  box.after(list);
  let waiting = 0;

  const close = () => {
    list.hidden = true;
  };
  const options = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
  const select = (index) => {
    const all = options();
    all.forEach((option, position) => option.setAttribute("aria-selected", String(position === (index + all.length) % all.length)));
  };
  const insert = (name) => {
    const before = box.value.slice(0, box.selectionStart).replace(unfinished, `@${name} `);
    box.value = before + box.value.slice(box.selectionStart);
    box.setSelectionRange(before.length, before.length);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    box.focus();
  };
  const show = (people) => {
    list.replaceChildren(
      ...people.map(({ text }) => {
        const option = document.createElement("button");
        Object.assign(option, { type: "button", textContent: text, tabIndex: -1 });
        option.setAttribute("role", "option");
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          insert(text);
        });
        return option;
      }),
    );
    list.hidden = !people.length;
    select(0);
  };

  box.addEventListener("input", () => {
    clearTimeout(waiting);
    const found = unfinished.exec(box.value.slice(0, box.selectionStart));
    if (!found) {
      close();
      return;
    }
    waiting = window.setTimeout(async () => {
      const answer = await get(`${box.dataset.mentions}?${new URLSearchParams({ q: found[1] })}`).catch(() => ({ items: [] }));
      if (unfinished.exec(box.value.slice(0, box.selectionStart))?.[1] === found[1]) show(answer.items.slice(0, 6));
    }, PAUSE_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") select(chosen() + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Enter" || event.key === "Tab") insert(options()[chosen()].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  box.addEventListener("blur", close);
});
