/** Starts the page: headers for htmx, messages for failures, and the behaviour of everything in the page. */
import htmx from "vendor/htmx";

import "./answers.js";
import "./board.js";
import "./calendar.js";
import "./capture.js";
import "./charts.js";
import "./composer.js";
import "./dates.js";
import "./files.js";
import "./filters.js";
import "./formulas.js";
import "./frame.js";
import "./help.js";
import "./layout_editor.js";
import "./layouts.js";
import "./lines.js";
import "./rows.js";
import "./mentions.js";
import "./menus.js";
import "./ordering.js";
import "./palette.js";
import "./passkeys.js";
import "./picker.js";
import "./printing.js";
import "./rights.js";
import "./sheet.js";
import "./shortcuts.js";
import "./stacking.js";
import "./table.js";
import "./tours.js";
import "./transfer.js";
import "./visits.js";
import "./waiting.js";
import { apply } from "./enhance.js";
import { listen } from "./live.js";
import { watchConnection } from "./offline.js";
import { openPanelFromAddress } from "./overlays.js";
import { describeFailure, messageFor } from "./requests.js";
import { csrfToken } from "./settings.js";
import { showToast } from "./toast.js";

/**
 * Says whether a part of the page asks for something by itself, as it does when it has come and when there is news of it.
 * @param {Element} element
 * @param {Event} [cause]
 */
function asksByItself(element, cause) {
  return cause ? cause.type === "refresh" : /\bload\b/.test(element.getAttribute("hx-trigger") ?? "");
}

document.addEventListener("htmx:configRequest", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrfToken();
  // What the page loads by itself (news, progress) does not keep an idle session open.
  if (asksByItself(detail.elt, detail.triggeringEvent)) detail.headers["X-Background"] = "1";
});

// What a part of the page asks for by itself concerns nobody any more once that part is gone.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = /** @type {CustomEvent} */ (event).detail;
  if (!asksByItself(elt, requestConfig.triggeringEvent)) return;
  elt.addEventListener("htmx:beforeOnLoad", (answer) => {
    if (!elt.isConnected) answer.preventDefault();
  });
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = /** @type {CustomEvent} */ (event).detail;
  if (xhr.status === 401) location.reload();
  else showToast({ text: describeFailure(xhr.status, xhr.getResponseHeader("content-type") ?? "", xhr.responseText), kind: "error" });
});

document.addEventListener("htmx:sendError", () => showToast({ text: messageFor(0), kind: "warning" }));

document.addEventListener("htmx:load", (event) => apply(/** @type {CustomEvent} */ (event).detail.elt));

function start() {
  apply(document);
  openPanelFromAddress();
  listen();
  watchConnection();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
htmx.config.allowEval = false;
// What has come into the page works at once: no style waits for it to settle, and a quick click must not be lost.
htmx.config.defaultSettleDelay = 0;
