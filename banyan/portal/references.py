"""The secrets of links: 256 bits that follow from the link's id under the installation's secret key.

So that a link can be copied and sent again without its secret being stored anywhere: the database has its hash, which
proves it. The organization is part of the text, so that the row can be found under row-level security.
"""

from __future__ import annotations

import base64
import re
import uuid

from django.utils.crypto import constant_time_compare, salted_hmac

from banyan.core.identity.secrets import hash_secret
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.secret_keys import secret_keys
from banyan.core.web.mail import base_url

_TOKEN = re.compile(r"([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


def token_of(organization_id: uuid.UUID, link_id: uuid.UUID, known_hash: str = "") -> str:
    """Return what stands in the address of a link: of an earlier secret key when ``known_hash`` is of that time."""
    tokens = [_token_under(key, organization_id, link_id) for key in secret_keys()]
    return next((token for token in tokens if hash_of(token) == known_hash), tokens[0])


def _token_under(key: str, organization_id: uuid.UUID, link_id: uuid.UUID) -> str:
    text = f"{organization_id}:{link_id}"
    digest = salted_hmac("banyan.portal.link", text, secret=key, algorithm="sha256").digest()
    return f"{organization_id.hex}_{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def hash_of(token: str) -> str:
    """Return what is stored of a token."""
    return hash_secret(token)


def read_token(text: str) -> tuple[uuid.UUID, str] | None:
    """Return the organization and the hash of a token; None when the text is none."""
    found = _TOKEN.fullmatch(text)
    organization_id = parse_id(found[1]) if found else None
    return (organization_id, hash_of(text)) if organization_id else None


def address_of(organization_id: uuid.UUID, link_id: uuid.UUID, known_hash: str = "") -> str:
    """Return the whole address of a link; ``known_hash`` as for ``token_of``."""
    return f"{base_url()}/p/{token_of(organization_id, link_id, known_hash)}"


def form_key(token: str) -> str:
    """Return what the forms of a page carry: it belongs to the link, so no cookie is needed."""
    return salted_hmac("banyan.portal.form", token, algorithm="sha256").hexdigest()[:40]


def is_form_key(token: str, given: str) -> bool:
    """Say whether a form came from the page of this link."""
    return constant_time_compare(form_key(token), given)
