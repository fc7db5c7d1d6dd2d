/** The command palette: results come from the server while one types; arrows choose, Enter goes. */
import { closeDialog, openPanel } from "./overlays.js";
import { RequestFailed, get } from "./requests.js";

const TYPING_PAUSE_MS = 90;

const box = () => /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));
const input = () => /** @type {HTMLInputElement} */ (document.getElementById("palette-query"));
const results = () => /** @type {HTMLElement} */ (document.getElementById("palette-results"));

let timer = 0;
/** @type {AbortController | null} */
let running = null;
/** The answer that is on its way, or the last one. @type {Promise<void>} */
let answered = Promise.resolve();

/** Opens the palette with what the server suggests before anything is typed. */
export function openPalette() {
  const palette = box();
  if (!palette || palette.open) return;
  palette.showModal();
  input().value = "";
  input().focus();
  search("");
}

function search(query) {
  answered = show(query);
}

async function show(query) {
  running?.abort();
  running = new AbortController();
  const url = `${input().dataset.url}?${new URLSearchParams({ q: query })}`;
  try {
    results().innerHTML = await get(url, { signal: running.signal });
    results().scrollTop = 0;
    choose(0);
  } catch (error) {
    if (error instanceof RequestFailed) results().textContent = error.message;
    else if (!(error instanceof DOMException) && !(error instanceof TypeError)) throw error;
  }
}

function entries() {
  return /** @type {HTMLAnchorElement[]} */ ([...results().querySelectorAll('[role="option"]')]);
}

function chosen() {
  return entries().findIndex((entry) => entry.getAttribute("aria-selected") === "true");
}

function choose(index) {
  const list = entries();
  for (const entry of list) entry.setAttribute("aria-selected", "false");
  const entry = list.at(list.length ? index % list.length : 0);
  entry?.setAttribute("aria-selected", "true");
  entry?.scrollIntoView({ block: "nearest" });
  input().setAttribute("aria-activedescendant", entry?.id ?? "");
}

async function go({ inPanel }) {
  // Enter pressed before the answer came means the first hit of what was typed, not of what stood there before.
  if (timer) {
    clearTimeout(timer);
    timer = 0;
    search(input().value);
  }
  await answered;
  const entry = entries().at(chosen());
  if (!entry) return;
  if (inPanel && !entry.dataset.open) {
    closeDialog("palette");
    openPanel(entry.href);
  } else {
    entry.click();
  }
}

document.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.id !== "palette-query") return;
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    timer = 0;
    search(target.value);
  }, TYPING_PAUSE_MS);
});

document.addEventListener("keydown", (event) => {
  if (/** @type {Element} */ (event.target).id !== "palette-query" || event.isComposing) return;
  const actions = {
    ArrowDown: () => choose(chosen() + 1),
    ArrowUp: () => choose(chosen() - 1),
    Enter: () => go({ inPanel: event.ctrlKey || event.metaKey }),
    // A search field would take the first Escape to empty itself.
    Escape: () => closeDialog("palette"),
  };
  if (!(event.key in actions)) return;
  event.preventDefault();
  actions[event.key]();
});

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.closest("[data-open-palette]")) openPalette();
  const entry = /** @type {HTMLAnchorElement | null} */ (target.closest(".palette-item"));
  if (!entry || event.ctrlKey || event.metaKey) return;
  closeDialog("palette");
  // The results are no part of htmx's tree, so the visit is started by a link that is.
  if (!entry.dataset.open) {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("visit", { detail: { url: entry.href, composer: true } }));
  }
});
