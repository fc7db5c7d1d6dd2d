/** What the server tells the page: texts in the reader's language, addresses, the CSRF token. */

/** @type {{language: string, events: string, serviceWorker: string, texts: Record<string, string>}} */
const settings = JSON.parse(document.getElementById("page-settings")?.textContent || '{"texts": {}}');

export const { language = "en", events = "", serviceWorker = "" } = settings;

/**
 * Returns a text of the interface; `{name}` in it is replaced by the value given.
 * @param {string} key
 * @param {Record<string, string>} [values]
 */
export function text(key, values = {}) {
  return (settings.texts[key] ?? key).replace(/\{(\w+)\}/g, (_whole, name) => values[name] ?? "");
}

/** Returns the CSRF token of the page. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
}
