// Drag and drop for boards and lists, with auto-scroll and touch.
export { default } from "sortablejs/modular/sortable.esm.js";
