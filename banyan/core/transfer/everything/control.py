"""What stops an export of everything, as it stops others: the most rows of an export, and approval by somebody else.

Where duties are separated it needs approval however little it is. The weekly export is made by the system and stops at
nothing; taking its file counts like any other export.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.audit.policy import Policy
from banyan.core.identity.duties import are_separated
from banyan.core.jobs.models import JobRun, RunState
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import DomainError, NotAllowed
from banyan.core.objects.registry import specs_for
from banyan.core.transfer.everything.tables import count_of
from banyan.core.transfer.exporting.accounting import check_rows, most_rows
from banyan.core.transfer.models import ExportRequest, ExportState

#: In place of an object's name, and in what a request selects: the run that made the file.
EVERYTHING, RUN = "", "run"
FORMAT = "zip"


def records_in_all(actor: Actor) -> int:
    """Return how many records an organization has, those in the recycle bin included."""
    tables: list[type[models.Model]] = [spec.model for spec in specs_for(actor.organization).values()]
    return sum(count_of(model) for model in tables)


def rows_beyond(actor: Actor) -> int:
    """Return how many records an export of everything would hold if it needs approval, else zero.

    Raises ``Refused`` when it would hold more than organization and roles let the actor take.
    """
    policy = Policy.of(actor.organization)
    if actor.is_system or not (is_always_approved(actor) or policy.approval_rows or most_rows(actor, policy)):
        return 0
    rows = records_in_all(actor)
    try:
        _check(actor, rows, policy)
    except NotAllowed:
        # Nothing at all is an export to be approved, too, where everything is.
        return max(rows, 1)
    return 0


def is_always_approved(actor: Actor) -> bool:
    """Say whether somebody else has to approve every export of everything: where duties are separated."""
    return are_separated(actor.organization)


def require_beginning(actor: Actor, *, is_approved: bool) -> None:
    """Raise what stops an export of everything; what is approved is everything, however much it is by now."""
    rows = rows_beyond(actor)
    if rows and not is_approved:
        _check(actor, rows, Policy.of(actor.organization))


def require_taking(actor: Actor, run: JobRun) -> None:
    """Raise ``Refused`` or ``NotAllowed`` when somebody may not take the file of a run, who may see it otherwise."""
    rows = int(run.outcome.get("records", run.outcome.get("rows", 0)))
    approved = ExportRequest.objects.filter(
        _of_run(run.pk),
        object_name=EVERYTHING,
        asked_by_id=actor.user_id,
        state=ExportState.READY,
        expires_at__gt=now(),
    )
    _check(actor, rows, Policy.of(actor.organization), is_approved=approved.exists())


def may_take(actor: Actor, run: JobRun) -> bool:
    """Say whether somebody may take the file of a run."""
    try:
        require_taking(actor, run)
    except DomainError:
        return False
    return True


def note_run(request: ExportRequest, run: JobRun) -> None:
    """Remember which run makes what was approved."""
    request.selection = {RUN: str(run.pk)}
    request.save(update_fields=["selection"])


def close_requests(actor: Actor, run: JobRun) -> None:
    """Tell the requests that wait for a run how it ended."""
    is_done = run.state == RunState.DONE
    changed: dict[str, Any] = {"state": ExportState.READY if is_done else ExportState.FAILED, "problem": run.problem}
    if is_done:
        changed["size"] = run.outcome.get("size", 0)
        changed["expires_at"] = now() + timedelta(days=Policy.of(actor.organization).approval_days)
    ExportRequest.objects.filter(_of_run(run.pk), object_name=EVERYTHING, state=ExportState.MAKING).update(**changed)


def _check(actor: Actor, rows: int, policy: Policy, *, is_approved: bool = False) -> None:
    """Raise what stops an export of everything of so many rows."""
    check_rows(actor, rows, policy=policy, approved_rows=rows if is_approved else None)
    if is_always_approved(actor) and not is_approved and not actor.is_system:
        message = _("Duties are separated here: whoever manages security has to approve an export of everything.")
        raise NotAllowed("approval_needed", message)


def _of_run(run_id: uuid.UUID) -> models.Q:
    return models.Q(selection__run=str(run_id))
