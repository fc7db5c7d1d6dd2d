"""Exports that need approval: asked for by one person, decided by another, made and taken for a few days."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Ability, Action
from banyan.core.audit.notes import note
from banyan.core.audit.policy import Policy
from banyan.core.files import storage
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Missing, NotAllowed
from banyan.core.kernel.events import publish
from banyan.core.listing.selection import ListRequest, matching_rows
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.transfer.approvers import approvers_of, people_below
from banyan.core.transfer.events import ExportApproved
from banyan.core.transfer.everything.control import EVERYTHING, FORMAT
from banyan.core.transfer.everything.control import rows_beyond as everything_beyond
from banyan.core.transfer.everything.services import require_everything
from banyan.core.transfer.exporting.accounting import check_rows, most_rows
from banyan.core.transfer.exporting.files import export_to_path
from banyan.core.transfer.models import ExportRequest, ExportState

WAITING_KEPT = timedelta(days=30)
ASKED = gettext_noop("%(person)s asks to export %(rows)s rows.")
APPROVED = gettext_noop("Your export of %(rows)s rows is approved; the file can be taken soon.")
DENIED = gettext_noop("Your export of %(rows)s rows is denied.")


def rows_beyond(actor: Actor, spec: ObjectSpec, request: ListRequest) -> int:
    """Return how many rows an export would have if it needs approval, else zero; raise ``Refused`` for too many."""
    policy = Policy.of(actor.organization)
    if actor.is_system or not (policy.approval_rows or most_rows(actor, policy)):
        return 0
    rows = matching_rows(actor, spec, request, action=Action.EXPORT).count()
    try:
        check_rows(actor, rows, policy=policy)
    except NotAllowed:
        return rows
    return 0


@transaction.atomic
def ask(
    actor: Actor, spec: ObjectSpec, *, format_name: str, selection: dict[str, Any], rows: int, reason: str
) -> ExportRequest:
    """Ask for approval of an export and tell those who decide; raise ``NotAllowed`` without the right to export."""
    require(actor, spec, Action.EXPORT)
    return _ask(actor, spec.name, format_name, selection, rows, reason)


@transaction.atomic
def ask_for_everything(actor: Actor, *, reason: str) -> ExportRequest:
    """Ask for approval of an export of everything.

    Raises ``NotAllowed`` without the right, ``Refused`` for more rows than may be taken at all, and ``Conflict`` when
    nobody has to approve it.
    """
    require_everything(actor)
    rows = everything_beyond(actor)
    if not rows:
        raise Conflict("no_approval_needed", _("Nobody has to approve this export. Make it."))
    return _ask(actor, EVERYTHING, FORMAT, {}, rows, reason)


def _ask(
    actor: Actor, object_name: str, format_name: str, selection: dict[str, Any], rows: int, reason: str
) -> ExportRequest:
    if actor.user_id is None:
        raise TypeError("The system needs no approval.")
    request = ExportRequest.objects.create(
        organization_id=actor.organization_id,
        object_name=object_name,
        format=format_name,
        selection=selection,
        rows=rows,
        reason=reason.strip()[:400],
        asked_by_id=actor.user_id,
    )
    note(actor, "export.asked", object_name=object_name, details={**_described(request), "reason": request.reason})
    values = {"person": actor.user.name if actor.user else "", "rows": f"{rows:,}"}
    approvers = approvers_of(actor.organization, actor.user_id, is_everything=object_name == EVERYTHING)
    _tell(request, approvers, ASKED, values)
    return request


@transaction.atomic
def decide(actor: Actor, request_id: uuid.UUID, *, approve: bool, answer: str = "") -> ExportRequest:
    """Approve or deny an export; the file is made afterwards, with the rights of the person who asked.

    Raises ``Missing`` for an export that the actor may not see, ``NotAllowed`` for one's own, ``Conflict`` when it was
    decided already.
    """
    # What the actor sees is what the actor decides about, and one's own.
    request = requests_of(actor).select_for_update(of=("self",)).filter(pk=request_id).first()
    if request is None:
        raise Missing("not_found", _("There is no such export."))
    if request.asked_by_id == actor.user_id:
        raise NotAllowed("own_export", _("Somebody else has to decide about your export."))
    if request.state != ExportState.WAITING:
        raise Conflict("decided_already", _("This export was decided already."))
    request.state = ExportState.MAKING if approve else ExportState.DENIED
    request.decided_by_id, request.decided_at, request.answer = actor.user_id, now(), answer.strip()[:400]
    request.save()
    kind = "export.approved" if approve else "export.denied"
    note(actor, kind, object_name=request.object_name, details={**_described(request), "reason": request.answer})
    _tell(request, [request.asked_by_id], APPROVED if approve else DENIED, {"rows": f"{request.rows:,}"})
    if approve:
        publish(ExportApproved(request.organization_id, request.pk, request.asked_by_id))
    return request


def fulfil(actor: Actor, request: ExportRequest, selected: ListRequest) -> None:
    """Make the file of an approved export as the person who asked for it.

    More rows than were approved are refused; raises what ``export_to_path`` raises.
    """
    home: Path = settings.CONFIGURATION.home
    with tempfile.TemporaryDirectory(prefix="export-", dir=home) as folder:
        path = Path(folder) / f"export.{request.format}"
        export_to_path(
            actor, request.object_name, path, selected, approved_rows=request.rows, entry_id=request.entry_id
        )
        with path.open("rb") as file:
            storage.write(_key(request), file)
        request.size = path.stat().st_size
    request.state = ExportState.READY
    request.expires_at = now() + timedelta(days=Policy.of(actor.organization).approval_days)
    request.save(update_fields=["state", "size", "expires_at"])


def fail(request: ExportRequest, problem: str) -> None:
    """Say why the file of an approved export could not be made."""
    request.state, request.problem = ExportState.FAILED, problem
    request.save(update_fields=["state", "problem"])


def requests_of(actor: Actor) -> QuerySet[ExportRequest]:
    """Return the actor's own requests, and those about which the actor decides; newest first."""
    rows = ExportRequest.objects.select_related("asked_by", "decided_by")
    if actor.has(Ability.MANAGE_SECURITY):
        return rows
    # About everything only those decide who manage security, not superiors.
    below = Q(asked_by_id__in=people_below(actor)) & ~Q(object_name=EVERYTHING)
    return rows.filter(Q(asked_by_id=actor.user_id) | below)


