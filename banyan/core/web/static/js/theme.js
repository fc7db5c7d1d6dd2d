// Runs before the first paint, as a classic script: the theme and the width of the menu must not flicker.
{
  const root = document.documentElement;
  const choice = localStorage.getItem("banyan.theme") || root.dataset.theme || "auto";
  const dark = choice === "dark" || (choice === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.bsTheme = dark ? "dark" : "light";
  root.dataset.theme = choice;
  root.classList.toggle("is-narrow-menu", localStorage.getItem("banyan.menu") === "narrow");
}
