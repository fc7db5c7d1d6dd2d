"""Reading the lines that the editor of a document sends, and showing them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from banyan.core.kernel.errors import FieldError
from banyan.core.kernel.ids import parse_id

#: The inputs of a line; each comes once for every line, in the order of the lines.
INPUTS = ("id", "product", "name", "unit", "quantity", "unit_price", "discount_percent", "tax_rate")
PRESENT = "has_lines"
Line = dict[str, Any]


def read_lines(sent: QueryDict) -> list[Line] | None:
    """Return the lines of a form, as texts that the fields can parse; None when it had no lines to fill in.

    Lines in which nothing was chosen, named or priced are left out.
    """
    if PRESENT not in sent:
        return None
    columns = {name: sent.getlist(f"line_{name}") for name in INPUTS}
    lines = []
    for values in zip_longest(*columns.values(), fillvalue=""):
        line = dict(zip(columns, (value.strip() for value in values), strict=True))
        if line["product"] or line["name"] or line["unit_price"]:
            lines.append(_given(line))
    return lines


def _given(line: Mapping[str, str]) -> Line:
    """Return the filled values of a line; a kept one says what was emptied, too."""
    filled = {name: value for name, value in line.items() if value}
    if line["id"]:
        emptied = {name: None for name in ("product", "tax_rate") if not line[name]}
        return {**filled, **emptied, "unit": line["unit"], "discount_percent": line["discount_percent"] or "0"}
    return filled


def edited(rows: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Return stored lines in the shape of the component ``line_editor``."""
    return [
        {
            "id": row["id"],
            "product": row["product_id"],
            "product_label": row["product__name"],
            "name": row["name"],
            "quantity": plain(row["quantity"]),
            "unit_price": plain(row["unit_price"]),
            "discount_percent": plain(row["discount_percent"] or None),
            "tax_rate": plain(row["tax_rate"]),
            "unit": row["unit"],
        }
        for row in rows
    ]


def entered(lines: Sequence[Line], labels: Mapping[Any, str], errors: Iterable[FieldError]) -> list[Line]:
    """Return lines as they were sent, with what is wrong about each, in the shape of the component."""
    wrong: dict[int, dict[str, str]] = {}
    for error in errors:
        head, _dot, rest = error.field.partition(".")
        position, _dot, name = rest.partition(".")
        if head == "lines" and position.isdecimal():
            wrong.setdefault(int(position), {})[name] = str(error.message)
    return [
        {**line, "product_label": labels.get(parse_id(line.get("product")), ""), "errors": wrong.get(position, {})}
        for position, line in enumerate(lines)
    ]


def plain(number: Decimal | None) -> str:
    """Return a number as one types it: no separators, no needless zeros."""
    if number is None:
        return ""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
