/** Guided tours: what is said at an element of a page, step by step over several pages. Nothing is covered or blocked. */
import { get, post } from "./requests.js";
import { showToast } from "./toast.js";
import { visit } from "./visits.js";

const KEY = "banyan.tour";
const WAIT_MS = 2500;
const POLL_MS = 60;
const GAP = 12;

/** @type {{name: string, steps: Array<{page: string, target: string, title: string, text: string}>, at: number} | null} */
let tour = null;
/** @type {HTMLElement | null} */
let target = null;
let turn = 0;
let direction = 1;

const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const isPhone = () => matchMedia("(max-width: 700px)").matches;

function remember() {
  if (tour) sessionStorage.setItem(KEY, JSON.stringify({ name: tour.name, at: tour.at }));
  else sessionStorage.removeItem(KEY);
}

/** Asks the server for a tour; it leaves out what the person cannot see. */
async function load(name) {
  const found = await get(`/tours/${encodeURIComponent(name)}/steps`).catch(() => null);
  if (!found?.steps?.length) {
    showToast({ text: byId("tour").dataset.failed, kind: "error" });
    return null;
  }
  return found;
}

async function begin(name, at) {
  const found = await load(name);
  if (!found) return;
  tour = { name, steps: found.steps, at: Math.min(at ?? 0, found.steps.length - 1) };
  direction = 1;
  keep();
  show();
}

function keep(step = String(tour?.at ?? 0)) {
  remember();
  // It is no loss when that fails: the browser knows the step as well.
  if (tour) post(`/tours/${tour.name}/progress`, { step }).catch(() => undefined);
}

/** Shows the step that it is the turn of, on its page; steps whose element is not there are passed over. */
async function show() {
  if (!tour) return;
  const mine = ++turn;
  const step = tour.steps[tour.at];
  if (location.pathname !== step.page) {
    hide();
    visit(step.page);
    return;
  }
  const element = await appearing(step.target);
  if (mine !== turn || !tour) return;
  if (!element) {
    go(direction);
    return;
  }
  point(element, step);
}

/** Waits a moment for an element: parts of pages load after the page. */
async function appearing(name) {
  for (let waited = 0; waited <= WAIT_MS; waited += POLL_MS) {
    const found = [...document.querySelectorAll(`[data-tour~="${CSS.escape(name)}"]`)].find((element) => element.getClientRects().length > 0);
    if (found) return /** @type {HTMLElement} */ (found);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return null;
}

function point(element, step) {
  hide();
  target = element;
  target.classList.add("is-toured");
  target.scrollIntoView({ block: isPhone() ? "start" : "center", behavior: "instant" });
  if (isPhone()) scrollBy(0, -120);
  const box = byId("tour");
  const last = tour.at === tour.steps.length - 1;
  byId("tour-title").textContent = step.title;
  byId("tour-text").textContent = step.text;
  byId("tour-count").textContent = (box.dataset.count ?? "").replace("{step}", String(tour.at + 1)).replace("{count}", String(tour.steps.length));
  /** @type {HTMLElement} */ (box.querySelector("[data-tour-more]")).hidden = last;
  /** @type {HTMLElement} */ (box.querySelector("[data-tour-last]")).hidden = !last;
  /** @type {HTMLButtonElement} */ (box.querySelector("[data-tour-back]")).disabled = tour.at === 0;
  box.hidden = false;
  box.dataset.step = String(tour.at);
  place();
  /** @type {HTMLElement} */ (box.querySelector("[data-tour-next]")).focus({ preventScroll: true });
}

/** Puts the box below, above or beside the element, wherever it fits; on a phone the style sheet keeps it at an edge. */
function place() {
  const box = byId("tour");
  if (!target || box.hidden) return;
  const at = target.getBoundingClientRect();
  box.classList.toggle("is-above", isPhone() && at.top > innerHeight * 0.55);
  if (isPhone()) {
    box.style.removeProperty("top");
    box.style.removeProperty("left");
    return;
  }
  const { width, height } = box.getBoundingClientRect();
  const below = at.bottom + GAP + height <= innerHeight;
  const above = at.top - GAP - height >= 0;
  let top = below ? at.bottom + GAP : at.top - GAP - height;
  let left = at.left;
  if (!below && !above) {
    // What fills the page has room in none of these places: then in its corner, where least is read.
    const isBeside = at.right + GAP + width <= innerWidth;
    top = isBeside ? at.top + GAP : innerHeight - height - 2 * GAP;
    left = isBeside ? at.right + GAP : at.right - GAP - width;
  }
  box.style.top = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
  box.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
}

function hide() {
  target?.classList.remove("is-toured");
  target = null;
  byId("tour").hidden = true;
  byId("tour-wait").hidden = true;
}

function go(by) {
  if (!tour) return;
  direction = by;
  const next = tour.at + by;
  if (next < 0) {
    direction = 1;
    return;
  }
  if (next >= tour.steps.length) {
    finish();
    return;
  }
  tour.at = next;
  keep();
  show();
}

function finish() {
  keep("done");
  tour = null;
  turn += 1;
  remember();
  hide();
  showToast({ text: byId("tour").dataset.finished, kind: "success" });
}

function leave() {
  tour = null;
  turn += 1;
  remember();
  hide();
}

/** After a page has come: goes on with the step, or waits at the edge when the person went somewhere else. */
async function arrive() {
  if (!byId("tour")) return;
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (!kept) return;
  if (!tour) {
    const found = await load(kept.name);
    if (!found) {
      leave();
      return;
    }
    tour = { name: kept.name, steps: found.steps, at: Math.min(kept.at, found.steps.length - 1) };
  }
  if (location.pathname === tour.steps[tour.at].page) {
    show();
    return;
  }
  turn += 1;
  hide();
  byId("tour-wait").hidden = false;
}

document.addEventListener("click", ({ target: element }) => {
  const place = /** @type {Element} */ (element);
  const starter = place.closest("[data-tour-start]");
  if (starter) begin(starter.getAttribute("data-tour-start"), Number(starter.getAttribute("data-tour-at") ?? 0));
  else if (place.closest("[data-tour-next]")) go(1);
  else if (place.closest("[data-tour-back]")) go(-1);
  else if (place.closest("[data-tour-continue]")) show();
  else if (place.closest("[data-tour-leave]")) leave();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && tour && byId("tour")?.contains(document.activeElement)) {
    leave();
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

for (const name of ["scroll", "resize"]) addEventListener(name, place, { passive: true, capture: true });

let shownPath = location.pathname;
document.addEventListener("htmx:afterSettle", () => {
  if (location.pathname === shownPath) return;
  shownPath = location.pathname;
  arrive();
});

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", arrive);
else arrive();
