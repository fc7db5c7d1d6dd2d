/** Days as people write them and as the server reads them; all in the user's own time zone. */

const words = { today: 0, 今天: 0, tomorrow: 1, 明天: 1, 后天: 2, yesterday: -1, 昨天: -1 };

/**
 * Returns a day as YYYY-MM-DD.
 * @param {Date} day
 */
export function isoDay(day) {
  const two = (number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/**
 * Returns the day so many days from today.
 * @param {number} count
 */
export function dayFromToday(count) {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + count);
}

/**
 * Reads a day as people write it; returns YYYY-MM-DD, or "" when it is none.
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

/**
 * Reads a day with a time; returns "YYYY-MM-DD HH:MM", or "" when it is none. Without a time it is nine in the morning.
 * @param {string} input
 */
export function readInstant(input) {
  const parts = /^(.*?)(?:[\sT]+(\d{1,2})[:：时](\d{2})?分?)?$/.exec(input.trim());
  const day = readDay(parts?.[1] ?? "");
  const [hours, minutes] = [Number(parts?.[2] ?? 9), Number(parts?.[3] ?? 0)];
  if (!day || hours > 23 || minutes > 59) return "";
  return `${day} ${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}
