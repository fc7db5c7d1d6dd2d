"""Which records a process governs, and which of them are in a stage, as rows of the database."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q, QuerySet

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import ANY, Condition, Group, Node, join, live_rows, parse_tree, to_q
from banyan.core.objects.spec import ObjectSpec
from banyan.core.processes.active import ActiveProcess
from banyan.core.processes.rules import Gate


def rows_where(actor: Actor, spec: ObjectSpec, node: Node | None) -> QuerySet[Model]:
    """Return the live records that fit a filter, whoever may see them; none when it is no longer possible."""
    rows = live_rows(actor, spec)
    try:
        condition, annotations = to_q(node, spec, system_actor(actor.organization))
    except Invalid:
        return rows.none()
    return rows.alias(**annotations).filter(condition)


def governed(process: ActiveProcess, stage: str | None = None) -> Node | None:
    """Return the filter of the records that a process governs, perhaps only of those in one stage; "" is none yet."""
    in_stage = None
    if stage is not None:
        in_stage = Condition(process.field_name, *(("eq", (stage,)) if stage else ("isnull", (True,))))
    return join(process.condition, in_stage)


def not_passing(actor: Actor, spec: ObjectSpec, gate: Gate) -> Q | None:
    """Return the condition that something of a gate is missing; None for a gate that asks for nothing.

    Files are not looked for. Conditions that are no longer possible ask for nothing.
    """
    empty = tuple(Condition(name, "isnull", (True,)) for name in gate.fields if name in spec.all_fields)
    missing = _condition(actor, spec, Group(ANY, empty)) if empty else None
    for check in gate.checks:
        passing = _condition(actor, spec, parse_tree(dict(check.filter))) if check.filter else None
        if passing is not None:
            model: Any = spec.model
            failing = ~Q(pk__in=model._default_manager.filter(passing).values("pk"))  # noqa: SLF001
            missing = failing if missing is None else missing | failing
    return missing


def _condition(actor: Actor, spec: ObjectSpec, node: Node | None) -> Q | None:
    try:
        condition, annotations = to_q(node, spec, system_actor(actor.organization))
    except Invalid:
        return None
    if not annotations:
        return condition
    model: Any = spec.model
    return Q(pk__in=model._default_manager.alias(**annotations).filter(condition).values("pk"))  # noqa: SLF001
