"""Computing fields for all records of an object, in the background: after a change of a field, and every night."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import SetupChanged
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import BULK, actor_of, defer, job, periodic
from banyan.core.jobs.runs import Reporter, begin_run, watched
from banyan.core.kernel.clock import now
from banyan.core.objects.customising import CUSTOM_FIELD
from banyan.core.objects.definitions import Numbering, own_fields
from banyan.core.objects.models import CustomField
from banyan.core.objects.registry import specs_for
from banyan.core.objects.removing import expired_fields, forget_field, give_up_field
from banyan.core.objects.spec import ObjectSpec
from banyan.core.own_fields.computing import PIECE_ROWS, moment_of, recompute, write_figures
from banyan.core.own_fields.rollups import recount
from banyan.core.records.storage import chunks, update_rows
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.tenancy.sequences import take_numbers

COMPUTE = "own_fields.compute"
AFTER = "after"


def start_computing(actor: Actor, object_name: str) -> JobRun:
    """Queue the work on all records of an object, in the current transaction, and return the run to watch."""
    run = begin_run(actor, COMPUTE, subject=object_name)
    defer(compute_all, actor, lock=f"{COMPUTE}-{actor.organization_id}-{object_name}", run_id=str(run.pk))
    return run


def compute_changed_field(event: SetupChanged) -> None:
    """Compute when a computed field is new, was changed, or is in use again."""
    if event.subject != CUSTOM_FIELD or not {"definition", "kind", "is_active"} & event.values.keys():
        return
    row = CustomField.objects.filter(pk=event.subject_id, is_active=True).exclude(computed="").first()
    if row is not None:
        start_computing(actor_of(event.organization_id, event.actor_id), row.object_name)


@job(
    COMPUTE, label=gettext_lazy("Formulas of all records are worked out"), queue=BULK, attempts=5, in_transaction=False
)
def compute_all(actor: Actor, *, run_id: str) -> None:
    """Bring numbers, roll-ups and formulas of all records up to date; go on where an interrupted run stopped."""
    actor = fresh_actor(actor.organization_id)
    with organization_scope(actor.organization_id):
        run = JobRun.objects.get(pk=run_id)
        spec = specs_for(actor.organization).get(run.subject)
        total = spec.model._default_manager.count() if spec is not None else 0  # noqa: SLF001 Django's own name for it
        place = run.outcome
    if spec is not None:
        with watched(actor, run_id) as report:
            report.outcome = _compute_pieces(actor, spec, run, place, report=report, total=total)


def _compute_pieces(
    actor: Actor, spec: ObjectSpec, run: JobRun, place: dict[str, Any], *, report: Reporter, total: int
) -> dict[str, Any]:
    after, done, changed = place.get(AFTER), int(place.get("rows", 0)), int(place.get("changed", 0))
    while True:
        with organization_scope(actor.organization_id):
            rows = spec.model._default_manager.order_by("pk")  # noqa: SLF001 as above
            ids = list((rows.filter(pk__gt=after) if after else rows).values_list("pk", flat=True)[:PIECE_ROWS])
            changed += _bring_up_to_date(actor, spec, ids)
            done += len(ids)
            if not ids:
                return {"rows": done, "changed": changed}
            after = str(ids[-1])
            JobRun.objects.filter(pk=run.pk).update(outcome={AFTER: after, "rows": done, "changed": changed})
        report(str(spec.label_plural), done, total)


def _bring_up_to_date(actor: Actor, spec: ObjectSpec, ids: Sequence[uuid.UUID]) -> int:
    here = own_fields(spec)
    if here is None or not ids:
        return 0
    for numbering in here.numberings:
        _number_old(actor, spec, numbering, ids)
    return recount(actor, spec, ids) + recompute(actor, spec, ids)


def _number_old(actor: Actor, spec: ObjectSpec, numbering: Numbering, ids: Sequence[uuid.UUID]) -> None:
    """Number records that were there before the field, by the time at which each was created."""
    rows = spec.model._default_manager.filter(pk__in=ids).exclude(custom__has_key=numbering.name)  # noqa: SLF001
    periods: dict[str, list[tuple[uuid.UUID, int, int]]] = {}
    zone = moment_of(actor).zone
    for pk, created_at in (
        rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", "created_at")
    ):
        local = created_at.astimezone(zone)
        key = numbering.counter(spec.name, local.year, local.month)
        periods.setdefault(key, []).append((pk, local.year, local.month))
    changes: list[tuple[uuid.UUID, dict[str, tuple[Any, Any]]]] = []
    for key, found in periods.items():
        first = take_numbers(actor.organization_id, key, len(found)) + numbering.first - 1
        changes += [
            (pk, {numbering.name: (None, numbering.written(first + place, year, month))})
            for place, (pk, year, month) in enumerate(found)
        ]
    write_figures(actor, spec, changes)


def fresh_actor(organization_id: uuid.UUID) -> Actor:
    """Return the system acting with the organization as it is now, in a transaction of its own."""
    with organization_scope(organization_id):
        return system_actor(Organization.objects.get(pk=organization_id))


@periodic("7 * * * *", name="own_fields.begin_day", queue=BULK)
def begin_day(actor: Actor) -> None:
    """After midnight of the organization, compute what time changes, and prove the roll-ups."""
    if now().astimezone(moment_of(actor).zone).hour == 0:
        start_daily(actor)


@periodic("55 19 * * *", name="own_fields.erase_removed", queue=BULK)
def erase_removed(actor: Actor) -> None:
    """Erase the values of fields that were removed 30 days ago, and then the fields."""
    erase_expired(actor)


def start_erasing(actor: Actor, field_id: uuid.UUID) -> None:
    """Give a removed field up and queue that its values are erased, in the current transaction; see ``give_up_field``."""
    give_up_field(actor, field_id)
    defer(erase_given_up, actor, lock=f"own_fields.erase-{actor.organization_id}")


@job("own_fields.erase_given_up", label=gettext_lazy("Fields that were given up are erased"), queue=BULK, attempts=5)
def erase_given_up(actor: Actor) -> None:
    """Erase the values of fields that somebody has given up, and then the fields."""
    erase_expired(actor)


def erase_expired(actor: Actor) -> None:
    """Erase removed fields whose time is over, for one organization."""
    for row in expired_fields():
        spec = specs_for(actor.organization).get(row.object_name)
        if spec is not None:
            rows = spec.model._default_manager.filter(custom__has_key=row.name)  # noqa: SLF001 as above
            for part in chunks(list(rows.values_list("pk", flat=True)), PIECE_ROWS):
                update_rows(
                    spec.model, ["custom"], [{"id": pk, "custom": {row.name: None}} for pk in part], joins_custom=True
                )
        forget_field(actor, row)


def start_daily(actor: Actor) -> list[JobRun]:
    """Queue the daily work of an organization, one job for each object that needs it."""
    return [
        start_computing(actor, name)
        for name, spec in specs_for(actor.organization).items()
        if (here := own_fields(spec)) is not None
        and (here.rollups or any(formula.compiled.is_volatile for formula in here.formulas))
    ]
