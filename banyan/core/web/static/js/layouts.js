/** Forms as the organization lays them out: what shows and what is needed follows what is typed. The server decides in the end. */
import { enhance } from "./enhance.js";

/**
 * @typedef {boolean | {all: Test[]} | {any: Test[]} | {not: Test} |
 *   {field: string, shape: string, op: string, values: (string | boolean | null)[]}} Test
 * @typedef {{parts: Record<string, Test>, shows: Record<string, Test>, needs: Record<string, Test>,
 *   types: Record<string, Record<string, string[]>>}} Rules
 */

const isFilled = (value) => (Array.isArray(value) ? value.length > 0 : value !== "" && value !== null && value !== undefined);
const number = (value) => (String(value ?? "").trim() === "" ? NaN : Number(String(value).replace(/[,，\s]/g, "")));
const folded = (value) => String(value ?? "").toLocaleLowerCase();

/**
 * Says whether a test holds: the twin of what the server tries.
 * @param {Test} test
 * @param {(field: string) => any} valueOf a text, a list of texts, or true and false
 * @returns {boolean}
 */
export function holds(test, valueOf) {
  if (typeof test === "boolean") return test;
  if ("all" in test) return test.all.every((part) => holds(part, valueOf));
  if ("any" in test) return test.any.some((part) => holds(part, valueOf));
  if ("not" in test) return !holds(test.not, valueOf);
  const value = valueOf(test.field);
  if (test.op === "isnull") return isFilled(value) !== test.values[0];
  if (test.shape === "list") return listHolds(value, test);
  if (test.shape === "truth") return (value === test.values[0]) === (test.op === "eq");
  if (!isFilled(value)) return test.values.includes(null) ? test.op !== "ne" : test.op === "ne";
  if (test.values.includes(null) && test.op !== "in") return test.op === "ne";
  return test.shape === "number" ? compare(number(value), test.values.map(number), test.op) : textHolds(String(value), test);
}

function listHolds(value, { op, values }) {
  const present = new Set(value ?? []);
  return op === "contains" ? values.every((item) => present.has(item)) : values.some((item) => present.has(item));
}

function textHolds(value, { op, values }) {
  if (op === "contains") return folded(value).includes(folded(values[0]));
  if (op === "startswith") return folded(value).startsWith(folded(values[0]));
  return compare(value, values, op);
}

function compare(value, values, op) {
  const [first, second] = values;
  if (op === "in") return values.includes(value);
  if (op === "eq") return value === first;
  if (op === "ne") return value !== first;
  if (op === "between") return first <= value && value <= second;
  if (op === "lt") return value < first;
  if (op === "lte") return value <= first;
  if (op === "gt") return value > first;
  return value >= first;
}

