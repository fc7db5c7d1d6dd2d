"""The ids of our mails about tickets: they prove themselves, so an answer finds its ticket and nobody can make one up."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from django.utils.crypto import constant_time_compare, salted_hmac

from banyan.core.kernel.ids import new_id
from banyan.core.kernel.secret_keys import secret_keys
from banyan.core.web.mail import base_url

_OURS = re.compile(r"<t\.([0-9a-f]{32})\.([0-9a-f]{32})\.([0-9a-f]{40})@[^<>\s]*>")


def new_message_id(organization_id: uuid.UUID, ticket_id: uuid.UUID) -> str:
    """Return the id of a new mail about a ticket."""
    once = new_id().hex
    host = re.sub(r"^https?://|[:/].*$", "", base_url()) or "localhost"
    return f"<t.{ticket_id.hex}.{once}.{_proof(secret_keys()[0], organization_id, ticket_id.hex, once)}@{host}>"


def ticket_behind(organization_id: uuid.UUID, message_ids: Iterable[str]) -> uuid.UUID | None:
    """Return the ticket that one of our own mails was about; None when we sent none of them."""
    for given in message_ids:
        found = _OURS.fullmatch(given)
        if found is None:
            continue
        known = (_proof(key, organization_id, found[1], found[2]) for key in secret_keys())
        if any(constant_time_compare(found[3], proof) for proof in known):
            return uuid.UUID(found[1])
    return None


def _proof(key: str, organization_id: uuid.UUID, ticket: str, once: str) -> str:
    text = f"{organization_id}:{ticket}:{once}"
    return salted_hmac("banyan.service.mail", text, secret=key, algorithm="sha256").hexdigest()[:40]
