"""The front door of the money app for apps above it."""

from banyan.money.rules import (
    HUNDRED,
    LineAmounts,
    Totals,
    allocate,
    in_capitals,
    line_amounts,
    places_of,
    rounded,
    totals,
)

__all__ = [
    "HUNDRED",
    "LineAmounts",
    "Totals",
    "allocate",
    "in_capitals",
    "line_amounts",
    "places_of",
    "rounded",
    "totals",
]
