"""Addresses in mails: their secrets follow from the installation's key, and fingerprints stand for e-mail addresses."""

from __future__ import annotations

import base64
import re
import uuid

from django.utils.crypto import constant_time_compare, salted_hmac

from banyan.core.kernel.secret_keys import secret_keys
from banyan.core.web.mail import base_url

_TOKEN = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


def token_of(organization_id: uuid.UUID, delivery_id: uuid.UUID) -> str:
    """Return what stands in the addresses of one mail."""
    return f"{organization_id.hex}{delivery_id.hex}_{_signature(secret_keys()[0], organization_id, delivery_id)}"


def read_token(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return the organization and the delivery of a token; None when nobody here has made it."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    organization_id, delivery_id = uuid.UUID(found[1]), uuid.UUID(found[2])
    known = (_signature(key, organization_id, delivery_id) for key in secret_keys())
    if not any(constant_time_compare(found[3], signature) for signature in known):
        return None
    return organization_id, delivery_id


def _signature(key: str, organization_id: uuid.UUID, delivery_id: uuid.UUID) -> str:
    text = f"{organization_id}:{delivery_id}"
    digest = salted_hmac("banyan.marketing.mail", text, secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def unsubscribe_address(token: str) -> str:
    """Return where somebody leaves: a page for people, and by POST for their mail program."""
    return f"{base_url()}/m/{token}"


def link_address(token: str, number: int) -> str:
    """Return the counted address of a link of a mail."""
    return f"{base_url()}/m/{token}/{number}"


def address_keys(organization_id: uuid.UUID, address: str) -> list[str]:
    """Return the fingerprints of an e-mail address, that under the key in use first, those under earlier keys after it."""
    text = f"{organization_id}:{address.strip().lower()}"
    return [
        salted_hmac("banyan.marketing.address", text, secret=key, algorithm="sha256").hexdigest()
        for key in secret_keys()
    ]
