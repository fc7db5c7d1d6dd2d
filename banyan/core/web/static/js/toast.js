/** Short messages at the edge of the page, some with "Undo". */
import htmx from "vendor/htmx";

import { enhance } from "./enhance.js";
import { RequestFailed, post } from "./requests.js";
import { text } from "./settings.js";

const SHOWN_MS = 6000;
const SHOWN_WITH_UNDO_MS = 12000;

/**
 * Shows a message.
 * @param {{text: string, kind?: "success" | "info" | "warning" | "error", undo_url?: string, url?: string}} message
 */
export function showToast({ text: content, kind = "success", undo_url: undoUrl = "", url = "" }) {
  const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("toast-template"));
  const stack = document.getElementById("toasts");
  if (!template || !stack) return;
  const note = /** @type {HTMLElement} */ (template.content.querySelector("[data-toast]")?.cloneNode(true));
  note.className = `toast-note is-${kind}`;
  const mark = note.querySelector("use");
  const icons = { success: "circle-check", info: "info-circle", warning: "alert-triangle", error: "alert-circle" };
  mark?.setAttribute("href", (mark.getAttribute("href") ?? "").replace(/#.*/, `#${icons[kind] ?? icons.info}`));
  const line = note.querySelector(".toast-text");
  if (line) line.textContent = content;
  const undo = /** @type {HTMLElement} */ (note.querySelector("[data-undo]"));
  if (undoUrl) undo.dataset.undo = undoUrl;
  else undo.remove();
  const link = /** @type {HTMLAnchorElement} */ (note.querySelector("[data-toast-link]"));
  if (url) link.href = url;
  else link.remove();
  raise(stack, note);
  start(note);
}

/** An open modal dialog hides everything below it, so messages move into it while it is open. */
function raise(stack, note) {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (dialog && stack.parentElement !== dialog) dialog.append(stack);
  stack.append(note);
}

/** Messages return to the page when their dialog closes. */
export function lowerToasts() {
  const stack = document.getElementById("toasts");
  if (stack && stack.parentElement !== document.body) document.body.append(stack);
}

/** @param {HTMLElement} note */
function start(note) {
  let timer = 0;
  const shown = note.querySelector("[data-undo]") ? SHOWN_WITH_UNDO_MS : SHOWN_MS;
  const run = () => {
    timer = window.setTimeout(() => note.remove(), shown);
  };
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("pointerleave", run);
  note.addEventListener("focusin", () => clearTimeout(timer));
  note.addEventListener("focusout", run);
  note.querySelector("[data-dismiss]")?.addEventListener("click", () => note.remove());
  note.querySelector("[data-undo]")?.addEventListener("click", async (event) => {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    note.remove();
    try {
      await post(button.dataset.undo ?? "");
      showToast({ text: text("undone"), kind: "info" });
      for (const element of document.querySelectorAll("[data-live]")) htmx.trigger(element, "refresh");
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      showToast({ text: error.message, kind: "error" });
    }
  });
  run();
}

enhance("#toasts > [data-toast]", start);
document.addEventListener("toast", (event) => showToast(/** @type {CustomEvent} */ (event).detail));
