"""Background work of the pages: messages to mailboxes, backups that somebody asked for, texts of files."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.utils.translation import gettext_lazy
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.reviewing import remind
from banyan.core.audit.alerts import forget_activity, raise_alerts
from banyan.core.database.backup import create_backup
from banyan.core.database.organization_backup import create_organization_backup
from banyan.core.database.rotation import rotate
from banyan.core.database.verification import verify_backup
from banyan.core.files import storage
from banyan.core.files.events import FileAttached
from banyan.core.files.models import Attachment, File, FileText, TextState
from banyan.core.files.rescanning import scan_again
from banyan.core.files.texts.extraction import Extracted, kind_of, text_of
from banyan.core.files.texts.finding import note_file, store_text
from banyan.core.identity.models import Account, User
from banyan.core.identity.services import new_invitation
from banyan.core.jobs.registration import BULK, IMMEDIATE, actor_of, defer, job, periodic
from banyan.core.jobs.runs import watched, words_of
from banyan.core.kernel.clock import now
from banyan.core.kernel.configuration import Configuration
from banyan.core.kernel.errors import DomainError
from banyan.core.objects.registry import spec_for
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.core.transfer.approving import expire, fail, fulfil
from banyan.core.transfer.events import ExportApproved
from banyan.core.transfer.everything.control import EVERYTHING
from banyan.core.transfer.jobs import start_export
from banyan.core.transfer.models import ExportRequest
from banyan.core.web.mail import base_url, send_message
from banyan.core.web.transfer.selecting import selected_by

MOST_MISSING = 1_000
BACK_UP, VERIFY = "installation.back_up", "installation.verify_backup"


@app.task(name="accounts.send_password_link", queue=IMMEDIATE, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_password_link(email: str, language: str) -> None:
    """Send the link by which a password is set anew, if the address belongs to an account.

    It is looked up here rather than in the request, whose duration would tell whether there is one.
    """
    account = Account.objects.filter(email=email, is_active=True).first()
    if account is None or not account.organization_ids:
        return
    token = default_token_generator.make_token(account)
    link = f"{base_url()}/reset-password/{account.pk}/{token}"
    send_message(account.email, "password_link", language=language, context={"link": link, "email": account.email})


@app.task(name="accounts.send_device_notice", queue=IMMEDIATE, retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def send_device_notice(account_id: str, device: str, address: str, at: str, language: str) -> None:
    """Tell somebody by message that their account was signed in on a new device."""
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    if account is not None:
        context = {"device": device, "network": address, "at": at, "email": account.email}
        send_message(account.email, "new_device", language=language, context=context)


@job("accounts.send_invitation", label=gettext_lazy("An invitation is sent"), queue=IMMEDIATE, attempts=5)
def send_invitation(actor: Actor, *, invited_id: str) -> None:
    """Send a colleague the link by which they join; it is made here, so that no queue keeps its secret."""
    user = User.objects.filter(pk=invited_id, account=None, is_active=True).first()
    if user is None:
        return
    context = {
        "link": f"{base_url()}/join/{new_invitation(user, invited_by=actor.user)}",
        "organization": actor.organization.name,
        "who": actor.user.name if actor.user else "",
    }
    send_message(user.email, "invitation", language=actor.organization.language, context=context)


@job(BACK_UP, label=gettext_lazy("A backup is made"), queue=BULK, attempts=1, in_transaction=False)
def back_up(actor: Actor, *, run_id: str, whole: bool) -> None:
    """Back up the whole installation, or the actor's organization alone, now."""
    configuration: Configuration = settings.CONFIGURATION
    with watched(actor, run_id) as report:
        if whole:
            path = create_backup(configuration, report).path
        else:
            path = create_organization_backup(configuration, actor.organization_id, report)
            daily, weekly = configuration.backups_kept
            rotate(path.parent, daily=daily, weekly=weekly, organization=str(actor.organization_id))
        report.outcome = {"backup": path.name}