/** Reads what a form holds in a field. @param {HTMLElement} holder @param {string} name */
function read(holder, name) {
  const controls = [...holder.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  const [first] = controls;
  if (!first) return [...holder.querySelectorAll("input, textarea")].map(({ value }) => value).filter(Boolean).join(" ");
  if (first instanceof HTMLSelectElement && first.multiple) return [...first.selectedOptions].map(({ value }) => value);
  if (first.type === "checkbox" && first.closest(".is-check")) return first.checked;
  if (first.type === "checkbox") return controls.filter(({ checked }) => checked).map(({ value }) => value);
  if (first.type === "radio") return controls.find(({ checked }) => checked)?.value ?? "";
  return first.value;
}

enhance("[data-layout-rules]", (laid) => {
  /** @type {Rules} */
  const { parts, shows, needs, types } = JSON.parse(laid.dataset.layoutRules ?? "{}");
  const holders = new Map([...laid.querySelectorAll("[data-field]")].map((holder) => [holder.dataset.field, holder]));
  const asked = new Set(fieldsOf([...Object.values(parts), ...Object.values(shows), ...Object.values(needs)]));
  // What does not show counts as it is stored, and is not sent.
  const stored = new Map([...asked].filter((name) => holders.has(name)).map((name) => [name, read(holders.get(name), name)]));
  const isAlwaysNeeded = new Set([...holders].filter(([name, holder]) => !(name in needs) && holder.querySelector("[required]")).map(([name]) => name));
  const valueOf = (name) => {
    const holder = holders.get(name);
    return !holder ? "" : holder.closest("[hidden][data-layout-part], [data-field][hidden]") ? stored.get(name) : read(holder, name);
  };

  const settle = () => {
    // What shows may depend on what has just been hidden: again until nothing moves.
    for (let round = 0; round <= holders.size; round += 1) {
      const moved = [
        ...[...laid.querySelectorAll("[data-layout-part]")].map((part) => toggle(part, parts[part.dataset.layoutPart])),
        ...[...holders].map(([name, holder]) => toggle(holder, shows[name])),
      ];
      if (!moved.includes(true)) break;
    }
    for (const [name, holder] of holders) {
      const isHidden = holder.closest("[hidden][data-layout-part], [data-field][hidden]") !== null;
      const isNeeded = isAlwaysNeeded.has(name) || (name in needs && holds(needs[name], valueOf));
      prepare(holder, isHidden, isNeeded, name in needs);
    }
    showFilled(laid);
    narrow(types[valueOf("record_type")] ?? {}, types);
  };
  const toggle = (element, test) => {
    if (test === undefined) return false;
    const isHidden = !holds(test, valueOf);
    if (element.hidden === isHidden) return false;
    element.hidden = isHidden;
    return true;
  };
  const narrow = (offered, all) => {
    if (!holders.has("record_type")) return;
    for (const name of new Set(Object.values(all).flatMap(Object.keys))) {
      for (const option of holders.get(name)?.querySelectorAll("option") ?? []) {
        const isOffered = !(name in offered) || option.value === "" || option.selected || offered[name].includes(option.value);
        option.hidden = option.disabled = !isOffered;
      }
    }
  };

  settle();
  laid.addEventListener("input", settle);
  laid.addEventListener("change", settle);
});

/** Headings and tabs without a field that shows stand aside. @param {HTMLElement} laid */
function showFilled(laid) {
  const isBare = (part) => ![...part.querySelectorAll("[data-field]")].some((holder) => !holder.hidden && !holder.closest("[hidden][data-layout-part]"));
  for (const part of laid.querySelectorAll("[data-layout-part]")) part.classList.toggle("is-bare", isBare(part));
  for (const tab of laid.querySelectorAll("[role=tab]")) {
    const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
    tab.classList.toggle("is-bare", panel !== null && isBare(panel));
  }
  // A single tab tells nothing.
  const list = laid.querySelector("[role=tablist]");
  list?.classList.toggle("is-bare", list.querySelectorAll("[role=tab]:not(.is-bare)").length < 2);
}

/** @param {HTMLElement} holder */
function prepare(holder, isHidden, isNeeded, isConditional) {
  for (const control of holder.querySelectorAll("input, select, textarea")) {
    if (isHidden) {
      if (!control.disabled) control.dataset.heldBack = "";
      control.disabled = true;
    } else if ("heldBack" in control.dataset) {
      control.disabled = false;
      delete control.dataset.heldBack;
    }
  }
  if (!isConditional) return;
  const control = holder.querySelector('[name]:not([type="hidden"])');
  if (control && !holder.matches("[role=group]")) control.toggleAttribute("required", isNeeded);
  const label = holder.querySelector(".field-label");
  const star = label?.querySelector(".field-required");
  if (isNeeded && label && !star) {
    label.append(Object.assign(document.createElement("span"), { className: "field-required", textContent: "*", ariaHidden: "true" }));
  } else if (!isNeeded) star?.remove();
}

/** @param {Test[]} tests @returns {string[]} */
function fieldsOf(tests) {
  return tests.flatMap((test) => {
    if (typeof test === "boolean") return [];
    if ("field" in test) return [test.field];
    return fieldsOf("all" in test ? test.all : "any" in test ? test.any : [test.not]);
  });
}

/** Tabs within a page: arrow keys move between them, as screen readers expect. */
enhance("[data-part-tabs]", (list) => {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  const choose = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !isChosen;
    }
  };
  list.addEventListener("click", ({ target }) => {
    const tab = /** @type {Element} */ (target).closest("[role=tab]");
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const index = tabs.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (!step || index < 0) return;
    event.preventDefault();
    const next = tabs[(index + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
  // A browser tells of an empty input that is needed; it must not be in a tab that nobody sees.
  list.closest("form")?.addEventListener("invalid", ({ target }) => {
    const panel = /** @type {Element} */ (target).closest("[role=tabpanel]");
    const tab = tabs.find((entry) => entry.getAttribute("aria-controls") === panel?.id);
    if (panel?.hasAttribute("hidden") && tab) choose(tab);
  }, true);
});
