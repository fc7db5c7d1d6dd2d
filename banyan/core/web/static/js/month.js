/** A month to choose a day from, in a popover below an input. */
import { dayFromToday, isoDay, readDay, readInstant } from "./days.js";
import { openMenu } from "./menus.js";
import { language, text } from "./settings.js";

const DAYS_SHOWN = 42;
const FIRST_MONDAY = new Date(2024, 0, 1);
const times = ["09:00", "10:00", "11:00", "14:00", "15:00", "16:00", "19:00"];
const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** Makes an element with properties and attributes. */
function make(tag, properties, attributes = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const addDays = (day, count) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + count);

/** The calendar of one input. */
export class MonthCalendar {
  /**
   * @param {HTMLInputElement} input
   * @param {{withTime: boolean}} options withTime: also offer times of the day
   */
  constructor(input, { withTime }) {
    this.input = input;
    this.withTime = withTime;
    this.box = make("div", { className: "calendar-popover", popover: "manual" }, { role: "dialog", "aria-label": text("chooseDate") });
    this.box.addEventListener("click", (event) => this.choose(event));
    this.box.addEventListener("keydown", (event) => this.move(event));
    this.box.addEventListener("mousedown", (event) => event.preventDefault());
    input.addEventListener("blur", ({ relatedTarget }) => {
      if (!this.box.contains(/** @type {Node | null} */ (relatedTarget))) this.close();
    });
    this.box.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && relatedTarget !== input && !this.box.contains(/** @type {Node} */ (relatedTarget))) this.close();
    });
  }

  /** Shows the month of the input's day, or of today. */
  open() {
    if (this.input.readOnly || this.input.disabled) return;
    const [year, month, day] = (this.currentDay() || isoDay(dayFromToday(0))).split("-").map(Number);
    this.day = new Date(year, month - 1, day);
    if (!this.box.isConnected) (this.input.closest("dialog") ?? document.body).append(this.box);
    this.draw();
    if (!this.isOpen()) openMenu(this.box, this.input);
  }

  /** Hides the calendar. */
  close() {
    if (this.isOpen()) this.box.hidePopover();
    this.box.remove();
  }

  /** Puts the focus on the marked day. */
  focus() {
    /** @type {HTMLElement | null} */ (this.box.querySelector('.calendar-day[tabindex="0"]'))?.focus();
  }

  isOpen() {
    return this.box.isConnected && this.box.matches(":popover-open");
  }

  currentDay() {
    return this.withTime ? readInstant(this.input.value).slice(0, 10) : readDay(this.input.value);
  }

  draw() {
    this.box.replaceChildren(this.head(), this.grid(), this.foot());
  }

  head() {
    const step = (months, label, sign) =>
      make("button", { type: "button", className: "icon-button", textContent: sign }, { "data-months": months, "aria-label": label });
    const title = this.day.toLocaleDateString(language, { year: "numeric", month: "long" });
    const head = make("div", { className: "calendar-head" });
    head.append(step("-1", text("previousMonth"), "‹"), make("strong", { textContent: title }, { "aria-live": "polite" }), step("1", text("nextMonth"), "›"));
    return head;
  }

  grid() {
    const first = new Date(this.day.getFullYear(), this.day.getMonth(), 1);
    const start = addDays(first, -((first.getDay() + 6) % 7));
    const grid = make("div", { className: "calendar-grid" });
    for (let index = 0; index < 7; index += 1) {
      const name = addDays(FIRST_MONDAY, index).toLocaleDateString(language, { weekday: "narrow" });
      grid.append(make("span", { className: "calendar-weekday", textContent: name }, { "aria-hidden": "true" }));
    }
    for (let index = 0; index < DAYS_SHOWN; index += 1) grid.append(this.cell(addDays(start, index)));
    return grid;
  }

  cell(day) {
    const value = isoDay(day);
    const { min, max } = this.input.dataset;
    const button = make(
      "button",
      { type: "button", className: "calendar-day", textContent: String(day.getDate()), disabled: Boolean((min && value < min) || (max && value > max)) },
      { "data-day": value, tabindex: value === isoDay(this.day) ? "0" : "-1", "aria-label": day.toLocaleDateString(language, { dateStyle: "full" }) },
    );
    button.classList.toggle("is-other", day.getMonth() !== this.day.getMonth());
    if (value === isoDay(dayFromToday(0))) button.setAttribute("aria-current", "date");
    if (value === this.currentDay()) button.setAttribute("aria-pressed", "true");
    return button;
  }

  foot() {
    const foot = make("div", { className: "calendar-foot" });
    const chip = (label, attributes) => make("button", { type: "button", className: "chip-button", textContent: label }, attributes);
    if (this.withTime) foot.append(...times.map((time) => chip(time, { "data-time": time })));
    else foot.append(chip(text("today"), { "data-day": isoDay(dayFromToday(0)) }));
    foot.append(chip(text("clear"), { "data-day": "" }));
    return foot;
  }

  choose({ target }) {
    const { months, day, time } = target.closest("[data-months], [data-day], [data-time]")?.dataset ?? {};
    if (months) {
      this.day = new Date(this.day.getFullYear(), this.day.getMonth() + Number(months), 1);
      this.draw();
    } else if (time) {
      this.set(`${this.currentDay() || isoDay(this.day)} ${time}`, { close: true });
    } else if (day !== undefined) {
      const clock = readInstant(this.input.value).slice(11) || "09:00";
      if (day) this.day = addDays(new Date(`${day}T00:00`), 0);
      this.set(day && this.withTime ? `${day} ${clock}` : day, { close: !this.withTime || !day });
    }
  }

  set(value, { close }) {
    this.input.value = value;
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    if (!close) {
      this.draw();
      return;
    }
    this.close();
    this.input.focus({ preventScroll: true });
  }

  move(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
      this.input.focus({ preventScroll: true });
    }
    if (!(event.key in steps) || !event.target.matches(".calendar-day")) return;
    event.preventDefault();
    event.stopPropagation();
    this.day = addDays(this.day, steps[event.key]);
    this.draw();
    this.focus();
  }
}
