/**
 * A name that was pasted together with a phone number and an e-mail address, as from a signature or a chat: each goes to its own
 * field, when that is there and empty. Only numbers that cannot belong to a name are taken: with a plus sign, Chinese mobile
 * numbers, and landlines with their area code.
 */
import { enhance } from "./enhance.js";

const email = /[^\s,;<>，；]+@[^\s,;<>，；]+\.[^\s,;<>，；]+/;
const phone = /(?<![\d+])(?:\+\d[\d\s().-]{6,18}\d|1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]\d{7,8})(?!\d)/;

/** Moves what fits the pattern from the name to the first empty field of these names; returns the rest of the name. */
function take(form, name, pattern, fields) {
  const found = pattern.exec(name)?.[0];
  const target = found && fields.map((field) => form.elements.namedItem(field)).find((field) => field instanceof HTMLInputElement && !field.value);
  if (!target) return name;
  target.value = found.trim();
  target.dispatchEvent(new Event("input", { bubbles: true }));
  return name.replace(found, " ");
}

enhance('form input[name="name"]', (element) => {
  const input = /** @type {HTMLInputElement} */ (element);
  // A change is told when the field is left, and before Enter sends the form.
  input.addEventListener("change", () => {
    if (!input.form) return;
    const rest = take(input.form, take(input.form, input.value, email, ["email"]), phone, ["mobile", "phone"]);
    const name = rest.replace(/[\s,;，；]+/g, " ").trim();
    if (rest !== input.value && name) input.value = name;
  });
});
