// Runs before the first paint, as a classic script: the theme and the width of the menu must not flicker.
const root = document.documentElement;
const stored = localStorage.getItem("banyan.theme") || root.dataset.theme || "auto";
const dark = stored === "dark" || (stored === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
root.dataset.bsTheme = dark ? "dark" : "light";
root.dataset.theme = stored;
root.classList.toggle("is-narrow-menu", localStorage.getItem("banyan.menu") === "narrow");
