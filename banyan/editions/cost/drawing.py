"""The charts of the page as SVG for paper: the same data, drawn without a browser.

It draws what the cost model's charts use: bars, stacked or beside each other, upright or lying, and lines; on plain,
logarithmic or named axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markupsafe import Markup

WIDTH, HEIGHT = 660.0, 250.0
TOP, RIGHT, BOTTOM = 12.0, 12.0, 22.0
COLORS = ("#1d6b45", "#2f7fc1", "#d98a1f", "#8a5bb5", "#c44f4f", "#3a9a9a", "#7a8f2e", "#b5577f", "#5b6b7f", "#a07a4a")
INK, LINE = "#555", "#d5d5d5"
LETTER = 5.2


@dataclass(frozen=True)
class Scale:
    """Where a value lies between two ends, in points."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """Return the place of a value."""
        low, high, here = (
            math.log10(max(number, 1e-9)) if self.is_log else number for number in (self.low, self.high, value)
        )
        return self.start + (self.end - self.start) * (here - low) / ((high - low) or 1)


def drawn(option: Mapping[str, Any], *, height: float = HEIGHT) -> Markup:
    """Return a chart's option as SVG, with its legend below."""
    series = [one for one in option["series"] if one["data"]]
    x_axis, y_axis = option["xAxis"], option["yAxis"]
    parts = (
        _lying(series, y_axis["data"], height)
        if y_axis["type"] == "category"
        else _upright(series, x_axis, y_axis, height)
    )
    names = [one["name"] for one in series if not one.get("silent")]
    legend = list(_legend(names, height + 6))
    below = height + 10 + 14 * (1 + max((row for _text, row in legend), default=0))
    drawing = "".join([*parts, *(text for text, _row in legend)])
    return Markup(  # noqa: S704 every text in it is escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {below:g}" class="drawing">{drawing}</svg>'
    )


def _upright(
    series: Sequence[Mapping[str, Any]], x_axis: Mapping[str, Any], y_axis: Mapping[str, Any], height: float
) -> Iterator[str]:
    is_named = x_axis["type"] == "category"
    values = _heights(series) if is_named else [point[1] for one in series for point in one["data"]]
    is_log = y_axis["type"] == "log"
    ticks = _decades(max(1.0, min(values)), max(values)) if is_log else _ticks(min(0.0, *values), max(0.0, *values))
    left = 10 + LETTER * max(len(_number(tick)) for tick in ticks)
    up = Scale(ticks[0], ticks[-1], height - BOTTOM, TOP, is_log)
    for tick in ticks:
        yield _line(left, up.at(tick), WIDTH - RIGHT, up.at(tick))
        yield _text(left - 4, up.at(tick) + 3, _number(tick), "end")
    if is_named:
        yield from _columns(series, x_axis["data"], left, up, height)
        return
    along = Scale(x_axis["min"], x_axis["max"], left, WIDTH - RIGHT, x_axis["type"] == "log")
    for tick in _decades(x_axis["min"], x_axis["max"]):
        yield _text(along.at(tick), height - 6, f"{tick:,.0f}", "middle")
    for place, one in enumerate(series):
        yield _path([(along.at(x), up.at(y)) for x, y in one["data"]], place, is_step=bool(one.get("silent")))


def _columns(
    series: Sequence[Mapping[str, Any]], names: Sequence[str], left: float, up: Scale, height: float
) -> Iterator[str]:
    """Draw bars of one place over each other where they are stacked, beside each other where not; lines across."""
    room = (WIDTH - RIGHT - left) / len(names)
    stacks = list(dict.fromkeys(one.get("stack", one["name"]) for one in series if one["type"] == "bar"))
    width = min(40.0, room * 0.7 / max(1, len(stacks)))
    for place, name in enumerate(names):
        middle = left + room * (place + 0.5)
        yield _text(middle, height - 6, name, "middle")
        tops: dict[str, float] = dict.fromkeys(stacks, 0.0)
        for color, one in enumerate(series):
            if one["type"] != "bar":
                continue
            stack = one.get("stack", one["name"])
            begins, value = tops[stack], one["data"][place]
            tops[stack] += value
            x = middle + width * (stacks.index(stack) - len(stacks) / 2)
            yield _rectangle(x, up.at(begins), width, up.at(begins + value), color)
    for color, one in enumerate(series):
        if one["type"] == "line":
            yield _path([(left + room * (place + 0.5), up.at(y)) for place, y in enumerate(one["data"])], color)


