"""Backups: what there is, whether it can be trusted, make one, check one, take one away.

Who has the installation alone manages its backups. Where several organizations share it, each has
backups of its own data only, because those of the installation hold everybody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banyan.core.access.actor import Actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.scopes import Ability
from banyan.core.database.archive import chunks_of
from banyan.core.database.errors import DatabaseUnavailable
from banyan.core.database.verification import StoredBackup, last_good_backup, stored_backups
from banyan.core.identity.duties import are_separated
from banyan.core.jobs.models import JobRun
from banyan.core.jobs.registration import defer
from banyan.core.jobs.runs import begin_run, latest_run
from banyan.core.jobs.status import is_worker_alive
from banyan.core.kernel.clock import now
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import Conflict, Missing, NotAllowed
from banyan.core.kernel.ids import new_id
from banyan.core.tenancy.models import Organization
from banyan.core.web.answers import part
from banyan.core.web.jobs import BACK_UP, VERIFY, back_up, verify_stored_backup
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.panels import FrameNotice
from banyan.core.web.presenting import told_instant
from banyan.core.web.settings.pages import require_page, saved, settings_answer
from banyan.core.web.views.base import signed_in

URL = "/settings/backups"
PAGE, LIST = "settings/backups.html", "settings/_backup_list.html"
OVERDUE = timedelta(days=2)
LOCK = "installation.backups"
STEPS = {
    "database": gettext_lazy("Reading the database"),
    "files": gettext_lazy("Packing the files"),
    "manifest": gettext_lazy("Finishing"),
    "verify": gettext_lazy("Comparing checksums"),
    "restore": gettext_lazy("Restoring into a scratch database"),
}


def owns_the_installation(actor: Actor) -> bool:
    """Say whether the organization has the installation to itself, so that its backups are its own."""
    others = Organization.objects.exclude(pk=actor.organization_id)
    # Most organizations are no trial, so that what they are a trial of is unknown and compares with nothing.
    trials = Q(settings__has_key="trial") & Q(settings__trial__of=str(actor.organization_id))
    return not others.exclude(trials).exists()


def overdue_notice(actor: Actor) -> FrameNotice | None:
    """Return the warning that administrators see on every page while the last good backup is too old."""
    if not actor.has(Ability.MANAGE_ORGANIZATION) or now() - actor.organization.created_at < OVERDUE:
        return None
    try:
        last = last_good_backup(_configuration().backup_directory)
    except DatabaseUnavailable:
        last = None
    if last is not None and now() - last < OVERDUE:
        return None
    text = _("There is no good backup of the last two days.")
    if last is not None:
        text = _("The last good backup is %(age)s old.") % {"age": timesince(last, depth=1)}
    return FrameNotice(text, URL, _("See the backups"))


@signed_in("GET")
def backups(request: SignedInRequest) -> HttpResponse:
    """List the backups, and say when they are made and how one is restored."""
    require_page(request.actor, "backups")
    configuration = _configuration()
    daily, weekly = configuration.backups_kept
    context = {
        **_shown(request.actor),
        "folder": str(configuration.backup_directory),
        "daily": daily,
        "weekly": weekly,
    }
    return settings_answer(request, "backups", PAGE, context)


@signed_in("GET")
def backup_list(request: SignedInRequest) -> HttpResponse:
    """Answer with the list and the progress as they are now; the page asks while something runs."""
    require_page(request.actor, "backups")
    return part(request, LIST, _shown(request.actor))


@signed_in("POST")
def back_up_now(request: SignedInRequest) -> HttpResponse:
    """Make a backup in the background."""
    require_page(request.actor, "backups")
    _refuse_while_busy()
    run = begin_run(request.actor, BACK_UP)
    defer(back_up, request.actor, lock=LOCK, run_id=str(run.pk), whole=owns_the_installation(request.actor))
    return saved(request, _("The backup is being made; it appears here when it is done."), URL)


@signed_in("POST")
def check(request: SignedInRequest, name: str) -> HttpResponse:
    """Check a backup in the background."""
    require_page(request.actor, "backups")
    backup = _find(request.actor, name)
    _refuse_while_busy()
    run = begin_run(request.actor, VERIFY, subject=backup.path.name)
    defer(verify_stored_backup, request.actor, lock=LOCK, run_id=str(run.pk), name=backup.path.name)
    return saved(request, _("The backup is being checked; the result appears here."), URL)


@signed_in("GET")
def download(request: SignedInRequest, name: str) -> StreamingHttpResponse:
    """Send a backup; the change log keeps who took it, because it holds everything."""
    require_page(request.actor, "backups")
    backup = _find(request.actor, name)
    if are_separated(request.actor.organization):
        message = _("Duties are separated here: whoever runs the system takes backups from its disk, not from a page.")
        raise NotAllowed("duties_separated", message)
    tell_setup_changed(request.actor, "backup", new_id(), "download", values={"name": (None, backup.path.name)})
    response = StreamingHttpResponse(_content(backup.path), content_type="application/x-tar")
    response.headers["Content-Length"] = str(backup.size)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, backup.path.name))
    return response


def _configuration() -> Configuration:
    configuration: Configuration = settings.CONFIGURATION
    return configuration


def _own_backups(actor: Actor) -> list[StoredBackup]:
    organization = "" if owns_the_installation(actor) else str(actor.organization_id)
    return stored_backups(_configuration().backup_directory, organization=organization)


def _find(actor: Actor, name: str) -> StoredBackup:
    """Return one of the actor's backups; a name is compared, never used as a path."""
    for backup in _own_backups(actor):
        if backup.path.name == name:
            return backup
    raise Missing("not_found", _("There is no such backup any more."))


