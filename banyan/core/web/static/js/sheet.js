/**
 * A sheet of targets: cells are typed, pasted from a spreadsheet and left with the arrow keys; sums follow at once.
 *
 * Only cells that were changed are sent, as JSON in one field. The server reads the amounts again and judges them; what stands here is
 * only for the eye.
 */
import { enhance } from "./enhance.js";

const units = { "万": 4, "亿": 8 };

/** Returns an amount as a whole number of cents, or null for what is none; 全角, commas, 万 and 亿 are understood. */
function cents(text) {
  let plain = text.normalize("NFKC").replace(/[,\s¥$€£]/g, "");
  const shift = units[plain.at(-1)] ?? 0;
  if (shift) plain = plain.slice(0, -1);
  const match = /^(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!match || (!match[1] && !match[2])) return null;
  const fraction = (match[2] ?? "").padEnd(shift + 2, "0");
  return /[1-9]/.test(fraction.slice(shift + 2)) ? null : BigInt((match[1] || "0") + fraction.slice(0, shift + 2));
}

enhance("[data-sheet]", (form) => {
  const sent = /** @type {HTMLInputElement} */ (form.querySelector('[name="cells"]'));
  const rows = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-sheet-row]")]);
  const places = Number(form.dataset.places ?? 2);
  const number = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 0, maximumFractionDigits: places });
  const written = (value) => number.format(`${value < 0n ? "-" : ""}${(value < 0n ? -value : value) / 100n}.${String((value < 0n ? -value : value) % 100n).padStart(2, "0")}`);
  const cellsOf = (row) => /** @type {HTMLElement[]} */ ([...row.querySelectorAll("[data-period]")]);
  const textOf = (cell) => (cell instanceof HTMLInputElement ? cell.value : cell.dataset.fixed ?? "");
  const inputs = () => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input.sheet-cell")]);

  const below = form.querySelector("[data-sheet-below]");
  const difference = form.querySelector("[data-sheet-difference]");
  const count = /** @type {HTMLElement | null} */ (form.querySelector("[data-sheet-count]"));

  const isChanged = (input) => (cents(input.value) ?? (input.value.trim() ? -1n : null)) !== (input.dataset.was ? cents(input.dataset.was) : null);

  const addUp = () => {
    const head = rows.find((row) => row.hasAttribute("data-sheet-head"));
    const sums = [];
    for (const row of rows) {
      const amounts = cellsOf(row).map((cell) => cents(textOf(cell)));
      const months = amounts.slice(1).filter((amount) => amount !== null);
      const sum = months.reduce((total, amount) => total + amount, 0n);
      const shown = row.querySelector("[data-sheet-sum]");
      if (shown) {
        shown.textContent = months.length ? written(sum) : "";
        shown.classList.toggle("is-off", amounts[0] !== null && months.length > 0 && amounts[0] !== sum);
      }
      if (row !== head) [...amounts, months.length ? sum : null].forEach((amount, index) => { sums[index] = (sums[index] ?? 0n) + (amount ?? 0n); });
    }
    const wanted = head ? cellsOf(head).map((cell) => cents(textOf(cell))) : [];
    const months = wanted.slice(1).filter((amount) => amount !== null);
    wanted.push(months.length ? months.reduce((total, amount) => total + amount, 0n) : null);
    below?.querySelectorAll("td").forEach((cell, index) => { cell.textContent = sums[index] ? written(sums[index]) : ""; });
    difference?.querySelectorAll("td").forEach((cell, index) => {
      const off = wanted[index] === null || wanted[index] === undefined || !sums[index] ? 0n : sums[index] - wanted[index];
      cell.textContent = off ? (off > 0n ? "+" : "") + written(off) : "";
      cell.classList.toggle("is-off", off !== 0n);
    });
  };

  const collect = () => {
    const changed = [];
    for (const row of rows) {
      for (const cell of cellsOf(row)) {
        if (!(cell instanceof HTMLInputElement)) continue;
        const is = isChanged(cell);
        cell.classList.toggle("is-changed", is);
        cell.classList.toggle("is-wrong", Boolean(cell.value.trim()) && cents(cell.value) === null);
        if (is) changed.push({ row: row.dataset.sheetRow, period: cell.dataset.period, value: cell.value, was: cell.dataset.was });
      }
    }
    sent.value = JSON.stringify(changed);
    if (count) count.textContent = !changed.length ? "" : changed.length === 1 ? count.dataset.one ?? "" : (count.dataset.many ?? "").replace("{count}", String(changed.length));
  };

  const refresh = () => {
    addUp();
    collect();
  };

  /** Returns the cell so many rows and columns away, if there is one that can be written. */
  const beside = (input, down, right) => {
    const open = rows.filter((row) => row.querySelector("input.sheet-cell"));
    const row = open[open.indexOf(/** @type {HTMLElement} */ (input.closest("[data-sheet-row]"))) + down];
    const own = cellsOf(/** @type {HTMLElement} */ (input.closest("[data-sheet-row]"))).indexOf(input);
    const found = row ? cellsOf(row)[own + right] : null;
    return found instanceof HTMLInputElement ? found : null;
  };

  form.addEventListener("input", refresh);
  form.addEventListener("focusin", ({ target }) => target instanceof HTMLInputElement && target.matches(".sheet-cell") && target.select());
  form.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.matches(".sheet-cell")) return;
    if (event.key === "Escape") {
      input.value = input.dataset.was ?? "";
      refresh();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const atStart = all || (input.selectionStart === 0 && input.selectionEnd === 0);
    const atEnd = all || input.selectionStart === input.value.length;
    const steps = {
      Enter: [event.shiftKey ? -1 : 1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0],
      ...(atEnd && { ArrowRight: [0, 1] }), ...(atStart && { ArrowLeft: [0, -1] }),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    beside(input, step[0], step[1])?.focus();
  });
  form.addEventListener("paste", (event) => {
    const input = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!(input instanceof HTMLInputElement) || !input.matches(".sheet-cell") || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => line.split("\t").forEach((value, right) => {
      const cell = beside(input, down, right);
      if (cell) cell.value = value.trim();
    }));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", (event) => {
    collect();
    const wrong = inputs().find((input) => input.classList.contains("is-wrong"));
    if (!wrong) return;
    event.preventDefault();
    event.stopPropagation();
    wrong.focus();
    wrong.reportValidity();
  }, true);
  refresh();
});