def _lying(series: Sequence[Mapping[str, Any]], names: Sequence[str], height: float) -> Iterator[str]:
    """Draw bars to both sides of zero, one row for each name."""
    values = [value for one in series for value in one["data"]]
    ticks = _ticks(min(0.0, *values), max(0.0, *values))
    left = min(260.0, 12 + max(_width(name) for name in names))
    along = Scale(ticks[0], ticks[-1], left, WIDTH - RIGHT - 10)
    for tick in ticks:
        yield _line(along.at(tick), TOP, along.at(tick), height - BOTTOM)
        yield _text(along.at(tick), height - 6, _number(tick), "middle")
    room = (height - BOTTOM - TOP) / len(names)
    for place, name in enumerate(names):
        y = TOP + room * place
        yield _text(left - 6, y + room / 2 + 3, name, "end")
        for color, one in enumerate(series):
            ends = sorted((along.at(0), along.at(one["data"][place])))
            yield (
                f'<rect x="{ends[0]:.1f}" y="{y + room * 0.2:.1f}" width="{ends[1] - ends[0]:.1f}" height="{room * 0.6:.1f}"'
                f' fill="{COLORS[color]}"/>'
            )


def _heights(series: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return how high bars and lines reach, stacks added up."""
    found = [value for one in series if "stack" not in one for value in one["data"]]
    stacked = [one["data"] for one in series if "stack" in one]
    return [*found, *(sum(column) for column in zip(*stacked, strict=True))] or [0.0]


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers that hold both ends."""
    span = (high - low) or 1.0
    step = 10 ** math.floor(math.log10(span / 4))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if span / (step * factor) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(max(high, low))) + 1)]


def _legend(names: Sequence[str], top: float) -> Iterator[tuple[str, int]]:
    x, row = 8.0, 0
    for place, name in enumerate(names):
        width = 18 + _width(name)
        if x + width > WIDTH:
            x, row = 8.0, row + 1
        y = top + 10 + row * 14
        mark = f'<rect x="{x:.1f}" y="{y - 7:.1f}" width="8" height="8" rx="1" fill="{COLORS[place % len(COLORS)]}"/>'
        yield mark + _text(x + 12, y, name, "start"), row
        x += width + 8


def _width(text: str) -> float:
    return sum(9.0 if ord(letter) > 0x2E80 else LETTER for letter in text)


def _number(value: float) -> str:
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:,.6g} M"
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"


def _path(points: Sequence[tuple[float, float]], color: int, *, is_step: bool = False) -> str:
    where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    style = 'stroke="#888" stroke-dasharray="3 3"' if is_step else f'stroke="{COLORS[color % len(COLORS)]}"'
    return f'<polyline points="{where}" fill="none" stroke-width="1.6" {style}/>'


def _rectangle(x: float, y_one: float, width: float, y_two: float, color: int) -> str:
    top, high = min(y_one, y_two), abs(y_one - y_two)
    fill = COLORS[color % len(COLORS)]
    return f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{high:.1f}" fill="{fill}"/>'


def _line(x_one: float, y_one: float, x_two: float, y_two: float) -> str:
    return f'<line x1="{x_one:.1f}" y1="{y_one:.1f}" x2="{x_two:.1f}" y2="{y_two:.1f}" stroke="{LINE}" stroke-width="0.6"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="9" fill="{INK}">{escape(str(text))}</text>'
