/**
 * The lines of a document (an order, a quote): products are picked, prices filled in, amounts worked out as one types.
 *
 * Prices follow customer, currency, day and quantity until somebody types another one. The server works the amounts out again; what stands here is only for the eye. Enter goes to the next line and begins a new
 * one at the end; an empty line is not sent on.
 */
import { enhance } from "./enhance.js";
import { get } from "./requests.js";

const PAUSE_MS = 250;
const scale = { quantity: 3, unit_price: 2, discount_percent: 2, tax_rate: 2 };

/** Returns a decimal text as a whole number of its smallest unit, or null; 全角 digits and commas are understood. */
function scaled(text, decimals) {
  const plain = text.normalize("NFKC").replace(/[,\s]/g, "");
  const match = /^(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!match || (!match[1] && !match[2])) return null;
  const fraction = (match[2] ?? "").padEnd(decimals, "0");
  const rounded = Number(fraction[decimals] ?? 0) >= 5 ? 1n : 0n;
  return BigInt((match[1] || "0") + fraction.slice(0, decimals)) + rounded;
}

/** Returns a line's amount in cents, rounded half up: thousandths times cents times hundredths of a percent. */
function amountOf(row) {
  const value = (name, otherwise) => scaled(field(row, name).value, scale[name]) ?? otherwise;
  const product = value("quantity", 1000n) * value("unit_price", 0n) * (10000n - value("discount_percent", 0n));
  return (product + 5_000_000n) / 10_000_000n;
}

/** Returns the tax that comes on top of an amount in cents where prices are without tax, rounded half up. */
const taxOf = (row, amount) => (amount * (scaled(field(row, "tax_rate").value, scale.tax_rate) ?? 0n) + 5_000n) / 10_000n;

const field = (row, name) => /** @type {HTMLInputElement} */ (row.querySelector(`[name="line_${name}"]`));
const isBlank = (row) => !field(row, "product").value && !field(row, "name").value && !field(row, "unit_price").value;

