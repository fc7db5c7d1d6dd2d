/** The desk on which layouts are made: what is dragged becomes a step, and the preview follows every step. */
import htmx from "vendor/htmx";

import { enhance } from "./enhance.js";

/** How wide pages and forms are on a computer, in pixels. */
const WIDE_PAGE = 1120;
const WIDE_FORM = 860;

/** What dropping an item of a list means. */
const steps = {
  field: ({ key, to, index }) => (to.dataset.part ? { do: "field.put", name: key, part: to.dataset.part, index } : { do: "field.drop", name: key }),
  part: ({ key, to, index }) => ({ do: "part.put", key, tab: to.dataset.tab, index }),
  block: ({ key, to, index }) => ({ do: "block.put", key, place: to.dataset.place, index }),
};

enhance("[data-layout-editor]", async (editor) => {
  const { default: Sortable } = await import("vendor/sortable");
  for (const list of /** @type {NodeListOf<HTMLElement>} */ (editor.querySelectorAll("[data-layout-list]"))) {
    const kind = list.dataset.layoutList ?? "";
    Sortable.create(list, {
      group: kind,
      draggable: "[data-layout-item]",
      handle: ".grip",
      animation: 120,
      // The page scrolls under a finger that does not hold a grip.
      delayOnTouchOnly: true,
      delay: 60,
      onEnd: ({ item, to, from, newDraggableIndex: index, oldDraggableIndex: before }) => {
        if (to === from && index === before) return;
        htmx.ajax("post", `${editor.dataset.url}/step`, {
          source: editor,
          target: editor,
          swap: "outerHTML",
          values: { ...steps[kind]({ key: item.dataset.key, to, index }), revision: editor.dataset.revision },
        });
      },
    });
  }
  editor.dataset.ready = "";
});

/** A dialog has taken a step: the editor behind it loads itself again. */
document.addEventListener("layout-stepped", () => {
  const editor = /** @type {HTMLElement | null} */ (document.querySelector("[data-layout-editor]"));
  if (editor) htmx.ajax("get", editor.dataset.url ?? "", { source: editor, target: editor, swap: "outerHTML" });
});

enhance("[data-layout-preview]", (preview) => {
  const choices = /** @type {HTMLFormElement} */ (preview.querySelector("[data-preview-choices]"));
  const frame = /** @type {HTMLElement} */ (preview.querySelector(".layout-preview-frame"));
  const page = /** @type {HTMLElement} */ (frame.querySelector("iframe"));
  // A computer's page is as wide as on a computer, and drawn smaller; a phone's is as it is.
  const fit = () => {
    const { device, show } = Object.fromEntries(new FormData(choices));
    frame.classList.toggle("is-phone", device === "phone");
    const width = show === "record" ? WIDE_PAGE : WIDE_FORM;
    const scale = device === "phone" ? 1 : Math.min(1, frame.clientWidth / width);
    page.style.width = `${100 / scale}%`;
    page.style.height = `${100 / scale}%`;
    page.style.transform = scale === 1 ? "" : `scale(${scale})`;
  };
  new ResizeObserver(fit).observe(frame);
  choices.addEventListener("change", () => {
    fit();
    choices.requestSubmit();
  });
  const refresh = () => {
    if (preview.isConnected) choices.requestSubmit();
    else document.removeEventListener("layout-changed", refresh);
  };
  document.addEventListener("layout-changed", refresh);
});
