/** Date inputs: chips for the usual days, typing ("tomorrow", "+3", "11-30"), and a calendar of our own on computers. */
import { enhance } from "./enhance.js";
import { openMenu } from "./menus.js";
import { language, text } from "./settings.js";

const DAY_MS = 86_400_000;
const FIRST_MONDAY = new Date(2024, 0, 1);
const words = { today: 0, 今天: 0, tomorrow: 1, 明天: 1, 后天: 2, yesterday: -1, 昨天: -1 };

/** @param {Date} day */
export function isoDay(day) {
  const two = (number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** @param {number} count days from today */
export function dayFromToday(count) {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + count);
}

/**
 * Reads a day as people write it; returns an ISO date, or "" when it is none.
 * @param {string} input
 */
export function readDay(input) {
  const clean = input.trim().toLowerCase();
  if (clean in words) return isoDay(dayFromToday(words[clean]));
  const relative = /^\+(\d{1,4})$/.exec(clean);
  if (relative) return isoDay(dayFromToday(Number(relative[1])));
  const parts = /^(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(clean) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(clean);
  if (!parts) return "";
  const [year, month, day] = [Number(parts[1] ?? new Date().getFullYear()), Number(parts[2]), Number(parts[3])];
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? isoDay(date) : "";
}

function set(input, value) {
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function element(tag, properties, attributes = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A month in a popover, for one input. */
class MonthCalendar {
  /** @param {HTMLInputElement} input */
  constructor(input) {
    this.input = input;
    this.box = element("div", { className: "calendar-popover", popover: "auto" }, { role: "dialog", "aria-label": text("chooseDate") });
    this.box.addEventListener("click", (event) => this.click(event));
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  open() {
    const [year, month, day] = (readDay(this.input.value) || isoDay(dayFromToday(0))).split("-").map(Number);
    this.day = new Date(year, month - 1, day);
    if (!this.box.isConnected) (this.input.closest("dialog") ?? document.body).append(this.box);
    this.draw();
    if (!this.box.matches(":popover-open")) openMenu(this.box, this.input);
  }

  close() {
    if (this.box.matches(":popover-open")) this.box.hidePopover();
  }

  draw() {
    const first = new Date(this.day.getFullYear(), this.day.getMonth(), 1);
    const start = new Date(first.getTime());
    start.setDate(1 - ((first.getDay() + 6) % 7));
    const title = first.toLocaleDateString(language, { year: "numeric", month: "long" });
    const step = (days, label, sign) =>
      element("button", { type: "button", className: "icon-button", textContent: sign }, { "data-months": days, "aria-label": label });
    const head = element("div", { className: "calendar-head" });
    head.append(step("-1", text("previousMonth"), "‹"), element("strong", { textContent: title }, { "aria-live": "polite" }), step("1", text("nextMonth"), "›"));
    const grid = element("div", { className: "calendar-grid" });
    for (let index = 0; index < 7; index += 1) {
      const name = new Date(FIRST_MONDAY.getTime() + index * DAY_MS).toLocaleDateString(language, { weekday: "narrow" });
      grid.append(element("span", { className: "calendar-weekday", textContent: name }));
    }
    for (let index = 0; index < 42; index += 1) {
      grid.append(this.cell(new Date(start.getFullYear(), start.getMonth(), start.getDate() + index), first.getMonth()));
    }
    const foot = element("div", { className: "calendar-foot" });
    foot.append(
      element("button", { type: "button", className: "chip-button", textContent: text("today") }, { "data-day": isoDay(dayFromToday(0)) }),
      element("button", { type: "button", className: "chip-button", textContent: text("clear") }, { "data-day": "" }),
    );
    this.box.replaceChildren(head, grid, foot);
  }

  cell(day, month) {
    const value = isoDay(day);
    const { min, max } = this.input.dataset;
    const button = element(
      "button",
      { type: "button", className: "calendar-day", textContent: String(day.getDate()), disabled: Boolean((min && value < min) || (max && value > max)) },
      { "data-day": value, tabindex: value === isoDay(this.day) ? "0" : "-1", "aria-label": day.toLocaleDateString(language, { dateStyle: "full" }) },
    );
    button.classList.toggle("is-other", day.getMonth() !== month);
    if (value === isoDay(dayFromToday(0))) button.setAttribute("aria-current", "date");
    if (value === this.input.value) button.setAttribute("aria-pressed", "true");
    return button;
  }

  click({ target }) {
    const months = target.closest("[data-months]");
    if (months) {
      this.day = new Date(this.day.getFullYear(), this.day.getMonth() + Number(months.dataset.months), 1);
      this.draw();
    }
    const day = target.closest("[data-day]");
    if (!day) return;
    set(this.input, day.dataset.day);
    this.close();
    this.input.focus({ preventScroll: true });
    this.close();
  }

  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    if (!(event.key in steps) || !event.target.matches(".calendar-day")) return;
    event.preventDefault();
    this.day = new Date(this.day.getFullYear(), this.day.getMonth(), this.day.getDate() + steps[event.key]);
    this.draw();
    this.box.querySelector('.calendar-day[tabindex="0"]')?.focus();
  }
}

/** Phones have better date wheels than any page can draw; elsewhere the browser's own field would not speak the user's language. */
function useOwnCalendar(input) {
  for (const limit of ["min", "max"]) if (input[limit]) input.dataset[limit] = input[limit];
  input.type = "text";
  input.autocomplete = "off";
  input.placeholder ||= "2026-01-31".replace("2026-01-31", language.startsWith("zh") ? "年-月-日" : "YYYY-MM-DD");
  const calendar = new MonthCalendar(input);
  input.addEventListener("click", () => calendar.open());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    event.stopPropagation();
    calendar.open();
    calendar.box.querySelector('.calendar-day[tabindex="0"]')?.focus();
  });
  input.addEventListener("change", () => {
    const day = readDay(input.value);
    if (day && day !== input.value) input.value = day;
  });
}

enhance('input[type="date"]', (input) => {
  if (matchMedia("(pointer: fine)").matches) useOwnCalendar(input);
});

enhance("[data-date]", (holder) => {
  const input = /** @type {HTMLInputElement} */ (holder.querySelector("input"));
  const chips = /** @type {HTMLElement[]} */ ([...holder.querySelectorAll("[data-date-days]")]);
  const show = () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", String(input.value === isoDay(dayFromToday(Number(chip.dataset.dateDays)))));
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const value = isoDay(dayFromToday(Number(chip.dataset.dateDays)));
      set(input, input.value === value ? "" : value);
      show();
    });
  }
  input.addEventListener("change", show);
  input.form?.addEventListener("reset", () => setTimeout(show));
  show();
});
