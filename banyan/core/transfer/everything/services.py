"""Exports of everything: who may ask for one, where they are kept, and for how long."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope
from banyan.core.access.events import difference, tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability, Action, FieldAccess, Scope
from banyan.core.audit.alerts import raise_about
from banyan.core.audit.counting import count
from banyan.core.audit.notes import note
from banyan.core.audit.rules import Conspicuous, Kind
from banyan.core.files import storage
from banyan.core.jobs.models import JobRun, RunState
from banyan.core.jobs.runs import Reporter, begin_run, find_run
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Missing, NotAllowed
from banyan.core.kernel.ids import new_id
from banyan.core.objects.registry import specs_for
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.everything.control import FORMAT, require_beginning, require_taking
from banyan.core.transfer.everything.writing import write_everything

JOB = "transfer.export_everything"
SUBJECT = "export"
WEEKLY, KEPT = "export_weekly", "exports_kept"
KEPT_BY_DEFAULT, MOST_KEPT = 4, 52


def require_everything(actor: Actor) -> None:
    """Raise ``NotAllowed`` unless the actor manages the organization, may export all records and sees every field."""
    require_ability(actor, Ability.MANAGE_ORGANIZATION)
    if not may_export_everything(actor):
        raise NotAllowed(
            "not_allowed", _("This needs the right to export all records of every object, with all fields.")
        )


def may_export_everything(actor: Actor) -> bool:
    """Say whether nothing would be in the file that the actor may not export."""
    hides = not actor.is_system and any(level < FieldAccess.READ_ONLY for level in actor.field_grants.values())
    if hides or not actor.has(Ability.MANAGE_ORGANIZATION):
        return False
    specs = specs_for(actor.organization).values()
    return all(effective_scope(actor, spec, Action.EXPORT) is Scope.ALL for spec in specs)


@transaction.atomic
def ask(actor: Actor, *, is_approved: bool = False) -> JobRun:
    """Note that somebody wants everything.

    Raises ``NotAllowed`` without the right or an approval that is needed, ``Refused`` for more rows than may be taken,
    ``Conflict`` while one is being made.
    """
    require_everything(actor)
    require_beginning(actor, is_approved=is_approved)
    if any(run.is_under_way for run in JobRun.objects.filter(name=JOB)[:1]):
        raise Conflict("export_busy", _("An export of everything is being made already."))
    tell_setup_changed(actor, SUBJECT, new_id(), "create", values={"everything": (None, True)})
    return begin_run(actor, JOB)


def find(actor: Actor, run_id: uuid.UUID) -> JobRun:
    """Return an export of everything; raise ``NotAllowed`` or ``Missing``."""
    require_everything(actor)
    return find_run(run_id, JOB)


def exports_of(actor: Actor) -> Sequence[JobRun]:
    """Return the exports that were asked for, newest first."""
    require_everything(actor)
    return list(JobRun.objects.filter(name=JOB).select_related("asked_by")[:MOST_KEPT])


def file_name(run: JobRun) -> str:
    """Return the name under which an export is saved."""
    return f"banyan-everything-{(run.ended_at or run.asked_at):%Y%m%d-%H%M%S}.zip"


def content_of(actor: Actor, run: JobRun) -> Iterator[bytes]:
    """Return a finished export's content in pieces and log who took it.

    Raises ``Conflict`` while it is not ready, ``Missing`` when it is gone, and what stops exports of so many rows.
    """
    if run.state != RunState.DONE:
        raise Conflict("export_not_ready", _("This export is not ready."))
    require_taking(actor, run)
    try:
        content = storage.read(_key(run))
    except FileNotFoundError:
        raise Missing("not_found", _("There is no such export any more.")) from None
    records = int(run.outcome.get("records", 0))
    note(actor, "export", details={"everything": True, "format": FORMAT, "rows": records})
    count(actor, at_once=True, exports=1, exported_rows=records)
    raise_about(actor, Conspicuous(Kind.EVERYTHING, records, 0))
    tell_setup_changed(actor, SUBJECT, run.pk, "download", values={"name": (None, file_name(run))})
    return content


def make(actor: Actor, report: Reporter) -> None:
    """Write the export of a run and keep it in the store of files; raise ``NotAllowed`` if the right is gone."""
    with organization_scope(actor.organization_id):
        require_everything(actor)
    home: Path = settings.CONFIGURATION.home
    with tempfile.TemporaryDirectory(prefix="export-", dir=home) as folder:
        path = Path(folder) / "everything.zip"
        report.outcome = write_everything(actor.organization_id, path, report)
        with path.open("rb") as file:
            storage.write(_key(report.run), file)


@transaction.atomic
def delete(actor: Actor, run: JobRun) -> None:
    """Delete an export and its file."""
    if run.is_under_way:
        raise Conflict("export_not_ready", _("This export is not ready."))
    tell_setup_changed(actor, SUBJECT, run.pk, "delete", values={"name": (file_name(run), None)})
    _remove(run)


def forget_old(organization: Organization) -> None:
    """Delete the finished exports beyond the number that the organization keeps."""
    finished = [run for run in JobRun.objects.filter(name=JOB) if not run.is_under_way]
    for run in finished[exports_kept(organization) :]:
        _remove(run)


def is_weekly(organization: Organization) -> bool:
    """Say whether the organization wants an export every week."""
    return bool(organization.settings.get(WEEKLY, False))


def exports_kept(organization: Organization) -> int:
    """Return how many exports the organization keeps."""
    return int(organization.settings.get(KEPT, KEPT_BY_DEFAULT))


@transaction.atomic
def set_schedule(actor: Actor, *, weekly: bool, kept: int) -> None:
    """Switch the weekly export on or off, and say how many are kept."""
    require_everything(actor)
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    values: dict[str, Any] = {WEEKLY: weekly, KEPT: max(1, min(kept, MOST_KEPT))}
    before = {WEEKLY: is_weekly(organization), KEPT: exports_kept(organization)}
    organization.settings = {**organization.settings, **values}
    organization.save(update_fields=["settings"])
    actor.organization.settings = organization.settings
    tell_setup_changed(actor, "organization", organization.pk, "update", values=difference(before, values))


def _remove(run: JobRun) -> None:
    key = _key(run)
    transaction.on_commit(lambda: _erase(key))
    run.delete()


def _erase(key: str) -> None:
    try:
        storage.delete(key)
    except FileNotFoundError:
        return


def _key(run: JobRun) -> str:
    """Return where an export lies: apart from the files, so that backups do not carry it along."""
    return f"{storage.EXPORTS}/{run.organization_id}/{run.pk}.zip"


def is_due(organization: Organization) -> bool:
    """Say whether the weekly export is wanted and none was made in the last six days."""
    if not is_weekly(organization):
        return False
    latest = JobRun.objects.filter(name=JOB).exclude(state=RunState.FAILED).first()
    return latest is None or (now() - latest.asked_at).days >= 6
