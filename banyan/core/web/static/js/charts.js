/** Charts, drawn when they come into sight; ECharts is loaded only then. The same figures stand in a table beside. */
import { enhance } from "./enhance.js";
import { language, text } from "./settings.js";
import { visit } from "./visits.js";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Colours follow the theme, so they are read at the moment of drawing. */
function palette() {
  return Array.from({ length: 8 }, (_nothing, index) => style(`--chart-${index + 1}`));
}

function withTheme(option) {
  const muted = style("--text-muted");
  const line = style("--line");
  const axis = (settings) => [settings ?? []].flat().map((entry) => ({
    ...entry,
    axisLine: { lineStyle: { color: line }, ...entry.axisLine },
    axisTick: { show: false, ...entry.axisTick },
    axisLabel: { color: muted, ...entry.axisLabel },
    splitLine: { lineStyle: { color: line }, ...entry.splitLine },
  }));
  return {
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    color: palette(),
    textStyle: { fontFamily: style("--font") },
    grid: { left: 8, right: 16, top: 24, bottom: 8, containLabel: true },
    tooltip: { trigger: option.xAxis ? "axis" : "item", confine: true, backgroundColor: style("--surface"), borderColor: line, textStyle: { color: style("--text") } },
    ...option,
    ...(option.xAxis && { xAxis: axis(option.xAxis), yAxis: axis(option.yAxis) }),
    ...(option.legend && { legend: { textStyle: { color: muted }, icon: "circle", itemWidth: 8, itemHeight: 8, ...option.legend } }),
  };
}

/** Charts that are not drawn yet, or being drawn, with what draws each once. */
const waiting = new Map();

/** Returns the charts of the page that are not drawn yet. */
export function undrawn() {
  for (const figure of waiting.keys()) if (!figure.isConnected) waiting.delete(figure);
  return [...waiting.keys()];
}

/** Draws every chart of the page, whether somebody sees it or not; a printer shows all of them. */
export const drawAll = () => Promise.all(undrawn().map((figure) => waiting.get(figure)()));

async function draw(figure) {
  const canvas = /** @type {HTMLElement} */ (figure.querySelector(".chart-canvas"));
  const table = figure.querySelector(".chart-table");
  try {
    const option = JSON.parse(figure.dataset.option ?? "{}");
    const { init } = await import("vendor/echarts");
    const start = () => {
      const chart = init(canvas, null, { locale: language.startsWith("zh") ? "ZH" : "EN" });
      chart.setOption(withTheme(option));
      // At once, and not with the next frame: a printer does not wait for one.
      chart.getZr().flush();
      chart.on("click", ({ data }) => data?.url && visit(data.url));
      return chart;
    };
    let chart = start();
    const observer = new ResizeObserver(() => (figure.isConnected ? chart.resize() : finish()));
    const redraw = () => {
      chart.dispose();
      chart = start();
    };
    const finish = () => {
      observer.disconnect();
      document.removeEventListener("theme-changed", redraw);
      chart.dispose();
    };
    observer.observe(canvas);
    document.addEventListener("theme-changed", redraw);
  } catch {
    canvas.textContent = text("noChart");
    canvas.classList.add("is-failed");
    table?.setAttribute("open", "");
  }
}

enhance("[data-chart]", (figure) => {
  let drawing;
  const show = () => {
    seen.disconnect();
    return (drawing ??= draw(figure).finally(() => waiting.delete(figure)));
  };
  const seen = new IntersectionObserver(([entry]) => entry.isIntersecting && show(), { rootMargin: "200px" });
  waiting.set(figure, show);
  seen.observe(figure);
});