def _refuse_while_busy() -> None:
    if any(run.is_under_way for run in _runs()):
        raise Conflict("backup.busy", _("A backup is being made or checked already. Wait until it is done."))


def _runs() -> list[JobRun]:
    return [run for run in (latest_run(BACK_UP), latest_run(VERIFY)) if run is not None]


def _shown(actor: Actor) -> dict[str, Any]:
    """Return what the list shows: backups with their state, what runs, and what failed last."""
    runs = _runs()
    running = next((run for run in runs if run.is_under_way), None)
    latest = max(runs, key=lambda run: run.asked_at, default=None)
    problem = ""
    try:
        rows = [_row(backup) for backup in _own_backups(actor)]
    except DatabaseUnavailable as error:
        rows, problem = [], str(error)
    return {
        "backups": rows,
        "problem": problem or (latest.problem if latest and not running else ""),
        "running": _progress(running) if running else None,
        "is_waiting_for_worker": bool(running and not running.started_at and not is_worker_alive()),
        "is_whole": owns_the_installation(actor),
    }


def _progress(run: JobRun) -> dict[str, Any]:
    title = _("Making a backup") if run.name == BACK_UP else _("Checking %(name)s") % {"name": run.subject}
    step = str(STEPS.get(run.step, run.step or _("Waiting")))
    is_bytes = run.total > run.done or not run.total
    detail = f"{step} · {filesizeformat(run.done)}" if run.done and is_bytes else step
    return {"title": title, "done": run.done, "total": run.total, "detail": detail}


def _row(backup: StoredBackup) -> dict[str, Any]:
    label, color, detail = _state(backup)
    return {
        "name": backup.path.name,
        "when": told_instant(backup.made_at),
        "age": _("%(age)s ago") % {"age": timesince(backup.made_at, depth=1)},
        "size": filesizeformat(backup.size),
        "state": label,
        "color": color,
        "detail": detail,
    }


def _state(backup: StoredBackup) -> tuple[str, str, str]:
    """Return a badge's text and colour, and a sentence about the last check."""
    found = backup.verification
    if found is None:
        return _("Not checked"), "grey", ""
    when = told_instant(datetime.fromisoformat(found.checked_at))
    if not found.is_good:
        return _("Damaged"), "red", found.problem
    values = {"rows": f"{found.rows:,}", "files": f"{found.files:,}", "when": when}
    if found.level == "restored":
        return _("Verified"), "green", _("Restored on trial on %(when)s: %(rows)s rows, %(files)s files.") % values
    return _("Readable"), "teal", _("Read whole on %(when)s: %(rows)s rows, %(files)s files.") % values


def _content(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from chunks_of(file)
