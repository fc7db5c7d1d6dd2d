"""The values of a field as stages: which fields can have a process, and what their values are called."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.ids import parse_id
from banyan.core.listing.filters import Node, conditions_of, live_rows
from banyan.core.objects.kinds import Choice, Link, TerritoryChoice
from banyan.core.objects.registry import specs_for
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.processes.rules import Outcome

#: What values that the product or an administrator calls so mean; anything else is under way.
_MEANINGS = {
    "won": Outcome.WON, "lost": Outcome.LOST, "done": Outcome.DONE, "completed": Outcome.DONE, "closed": Outcome.DONE,
    "delivered": Outcome.DONE, "resolved": Outcome.DONE, "cancelled": Outcome.CANCELLED, "canceled": Outcome.CANCELLED,
    "rejected": Outcome.CANCELLED, "完成": Outcome.DONE, "已完成": Outcome.DONE, "取消": Outcome.CANCELLED,
    "已取消": Outcome.CANCELLED, "赢单": Outcome.WON, "输单": Outcome.LOST,
}  # fmt: skip


@dataclass(frozen=True)
class StageValue:
    """A value of a field that can be a stage."""

    key: str
    label: str
    color: str = ""
    outcome: str = Outcome.OPEN


def can_have_process(entry: Field, specs: Mapping[str, ObjectSpec]) -> bool:
    """Say whether the values of a field can be stages: a choice, or a link to records of the set-up in an order."""
    kind = entry.kind
    if entry.read_only or entry.is_sealed:
        return False
    if isinstance(kind, Choice) and not isinstance(kind, TerritoryChoice):
        return True
    if isinstance(kind, Link) and not kind.many:
        target = specs.get(kind.target)
        return target is not None and target.is_setting and "position" in target.all_fields
    return False


def group_field(spec: ObjectSpec, entry: Field) -> str:
    """Return the link by which values belong together, such as the pipeline of stages; empty when they do not."""
    name = str(getattr(entry.kind, "narrowed_by", ""))
    return name if name in spec.links else ""


def group_of(spec: ObjectSpec, entry: Field, condition: Node | None) -> uuid.UUID | None:
    """Return the group that a condition limits a process to."""
    name = group_field(spec, entry)
    for part in conditions_of(condition) if name else ():
        if part.field == name and part.operator in {"", "eq"} and len(part.values) == 1:
            return parse_id(part.values[0])
    return None


def values_of(actor: Actor, spec: ObjectSpec, entry: Field, condition: Node | None = None) -> list[StageValue]:
    """Return the values of a field in their order, of the group that the condition names."""
    kind = entry.kind
    if isinstance(kind, Choice):
        return [
            StageValue(option.code, str(option.label), option.color, _meaning(option.code, str(option.label)))
            for option in kind.options
            if option.active
        ]
    target = specs_for(actor.organization)[getattr(kind, "target", "")]
    rows = live_rows(system_actor(actor.organization), target)
    group = group_of(spec, entry, condition)
    link = target.all_fields.get(group_field(spec, entry))
    if group is not None and link is not None:
        rows = rows.filter(**{link.attribute: group})
    extra = [name for name in ("color", "outcome") if name in target.all_fields]
    ordered = rows.order_by("position", target.title).values("pk", target.title, *extra)
    return [_record_value(row, target.title) for row in ordered]


def labels_of_values(actor: Actor, spec: ObjectSpec, entry: Field) -> dict[str, str]:
    """Return what all values of a field are called, those in no use any more too, by their keys."""
    if isinstance(entry.kind, Choice):
        return {option.code: str(option.label) for option in entry.kind.options}
    target = specs_for(actor.organization)[getattr(entry.kind, "target", "")]
    rows = target.model._default_manager.filter(organization_id=actor.organization_id)  # noqa: SLF001
    return {str(pk): str(label) for pk, label in rows.values_list("pk", target.title)}


def stored_form(entry: Field, key: str) -> Any:
    """Return the value of a field that a stage's key stands for."""
    return parse_id(key) if isinstance(entry.kind, Link) else key


def _record_value(row: dict[str, Any], title: str) -> StageValue:
    outcome = str(row.get("outcome") or "")
    known = outcome if outcome in {member.value for member in Outcome} else Outcome.OPEN
    return StageValue(str(row["pk"]), str(row[title]), str(row.get("color") or ""), known)


def _meaning(code: str, label: str) -> str:
    return _MEANINGS.get(code.casefold(), _MEANINGS.get(label.casefold(), Outcome.OPEN))
