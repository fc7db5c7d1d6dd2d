/** The frame of the page: menu, theme, folding parts, growing text boxes, search while typing. */
import htmx from "vendor/htmx";

import { enhance } from "./enhance.js";
import { post } from "./requests.js";
import { text } from "./settings.js";

const TYPING_PAUSE_MS = 250;
const root = document.documentElement;

function setTheme(choice) {
  localStorage.setItem("banyan.theme", choice);
  root.dataset.theme = choice;
  showTheme();
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-checked", String(button.getAttribute("data-set-theme") === choice));
  }
  // The choice lives in this browser; the account keeps it for the next one, and it is no loss when that fails.
  post("/settings/me/theme", { theme: choice }).catch(() => undefined);
}

export function showTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const choice = root.dataset.theme ?? "auto";
  root.dataset.bsTheme = choice === "auto" ? system : choice;
  document.dispatchEvent(new CustomEvent("theme-changed"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);

document.addEventListener("click", ({ target }) => {
  const element = /** @type {Element} */ (target);
  const theme = element.closest("[data-set-theme]");
  if (theme) setTheme(theme.getAttribute("data-set-theme"));
  if (element.closest("[data-sidebar-toggle]")) {
    const narrow = root.classList.toggle("is-narrow-menu");
    localStorage.setItem("banyan.menu", narrow ? "narrow" : "wide");
  }
  if (element.closest("[data-drawer-toggle]")) {
    const open = document.body.classList.toggle("has-drawer");
    for (const button of document.querySelectorAll("[data-drawer-toggle][aria-expanded]")) button.setAttribute("aria-expanded", String(open));
    if (open) /** @type {HTMLElement | null} */ (document.querySelector("#sidebar a"))?.focus();
  }
  const toggle = element.closest("[data-toggle]");
  if (toggle) fold(toggle);
});

// The menu of the settings is longer than the screen: it begins where one is.
enhance(".settings-menu [aria-current='page']", (entry) => {
  const menu = /** @type {HTMLElement} */ (entry.closest(".settings-menu"));
  menu.scrollTop += entry.getBoundingClientRect().top - menu.getBoundingClientRect().top - menu.clientHeight / 3;
});

function fold(toggle) {
  const part = document.getElementById(toggle.getAttribute("data-toggle") ?? "");
  if (!part) return;
  part.hidden = !part.hidden;
  toggle.setAttribute("aria-expanded", String(!part.hidden));
  if (!part.hidden) {
    part.dispatchEvent(new CustomEvent("unfolded"));
    /** @type {HTMLElement | null} */ (part.querySelector("select, input:not([type=hidden])"))?.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("has-drawer")) {
    document.body.classList.remove("has-drawer");
    event.preventDefault();
  }
});

enhance("textarea[data-grow]", (element) => {
  const area = /** @type {HTMLTextAreaElement} */ (element);
  const grow = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  // The browser does this by itself where it knows field-sizing.
  if (!CSS.supports("field-sizing", "content")) area.addEventListener("input", grow);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form?.requestSubmit();
  });
});

enhance("form[data-live-search]", (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  let timer = 0;
  form.addEventListener("input", (event) => {
    if (/** @type {InputEvent} */ (event).isComposing) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => form.requestSubmit(), TYPING_PAUSE_MS);
  });
  form.addEventListener("compositionend", () => form.requestSubmit());
});

// A list reloads while one types in its search box: the new box takes over the focus and the cursor.
document.addEventListener("htmx:beforeSwap", () => {
  const active = document.activeElement;
  if (!(active instanceof HTMLInputElement) || !active.closest("[data-live-search]")) return;
  document.addEventListener("htmx:afterSwap", () => {
    const box = /** @type {HTMLInputElement | null} */ (document.querySelector(`[data-live-search] input[name="${active.name}"]`));
    if (!box || box === active) return;
    box.value = active.value;
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }, { once: true });
});

// Rows of tabs and stages may be wider than a phone: what is current has to be in sight.
enhance(".stage-path, .view-tabs, .tabs", (row) => {
  const current = /** @type {HTMLElement | null} */ (row.querySelector("[aria-current], .is-active"));
  if (current) row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
  // What has nothing to go to in it, such as stages that nobody may move, is scrolled with the keyboard all the same.
  if (row.scrollWidth > row.clientWidth && !row.querySelector("a, button")) row.tabIndex = 0;
});

// The menus beside a page may be higher than the window: the entry of the page has to be in sight.
enhance(".sidebar, .settings-menu", (menu) => {
  const current = menu.querySelector("[aria-current]");
  const below = current ? current.getBoundingClientRect().bottom - menu.getBoundingClientRect().bottom : 0;
  if (below > 0) menu.scrollTop += below + menu.clientHeight / 3;
});

enhance("[data-focus]", (element) => element.focus());

enhance("form[data-guard-unsaved]", (form) => {
  let changed = false;
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("submit", () => {
    changed = false;
  });
  addEventListener("beforeunload", (event) => {
    if (changed && form.isConnected) event.preventDefault();
  });
});

enhance("input[data-max-bytes]", (element) => {
  const input = /** @type {HTMLInputElement} */ (element);
  input.addEventListener("change", () => {
    const large = [...(input.files ?? [])].find((file) => file.size > Number(input.dataset.maxBytes));
    input.setCustomValidity(large ? text("tooLarge", { name: large.name }) : "");
    if (large) input.reportValidity();
  });
});

enhance("[data-copy]", (element) => {
  element.addEventListener("click", async () => {
    await navigator.clipboard.writeText(element.dataset.copy ?? "");
    htmx.trigger(element, "toast", { text: element.dataset.copied ?? "", kind: "info" });
  });
});
