/** Whole-page visits without a reload: htmx fetches the page, only #page is replaced, the frame around it stays. */
import htmx from "vendor/htmx";

import { closePanel } from "./overlays.js";

let wantsComposer = false;
let isArriving = false;

/**
 * Visits an address of this site.
 * @param {string} url
 * @param {{composer?: boolean}} [options] composer: put the cursor into the composer, if the page has one; whoever searched for a
 *   customer mostly wants to log something
 */
export function visit(url, { composer = false } = {}) {
  wantsComposer = composer && matchMedia("(pointer: fine)").matches;
  const link = document.createElement("a");
  link.href = url;
  link.hidden = true;
  document.body.append(link);
  htmx.process(link);
  link.click();
  link.remove();
}

/** Marks the menu entry whose address is the longest beginning of the current one. */
function markMenu() {
  const { pathname } = location;
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("[data-menu]")]);
  const fits = (path) => path === pathname || (path !== "/" && pathname.startsWith(`${path.replace(/\/$/, "")}/`));
  const best = Math.max(0, ...links.map((link) => (fits(link.pathname) ? link.pathname.length : 0)));
  for (const link of links) {
    if (best && fits(link.pathname) && link.pathname.length === best) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("visit", ({ detail }) => visit(detail.url, detail));

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (!detail.boosted) return;
  // A form that was refused: its problem becomes a toast, and what was typed stays.
  if (detail.xhr.getResponseHeader("content-type")?.includes("json")) {
    detail.shouldSwap = false;
    return;
  }
  const page = document.getElementById("page");
  // Error pages and the sign-in page have another frame: let the browser load them as a whole.
  if (!page || !detail.serverResponse.includes('id="sidebar"')) {
    detail.shouldSwap = false;
    location.assign(detail.xhr.responseURL || detail.pathInfo.finalRequestPath);
    return;
  }
  detail.shouldSwap = true;
  detail.isError = false;
  detail.target = page;
  detail.selectOverride = "#page";
  detail.swapOverride = "outerHTML show:none";
  isArriving = true;
  closePanel({ remember: false });
});

document.addEventListener("htmx:afterSwap", () => {
  if (!isArriving) return;
  isArriving = false;
  markMenu();
  scrollTo(0, 0);
  document.body.classList.remove("has-drawer");
  // The frame stays, and with it a menu whose entry led here.
  for (const menu of document.querySelectorAll("[popover]:popover-open")) /** @type {HTMLElement} */ (menu).hidePopover();
  const page = document.getElementById("page");
  const composer = /** @type {HTMLElement | null} */ (page?.querySelector("[data-composer] textarea") ?? null);
  if (wantsComposer && composer) composer.focus({ preventScroll: true });
  else if (!document.activeElement || document.activeElement === document.body) page?.focus({ preventScroll: true });
  wantsComposer = false;
});

document.addEventListener("htmx:historyRestore", markMenu);
