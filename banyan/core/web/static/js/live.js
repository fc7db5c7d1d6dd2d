/** News from the server (server-sent events): unread count, messages, and lists that refresh when their records changed. */
import htmx from "vendor/htmx";

import { events } from "./settings.js";
import { showToast } from "./toast.js";

const QUIET_MS = 400;

/** @type {Map<string, number>} */
const waiting = new Map();

function isBusy(element) {
  return element.querySelector("form[data-cell-editor], [data-select]:checked, .is-saving, .is-dragged") !== null;
}

/** Lists refresh once for a burst of changes, and never under the user's hands. */
function refresh(objectName) {
  clearTimeout(waiting.get(objectName));
  const run = () => {
    for (const element of document.querySelectorAll(`[data-live~="${CSS.escape(objectName)}"]`)) {
      if (!isBusy(element)) htmx.trigger(element, "refresh");
    }
  };
  waiting.set(objectName, window.setTimeout(run, QUIET_MS));
}

function showUnread(count) {
  const badge = document.getElementById("unread-count");
  if (!badge) return;
  badge.textContent = count > 99 ? "99+" : String(count);
  badge.hidden = !count;
}

document.addEventListener("records-changed", (event) => {
  for (const name of /** @type {CustomEvent} */ (event).detail.object.split(" ")) refresh(name);
});

/** Opens the stream; the browser itself connects again when the line breaks. */
export function listen() {
  if (!events || !("EventSource" in window)) return;
  const source = new EventSource(events);
  source.addEventListener("records-changed", ({ data }) => refresh(JSON.parse(data).object));
  source.addEventListener("unread", ({ data }) => showUnread(JSON.parse(data).count));
  source.addEventListener("toast", ({ data }) => showToast({ kind: "info", ...JSON.parse(data) }));
  addEventListener("pagehide", () => source.close());
}