def find(actor: Actor, request_id: uuid.UUID) -> ExportRequest:
    """Return a request that the actor may see; raise ``Missing``."""
    request = requests_of(actor).filter(pk=request_id).first()
    if request is None:
        raise Missing("not_found", _("There is no such export."))
    return request


def content_of(actor: Actor, request: ExportRequest) -> Iterator[bytes]:
    """Return the file's content in pieces for whoever asked for it, as long as that person may export."""
    if request.asked_by_id != actor.user_id:
        raise NotAllowed("not_yours", _("Only who asked for an export takes its file."))
    if request.state != ExportState.READY or request.expires_at is None or request.expires_at <= now():
        raise Conflict("export_not_ready", _("This export is not ready."))
    if request.object_name == EVERYTHING:
        raise Conflict("export_not_ready", _("An export of everything is taken from the list of those."))
    require(actor, spec_for(actor.organization, request.object_name), Action.EXPORT)
    try:
        content = storage.read(_key(request))
    except FileNotFoundError:
        raise Missing("not_found", _("There is no such export any more.")) from None
    note(actor, "export.downloaded", object_name=request.object_name, details=_described(request))
    return content


def expire() -> int:
    """Delete the files that were to be taken, and close requests that nobody decided; return how many."""
    over = Q(state=ExportState.READY, expires_at__lte=now())
    forgotten = Q(state=ExportState.WAITING, asked_at__lte=now() - WAITING_KEPT)
    expired = list(ExportRequest.objects.filter(over | forgotten))
    for request in expired:
        if request.state == ExportState.READY and request.object_name != EVERYTHING:
            key = _key(request)
            transaction.on_commit(lambda key=key: _erase(key))  # type: ignore[misc]  # bound at once
        request.state = ExportState.EXPIRED
        request.save(update_fields=["state"])
    return len(expired)


def _erase(key: str) -> None:
    try:
        storage.delete(key)
    except FileNotFoundError:
        return


def _described(request: ExportRequest) -> dict[str, Any]:
    return {"request": str(request.pk), "rows": request.rows, "format": request.format}


def _tell(request: ExportRequest, user_ids: list[uuid.UUID], text: str, values: dict[str, str]) -> None:
    publish(PeopleToTell(request.organization_id, tuple(user_ids), text, f"/exports/{request.pk}", values))


def _key(request: ExportRequest) -> str:
    return f"{storage.EXPORTS}/{request.organization_id}/{request.pk}.{request.format}"
