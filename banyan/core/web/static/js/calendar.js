/** Calendars of records; FullCalendar is loaded only where one is shown. */
import { enhance } from "./enhance.js";
import { openDialog, openPanel } from "./overlays.js";
import { RequestFailed, get, post } from "./requests.js";
import { language, text } from "./settings.js";
import { showToast } from "./toast.js";

const views = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay", list: "listWeek" };

/**
 * Keeps what a day shows in its name, so that screen readers say the records and not the date alone.
 * Days are drawn again at any moment (records arrive, the month turns), so every change is followed.
 */
function nameDays(holder) {
  const names = new WeakMap();
  const name = () => {
    for (const day of holder.querySelectorAll('[role="gridcell"][data-date]')) {
      const present = day.getAttribute("aria-label") ?? "";
      const known = names.get(day);
      const date = known?.full === present ? known.date : present;
      const full = `${date} ${day.textContent ?? ""}`.trim();
      names.set(day, { date, full });
      if (full !== present) day.setAttribute("aria-label", full);
    }
  };
  name();
  new MutationObserver(name).observe(holder, { subtree: true, childList: true, characterData: true, attributeFilter: ["aria-label"] });
}

enhance("[data-calendar]", async (holder) => {
  const { url = "", moveUrl, createUrl, view = "month", firstDay = "1" } = holder.dataset;
  const { Calendar, plugins, locales } = await import("vendor/calendar");
  const narrow = matchMedia("(max-width: 640px)").matches;
  const calendar = new Calendar(holder, {
    plugins,
    locales,
    locale: language.startsWith("zh") ? "zh-cn" : "en",
    initialView: narrow ? views.list : (views[view] ?? views.month),
    firstDay: Number(firstDay),
    height: narrow ? "auto" : "100%",
    nowIndicator: true,
    dayMaxEvents: 4,
    editable: Boolean(moveUrl),
    selectable: Boolean(createUrl),
    headerToolbar: { start: "prev,next today", center: "title", end: narrow ? "" : "dayGridMonth,timeGridWeek,listWeek" },
    // What a button is called must begin with what it shows.
    todayHint: text("today"),
    buttonText: { today: text("today"), month: text("month"), week: text("week"), day: text("day"), list: text("list") },
    events: async ({ startStr, endStr }) => {
      const answer = await get(`${url}${url.includes("?") ? "&" : "?"}${new URLSearchParams({ start: startStr, end: endStr })}`);
      return answer.items ?? answer;
    },
    eventClick: ({ event, jsEvent }) => {
      if (!event.url) return;
      jsEvent.preventDefault();
      openPanel(event.url);
    },
    dateClick: createUrl ? ({ dateStr }) => openDialog(`${createUrl}${createUrl.includes("?") ? "&" : "?"}${new URLSearchParams({ date: dateStr })}`) : undefined,
    eventDrop: async ({ event, revert }) => {
      try {
        await post(moveUrl ?? "", { id: event.id, start: event.startStr, end: event.endStr, version: event.extendedProps.version ?? "" });
      } catch (error) {
        revert();
        if (!(error instanceof RequestFailed)) throw error;
        if (error.dialog) openDialog(error.dialog);
        else showToast({ text: error.message, kind: "error" });
      }
    },
  });
  calendar.render();
  nameDays(holder);
  holder.addEventListener("refresh", () => calendar.refetchEvents());
});
