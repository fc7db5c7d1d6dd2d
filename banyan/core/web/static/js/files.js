/** Files are chosen or dropped: what was chosen stands below the field with its size, and how far it is sent. */
import { enhance } from "./enhance.js";

const UNITS = [["gigabyte", 1024 ** 3], ["megabyte", 1024 ** 2], ["kilobyte", 1024], ["byte", 1]];

/** @param {number} bytes */
function sizeOf(bytes) {
  const [unit, one] = UNITS.find(([, least]) => bytes >= Number(least)) ?? UNITS[3];
  const style = { style: /** @type {const} */ ("unit"), unit: String(unit), maximumFractionDigits: 1 };
  return new Intl.NumberFormat(document.documentElement.lang, style).format(bytes / Number(one));
}

/**
 * Lets files be dropped on an element as if they had been chosen in its field.
 * @param {HTMLElement} target
 * @param {HTMLInputElement} input
 */
function acceptDrops(target, input) {
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  target.addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) depth += 1;
    target.classList.toggle("is-over", depth > 0);
  });
  target.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    target.classList.toggle("is-over", depth > 0);
  });
  target.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  target.addEventListener("drop", (event) => {
    depth = 0;
    target.classList.remove("is-over");
    if (!carriesFiles(event) || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    choose(input, input.multiple ? [...event.dataTransfer.files] : [event.dataTransfer.files[0]]);
  });
}

/**
 * @param {HTMLInputElement} input
 * @param {File[]} files
 */
function choose(input, files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Shows one chosen file; with several each can be taken out again. */
function rowOf(field, input, file) {
  const name = Object.assign(document.createElement("span"), { className: "file-chosen-name", textContent: file.name });
  const size = Object.assign(document.createElement("span"), { className: "value-hint figures", textContent: sizeOf(file.size) });
  const row = document.createElement("li");
  row.append(name, size);
  if (input.multiple && (input.files?.length ?? 0) > 1) {
    const label = (field.dataset.remove ?? "").replace("{name}", file.name);
    const out = Object.assign(document.createElement("button"), { type: "button", className: "icon-button", textContent: "×", title: label });
    out.setAttribute("aria-label", label);
    out.addEventListener("click", () => choose(input, [...(input.files ?? [])].filter((other) => other !== file)));
    row.append(out);
  }
  return row;
}

enhance("[data-file-field]", (field) => {
  const input = /** @type {HTMLInputElement | null} */ (field.querySelector('input[type="file"]'));
  const list = /** @type {HTMLElement | null} */ (field.querySelector(".file-chosen"));
  const bar = /** @type {HTMLProgressElement | null} */ (field.querySelector(".file-progress"));
  const zone = /** @type {HTMLElement | null} */ (field.querySelector(".file-zone"));
  if (!input || !list || !bar || !zone) return;
  zone.classList.add("is-enhanced");
  acceptDrops(zone, input);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    list.replaceChildren(...files.map((file) => rowOf(field, input, file)));
    list.hidden = !files.length;
  });
  const form = input.form;
  form?.addEventListener("htmx:xhr:progress", (event) => {
    const { lengthComputable, loaded, total } = /** @type {CustomEvent} */ (event).detail;
    bar.hidden = false;
    // Sent is not worked off yet: at the end the bar only shows that something happens.
    if (lengthComputable && loaded < total) bar.value = loaded / total;
    else bar.removeAttribute("value");
  });
  form?.addEventListener("htmx:afterRequest", () => {
    bar.hidden = true;
  });
});

enhance(".files-panel", (panel) => {
  const input = /** @type {HTMLInputElement | null} */ (panel.querySelector('.file-drop input[type="file"]'));
  if (input) acceptDrops(panel, input);
});
