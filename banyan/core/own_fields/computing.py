"""Computing formulas: of drafts on their way through the one door, and of records that nobody writes just now."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.expressions import Moment
from banyan.core.kernel.clock import now
from banyan.core.kernel.events import publish
from banyan.core.objects.definitions import Formula, own_fields
from banyan.core.objects.field_settings import converted
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.changelog import notify_live
from banyan.core.records.drafts import Draft
from banyan.core.records.events import ChangedRecord, FiguresChanged
from banyan.core.records.linked import LinkedValues
from banyan.core.records.storage import chunks, update_rows

PIECE_ROWS = 1_000
IDS_PER_NOTICE = 50


def moment_of(actor: Actor) -> Moment:
    """Return the moment of a computation: what is stored for all is computed by the organization's days."""
    return Moment(now(), actor.organization.time_zone)


def compute(actor: Actor, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Set the formulas of drafts that come out differently now, in the order in which they use each other."""
    here = own_fields(spec)
    if here is None or not here.formulas or not drafts:
        return
    linked = LinkedValues(actor, spec, drafts, here.paths)
    moment = moment_of(actor)
    for draft in drafts:
        values = _with_system_values(draft, linked.of(draft), actor, moment)
        for formula in here.formulas:
            value = converted(formula.kind, formula.compiled.evaluate(values, moment))
            if value != draft.get(formula.name):
                draft.set(formula.name, value)


def _with_system_values(
    draft: Draft, values: Callable[[str], Any], actor: Actor, moment: Moment
) -> Callable[[str], Any]:
    """Return the values of a draft with those that the door sets only when it writes a new record."""
    if not draft.is_new:
        return values
    known = {
        "created_at": draft.columns.get("created_at", moment.now),
        "updated_at": moment.now,
        "created_by": actor.user_id,
        "updated_by": actor.user_id,
    }
    return lambda path: known[path] if path in known else values(path)


def recompute(actor: Actor, spec: ObjectSpec, ids: Collection[uuid.UUID]) -> int:
    """Compute the formulas of records anew where they come out differently; return how many records that were.

    Only those are locked, in the order of their ids. It is no change of the records: versions stay.
    """
    here = own_fields(spec)
    if here is None or not here.formulas:
        return 0
    changed = 0
    for part in chunks(sorted(ids), PIECE_ROWS):
        rows = spec.model._default_manager.filter(pk__in=part)  # noqa: SLF001 Django's own name for it
        differing = [draft.record_id for draft in _computed(actor, spec, rows) if draft.values]
        if differing:
            locked = rows.filter(pk__in=differing).select_for_update(of=("self",), no_key=True).order_by("pk")
            drafts = [draft for draft in _computed(actor, spec, locked) if draft.values]
            write_figures(actor, spec, [(draft.record_id, _pairs(draft, here.formulas)) for draft in drafts])
            changed += len(drafts)
    return changed


def _computed(actor: Actor, spec: ObjectSpec, rows: Any) -> list[Draft]:
    drafts = [Draft(spec, existing=record) for record in rows]
    compute(actor, spec, drafts)
    return drafts


def _pairs(draft: Draft, formulas: Sequence[Formula]) -> dict[str, tuple[Any, Any]]:
    found = {}
    for formula in formulas:
        if formula.name in draft.values:
            to_json = formula.kind.to_json
            found[formula.name] = (to_json(draft.before(formula.name)), to_json(draft.values[formula.name]))
    return found


def write_figures(
    actor: Actor,
    spec: ObjectSpec,
    changes: Sequence[tuple[uuid.UUID, dict[str, tuple[Any, Any]]]],
    companions: dict[uuid.UUID, dict[str, Any]] | None = None,
) -> None:
    """Write derived values of locked records, given as ``{field: (old, new)}`` in JSON's terms, and tell of them.

    ``companions`` are further entries of the ``custom`` column that nobody sees.
    """
    beside = companions or {}
    if not changes and not beside:
        return
    given = {pk: {name: new for name, (_old, new) in pairs.items()} for pk, pairs in changes}
    rows = [
        {"id": pk, "custom": {**given.get(pk, {}), **beside.get(pk, {})}} for pk in sorted(given.keys() | beside.keys())
    ]
    update_rows(spec.model, ["custom"], rows, joins_custom=True)
    told = tuple(ChangedRecord(pk, pairs) for pk, pairs in changes if pairs)
    if told:
        publish(FiguresChanged(organization_id=actor.organization_id, object_name=spec.name, records=told))
        ids = [str(record.record_id) for record in told[:IDS_PER_NOTICE]]
        notice = {"object": spec.name, "plural": spec.plural, "action": "update", "ids": ids}
        notify_live(actor.organization_id, notice)
