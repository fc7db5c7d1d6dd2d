/** The browser's printer. */
document.querySelector("[data-print]")?.addEventListener("click", () => print());
