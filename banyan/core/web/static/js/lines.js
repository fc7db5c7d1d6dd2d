/**
 * The lines of a document (an order, a quote): products are picked, prices filled in, amounts worked out as one types.
 *
 * The server works the amounts out again; what stands here is only for the eye. Enter goes to the next line and begins a new
 * one at the end; an empty line is not sent on.
 */
import { enhance } from "./enhance.js";
import { get } from "./requests.js";

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

  const fill = async (row) => {
    const { value } = field(row, "product");
    if (!value) return;
    const product = await get(`${editor.dataset.productUrl}${value}${editor.dataset.productFacts}`).catch(() => null);
    if (!product || field(row, "product").value !== value) return;
    field(row, "name").value = product.name;
    if (product.price !== null) field(row, "unit_price").value = product.price;
    const unit = row.querySelector("[data-line-unit]");
    if (unit) unit.textContent = product.unit;
    field(row, "unit").value = product.unit;
    if (product.tax_rate !== null && !field(row, "tax_rate").value) field(row, "tax_rate").value = product.tax_rate;
    addUp();
    field(row, "quantity").focus();
    field(row, "quantity").select();
  };

  editor.addEventListener("input", addUp);
  form?.addEventListener("change", ({ target }) => {
    if (/** @type {HTMLInputElement} */ (target).name === "prices_include_tax") addUp();
  });
  editor.addEventListener("change", ({ target }) => {
    const { name } = /** @type {HTMLInputElement} */ (target);
    if (name === "line_product") fill(/** @type {HTMLElement} */ (/** @type {Element} */ (target).closest("[data-line]")));
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
});
