/** The filter builder: rows of field, comparison and value become the JSON tree of the parameter `filter`. */
import { apply, enhance } from "./enhance.js";
import { text } from "./settings.js";

/**
 * @typedef {{name: string, label: string, kind: string, operators: {name: string, label: string, arity: number}[],
 *   choices?: {value: string, label: string}[], periods?: {value: string, label: string}[], pick_url?: string}} FilterField
 */

/** So many fields can be chosen in one click; the others wait in the select of a condition. */
const MOST_CHIPS = 10;

const inputTypes = { date: "date", datetime: "date", integer: "number", decimal: "number", money: "number" };

/** @param {HTMLElement} element */
function setUp(element) {
  // The editor is a form of its own, or one of several parts of a form, each with an input for its tree.
  const form = element;
  /** @type {FilterField[]} */
  const fields = JSON.parse(form.dataset.fields ?? "[]");
  const store = /** @type {HTMLInputElement} */ (form.querySelector("[data-filter-tree]") ?? form.querySelector("[name=filter]"));
  const groups = /** @type {HTMLElement} */ (form.querySelector("[data-groups]"));
  const template = (name) => /** @type {HTMLTemplateElement} */ (form.querySelector(`[${name}]`)).content.firstElementChild;

  const addGroup = () => {
    const group = /** @type {HTMLElement} */ (template("data-group-template")?.cloneNode(true));
    groups.append(group);
    return group;
  };
  const addCondition = (group, condition) => {
    const row = /** @type {HTMLElement} */ (template("data-condition-template")?.cloneNode(true));
    group.querySelector("[data-conditions]").append(row);
    fillRow(row, fields, condition);
    return row;
  };
  const lastGroup = () => groups.lastElementChild ?? addGroup();
  const remember = () => {
    store.value = JSON.stringify(readTree(groups, fields));
  };

  draw(store.value, addGroup, addCondition);
  const chips = /** @type {HTMLElement} */ (form.querySelector("[data-field-chips]"));
  chips.append(...fields.slice(0, MOST_CHIPS).map(chip));
  form.addEventListener("unfolded", () => chips.querySelector("button")?.focus());
  form.addEventListener("change", remember);
  form.addEventListener("input", remember);
  form.closest("form")?.addEventListener("submit", () => {
    remember();
    store.disabled = store.value === "{}";
    // The tree holds what the rows say; sent beside it, they would only clutter the address.
    for (const control of groups.querySelectorAll("[name=value]")) control.setAttribute("disabled", "");
  });
  form.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target);
    const field = button.closest("[data-add-field]")?.getAttribute("data-add-field");
    if (field) goOn(addCondition(lastGroup(), { field }));
    if (button.closest("[data-add-condition]")) addCondition(lastGroup(), null).querySelector("select")?.focus();
    if (button.closest("[data-add-group]")) addCondition(addGroup(), null).querySelector("select")?.focus();
    if (button.closest("[data-remove-condition]")) {
      const group = button.closest("[data-group]");
      button.closest("[data-condition]")?.remove();
      if (!group?.querySelector("[data-condition]")) group?.remove();
      remember();
    }
  });
}

/** A button that adds a condition about a field. @param {FilterField} field */
function chip({ name, label }) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "chip-button", textContent: label });
  button.dataset.addField = name;
  return button;
}

/** Whoever has chosen what to compare writes with what, next. */
function goOn(row) {
  /** @type {HTMLElement | null} */ (row.querySelector("[data-value] input, [data-value] select"))?.focus();
}

/** A tree is an "any" of "all" groups; other shapes (made through the API) are shown as far as they have this form. */
function draw(json, addGroup, addCondition) {
  if (!json) return;
  const tree = JSON.parse(json);
  const alternatives = tree.any ?? [tree];
  for (const alternative of alternatives) {
    const conditions = (alternative.all ?? [alternative]).filter((condition) => condition.field);
    if (!conditions.length) continue;
    const group = addGroup();
    for (const condition of conditions) addCondition(group, condition);
  }
}

function readTree(groups, fields) {
  const alternatives = [...groups.querySelectorAll("[data-group]")]
    .map((group) => ({ all: [...group.querySelectorAll("[data-condition]")].map((row) => readRow(row, fields)).filter(Boolean) }))
    .filter(({ all }) => all.length);
  if (alternatives.length === 0) return {};
  return alternatives.length === 1 ? alternatives[0] : { any: alternatives };
}

