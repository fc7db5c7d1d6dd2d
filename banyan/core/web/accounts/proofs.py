"""What the pages about second factors share: our address as browsers name it, passkeys' challenges, fresh proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from banyan.core.identity.factors.models import Passkey
from banyan.core.identity.factors.services import factors_of
from banyan.core.identity.factors.totp import begin_totp, qr_code, setup_address
from banyan.core.identity.models import Account
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Refused
from banyan.core.web.accounts.signing import FACTOR_PROVEN_KEY, PROVEN_KEY

CHALLENGE_KEY = "passkey_challenge"
#: How long after a proof somebody may change what proves them.
FRESH_FOR = timedelta(minutes=15)


def place_of(request: HttpRequest) -> dict[str, str]:
    """Return origin and host of our pages, to which passkeys are bound."""
    host = request.get_host()
    return {"origin": f"{request.scheme}://{host}", "host": host.rpartition(":")[0] if ":" in host else host}


def registration_options(request: HttpRequest, account: Account) -> JsonResponse:
    """Answer with what the browser needs to make a passkey."""
    from banyan.core.identity.factors import passkeys  # noqa: PLC0415 loads a library that most requests never need

    options, state = passkeys.begin_registration(account, **place_of(request))
    return _asked(request, options, state)


def proof_options(request: HttpRequest, account: Account | None) -> JsonResponse:
    """Answer with what the browser needs to prove a passkey: one of the account, or any without one."""
    from banyan.core.identity.factors import passkeys  # noqa: PLC0415 loads a library that most requests never need

    options, state = passkeys.begin_proof(account, **place_of(request))
    return _asked(request, options, state)


def register_passkey(request: HttpRequest, account: Account) -> Passkey:
    """Keep the passkey that a form brings; raise ``Refused``."""
    from banyan.core.identity.factors import passkeys  # noqa: PLC0415 loads a library that most requests never need

    name = request.POST.get("name", "")
    state, answer = _challenge(request), _answer(request)
    return passkeys.finish_registration(account, state, answer, name=name, **place_of(request))


def proven_account(request: HttpRequest) -> Account:
    """Return the account whose passkey a form proves; raise ``Refused``."""
    from banyan.core.identity.factors import passkeys  # noqa: PLC0415 loads a library that most requests never need

    return passkeys.finish_proof(_challenge(request), _answer(request), **place_of(request))


def app_setup(request: HttpRequest, account: Account) -> dict[str, str]:
    """Return what a page needs to set up an authenticator app: QR code, and the seed for typing."""
    seed = begin_totp(account, anew=request.method != "POST")
    groups = [seed[start : start + 4] for start in range(0, len(seed), 4)]
    return {"qr_code": qr_code(setup_address(account, seed)), "seed": " ".join(groups)}


def note_fresh_proof(request: HttpRequest, *, with_factor: bool) -> None:
    """Remember that somebody has just proved who they are, perhaps by more than a password."""
    note_proof(request, now(), with_factor=with_factor)


def note_proof(request: HttpRequest, at: datetime, *, with_factor: bool) -> None:
    """Remember when somebody proved who they are, perhaps by more than a password."""
    request.session[PROVEN_KEY] = at.isoformat()
    if with_factor:
        request.session[FACTOR_PROVEN_KEY] = at.isoformat()


def is_fully_proven(request: HttpRequest, account: Account | None) -> bool:
    """Say whether the proof is recent enough to take much away: by the second factor, if the person has one."""
    if account is None or factors_of(account).is_empty:
        return is_freshly_proven(request)
    return is_freshly_proven(request, key=FACTOR_PROVEN_KEY)


def is_freshly_proven(request: HttpRequest, *, key: str = PROVEN_KEY) -> bool:
    """Say whether the proof is recent enough to change what proves somebody."""
    proven_at: Any = request.session.get(key)
    return bool(proven_at) and datetime.fromisoformat(proven_at) + FRESH_FOR > now()


def _asked(request: HttpRequest, options: Mapping[str, Any], state: dict[str, Any]) -> JsonResponse:
    request.session[CHALLENGE_KEY] = state
    return JsonResponse(dict(options))


def _challenge(request: HttpRequest) -> Mapping[str, Any]:
    """Return the challenge that was asked, which is answered once."""
    state: Any = request.session.pop(CHALLENGE_KEY, None)
    if not isinstance(state, dict):
        raise Refused("passkey_refused", _("The attempt took too long. Try again."))
    return state


def _answer(request: HttpRequest) -> Any:
    try:
        return json.loads(request.POST.get("credential", ""))
    except ValueError:
        return None
