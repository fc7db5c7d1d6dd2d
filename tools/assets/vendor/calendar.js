// FullCalendar with the views that Banyan shows. Its styles are calendar.css, linked by calendar pages only.
import { Calendar } from "fullcalendar";
import dayGrid from "fullcalendar/daygrid";
import interaction from "fullcalendar/interaction";
import list from "fullcalendar/list";
import chinese from "fullcalendar/locales/zh-cn";
import classicTheme from "fullcalendar/themes/classic";
import timeGrid from "fullcalendar/timegrid";

export const plugins = [classicTheme, dayGrid, timeGrid, list, interaction];
export const locales = [chinese];
export { Calendar };
