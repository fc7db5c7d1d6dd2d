/** Pickers of people and records: a plain select that becomes a search box as soon as it is seen. */
import { enhance } from "./enhance.js";
import { RequestFailed, get, post } from "./requests.js";
import { text } from "./settings.js";
import { showToast } from "./toast.js";

const TYPING_PAUSE_MS = 120;
const PASSED_OVER = "[type=hidden], [type=radio], [type=checkbox], button, fieldset";

/**
 * Makes a select searchable. The server answers `?q=` with `[{value, text, hint?}]` or `{items: [...]}`.
 * @param {HTMLElement} element
 */
async function setUp(element) {
  const select = /** @type {HTMLSelectElement} */ (element);
  const focused = document.activeElement === select || select.autofocus;
  const { default: TomSelect } = await import("vendor/tom-select");
  if (!select.isConnected) return;
  const { url, createUrl } = select.dataset;
  /** The values of the latest answer. @type {Set<string>} */
  const found = new Set();
  const line = (item, escape) =>
    `<div class="pick-option"><span>${escape(item.text)}</span>${item.hint ? `<small>${escape(item.hint)}</small>` : ""}</div>`;
  const picker = new TomSelect(select, {
    plugins: plugins(select),
    valueField: "value",
    labelField: "text",
    // What the server found is right by definition: it also matches pinyin, phone numbers and other fields. What is
    // chosen already stays among the options, and is no answer to another question.
    searchField: url ? [] : ["text", "hint"],
    score: url ? (query) => (option) => (!query || found.has(String(option.value)) ? 1 : 0) : undefined,
    create: creator(select, createUrl),
    createOnBlur: "create" in select.dataset,
    persist: false,
    maxOptions: 50,
    refreshThrottle: TYPING_PAUSE_MS,
    loadThrottle: null,
    openOnFocus: true,
    preload: url ? "focus" : false,
    selectOnTab: true,
    placeholder: select.getAttribute("placeholder") ?? "",
    load: url && loader(select, url, found),
    onType: function clearOld() {
      if (url) this.clearOptions((option) => this.items.includes(String(option.value)));
    },
    onItemAdd: function tidy() {
      // What was typed just before would otherwise be looked up now, and open the list again over the next field.
      clearTimeout(this.refreshTimeout);
      this.setTextboxValue("");
      // The select itself has the choice only after this.
      if ("saves" in select.dataset) setTimeout(() => select.form?.requestSubmit());
      else if (!select.multiple) setTimeout(() => goOn(this, select));
    },
    onDropdownOpen: select.closest("dialog") ? placeInDialog : undefined,
    // A list says what it is doing in an entry of its own: screen readers find nothing else in it.
    render: {
      option: line,
      no_results: () => `<div class="no-results" role="option" aria-disabled="true">${text("noMatch")}</div>`,
      option_create: (item, escape) => `<div class="create">${text("add")} <strong>${escape(item.input)}</strong></div>`,
      loading: () => `<div class="spinner" role="option" aria-disabled="true">${text("loading")}</div>`,
    },
  });
  // Clicking into the box while its list is open means to type there; the library would take the cursor away.
  picker.hook("instead", "onClick", () => {
    picker.clearActiveItems();
    picker.focus();
  });
  followNarrowing(select, picker);
  // The search box speaks for the select, which stays only to be sent with the form.
  select.setAttribute("aria-hidden", "true");
  if (select.getAttribute("aria-describedby")) picker.control_input.setAttribute("aria-describedby", select.getAttribute("aria-describedby") ?? "");
  if (focused) picker.focus();
}

/** After a choice the cursor goes on to the next field, when that is an empty line; otherwise it stays, so that Enter saves. */
function goOn(picker, select) {
  picker.close();
  if (document.activeElement !== picker.control_input) return;
  const fields = /** @type {HTMLInputElement[]} */ ([...(select.form?.elements ?? [])]);
  const next = fields.slice(fields.indexOf(select) + 1).find((field) => field !== picker.control_input && !field.matches(PASSED_OVER));
  if (next?.matches("textarea, input") && !next.value && !next.closest(".ts-wrapper") && next.getClientRects().length) next.focus();
}

/** A dialog's content scrolls and would cut the list off; fixed to the window it is whole. Scrolling closes it. */
function placeInDialog(dropdown) {
  const box = this.control.getBoundingClientRect();
  const room = innerHeight - box.bottom;
  Object.assign(dropdown.style, { position: "fixed", left: `${box.left}px`, top: `${box.bottom}px`, width: `${box.width}px` });
  dropdown.firstElementChild.style.maxHeight = `${Math.max(120, Math.min(room - 16, 280))}px`;
  this.control.closest(".dialog-content")?.addEventListener("scroll", () => this.close(), { once: true });
}

function plugins(select) {
  if (select.multiple) return { remove_button: { title: text("clear") } };
  if (select.required) return {};
  return { clear_button: { html: () => `<div class="clear-button" title="${text("clear")}" aria-hidden="true">×</div>` } };
}

function loader(select, url, found) {
  return async function load(query, callback) {
    try {
      const address = new URL(url, location.href);
      address.searchParams.set("q", query);
      const other = narrowing(select);
      if (other?.value) address.searchParams.set(other.name, other.value);
      else if (other) address.searchParams.delete(other.name);
      const answer = await get(`${address.pathname}${address.search}`);
      // An answer to what no longer stands in the box would mix with the right one.
      if (query !== this.inputValue()) return callback([]);
      const items = answer.items ?? answer;
      found.clear();
      for (const { value } of items) found.add(String(value));
      return callback(items);
    } catch (error) {
      callback();
      if (error instanceof RequestFailed) showToast({ text: error.message, kind: "error" });
      return undefined;
    }
  };
}

/** The select in the same form that limits what this one offers, such as the customer of a contact. */
function narrowing(select) {
  const name = select.dataset.narrowedBy;
  return name ? /** @type {HTMLSelectElement | null} */ (select.form?.elements.namedItem(name)) : null;
}

/** What was chosen and found belongs to what was chosen in the other picker before; after a change it is asked for anew. */
function followNarrowing(select, picker) {
  narrowing(select)?.addEventListener("change", () => {
    picker.clear(true);
    picker.clearOptions();
    picker.loadedSearches = {};
    picker.wrapper.classList.remove("preloaded");
  });
}

function creator(select, createUrl) {
  if (!createUrl) return "create" in select.dataset;
  return (input, callback) => {
    const other = narrowing(select);
    post(createUrl, { name: input, ...(other?.value && { [other.name]: other.value }) })
      .then((response) => response.json())
      .then((made) => {
        callback(made);
        if (made.message) showToast({ text: made.message, kind: "success", undo_url: made.undo_url });
      })
      .catch((error) => {
        callback();
        showToast({ text: error.message, kind: "error" });
      });
  };
}

enhance("select[data-picker]", setUp);
