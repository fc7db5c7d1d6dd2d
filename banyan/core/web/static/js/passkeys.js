/**
 * Passkeys: a form with `data-passkey` ("create" or "get") asks the server for the challenge at `data-options`, lets the
 * browser answer it, and sends the answer in its field `credential`.
 */
import { enhance } from "./enhance.js";
import { post, RequestFailed } from "./requests.js";
import { text } from "./settings.js";
import { showToast } from "./toast.js";

const decode = (value) => Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const descriptor = (known) => ({ ...known, id: decode(known.id) });

async function create({ publicKey }) {
  const made = /** @type {PublicKeyCredential} */ (
    await navigator.credentials.create({
      publicKey: {
        ...publicKey,
        challenge: decode(publicKey.challenge),
        user: { ...publicKey.user, id: decode(publicKey.user.id) },
        excludeCredentials: (publicKey.excludeCredentials ?? []).map(descriptor),
      },
    })
  );
  const { attestationObject, clientDataJSON } = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return answer(made, { attestationObject, clientDataJSON });
}

async function prove({ publicKey }) {
  const given = /** @type {PublicKeyCredential} */ (
    await navigator.credentials.get({
      publicKey: {
        ...publicKey,
        challenge: decode(publicKey.challenge),
        allowCredentials: (publicKey.allowCredentials ?? []).map(descriptor),
      },
    })
  );
  const { authenticatorData, clientDataJSON, signature, userHandle } = /** @type {AuthenticatorAssertionResponse} */ (given.response);
  return answer(given, { authenticatorData, clientDataJSON, signature, ...(userHandle && { userHandle }) });
}

function answer(credential, buffers) {
  const response = Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, encode(buffer)]));
  return JSON.stringify({ id: credential.id, rawId: encode(credential.rawId), type: credential.type, response });
}

async function fill(form) {
  const options = await (await post(form.dataset.options)).json();
  form.elements.credential.value = await (form.dataset.passkey === "create" ? create(options) : prove(options));
}

enhance("form[data-passkey]", (form) => {
  if (!("credentials" in navigator) || !window.PublicKeyCredential) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    fill(form).then(
      // Past htmx: what comes back may be a page of another frame.
      () => form.submit(),
      // Whoever closes the browser's dialog knows that it did not work.
      (error) => error instanceof RequestFailed && showToast({ text: error.message || text("failed"), kind: "error" }),
    );
  });
});
