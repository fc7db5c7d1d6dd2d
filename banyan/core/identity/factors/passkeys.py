"""Passkeys (WebAuthn): the ceremony of making one and of proving one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from banyan.core.identity.factors.models import Passkey
from banyan.core.identity.models import Account
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, Refused

MOST_PASSKEYS = 20
NAME = "Banyan CRM"


def begin_registration(account: Account, *, origin: str, host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the browser needs to make a passkey, and the state to keep until it answers.

    Args:
        account: Whose passkey it will be.
        origin: Scheme, host and port of our pages, as the browser names them.
        host: The host alone; a passkey works for no other.
    """
    user = PublicKeyCredentialUserEntity(id=account.pk.bytes, name=account.email, display_name=account.email)
    options, state = _server(origin, host).register_begin(
        user,
        credentials=_credentials(account),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), dict(state)


@transaction.atomic
def finish_registration(
    account: Account, state: Mapping[str, Any], answer: Any, *, name: str, origin: str, host: str
) -> Passkey:
    """Keep the passkey that the browser has made; raise ``Refused`` when its answer is not what was asked for."""
    if Passkey.objects.filter(account=account).count() >= MOST_PASSKEYS:
        raise Conflict(
            "too_many_passkeys", _("You have %(most)d passkeys. Remove one first.") % {"most": MOST_PASSKEYS}
        )
    made = _checked(lambda: _server(origin, host).register_complete(dict(state), answer))
    data = made.credential_data
    if data is None or Passkey.objects.filter(credential_id=data.credential_id).exists():
        raise Conflict("passkey_exists", _("This passkey is known already."))
    return Passkey.objects.create(
        account=account,
        name=" ".join(name.split())[:80] or _("Passkey"),
        credential_id=data.credential_id,
        credential=bytes(data),
        sign_count=made.counter,
    )


def begin_proof(account: Account | None, *, origin: str, host: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the browser needs to prove a passkey, and the state to keep; any account's without ``account``."""
    options, state = _server(origin, host).authenticate_begin(
        credentials=_credentials(account) if account else None, user_verification=UserVerificationRequirement.REQUIRED
    )
    return dict(options), dict(state)


@transaction.atomic
def finish_proof(state: Mapping[str, Any], answer: Any, *, origin: str, host: str) -> Account:
    """Return the account whose passkey was proven; raise ``Refused`` for anything else.

    A counter that does not grow means that somebody copied the key.
    """
    given = _checked(lambda: AuthenticationResponse.from_dict(answer))
    passkey = (
        Passkey.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(credential_id=given.raw_id, account__is_active=True)
        .first()
    )
    if passkey is None:
        raise _refused()
    known = AttestedCredentialData(bytes(passkey.credential))
    _checked(lambda: _server(origin, host).authenticate_complete(dict(state), [known], answer))
    counter = given.response.authenticator_data.counter
    if passkey.sign_count and counter <= passkey.sign_count:
        raise _refused()
    handle = given.response.user_handle
    if handle is not None and bytes(handle) != passkey.account.pk.bytes:
        raise _refused()
    passkey.sign_count = counter
    passkey.last_used_at = now()
    passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey.account


def _server(origin: str, host: str) -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name=NAME), verify_origin=lambda given: given == origin)


def _credentials(account: Account) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(row.credential)) for row in Passkey.objects.filter(account=account)]


def _checked(check: Callable[[], Any]) -> Any:
    """Run a step of the ceremony; whatever is wrong with what the browser sent is one refusal."""
    try:
        return check()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise _refused() from None


def _refused() -> Refused:
    return Refused(
        "passkey_refused", _("This passkey does not belong to an account here, or the attempt took too long.")
    )
