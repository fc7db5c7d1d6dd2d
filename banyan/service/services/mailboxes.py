"""The mailboxes of an organization: kept by administrators, read every other minute, each mail exactly once."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.files.scanning import NotScanned
from banyan.core.jobs.registration import defer, job
from banyan.core.kernel.clock import now, today
from banyan.core.kernel.errors import DomainError, FieldError, Invalid, Missing, Refused
from banyan.core.kernel.text.cleaning import clean_text
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.service.choices import MailState
from banyan.service.engine.mail_reading import ReadMail, read_mail
from banyan.service.engine.mail_server import Account, MailboxFailed, OpenMailbox, TooLargeError, open_mailbox
from banyan.service.models import IncomingMail, Mailbox
from banyan.service.services.incoming import Outcome, take_mail, want_confirmation

logger = logging.getLogger(__name__)
SUBJECT = "mailbox"
MOST_MAILBOXES = 20
FIELDS = (
    "address", "host", "port", "account", "folder", "authority", "is_on", "team", "kind", "priority", "owner_id",
    "confirms", "confirmation",
)  # fmt: skip
UNREADABLE = gettext_noop("It cannot be read: it has no sender, or is not written as a mail has to be.")
TOO_LARGE = gettext_noop("It is larger than 40 MB.")
GONE = gettext_noop("It is not in the mailbox any more.")
BROKEN = gettext_noop(
    "Something went wrong while a ticket was made of it. Whoever runs the server finds more in the log."
)


def account_of(mailbox: Mailbox) -> Account:
    """Return how a mailbox is reached."""
    return Account(mailbox.host, mailbox.port, mailbox.account, mailbox.secret, mailbox.folder, mailbox.authority)


def find_mailbox(mailbox_id: uuid.UUID) -> Mailbox:
    """Return a mailbox; raise ``Missing``."""
    row = Mailbox.objects.select_related("owner").filter(pk=mailbox_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such mailbox."))
    return row


@transaction.atomic
def save_mailbox(actor: Actor, mailbox: Mailbox | None, *, secret: str = "", **values: Any) -> Mailbox:
    """Add a mailbox or change one; without a secret the present one stays, as long as it goes to the same place.

    Raises ``NotAllowed``, ``Invalid`` for what makes no sense, ``Refused`` when there are too many.
    """
    require_ability(actor, Ability.CUSTOMISE)
    if mailbox is None and Mailbox.objects.count() >= MOST_MAILBOXES:
        raise Refused("too_many", _("There are at most %(most)d mailboxes.") % {"most": MOST_MAILBOXES})
    row = mailbox or Mailbox(organization=actor.organization, since=today(actor.time_zone))
    before = {name: str(getattr(row, name) or "") for name in FIELDS}
    for name in FIELDS:
        if name in values:
            setattr(row, name, clean_text(values[name]).strip() if isinstance(values[name], str) else values[name])
    twins = Mailbox.objects.filter(address__iexact=row.address).exclude(pk=row.pk)
    if twins.exists():
        raise Invalid([FieldError("address", "twice", _("This mailbox is read already."))])
    place = ("host", "port", "account")
    moved = mailbox is not None and any(before[name] != str(getattr(row, name)) for name in place)
    if not secret and (mailbox is None or moved):
        # Otherwise whoever may change settings could have the secret sent to a server of their own.
        raise Invalid(
            [FieldError("secret", "required", _("Give the password: it is asked anew for another server or account."))]
        )
    if secret:
        row.secret = secret
    if moved or before["folder"] != row.folder:
        row.validity = row.uid = 0
    row.save()
    changed = {
        name: (before[name], str(getattr(row, name) or ""))
        for name in FIELDS
        if before[name] != str(getattr(row, name) or "")
    }
    tell_setup_changed(actor, SUBJECT, row.pk, "update" if mailbox else "create", values=changed)
    return row


@transaction.atomic
def remove_mailbox(actor: Actor, mailbox_id: uuid.UUID) -> None:
    """Read a mailbox no more, and forget which mails came; tickets stay. Raises ``NotAllowed``, ``Missing``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = find_mailbox(mailbox_id)
    tell_setup_changed(actor, SUBJECT, row.pk, "delete")
    row.delete()


def try_mailbox(mailbox: Mailbox) -> int:
    """Return how many mails wait in a mailbox; raise ``MailboxFailed`` or ``Unreachable`` with what is wrong."""
    with open_mailbox(account_of(mailbox)) as box:
        after = mailbox.uid if box.validity == mailbox.validity else 0
        return len(box.new_uids(after, mailbox.since))


def ask_all(actor: Actor) -> None:
    """Queue a look into each mailbox that is on, one after the other for the same one."""
    for pk in Mailbox.objects.filter(is_on=True).order_by("pk").values_list("pk", flat=True):
        defer(fetch, actor, lock=f"mailbox:{pk}", mailbox_id=str(pk))


