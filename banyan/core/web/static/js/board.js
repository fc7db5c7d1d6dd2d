/** Boards: cards are dragged by mouse or finger, or moved by keys; a conflict puts the card back and says why. */
import htmx from "vendor/htmx";

import { enhance } from "./enhance.js";
import { openMenu } from "./menus.js";
import { openDialog } from "./overlays.js";
import { RequestFailed, post } from "./requests.js";
import { text } from "./settings.js";
import { showToast } from "./toast.js";

const TOUCH_DELAY_MS = 180;

const columnsOf = (board) => /** @type {HTMLElement[]} */ ([...board.querySelectorAll("[data-column]")]);
const listOf = (column) => /** @type {HTMLElement} */ (column.querySelector("[data-cards]"));
const titleOf = (column) => column.getAttribute("aria-label") ?? "";
/** The board itself loads again, or the block of a page that it stands in. */
const loadAgain = (board) => htmx.trigger(board.closest("[hx-get]") ?? board, "refresh");
const linkOf = (card) => /** @type {HTMLElement | null} */ (card?.querySelector("a") ?? null);

/**
 * Tells the server where a card is now, and puts it back where it was when the server refuses.
 * @param {HTMLElement} board
 * @param {HTMLElement} card
 * @param {{list: Element, next: Element | null}} origin
 */
async function save(board, card, origin) {
  const column = /** @type {HTMLElement} */ (card.closest("[data-column]"));
  const { card: id = "", version = "" } = card.dataset;
  const following = /** @type {HTMLElement | null} */ (card.nextElementSibling);
  card.classList.add("is-saving");
  try {
    const values = { id, version, to: column.dataset.column ?? "", before: following?.dataset.card ?? "" };
    const response = await post(board.dataset.moveUrl ?? "", values);
    const trigger = response.headers.get("HX-Trigger");
    const body = await response.text();
    // A board without heads and cards of their own, as on my day, loads itself again as a whole.
    if ("reload" in board.dataset) loadAgain(board);
    else if (body) htmx.swap(board, body, { swapStyle: "none" });
    if (trigger) announce(JSON.parse(trigger));
    else showToast({ text: text("moved", { column: titleOf(column) }) });
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    origin.list.insertBefore(card, origin.next?.isConnected ? origin.next : null);
    if (error.dialog) openDialog(error.dialog);
    else showToast({ text: error.message, kind: "error" });
    if (error.status === 409 || error.status === 412) loadAgain(board);
  } finally {
    card.classList.remove("is-saving");
  }
}

/** Fires the events of an answer, as htmx does for its own requests; details that are no object are wrapped. */
function announce(events) {
  for (const [name, detail] of Object.entries(events)) {
    htmx.trigger(document.body, name, detail instanceof Object ? detail : { value: detail });
  }
}

function moveTo(board, card, column) {
  const origin = { list: card.parentElement, next: card.nextElementSibling };
  if (!column || origin.list === listOf(column)) return;
  listOf(column).prepend(card);
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  linkOf(card)?.focus();
  save(board, card, origin);
}

function showMoveMenu(board, card, button) {
  document.getElementById("card-move-menu")?.remove();
  const menu = document.createElement("div");
  Object.assign(menu, { id: "card-move-menu", className: "menu", popover: "auto" });
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", text("moveTo"));
  const here = card.closest("[data-column]");
  for (const column of columnsOf(board).filter((other) => other !== here)) {
    const entry = document.createElement("button");
    Object.assign(entry, { type: "button", className: "menu-item", textContent: titleOf(column) });
    entry.setAttribute("role", "menuitem");
    entry.addEventListener("click", () => moveTo(board, card, column));
    menu.append(entry);
  }
  document.body.append(menu);
  openMenu(menu, button);
}

function focusNeighbour(board, card, { rows = 0, columns = 0 }) {
  const cards = [...card.parentElement.querySelectorAll("[data-card]")];
  const all = columnsOf(board);
  const at = all.indexOf(card.closest("[data-column]"));
  const target = columns
    ? listOf(all[at + columns] ?? all[at])?.querySelectorAll("[data-card]")[Math.min(cards.indexOf(card), 0)]
    : cards[cards.indexOf(card) + rows];
  linkOf(target)?.focus();
}

const steps = {
  ArrowUp: { rows: -1 },
  ArrowDown: { rows: 1 },
  ArrowLeft: { columns: -1 },
  ArrowRight: { columns: 1 },
};

enhance("[data-board]", async (board) => {
  board.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("[data-card-move]");
    if (button) showMoveMenu(board, button.closest("[data-card]"), button);
  });
  board.addEventListener("keydown", (event) => {
    const card = /** @type {Element} */ (event.target).closest("[data-card]");
    const step = steps[event.key];
    if (!card || !step) return;
    event.preventDefault();
    if (event.shiftKey && step.columns && board.dataset.moveUrl) {
      const all = columnsOf(board);
      moveTo(board, card, all[all.indexOf(card.closest("[data-column]")) + step.columns]);
    } else {
      focusNeighbour(board, card, step);
    }
  });
  if (!board.dataset.moveUrl) return;

  const { default: Sortable } = await import("vendor/sortable");
  /** @type {{list: Element, next: Element | null}} */
  let origin;
  for (const column of columnsOf(board)) {
    Sortable.create(listOf(column), {
      group: board.id,
      draggable: "[data-card]",
      filter: ".is-locked, .icon-button",
      preventOnFilter: false,
      animation: 120,
      delay: TOUCH_DELAY_MS,
      delayOnTouchOnly: true,
      touchStartThreshold: 4,
      ghostClass: "is-placeholder",
      dragClass: "is-dragged",
      onStart: ({ item }) => {
        origin = { list: item.parentElement, next: item.nextElementSibling };
        board.classList.add("is-dragging");
      },
      onEnd: ({ item, from, to, oldIndex, newIndex }) => {
        board.classList.remove("is-dragging");
        if (from !== to || oldIndex !== newIndex) save(board, item, origin);
      },
    });
  }
  board.dataset.ready = "";
});

enhance("[data-sortable-list]", async (list) => {
  const { default: Sortable } = await import("vendor/sortable");
  Sortable.create(list, {
    draggable: "[data-sortable-item]",
    handle: ".grip",
    animation: 120,
    onEnd: () => htmx.trigger(list, "sorted"),
  });
});
