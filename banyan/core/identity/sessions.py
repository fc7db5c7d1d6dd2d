"""Sessions in the database, each with the account and organization it belongs to."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils.dateparse import parse_datetime

from banyan.core.identity.models import Session
from banyan.core.kernel.ids import parse_id

ORGANIZATION_KEY = "organization"
CLIENT_KEY = "client"


class SessionStore(DatabaseSessionStore):
    """Keeps account, organization and device of a session in columns, so that they can be listed and revoked."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row for the session's data."""
        row = cast("Session", super().create_model_instance(data))
        row.account_id = parse_id(data.get("_auth_user_id"))
        row.organization_id = parse_id(data.get(ORGANIZATION_KEY))
        client = data.get(CLIENT_KEY) or {}
        row.user_agent = client.get("user_agent", "")[:300]
        row.address = client.get("address")
        row.signed_in_at = parse_datetime(client.get("signed_in_at", ""))
        return row
