"""What a formula that somebody is writing would give, on a few real records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import restrict
from banyan.core.expressions import Compiled, Type
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import kinds
from banyan.core.objects.spec import ObjectSpec
from banyan.core.own_fields.computing import moment_of
from banyan.core.records.drafts import Draft, reading_for
from banyan.core.records.linked import LinkedValues

LOOKED_AT = 40
SHOWN_AS = {
    Type.NUMBER: "decimal", Type.TEXT: "text", Type.BOOLEAN: "boolean", Type.DATE: "date", Type.DATETIME: "datetime",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A record and what the formula gives for it, as people read it."""

    title: str
    value: str


def examples(actor: Actor, spec: ObjectSpec, compiled: Compiled, *, count: int = 5) -> list[Example]:
    """Return what a formula gives for the last changed records that the actor sees, first where it is not empty."""
    rows: Any = restrict(live_rows(actor, spec), actor, spec).order_by("-updated_at", "-pk")[:LOOKED_AT]
    drafts = [Draft(spec, existing=record) for record in rows]
    linked = LinkedValues(actor, spec, drafts, compiled.paths)
    moment = moment_of(actor)
    given = [
        Example(_title(actor, spec, draft), _shown(actor, compiled, compiled.evaluate(linked.of(draft), moment)))
        for draft in drafts
    ]
    return sorted(given, key=lambda example: not example.value)[:count]


def _title(actor: Actor, spec: ObjectSpec, draft: Draft) -> str:
    entry = spec.all_fields.get(spec.title)
    text = entry.kind.display(draft.get(spec.title), reading_for(actor)) if entry is not None else ""
    return text or str(draft.get("number") or "")


def _shown(actor: Actor, compiled: Compiled, value: Any) -> str:
    if value is None or compiled.type is None or compiled.type is Type.LIST:
        return ""
    return kinds[SHOWN_AS[compiled.type]]().display(value, reading_for(actor))
