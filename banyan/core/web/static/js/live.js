/** News from the server (server-sent events): unread count, messages, and lists that refresh when their records changed. */
import htmx from "vendor/htmx";

import { events, text } from "./settings.js";
import { showToast } from "./toast.js";

const QUIET_MS = 400;
const BUSY_MS = 1500;

/** What will be loaded again in a moment: for each object the records that changed, or null when that is not known. @type {Map<string, {timer: number, ids: Set<string> | null}>} */
const waiting = new Map();

/** Says whether somebody is at work in an element: it holds a request under way, a choice, or a text that is not saved. */
function isBusy(element) {
  const isBegun = (/** @type {HTMLTextAreaElement} */ box) => box.value !== box.defaultValue;
  const atWork = "form[data-cell-editor], [data-select]:checked, .is-saving, .is-dragged, .htmx-request, :popover-open";
  return element.querySelector(atWork) !== null || [...element.querySelectorAll("textarea:not([hx-preserve])")].some(isBegun);
}

/** Loads elements again, those under the user's hands as soon as they are let go. */
function load(elements) {
  const busy = elements.filter((element) => element.isConnected && isBusy(element));
  for (const element of elements) if (element.isConnected && !busy.includes(element)) htmx.trigger(element, "refresh");
  if (busy.length) setTimeout(() => load(busy), BUSY_MS);
}

/**
 * Lists refresh once for a burst of changes; parts of one record (`data-live-record`) only when it is among the changed ones.
 * @param {string} objectName
 * @param {string[]} [ids] the records that changed, when that is known
 */
function refresh(objectName, ids) {
  const { timer = 0, ids: before = new Set() } = waiting.get(objectName) ?? {};
  const changed = ids && before ? new Set([...before, ...ids]) : null;
  clearTimeout(timer);
  const run = () => {
    waiting.delete(objectName);
    const concerned = ({ dataset }) => !changed || !dataset.liveRecord || changed.has(dataset.liveRecord);
    load(/** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-live~="${CSS.escape(objectName)}"]`)]).filter(concerned));
  };
  waiting.set(objectName, { timer: window.setTimeout(run, QUIET_MS), ids: changed });
}

function refreshAll() {
  const names = [...document.querySelectorAll("[data-live]")].flatMap((element) => (element.getAttribute("data-live") ?? "").split(" "));
  for (const name of new Set(names.filter(Boolean))) refresh(name);
}

function showUnread(count) {
  const badge = document.getElementById("unread-count");
  if (!badge) return;
  badge.textContent = count > 99 ? "99+" : String(count);
  badge.hidden = !count;
  // An open list that nobody points at shows what has come; under somebody's hand nothing moves.
  const list = document.getElementById("notification-list");
  if (list?.closest(":popover-open") && !list.matches(":hover, :focus-within")) htmx.trigger(list, "opened");
}

// Somebody may have begun something since it was asked for: what is under their hands stays, and is asked for again. A button
// taken away while its request is under way would not hear the answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.requestConfig?.triggeringEvent?.type !== "refresh" || !isBusy(detail.target)) return;
  detail.shouldSwap = false;
  load([detail.target]);
});

document.addEventListener("records-changed", (event) => {
  for (const name of /** @type {CustomEvent} */ (event).detail.object.split(" ")) refresh(name);
});

/**
 * Opens the stream; the browser itself connects again when the line breaks. While it is open, the page says so by
 * `data-live-line`; what happened while it was broken is loaded as soon as it is mended.
 */
export function listen() {
  if (!events || !("EventSource" in window)) return;
  const source = new EventSource(events);
  const page = document.documentElement;
  let wasBroken = false;
  let hasEnded = false;
  source.addEventListener("open", () => {
    page.dataset.liveLine = "open";
    if (wasBroken) refreshAll();
    wasBroken = false;
    hasEnded = false;
  });
  source.addEventListener("error", () => {
    delete page.dataset.liveLine;
    wasBroken = true;
    // A session may only have got a new key; when the browser is refused, it is over.
    if (hasEnded && source.readyState === EventSource.CLOSED) showToast({ text: text("signedOut"), kind: "warning" });
  });
  source.addEventListener("records-changed", ({ data }) => {
    const { object, ids } = JSON.parse(data);
    refresh(object, ids);
  });
  source.addEventListener("session-ended", () => {
    hasEnded = true;
  });
  source.addEventListener("unread", ({ data }) => showUnread(JSON.parse(data).count));
  source.addEventListener("toast", ({ data }) => showToast({ kind: "info", ...JSON.parse(data) }));
  addEventListener("pagehide", () => source.close());
}