enhance("[data-lines]", (editor) => {
  const body = /** @type {HTMLElement} */ (editor.querySelector("[data-lines-body]"));
  const template = /** @type {HTMLTemplateElement} */ (editor.querySelector("template"));
  const total = editor.querySelector("[data-lines-total]");
  const form = editor.closest("form");
  const rows = () => /** @type {HTMLElement[]} */ ([...body.children]);
  const number = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const written = (cents) => number.format(`${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`);

  const withoutTax = () => {
    const box = /** @type {HTMLInputElement | null} */ (form?.querySelector('[name="prices_include_tax"][type="checkbox"]'));
    return box ? !box.checked : editor.dataset.withoutTax === "true";
  };

  const addUp = () => {
    const onTop = withoutTax();
    let sum = 0n;
    for (const row of rows()) {
      const amount = amountOf(row);
      sum += amount + (onTop ? taxOf(row, amount) : 0n);
      const shown = row.querySelector("[data-line-amount]");
      if (shown) shown.textContent = isBlank(row) ? "" : written(amount);
    }
    if (total) total.textContent = written(sum);
    const own = /** @type {HTMLInputElement | null} */ (form?.querySelector('[name="amount"]'));
    if (own) own.readOnly = rows().some((row) => !isBlank(row));
    if (own?.readOnly) own.value = `${sum / 100n}.${String(sum % 100n).padStart(2, "0")}`;
  };

  const addRow = () => {
    body.append(template.content.cloneNode(true));
    const row = /** @type {HTMLElement} */ (body.lastElementChild);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: row } }));
    return row;
  };

  const focusProduct = (row) => {
    const picker = field(row, "product");
    (picker.tomselect ?? picker).focus();
  };

  /** Returns what the document says about itself: the form's own field where it has one, else what the page knew. */
  const circumstance = (own, known) => {
    const input = own ? /** @type {HTMLInputElement | null} */ (form?.querySelector(`[name="${own}"]`)) : null;
    return input ? input.value : known;
  };

  const ask = async (asked) => {
    const { pricesUrl, customer, customerField, currency, day, dayField } = editor.dataset;
    const query = new URLSearchParams({
      customer: circumstance(customerField, customer ?? ""),
      currency: circumstance("currency", currency ?? ""),
      day: circumstance(dayField, day ?? ""),
    });
    for (const row of asked) {
      query.append("product", field(row, "product").value);
      query.append("quantity", field(row, "quantity").value);
      query.append("unit", field(row, "unit").value);
    }
    const answer = await get(`${pricesUrl}?${query}`).catch(() => null);
    return answer?.lines ?? [];
  };

  const same = (name, one, other) => scaled(one, scale[name]) === scaled(other, scale[name]);

  /** Sets a number that nobody typed over: it is empty, or still what was set before. */
  const propose = (row, name, value) => {
    const input = field(row, name);
    const isOwn = input.value !== "" && !(name in row.dataset && same(name, input.value, row.dataset[name]));
    if (isOwn || value === null) return;
    input.value = value;
    row.dataset[name] = value;
  };

  const showUnits = (row, units, chosen) => {
    const select = /** @type {HTMLSelectElement} */ (/** @type {unknown} */ (field(row, "unit")));
    const names = [...new Set([chosen, ...units.map(({ name }) => name)])].filter(Boolean);
    select.replaceChildren(...names.map((name) => new Option(name, name, name === chosen, name === chosen)));
    if (!names.length) select.append(new Option("", ""));
    select.hidden = names.length < 2;
    const shown = row.querySelector("[data-line-unit]");
    if (shown) shown.textContent = chosen;
  };

  const showSource = (row, answer) => {
    const note = row.querySelector("[data-line-source]");
    const price = field(row, "unit_price").value;
    const isListed = answer.price !== null && same("unit_price", price, answer.price);
    const said = answer.problem || (isListed ? answer.source : answer.listed);
    note.textContent = said;
    note.hidden = !said;
    note.classList.toggle("is-problem", Boolean(answer.problem));
  };

  const addFilled = (part, after) => {
    const row = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
    field(row, "product").append(new Option(part.name, part.product, true, true));
    after.after(row);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: row } }));
    takeOver(row, { ...part, units: [], source: "", listed: "", problem: "" });
    field(row, "quantity").value = part.quantity;
    return row;
  };

  /** Puts into a line what its product says, after it was chosen. */
  const takeOver = (row, answer) => {
    field(row, "name").value = answer.name;
    if (answer.price !== null) {
      field(row, "unit_price").value = answer.price;
      row.dataset.unit_price = answer.price;
    }
    showUnits(row, answer.units, answer.unit);
    propose(row, "tax_rate", answer.tax_rate);
    showSource(row, answer);
  };

  const fill = async (row) => {
    const { value } = field(row, "product");
    if (!value) return;
    showUnits(row, [], "");
    const [answer] = await ask([row]);
    if (!answer || field(row, "product").value !== value) return;
    if (answer.parts.length) {
      let last = row;
      for (const part of answer.parts) last = addFilled(part, last);
      row.remove();
      addUp();
      field(last, "quantity").focus();
      return;
    }
    takeOver(row, answer);
    addUp();
    field(row, "quantity").focus();
    field(row, "quantity").select();
  };

  /** Asks again for the prices of all products, after customer, currency, day, a quantity or a unit changed. */
  const reprice = async ({ isFirst = false } = {}) => {
    const asked = rows().filter((row) => field(row, "product").value);
    if (!asked.length) return;
    const products = asked.map((row) => field(row, "product").value);
    const answers = await ask(asked);
    asked.forEach((row, index) => {
      const answer = answers[index];
      if (!answer || field(row, "product").value !== products[index]) return;
      if (isFirst) {
        for (const [name, value] of [["unit_price", answer.price], ["tax_rate", answer.tax_rate]]) {
          if (value !== null && same(name, field(row, name).value, value)) row.dataset[name] = value;
        }
      } else {
        propose(row, "unit_price", answer.price);
        propose(row, "tax_rate", answer.tax_rate);
      }
      showUnits(row, answer.units, field(row, "unit").value || answer.unit);
      showSource(row, answer);
    });
    addUp();
  };

  let waiting = 0;
  const repriceSoon = () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(reprice, PAUSE_MS);
  };

  editor.addEventListener("input", addUp);
  form?.addEventListener("change", ({ target }) => {
    const { name } = /** @type {HTMLInputElement} */ (target);
    if (name === "prices_include_tax") addUp();
    if (name && [editor.dataset.customerField, editor.dataset.dayField, "currency"].includes(name)) repriceSoon();
  });
  editor.addEventListener("change", ({ target }) => {
    const { name } = /** @type {HTMLInputElement} */ (target);
    if (name === "line_product") fill(/** @type {HTMLElement} */ (/** @type {Element} */ (target).closest("[data-line]")));
    if (["line_quantity", "line_unit", "line_unit_price"].includes(name)) repriceSoon();
    addUp();
  });
  editor.addEventListener("click", ({ target }) => {
    const element = /** @type {Element} */ (target);
    if (element.closest("[data-line-add]")) focusProduct(addRow());
    const removed = element.closest("[data-line-remove]")?.closest("[data-line]");
    if (!removed) return;
    removed.remove();
    if (!rows().length) addRow();
    addUp();
  });
  body.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !(target instanceof HTMLInputElement) || !target.name.startsWith("line_")) return;
    event.preventDefault();
    const row = /** @type {HTMLElement} */ (target.closest("[data-line]"));
    focusProduct(/** @type {HTMLElement | null} */ (row.nextElementSibling) ?? addRow());
  });
  addUp();
  reprice({ isFirst: true });
});
