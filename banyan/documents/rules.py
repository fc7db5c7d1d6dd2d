"""Pure rules of papers: placeholders in texts, what tax adds up to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders such as ``{customer}`` filled in; unknown ones stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_placeholders(text: str, known: Iterable[str]) -> list[str]:
    """Return the placeholders of a text that nothing fills in, in order, each once."""
    names = set(known)
    return list(dict.fromkeys(name for name in _PLACEHOLDER.findall(text) if name not in names))


def tax_by_rate(lines: Iterable[Mapping[str, Any]]) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Return ``(rate, net, tax)`` for each tax rate of the lines, the highest rate first."""
    sums: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for line in lines:
        rate = Decimal(line.get("tax_rate") or 0).normalize()
        net, tax = sums.get(rate, (Decimal(0), Decimal(0)))
        sums[rate] = (net + (line.get("net_amount") or Decimal(0)), tax + (line.get("tax_amount") or Decimal(0)))
    return [(rate, *sums[rate]) for rate in sorted(sums, reverse=True)]
