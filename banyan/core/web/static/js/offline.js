/** Says when the network is gone and back, and installs the worker that keeps the static files and the offline page. */
import { enhance } from "./enhance.js";
import { serviceWorker, text } from "./settings.js";
import { showToast } from "./toast.js";

const PROBE_MS = 3000;

/** Loads the page that was wanted as soon as the server answers: being connected again does not yet say so. */
async function comeBack() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => undefined);
  if (answer?.ok) location.reload();
}

// The page without network stands at the address of the page that was wanted.
enhance("[data-offline]", (button) => {
  button.addEventListener("click", () => location.reload());
  addEventListener("online", comeBack);
  setInterval(comeBack, PROBE_MS);
});

/** Starts watching the connection. */
export function watchConnection() {
  addEventListener("offline", () => showToast({ text: text("offline"), kind: "warning" }));
  addEventListener("online", () => showToast({ text: text("online"), kind: "info" }));
  if (serviceWorker && "serviceWorker" in navigator && window.isSecureContext) {
    // Without the worker everything still works, only not offline.
    navigator.serviceWorker.register(serviceWorker).catch(() => undefined);
  }
}
