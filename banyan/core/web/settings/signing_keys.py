"""The organization's own key pairs for SAML, on the page of single sign-on."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from banyan.core.access.signing_keys import add_key, remove_key, use_key
from banyan.core.identity.providers.keys import REMIND_BEFORE, fingerprint
from banyan.core.identity.providers.models import SigningKey
from banyan.core.kernel.clock import now
from banyan.core.web.answers import safe_path
from banyan.core.web.middleware import SignedInRequest
from banyan.core.web.presenting import told_day
from banyan.core.web.settings.pages import require_page, saved
from banyan.core.web.views.base import signed_in

URL = "/settings/single-sign-on"


@signed_in("POST")
def make(request: SignedInRequest) -> HttpResponse:
    """Make a key pair."""
    require_page(request.actor, "single-sign-on")
    key = add_key(request.actor)
    back = safe_path(request.POST.get("next") or URL)
    if key.is_used:
        return saved(request, _("The key pair is made. Let the provider read our metadata again."), back)
    return saved(request, _("The next key pair is prepared. Let the providers read our metadata, then use it."), back)


@signed_in("POST")
def use(request: SignedInRequest, key_id: uuid.UUID) -> HttpResponse:
    """Sign with a key pair from now on."""
    require_page(request.actor, "single-sign-on")
    use_key(request.actor, key_id)
    return saved(request, _("This key pair is in use from now on."), URL)


@signed_in("POST")
def remove(request: SignedInRequest, key_id: uuid.UUID) -> HttpResponse:
    """Remove a key pair."""
    require_page(request.actor, "single-sign-on")
    remove_key(request.actor, key_id)
    return saved(request, _("The key pair is removed."), URL)


def shown_keys() -> list[dict[str, Any]]:
    """Return the key pairs as the page shows them, the one in use first."""
    return [
        {
            "id": key.pk,
            "fingerprint": fingerprint(key.certificate),
            "made": told_day(localtime(key.created_at).date()),
            "until": told_day(localtime(key.expires_at).date()),
            "is_used": key.is_used,
            "ends_soon": key.expires_at - REMIND_BEFORE < now(),
        }
        for key in SigningKey.objects.all()
    ]
