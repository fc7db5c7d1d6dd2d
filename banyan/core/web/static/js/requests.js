/** Requests beside htmx: the same headers, and errors as one kind of exception. */
import { csrfToken, text } from "./settings.js";

/** An answer other than success; `message` is fit for people. */
export class RequestFailed extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {string} [dialog] the address of a form that asks for what is missing
   */
  constructor(status, message, dialog = "") {
    super(message);
    this.status = status;
    this.dialog = dialog;
  }
}

/**
 * Returns what to tell about a status when the server's answer has no text of its own.
 * @param {number} status 0 when there was no answer
 */
export function messageFor(status) {
  const keys = { 0: "offline", 401: "signedOut", 403: "forbidden", 404: "gone", 410: "gone", 429: "tooMany" };
  return text(keys[status] ?? (status >= 500 ? "server" : "failed"));
}

/**
 * Returns the text of an error answer: the title and detail of a problem document, or a text for the status.
 * @param {number} status
 * @param {string} contentType
 * @param {string} body
 */
export function describeFailure(status, contentType, body) {
  if (contentType.includes("json")) {
    try {
      const problem = JSON.parse(body);
      const field = problem.errors?.[0]?.message;
      if (field || problem.detail || problem.title) return field || problem.detail || problem.title;
    } catch {
      // A broken document tells no more than the status does.
    }
  }
  return messageFor(status);
}

/** Returns the address of the form that a problem document wants to have filled in, or an empty text. */
function dialogOf(contentType, body) {
  if (!contentType.includes("json")) return "";
  try {
    return JSON.parse(body).dialog ?? "";
  } catch {
    return "";
  }
}

/**
 * Sends a form-encoded POST and returns the answer.
 * @param {string} url
 * @param {Record<string, string>} values
 * @returns {Promise<Response>}
 * @throws {RequestFailed} when the answer is no success or there is none
 */
export async function post(url, values = {}) {
  const request = { method: "POST", body: new URLSearchParams(values), headers: headers() };
  const response = await fetch(url, request).catch(() => null);
  if (!response) throw new RequestFailed(0, messageFor(0));
  if (!response.ok) {
    const body = await response.text();
    const contentType = response.headers.get("content-type") ?? "";
    throw new RequestFailed(response.status, describeFailure(response.status, contentType, body), dialogOf(contentType, body));
  }
  return response;
}

/**
 * Gets an address as text or JSON.
 * @param {string} url
 * @param {{signal?: AbortSignal}} [options]
 */
export async function get(url, options = {}) {
  const response = await fetch(url, { headers: headers(), ...options });
  if (!response.ok) throw new RequestFailed(response.status, messageFor(response.status));
  return response.headers.get("content-type")?.includes("json") ? response.json() : response.text();
}

function headers() {
  return { "X-CSRFToken": csrfToken(), "HX-Request": "true", Accept: "application/json, text/html;q=0.9" };
}
