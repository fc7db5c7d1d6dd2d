"""Records as the interface shows them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import excepted_fields
from banyan.core.listing.fields import masked_names, shown_fields
from banyan.core.listing.masking import Masked
from banyan.core.objects.kinds import Date, DateTime, Kind, Link
from banyan.core.objects.spec import ObjectSpec

Row = Mapping[str, Any]

#: Kinds whose values the JSON encoder writes exactly as ``to_json`` does, only faster.
_ENCODED_AS_THEY_ARE = (Date, DateTime, Link)


@dataclass(frozen=True)
class Shape:
    """Which fields an item has, which of them need converting, and which links carry a name."""

    names: tuple[str, ...]
    conversions: tuple[tuple[str, Callable[[Any], Any]], ...]
    expanded: tuple[str, ...] = ()

    def item(self, row: Row, labels: Mapping[uuid.UUID, str] | None = None) -> dict[str, Any]:
        """Return the item of a row that listing has read."""
        item = {"id": row["id"]}
        for name in self.names:
            item[name] = row[name]
        for name, convert in self.conversions:
            item[name] = convert(item[name])
        for name in self.expanded:
            target = item[name]
            item[name] = None if target is None else {"id": target, "name": (labels or {}).get(target, "")}
        return item


def shape_of(
    actor: Actor, spec: ObjectSpec, *, names: Collection[str] | None = None, expanded: tuple[str, ...] = ()
) -> Shape:
    """Return the shape of an object's items: all fields that the actor may see, or those named of them."""
    chosen = [entry for entry in shown_fields(actor, spec).values() if names is None or entry.name in names]
    masked = masked_names(actor, spec)
    excepted = excepted_fields(actor, spec)
    conversions = tuple(
        (entry.name, _unless_masked(entry.kind.to_json) if entry.name in excepted else entry.kind.to_json)
        for entry in chosen
        if (entry.name not in masked or entry.name in excepted) and _needs_conversion(entry.kind)
    )
    return Shape(tuple(entry.name for entry in chosen), conversions, expanded)


def _unless_masked(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, Masked) else convert(value)


def _needs_conversion(kind: Kind) -> bool:
    return type(kind).to_json is not Kind.to_json and not isinstance(kind, _ENCODED_AS_THEY_ARE)
