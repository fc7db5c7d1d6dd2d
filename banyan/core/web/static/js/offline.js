/** Says when the network is gone and back, and installs the worker that keeps the static files and the offline page. */
import { serviceWorker, text } from "./settings.js";
import { showToast } from "./toast.js";

/** Starts watching the connection. */
export function watchConnection() {
  addEventListener("offline", () => showToast({ text: text("offline"), kind: "warning" }));
  addEventListener("online", () => showToast({ text: text("online"), kind: "info" }));
  if (serviceWorker && "serviceWorker" in navigator && window.isSecureContext) {
    // Without the worker everything still works, only not offline.
    navigator.serviceWorker.register(serviceWorker).catch(() => undefined);
  }
}
