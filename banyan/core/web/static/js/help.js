/** Help beside the page: it never leaves the page, and follows when another page is visited. */
import htmx from "vendor/htmx";

const panel = () => document.getElementById("help");
const over = () => /** @type {HTMLDialogElement | null} */ (document.getElementById("help-over"));

/** @type {HTMLElement | null} */
let returnFocusTo = null;
let shownPath = "";

/** Opens the help about the page that is shown. */
export function openHelp() {
  const help = panel();
  if (!help) return;
  if (help.hidden) returnFocusTo = /** @type {HTMLElement | null} */ (document.activeElement);
  place(help);
  help.hidden = false;
  document.body.classList.add("has-help");
  load(true);
}

/** Closes the help and gives the focus back to where it came from. */
export function closeHelp() {
  const help = panel();
  if (!help || help.hidden) return false;
  help.hidden = true;
  document.body.classList.remove("has-help");
  if (over()?.open) {
    over()?.close();
    document.body.append(help);
  }
  if (returnFocusTo?.isConnected) returnFocusTo.focus();
  returnFocusTo = null;
  return true;
}

/** A modal dialog makes the rest of the page inert: then the help lies in a dialog of its own, above it. */
function place(help) {
  const dialog = over();
  if (!dialog || dialog.open || !document.querySelector("dialog:modal")) return;
  dialog.append(help);
  dialog.showModal();
}

function load(focuses = false) {
  shownPath = location.pathname;
  fetchInto(`/help/page?path=${encodeURIComponent(shownPath)}`, focuses);
}

function fetchInto(url, focuses = true) {
  htmx.ajax("get", url, { target: "#help-body", swap: "innerHTML" }).then(() => {
    if (focuses) document.getElementById("help-title")?.focus({ preventScroll: true });
    const body = document.getElementById("help-body");
    if (body) body.scrollTop = 0;
  });
}

/** Reads a place of a guide within the panel; returns whether the address is one. */
function read(link) {
  const [, , first, second] = link.pathname.split("/");
  const [book, chapter] = first === "administrator" ? [first, second] : ["user", first];
  if (!link.pathname.startsWith("/help/") || !chapter) return false;
  fetchInto(`/help/read/${book}/${chapter}${link.hash ? `?section=${encodeURIComponent(link.hash.slice(1))}` : ""}`);
  return true;
}

// In the capture phase, before htmx turns a click into a visit of the page. With a modifier key a link stays a link.
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  if (target.closest("[data-open-help]")) {
    event.preventDefault();
    event.stopPropagation();
    for (const menu of document.querySelectorAll("[popover]:popover-open")) /** @type {HTMLElement} */ (menu).hidePopover();
    if (panel()?.hidden === false && target.closest(".topbar")) closeHelp();
    else openHelp();
    return;
  }
  if (target.closest("[data-close-help]")) closeHelp();
  if (target.closest("[data-help-back]")) load(true);
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest("#help-body a"));
  if (link && !link.target && read(link)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key === "F1" && panel()) {
    event.preventDefault();
    openHelp();
  } else if (event.key === "Escape" && panel()?.contains(document.activeElement) && closeHelp()) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

document.addEventListener("cancel", (event) => {
  if (event.target !== over()) return;
  event.preventDefault();
  closeHelp();
}, true);

document.addEventListener("htmx:afterSettle", () => {
  if (panel()?.hidden === false && location.pathname !== shownPath) load();
});
