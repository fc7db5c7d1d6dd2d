"""Sessions in the database, each with the account and organization it belongs to, and with its limits."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils.dateparse import parse_datetime

from banyan.core.database.lookup import the_row
from banyan.core.identity.models import Session
from banyan.core.identity.policy.rules import SignInRules, is_worth_noting, session_end
from banyan.core.identity.secrets import hash_secret
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import parse_id

ORGANIZATION_KEY = "organization"
CLIENT_KEY = "client"
#: How the provider of single sign-on calls the session that it began.
BEGUN_KEY = "begun_at_provider"
STANDARD_IDLE_MINUTES = SignInRules().idle_minutes


def provider_name_hash(method: str, name: str) -> str:
    """Return what the table keeps of a name that a provider has for a person or a session; nothing of no name."""
    return hash_secret(f"{method} {name}") if name else ""


def stored_key(session_key: str | None) -> str:
    """Return what the table keeps of a session's key: a hash, so that nobody signs in with a stolen dump."""
    return hashlib.sha256(f"session {session_key or ''}".encode()).hexdigest()[:40]


class SessionStore(DatabaseSessionStore):
    """Keeps account, organization, device and limits of a session in columns, so that they can be listed and revoked.

    The table holds only a hash of the key that the browser has.

    The idle limit costs no query: ``expire_date``, by which every request looks its session up, moves on
    with activity, which is written down at most every few minutes.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.idle_minutes: int | None = None
        self.ends_at: datetime | None = None
        self.last_seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the table."""
        return Session

    def set_limits(self, *, idle_minutes: int, ends_at: datetime) -> None:
        """Let the session end after so much idleness, and at an instant in any case."""
        self.idle_minutes, self.ends_at = idle_minutes, ends_at
        self.modified = True

    def note_activity(self) -> None:
        """Move the idle limit on; to be called for what a person does, not for what a page does by itself."""
        at = now()
        idle = self.idle_minutes or STANDARD_IDLE_MINUTES
        if self.session_key and is_worth_noting(seen_at=self.last_seen_at, at=at, idle_minutes=idle):
            end = session_end(seen_at=at, idle_minutes=idle, ends_at=self.ends_at)
            Session.objects.filter(session_key=stored_key(self.session_key)).update(last_seen_at=at, expire_date=end)
            self.last_seen_at = at

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row for the session's data."""
        row = cast("Session", super().create_model_instance(data))
        row.session_key = stored_key(row.session_key)
        row.account_id = parse_id(data.get("_auth_user_id"))
        row.organization_id = parse_id(data.get(ORGANIZATION_KEY))
        client = data.get(CLIENT_KEY) or {}
        row.user_agent = client.get("user_agent", "")[:300]
        row.address = client.get("address")
        row.signed_in_at = parse_datetime(client.get("signed_in_at", ""))
        row.method = client.get("method", "")
        begun = data.get(BEGUN_KEY) or {}
        row.provider_subject_hash = provider_name_hash(row.method, begun.get("name", ""))
        row.provider_session_hash = provider_name_hash(row.method, begun.get("index", ""))
        row.last_seen_at = self.last_seen_at = now()
        row.idle_minutes, row.ends_at = self.idle_minutes, self.ends_at
        idle = self.idle_minutes or STANDARD_IDLE_MINUTES
        row.expire_date = session_end(seen_at=row.last_seen_at, idle_minutes=idle, ends_at=self.ends_at)
        return row

    def exists(self, session_key: str) -> bool:
        """Say whether there is a session with this key."""
        return Session.objects.filter(session_key=stored_key(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        """End the session."""
        Session.objects.filter(session_key=stored_key(session_key or self.session_key)).delete()

    def _get_session_from_db(self) -> Session | None:
        row = the_row(Session.objects.filter(session_key=stored_key(self.session_key), expire_date__gt=now()))
        if row is None:
            self._session_key = None
            return None
        self.idle_minutes, self.ends_at, self.last_seen_at = row.idle_minutes, row.ends_at, row.last_seen_at
        return row