function readRow(row, fields) {
  const field = fields.find(({ name }) => name === row.querySelector("[data-field]").value);
  const operator = field?.operators.find(({ name }) => name === row.querySelector("[data-operator]").value);
  if (!field || !operator) return null;
  const controls = [...row.querySelectorAll("[data-value] [name=value]")];
  const values = controls.flatMap((control) =>
    control instanceof HTMLSelectElement ? [...control.selectedOptions].map(({ value }) => value) : [control.value],
  );
  const filled = values.filter((value) => value !== "");
  if (!filled.length) return null;
  const many = operator.arity !== 1;
  if (operator.arity === 2 && filled.length < 2) return null;
  return { field: field.name, op: operator.name, value: many ? filled : filled[0] };
}

function options(select, entries, chosen) {
  select.replaceChildren(
    ...entries.map(({ value, label }) => Object.assign(document.createElement("option"), { value, textContent: label, selected: value === chosen })),
  );
}

function fillRow(row, fields, condition) {
  const fieldSelect = row.querySelector("[data-field]");
  const operatorSelect = row.querySelector("[data-operator]");
  const current = () => fields.find(({ name }) => name === fieldSelect.value) ?? fields[0];
  const showOperators = (chosen) => {
    options(operatorSelect, current().operators.map(({ name, label }) => ({ value: name, label })), chosen);
  };
  const showValue = (value) => {
    const operator = current().operators.find(({ name }) => name === operatorSelect.value) ?? current().operators[0];
    const holder = row.querySelector("[data-value]");
    holder.replaceChildren(...valueControls(current(), operator, [value ?? []].flat()));
    apply(holder);
  };
  options(fieldSelect, fields.map(({ name, label }) => ({ value: name, label })), condition?.field);
  showOperators(condition?.op);
  showValue(condition?.value);
  fieldSelect.addEventListener("change", () => {
    showOperators();
    showValue();
    goOn(row);
  });
  operatorSelect.addEventListener("change", () => {
    showValue();
    goOn(row);
  });
}

/** @param {FilterField} field */
function valueControls(field, operator, values) {
  if (operator.name === "isnull") return [choice([["true", text("yes")], ["false", text("no")]], values)];
  if (operator.name === "within") return [choice((field.periods ?? []).map(({ value, label }) => [value, label]), values)];
  if (field.kind === "boolean") return [choice([["true", text("yes")], ["false", text("no")]], values)];
  if (field.choices) return [choice(field.choices.map(({ value, label }) => [value, label]), values, operator.arity === -1)];
  if (field.pick_url && operator.name !== "contains") return [picker(field, values, operator.arity === -1)];
  const count = operator.arity === 2 ? 2 : 1;
  return Array.from({ length: count }, (_nothing, index) => line(field, values[index] ?? ""));
}

function line(field, value) {
  const input = document.createElement("input");
  Object.assign(input, { name: "value", className: "form-control form-control-sm", type: inputTypes[field.kind] ?? "text", value, autocomplete: "off" });
  if (input.type === "number") input.step = "any";
  input.setAttribute("aria-label", field.label);
  return input;
}

function choice(entries, values, multiple = false) {
  const select = document.createElement("select");
  Object.assign(select, { name: "value", className: "form-select form-select-sm", multiple });
  select.setAttribute("aria-label", text("where"));
  if (multiple) select.dataset.picker = "";
  options(select, entries.map(([value, label]) => ({ value, label })), "");
  for (const option of select.options) option.selected = values.map(String).includes(option.value);
  if (!multiple && select.selectedIndex < 0) select.selectedIndex = 0;
  return select;
}

function picker(field, values, multiple) {
  const select = document.createElement("select");
  Object.assign(select, { name: "value", className: "form-select form-select-sm", multiple });
  Object.assign(select.dataset, { picker: "", url: field.pick_url });
  select.setAttribute("aria-label", field.label);
  for (const value of values) select.append(new Option(String(value.label ?? value), String(value.value ?? value), true, true));
  return select;
}

enhance("[data-filter-builder]", setUp);
