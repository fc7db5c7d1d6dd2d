"""Encrypting, decrypting and re-encrypting what exists, in the background: fields, their log, files.

Each piece is a transaction of its own, together with the place reached, so that interrupted work goes on
where it was. People work on meanwhile; both forms are read.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connections
from django.utils.translation import gettext_lazy
from psycopg import sql

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import SetupChanged
from banyan.core.encryption.keyring import forget_keys
from banyan.core.encryption.rotation import KEYS_CHANGED
from banyan.core.identity.providers.models import IdentityProvider
from banyan.core.identity.resealing import reseal_provider_secrets, reseal_seeds
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import BULK, actor_of, defer, installation_periodic, job, periodic
from banyan.core.jobs.runs import Reporter, begin_run, watched
from banyan.core.objects.field_indexes import OWNER
from banyan.core.objects.models import Sealing, SensitiveField
from banyan.core.objects.sensitivity import SENSITIVE_FIELD, finish_transition
from banyan.core.records.resealing import Step, reseal_strays, specs_with_sealed_fields, steps_for
from banyan.core.records.resealing_columns import column_steps
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope

RESEAL, CLEAR = "encryption.reseal", "encryption.clear_remains"
#: Tables besides those of objects that may have held values of them.
REMAINS = ("records_change", "records_merge")
PLACE = "place"
#: Organizations have few providers: all are worked on in one piece.
PROVIDERS = Step(
    "identity_providers",
    lambda _actor, _after: (None, reseal_provider_secrets()),
    lambda _actor: IdentityProvider.objects.count(),
)


def start_resealing(actor: Actor) -> JobRun:
    """Queue the work on everything that an organization has encrypted, in the current transaction."""
    run = begin_run(actor, RESEAL)
    defer(reseal, actor, lock=f"{RESEAL}-{actor.organization_id}", run_id=str(run.pk))
    return run


def reseal_changed_field(event: SetupChanged) -> None:
    """Begin when a field became sensitive, or is no more, or there is a new key."""
    if event.subject in {SENSITIVE_FIELD, KEYS_CHANGED} and event.action == "update":
        start_resealing(actor_of(event.organization_id, event.actor_id))


@job(RESEAL, label=gettext_lazy("Data is encrypted anew"), queue=BULK, attempts=5, in_transaction=False)
def reseal(actor: Actor, *, run_id: str) -> None:
    """Bring everything into the form that fields and keys ask for; go on where a run before was interrupted."""
    # Rights play no part in what is changed here: no value is.
    actor = system_actor(_fresh(actor.organization_id))
    with organization_scope(actor.organization_id):
        forget_keys(actor.organization_id)
        place: dict[str, Any] = JobRun.objects.get(pk=run_id).outcome.get(PLACE) or {}
        waiting = {row.pk: row.state for row in SensitiveField.objects.exclude(state=Sealing.SEALED)}
        steps = [*steps_for(actor), *column_steps()]
        total = sum(step.count(actor) for step in steps)
    with watched(actor, run_id) as report:
        done = _work_off(actor, steps, place, report=report, total=total)
        _seal_strays(actor)
        with organization_scope(actor.organization_id):
            for row_id, state in waiting.items():
                # Switched once more meanwhile: the run that this has queued finishes it.
                if SensitiveField.objects.filter(pk=row_id, state=state).exists():
                    finish_transition(row_id)
            if Sealing.SEALING in waiting.values():
                defer(clear_remains, actor, lock=CLEAR)
        report.outcome = {"rows": done}


def _work_off(actor: Actor, steps: list[Step], place: dict[str, Any], *, report: Reporter, total: int) -> int:
    done = int(place.get("done", 0))
    names = [step.name for step in steps]
    is_resumed = place.get("step") in names
    first = names.index(place["step"]) if is_resumed else 0
    after = uuid.UUID(place["after"]) if is_resumed and place.get("after") else None
    for step in steps[first:]:
        while True:
            with organization_scope(actor.organization_id):
                last, count = step.work(actor, after)
                done += count
                reached = {"step": step.name, "after": str(last) if last else None, "done": done}
                JobRun.objects.filter(pk=report.run.pk).update(outcome={PLACE: reached})
            report(step.name, done, total)
            if last is None:
                break
            after = last
        after = None
    return done


def _seal_strays(actor: Actor) -> None:
    for spec in specs_with_sealed(actor):
        while True:
            with organization_scope(actor.organization_id):
                if not reseal_strays(spec):
                    break


def specs_with_sealed(actor: Actor) -> list[Any]:
    """Return the objects with sealed fields, read in a transaction of its own."""
    with organization_scope(actor.organization_id):
        return list(specs_with_sealed_fields(actor).values())


@periodic("15 20 * * *", name="encryption.seal_strays", queue=BULK)
def seal_strays(actor: Actor) -> None:
    """Seal what long work that began before a field became sensitive may have left in the clear, and earlier secrets."""
    for spec in specs_with_sealed_fields(actor).values():
        reseal_strays(spec)
    reseal_provider_secrets()


@installation_periodic("25 20 * * *", name="encryption.reseal_seeds", queue=BULK)
def reseal_all_seeds() -> None:
    """Bring the seeds of authenticator apps under the installation's key in use."""
    reseal_seeds()


@job(
    CLEAR, label=gettext_lazy("Remains of clear values are cleared away"), queue=BULK, attempts=3, in_transaction=False
)
def clear_remains(actor: Actor) -> None:
    """Have the database forget the clear values that it keeps beside the rows: dead rows and statistics.

    What it has not yet written over on disk is still there; only an encrypted disk protects that.
    """
    tables = [*(spec.table for spec in specs_with_sealed(actor)), *REMAINS]
    with connections[OWNER].cursor() as cursor:
        for table in dict.fromkeys(tables):
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


def _fresh(organization_id: uuid.UUID) -> Organization:
    with organization_scope(organization_id):
        return Organization.objects.get(pk=organization_id)
