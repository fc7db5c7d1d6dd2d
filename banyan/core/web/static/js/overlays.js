/** The dialog, the side panel and the question "are you sure": opening, closing, deep links. */
import htmx from "vendor/htmx";

import { lowerToasts } from "./toast.js";

const panelParameter = "panel";

/** @type {HTMLElement | null} */
let returnFocusTo = null;

const find = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const dialog = () => /** @type {HTMLDialogElement} */ (find("dialog"));

/**
 * Loads an address of this site into the dialog and shows it.
 * @param {string} url
 */
export function openDialog(url) {
  return htmx.ajax("get", url, { target: "#dialog-body", swap: "innerHTML" });
}

/**
 * Loads a record into the side panel. The address bar gets `?panel=<address>`, so the state can be shared and reloaded.
 * @param {string} url a path of this site
 * @param {{remember?: boolean}} [options] remember: write the address bar
 */
export function openPanel(url, { remember = true } = {}) {
  const path = samePath(url);
  if (!path || !find("panel")) return undefined;
  returnFocusTo ??= /** @type {HTMLElement} */ (document.activeElement);
  const full = /** @type {HTMLAnchorElement} */ (find("panel-full"));
  full.href = path;
  if (remember) writeAddress(path);
  return htmx.ajax("get", path, { target: "#panel-body", swap: "innerHTML" });
}

/** Closes the side panel and gives the focus back to where it came from. */
export function closePanel({ remember = true } = {}) {
  const panel = find("panel");
  if (!panel || panel.hidden) return false;
  panel.hidden = true;
  document.body.classList.remove("has-panel");
  find("panel-body").replaceChildren();
  if (remember) writeAddress("");
  if (returnFocusTo?.isConnected) returnFocusTo.focus();
  returnFocusTo = null;
  return true;
}

/** Closes a dialog by its id. */
export function closeDialog(id = "dialog") {
  /** @type {HTMLDialogElement | null} */ (find(id))?.close();
}

/**
 * Asks a yes-or-no question.
 * @param {string} question
 * @returns {Promise<boolean>}
 */
export function confirm(question) {
  const box = /** @type {HTMLDialogElement} */ (find("confirm"));
  find("confirm-text").textContent = question;
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
  });
}

/** Only paths of this site may be opened from the address bar. */
function samePath(url) {
  const address = new URL(url, location.href);
  return address.origin === location.origin ? address.pathname + address.search : "";
}

function writeAddress(path) {
  const address = new URL(location.href);
  address.searchParams.delete(panelParameter);
  const query = address.searchParams.toString();
  const panel = path ? `${panelParameter}=${path.replaceAll("&", "%26").replaceAll("#", "%23")}` : "";
  const search = [query, panel].filter(Boolean).join("&");
  history.replaceState(history.state, "", `${address.pathname}${search && `?${search}`}`);
}

/** Opens the panel that the address bar names. */
export function openPanelFromAddress() {
  const path = new URLSearchParams(location.search).get(panelParameter);
  if (path) openPanel(path, { remember: false });
}

function show(id) {
  if (id === "dialog-body" && !dialog().open) dialog().showModal();
  if (id === "panel-body") {
    find("panel").hidden = false;
    document.body.classList.add("has-panel");
    if (!find("panel").contains(document.activeElement)) find("panel").focus({ preventScroll: true });
  }
  // Without a field marked for it, the first field of a form gets the focus, so that one can type at once.
  const first = find(id).querySelector("[autofocus]") ?? (id === "dialog-body" && find(id).querySelector(".dialog-content :is(input:not([type=hidden]), select, textarea, button)"));
  if (first) /** @type {HTMLElement} */ (first).focus();
}

document.addEventListener("htmx:afterSwap", (event) => {
  const { id } = /** @type {HTMLElement} */ (event.target);
  if (id === "dialog-body" || id === "panel-body") show(id);
});

document.addEventListener("close-dialog", () => closeDialog());
document.addEventListener("close-panel", () => closePanel());

document.addEventListener("htmx:confirm", (event) => {
  const { question, issueRequest } = /** @type {CustomEvent} */ (event).detail;
  if (!question) return;
  event.preventDefault();
  confirm(question).then((yes) => yes && issueRequest(true));
});

document.addEventListener("close", ({ target }) => {
  if (!(target instanceof HTMLDialogElement)) return;
  lowerToasts();
  if (target.id === "dialog") find("dialog-body").replaceChildren();
}, true);

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target instanceof HTMLDialogElement && isOutside(target, event)) target.close();
  const closer = target.closest("[data-close]");
  if (closer) {
    const id = closer.getAttribute("data-close") ?? "";
    if (id === "panel") closePanel();
    else closeDialog(id);
  }
});

/** The backdrop belongs to the dialog element, so a click there has the dialog as target but lies outside its box. */
function isOutside(element, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

// In the capture phase, before htmx turns the click into a visit of the page. With a modifier key it stays a link.
document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a[data-open]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  for (const menu of document.querySelectorAll("[popover]:popover-open")) menu.hidePopover();
  const url = /** @type {HTMLAnchorElement} */ (link).href;
  if (link.getAttribute("data-open") === "panel") openPanel(url);
  else openDialog(url);
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  if (closePanel()) event.preventDefault();
});
