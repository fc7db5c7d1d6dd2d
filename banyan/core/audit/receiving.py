"""What the rooms below tell, written into the log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from banyan.core.audit.models import Entry, Result
from banyan.core.audit.reading import note_guarded_read
from banyan.core.identity.events import SecurityEvent
from banyan.core.identity.models import Account, User
from banyan.core.kernel.events import subscribe
from banyan.core.kernel.ids import new_id
from banyan.core.listing.events import GuardedRead
from banyan.core.tenancy.scope import organization_scope

#: Endings of the kinds of security events that say how it went.
_RESULTS = {"failed": Result.FAILED, "refused": Result.REFUSED, "locked": Result.REFUSED}


def subscribe_all() -> None:
    """Subscribe to what is written down; changes of records and of the set-up are in the change log already."""
    subscribe(SecurityEvent, "audit.security", note_security_event, together=note_security_events)
    subscribe(GuardedRead, "audit.reads", note_guarded_read)


def note_security_event(event: SecurityEvent) -> None:
    """Write a security event into the log of each organization that it concerns."""
    account = Account.objects.filter(pk=event.account_id).first() if event.account_id else None
    concerned = [event.organization_id] if event.organization_id else (account.organization_ids if account else [])
    for organization_id in concerned:
        with organization_scope(organization_id):
            _entry(event, organization_id, account, _user_of(event, account)).save(force_insert=True)


def note_security_events(events: Sequence[SecurityEvent]) -> None:
    """Write events of the current organization's people that happened together."""
    users = User.objects.in_bulk([event.user_id for event in events if event.user_id])
    Entry.objects.bulk_create(
        _entry(event, event.organization_id, None, users.get(event.user_id))
        for event in events
        if event.organization_id
    )


def _entry(event: SecurityEvent, organization_id: uuid.UUID, account: Account | None, user: User | None) -> Entry:
    details = {"user_agent": event.user_agent, **event.details} if event.user_agent else dict(event.details)
    return Entry(
        id=new_id(),
        organization_id=organization_id,
        user_id=user.pk if user else event.user_id,
        person=user.name if user else (account.email if account else ""),
        channel="page",
        address=event.address or None,
        kind=event.kind,
        result=_RESULTS.get(event.kind.replace("_", ".").rpartition(".")[2], Result.DONE),
        details=details,
    )


def _user_of(event: SecurityEvent, account: Account | None) -> User | None:
    if event.user_id is not None:
        return User.objects.filter(pk=event.user_id).first()
    return User.objects.filter(account=account).first() if account else None
