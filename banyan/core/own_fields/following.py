"""Following every change: figures that depend on it, here and in other objects, are brought up to date."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.jobs.registration import BULK, defer, job
from banyan.core.kernel.errors import Conflict
from banyan.core.listing.fields import value_expression
from banyan.core.objects.definitions import Dependent, OwnFields, own_fields
from banyan.core.objects.field_settings import repeated_values
from banyan.core.objects.registry import specs_for, specs_here
from banyan.core.objects.spec import ObjectSpec
from banyan.core.own_fields.computing import PIECE_ROWS, recompute
from banyan.core.own_fields.rollups import FIGURES, follow_children
from banyan.core.records.events import ChangedRecord, FiguresChanged, RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.records.storage import chunks
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

#: So many records that depend on a changed one are computed at once; more are computed in the background.
AT_ONCE = 200
#: System fields whose values are known only once a new record is there.
_SET_LATE = frozenset({"number"})


def follow_records(event: RecordsChanged) -> None:
    """Follow a change that went through the one door."""
    _follow(event.organization_id, event.object_name, event.action, event.records)


def follow_figures(event: FiguresChanged) -> None:
    """Follow values that were derived."""
    _follow(event.organization_id, event.object_name, FIGURES, event.records)


def _follow(organization_id: uuid.UUID, name: str, action: str, records: Sequence[ChangedRecord]) -> None:
    spec = specs_here().get(name)
    here = own_fields(spec) if spec is not None else None
    if spec is None or here is None or not (here.fed or here.formulas or here.dependents or here.unique):
        return
    actor = system_actor(Organization.objects.get(pk=organization_id))
    if action == ChangeAction.RESTORE:
        _refuse_repeated(spec, here)
    if here.fed:
        follow_children(actor, spec, action, records)
    _compute_here(actor, spec, here, action, records)
    if action in {ChangeAction.UPDATE, ChangeAction.ERASE, FIGURES}:
        for dependent in here.dependents:
            ids = [record.record_id for record in records if not dependent.used.isdisjoint(record.values)]
            if ids:
                _compute_dependent(actor, dependent, ids)


def _compute_here(
    actor: Actor, spec: ObjectSpec, here: OwnFields, action: str, records: Sequence[ChangedRecord]
) -> None:
    """Compute formulas of the records themselves where the one door could not."""
    own = {path.partition(".")[0] for path in here.paths}
    if action == FIGURES:
        made = {formula.name for formula in here.formulas}
        ids = [record.record_id for record in records if not own.isdisjoint(record.values.keys() - made)]
    elif action in {ChangeAction.MERGE, ChangeAction.ERASE} or (
        action == ChangeAction.CREATE and not own.isdisjoint(_SET_LATE)
    ):
        ids = [record.record_id for record in records]
    else:
        return
    recompute(actor, spec, ids)


def _refuse_repeated(spec: ObjectSpec, here: OwnFields) -> None:
    """Refuse to bring records back whose unique value another one has by now."""
    for name in here.unique:
        repeated = repeated_values(spec, name)
        if repeated:
            message = _("Another record already has this “%(label)s”: %(value)s.")
            label = spec.all_fields[name].label
            raise Conflict("not_unique", message % {"label": label, "value": ", ".join(repeated)})


def _compute_dependent(actor: Actor, dependent: Dependent, ids: Sequence[uuid.UUID]) -> None:
    found = pointing(actor, dependent, ids, limit=AT_ONCE + 1)
    if len(found) <= AT_ONCE:
        recompute(actor, specs_for(actor.organization)[dependent.object_name], found)
        return
    for part in chunks(ids, PIECE_ROWS):
        defer(
            compute_dependents, actor, object_name=dependent.object_name, link=dependent.link, ids=list(map(str, part))
        )


def pointing(
    actor: Actor, dependent: Dependent, ids: Sequence[uuid.UUID], *, limit: int, after: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Return the next records, in the order of their ids, that point to one of the given ones."""
    spec = specs_for(actor.organization)[dependent.object_name]
    rows = spec.model._default_manager.filter(organization_id=actor.organization_id, deleted_at__isnull=True)  # noqa: SLF001
    rows = rows.alias(pointed_at=value_expression(spec.all_fields[dependent.link])).filter(pointed_at__in=list(ids))
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


@job(
    "own_fields.compute_dependents",
    label=gettext_lazy("Formulas of linked records are worked out"),
    queue=BULK,
    attempts=5,
    in_transaction=False,
)
def compute_dependents(actor: Actor, *, object_name: str, link: str, ids: list[str]) -> None:
    """Compute formulas of records that use fields of others through a link, piece by piece."""
    targets = [uuid.UUID(pk) for pk in ids]
    dependent = Dependent(object_name, link, frozenset(), frozenset())
    after: uuid.UUID | None = None
    while True:
        with organization_scope(actor.organization_id):
            specs = specs_for(actor.organization)
            if object_name not in specs or link not in specs[object_name].all_fields:
                return
            found = pointing(actor, dependent, targets, limit=PIECE_ROWS, after=after)
            recompute(actor, specs[object_name], found)
        if len(found) < PIECE_ROWS:
            return
        after = found[-1]