@job(VERIFY, label=gettext_lazy("A backup is checked"), queue=BULK, attempts=1, in_transaction=False)
def verify_stored_backup(actor: Actor, *, run_id: str, name: str) -> None:
    """Check one backup of the backup folder."""
    configuration: Configuration = settings.CONFIGURATION
    with watched(actor, run_id) as report:
        verify_backup(configuration, configuration.backup_directory / name, report)
        report.outcome = {"backup": name}


@job(
    "files.read_text",
    label=gettext_lazy("The text of a file is read, to find it by"),
    queue=BULK,
    attempts=2,
    in_transaction=False,
)
def read_text(actor: Actor, *, file_id: str) -> None:
    """Read the text of a file, so that it is found by it; in a process of its own, outside of a transaction."""
    with organization_scope(actor.organization_id):
        row = FileText.objects.select_related("file").filter(file_id=file_id).first()
    if row is None:
        return
    try:
        found = text_of(storage.read(row.file.key), kind_of(row.file.name, row.file.content_type))
    except FileNotFoundError:
        found = Extracted("", "damaged")
    with organization_scope(actor.organization_id):
        store_text(row, row.file.name, found)


def read_attached(event: FileAttached) -> None:
    """Queue the reading of a file that was attached, in the transaction that attached it."""
    if event.has_text:
        defer(read_text, system_actor(Organization.objects.get(pk=event.organization_id)), file_id=str(event.file_id))


@periodic("50 18 * * *", name="files.read_missing_texts", queue=BULK)
def read_missing_texts(actor: Actor) -> None:
    """Note attached files that have no text yet, such as those of before, and queue those whose reading was lost."""
    attached = Attachment.objects.filter(deleted_at=None).values("file_id")
    known = FileText.objects.values("file_id")
    for file in File.objects.filter(pk__in=attached).exclude(pk__in=known)[:MOST_MISSING]:
        note_file(file)
    for row in FileText.objects.filter(state=TextState.WAITING)[:MOST_MISSING]:
        defer(read_text, actor, lock=f"files.read_text-{row.file_id}", file_id=str(row.file_id))


@periodic("15 * * * *", name="files.scan_again", queue=BULK)
def scan_files_again(actor: Actor) -> None:
    """Scan some files again for malware of which the scanner did not know before."""
    scan_again(actor, now())


@job(
    "transfer.approved_export",
    label=gettext_lazy("The file of an approved export is made"),
    queue=BULK,
    attempts=1,
    in_transaction=False,
)
def make_approved_export(actor: Actor, *, request_id: str) -> None:
    """Make the file of an approved export with the rights that the person who asked for it has now."""
    try:
        with organization_scope(actor.organization_id):
            request = ExportRequest.objects.get(pk=request_id)
            if request.object_name == EVERYTHING:
                start_export(actor, request)
                return
            spec = spec_for(actor.organization, request.object_name)
            fulfil(actor, request, selected_by(actor, spec, request.selection))
    except DomainError as error:
        with organization_scope(actor.organization_id):
            fail(ExportRequest.objects.get(pk=request_id), words_of(error))


def make_what_was_approved(event: ExportApproved) -> None:
    """Queue the work on an export that was approved, on a page or by a program."""
    asking = actor_of(event.organization_id, event.asked_by_id)
    defer(make_approved_export, asking, request_id=str(event.request_id))


@periodic("20 * * * *", name="transfer.expire_exports")
def expire_exports(actor: Actor) -> None:
    """Delete files of approved exports that nobody may take any more."""
    expire()


@periodic("40 1 * * *", name="access.remind_of_review")
def remind_of_review(actor: Actor) -> None:
    """Tell those who manage security when an access review is due."""
    remind(actor.organization)


@periodic("*/5 * * * *", name="audit.alerts")
def look_for_alerts(actor: Actor) -> None:
    """Raise alerts about what is conspicuous, and forget old counts."""
    raise_alerts(actor.organization)
    forget_activity()