@job("service.fetch_mail", label=gettext_lazy("New mails are looked for"), attempts=1, in_transaction=False)
def fetch(actor: Actor, *, mailbox_id: str) -> None:
    """Look for new mails."""
    fetch_new(actor.organization_id, uuid.UUID(mailbox_id))


def fetch_new(organization_id: uuid.UUID, mailbox_id: uuid.UUID) -> int:
    """Take the new mails of a mailbox, each in a transaction of its own, and return how many were looked at.

    A mail is marked as read only after what became of it is committed. When this process dies in between, the next one
    goes on with the same mail; what was committed is known by the mail's number and by its id.
    """
    with organization_scope(organization_id):
        mailbox = Mailbox.objects.filter(pk=mailbox_id, is_on=True).first()
    if mailbox is None:
        return 0
    count, problem = 0, ""
    try:
        with open_mailbox(account_of(mailbox)) as box:
            after = mailbox.uid if box.validity == mailbox.validity else 0
            for uid in box.new_uids(after, mailbox.since):
                _look_at(organization_id, mailbox_id, box, uid)
                box.mark_read(uid)
                count += 1
    except DomainError as failed:
        # The mailbox, or the scanner: the mails wait, and the next look tries again.
        problem = str(failed.message)[:300]
    with organization_scope(organization_id):
        Mailbox.objects.filter(pk=mailbox_id).update(checked_at=now(), problem=problem)
    return count


def _look_at(
    organization_id: uuid.UUID, mailbox_id: uuid.UUID, box: OpenMailbox, uid: int, *, insists: bool = False
) -> None:
    """Make of one mail what it is and remember it in the same transaction; a mail that fails is listed with the reason."""
    mail: ReadMail | None = None
    reason, raw = "", b""
    try:
        raw = box.content(uid)
        mail = read_mail(raw)
    except TooLargeError:
        reason = TOO_LARGE
    except LookupError:
        reason = GONE
    except (ValueError, RecursionError):
        reason = UNREADABLE
    try:
        with organization_scope(organization_id):
            _remember(organization_id, mailbox_id, box, uid, mail, reason, insists=insists)
    except (NotScanned, MailboxFailed, InterfaceError, OperationalError):
        raise
    except Exception as failed:
        logger.exception("A mail could not be made to a ticket: mailbox %s, mail %s.", mailbox_id, uid)
        message = str(failed.message)[:300] if isinstance(failed, DomainError) else BROKEN
        with organization_scope(organization_id):
            _remember(organization_id, mailbox_id, box, uid, mail, message, insists=insists)


def _remember(  # noqa: PLR0913 one row of the log has all of them
    organization_id: uuid.UUID, mailbox_id: uuid.UUID, box: OpenMailbox, uid: int, mail: ReadMail | None, problem: str,
    *, insists: bool,
) -> None:  # fmt: skip
    mailbox = Mailbox.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=mailbox_id).first()
    if mailbox is None:
        return
    rows = IncomingMail.objects.filter(mailbox=mailbox)
    key = mail.key if mail else f"{box.validity}:{uid}"
    row = rows.filter(validity=box.validity, uid=uid).first() or rows.filter(key=key).first()
    if row is None or (insists and row.state in {MailState.LEFT, MailState.FAILED}):
        row = row or IncomingMail(organization_id=organization_id, mailbox=mailbox)
        row.validity, row.uid, row.key = box.validity, uid, key
        if mail is not None:
            row.message_id, row.sender, row.name, row.subject = mail.message_id, mail.sender, mail.name, mail.subject
        actor = system_actor(Organization.objects.get(pk=organization_id))
        outcome = (
            Outcome(MailState.FAILED, problem)
            if problem or mail is None
            else take_mail(actor, mailbox, mail, insists=insists)
        )
        row.state, row.reason, row.ticket = outcome.state, outcome.reason, outcome.ticket
        row.save()
        if row.state == MailState.MADE and mail is not None and not mail.automatic and not mail.is_bounce:
            want_confirmation(actor, row)
    if not insists:
        Mailbox.objects.filter(pk=mailbox.pk).update(validity=box.validity, uid=uid)


def try_again(actor: Actor, mail_id: uuid.UUID) -> IncomingMail:
    """Make a ticket of a mail that failed or was left out. Raises ``Missing``, ``Refused``, ``MailboxFailed``."""
    require_ability(actor, Ability.CUSTOMISE)
    row = IncomingMail.objects.select_related("mailbox").filter(pk=mail_id).first()
    if row is None:
        raise Missing("not_found", _("There is no such mail."))
    if row.state not in {MailState.LEFT, MailState.FAILED}:
        raise Refused("done_already", _("There is a ticket of this mail already."))
    with open_mailbox(account_of(row.mailbox)) as box:
        if box.validity != row.validity:
            raise Refused(
                "renumbered", _("The mailbox has been numbered anew. Forward the mail to the mailbox once more.")
            )
        _look_at(actor.organization_id, row.mailbox_id, box, row.uid, insists=True)
    row.refresh_from_db()
    return row
