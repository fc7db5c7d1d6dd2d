/** Date inputs: chips for the usual days, typing ("tomorrow", "+3", "11-30"), and a calendar of our own on computers. */
import { enhance } from "./enhance.js";
import { MonthCalendar } from "./month.js";
import { dayFromToday, isoDay, readDay, readInstant } from "./days.js";
import { language } from "./settings.js";

/**
 * Turns a date input into a text field with our calendar. Phones keep their date wheels, which are better than any page can
 * draw; on computers the browser's own field would speak the browser's language, not the user's.
 * @param {HTMLInputElement} input
 */
function useOwnCalendar(input) {
  const withTime = input.type === "datetime-local";
  const read = withTime ? readInstant : readDay;
  for (const limit of ["min", "max"]) if (input[limit]) input.dataset[limit] = input[limit];
  const { value } = input;
  Object.assign(input, { type: "text", autocomplete: "off", value: withTime ? value.slice(0, 16).replace("T", " ") : value });
  const day = language.startsWith("zh") ? "年-月-日" : "YYYY-MM-DD";
  input.placeholder ||= withTime ? `${day} ${language.startsWith("zh") ? "时:分" : "HH:MM"}` : day;
  const calendar = new MonthCalendar(input, { withTime });
  input.addEventListener("click", () => calendar.open());
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      event.stopPropagation();
      calendar.open();
      calendar.focus();
    } else if (event.key === "Escape" && calendar.isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      calendar.close();
    } else if (event.key.length === 1 || event.key === "Tab" || event.key === "Enter") {
      calendar.close();
    }
  });
  input.addEventListener("change", () => {
    const understood = read(input.value);
    if (understood) input.value = understood;
  });
}

enhance('input[type="date"], input[type="datetime-local"]', (input) => {
  if (matchMedia("(pointer: fine)").matches) useOwnCalendar(/** @type {HTMLInputElement} */ (input));
});

enhance("[data-date]", (holder) => {
  const input = /** @type {HTMLInputElement} */ (holder.querySelector("input"));
  const chips = /** @type {HTMLElement[]} */ ([...holder.querySelectorAll("[data-date-days]")]);
  const dayOf = (chip) => isoDay(dayFromToday(Number(chip.dataset.dateDays)));
  const show = () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", String(input.value === dayOf(chip)));
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      input.value = input.value === dayOf(chip) ? "" : dayOf(chip);
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  input.addEventListener("change", show);
  input.form?.addEventListener("reset", () => setTimeout(show));
  show();
});
