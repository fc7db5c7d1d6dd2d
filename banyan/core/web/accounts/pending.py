"""Between the first proof and the session: what else somebody has to do before they are signed in.

Nobody is signed in while a step is open. The browser's anonymous session remembers who proved what,
for a quarter of an hour; each page of a step asks for it here.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from banyan.core.identity.factors.devices import is_trusted
from banyan.core.identity.factors.services import factors_of, needs_second_factor
from banyan.core.identity.models import Account
from banyan.core.identity.policy.queries import rules_for_account
from banyan.core.identity.policy.rules import SignInRules, is_expired
from banyan.core.identity.providers.strength import Strength
from banyan.core.identity.sessions import ORGANIZATION_KEY
from banyan.core.kernel.clock import now
from banyan.core.kernel.ids import parse_id
from banyan.core.web.accounts.known_devices import device_of, remember_device
from banyan.core.web.accounts.proofs import note_proof
from banyan.core.web.accounts.signing import PASSWORD, PROVEN_KEY, start_session

KEY = "sign_in"
OPEN_FOR = timedelta(minutes=15)
FACTOR, ENROL = "/sign-in/factor", "/sign-in/enrol"
NEW_PASSWORD = "/sign-in/new-password"  # noqa: S105 - an address


@dataclass(frozen=True)
class Pending:
    """Who has proved what so far, and where they want to go."""

    account_id: str
    method: str
    next_path: str
    began_at: str
    organization_id: str = ""
    has_factor: bool = False
    #: When the last proof was given; empty when a provider does not say it.
    proven_at: str = ""
    trusts_device: bool = False
    #: How the provider calls the session that it began.
    began_there: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> Account | None:
        """Return the account, while it is active."""
        account_id = parse_id(self.account_id)
        return Account.objects.filter(pk=account_id, is_active=True).first() if account_id else None

    @property
    def is_open(self) -> bool:
        """Say whether the steps may still be finished."""
        return datetime.fromisoformat(self.began_at) + OPEN_FOR > now()


def begin(  # noqa: PLR0913 what is known of the proof
    request: HttpRequest,
    account: Account,
    *,
    method: str,
    next_path: str,
    organization_id: uuid.UUID | None = None,
    strength: Strength | None = None,
    began_there: dict[str, str] | None = None,
) -> HttpResponse:
    """Remember the first proof and lead to the next step, or sign in when there is none.

    Without ``strength`` the proof is one factor, given just now.
    """
    proof = strength or Strength(has_factor=False, proven_at=now())
    # Whatever an attacker planted in the anonymous session ends here.
    request.session.flush()
    pending = Pending(
        account_id=str(account.pk),
        method=method,
        next_path=next_path,
        began_at=now().isoformat(),
        organization_id=str(organization_id or ""),
        has_factor=proof.has_factor,
        proven_at=proof.proven_at.isoformat() if proof.proven_at else "",
        began_there=began_there or {},
    )
    return go_on(request, pending)


def pending_of(request: HttpRequest) -> Pending | None:
    """Return what is open in this browser, if it still is."""
    kept = request.session.get(KEY)
    pending = Pending(**kept) if isinstance(kept, dict) else None
    return pending if pending is not None and pending.is_open else None


def factor_proven(request: HttpRequest, pending: Pending, *, trust: bool = False) -> HttpResponse:
    """Note that the second factor is proven, and go on; the device may stand for it from now on."""
    return go_on(request, replace(_with_factor(pending), trusts_device=trust))


def note_factor(request: HttpRequest, pending: Pending) -> None:
    """Note that a second factor was set up, while its recovery codes are shown."""
    request.session[KEY] = asdict(_with_factor(pending))


def go_on(request: HttpRequest, pending: Pending) -> HttpResponse:
    """Lead to the next open step, or begin the session."""
    account = pending.account
    if account is None:
        return HttpResponseRedirect("/sign-in", status=303)
    rules = rules_for_account(account)
    device = device_of(request)
    step = _next_step(account, pending, rules, device)
    if step:
        request.session[KEY] = asdict(pending)
        return HttpResponseRedirect(step, status=303)
    request.session.pop(KEY, None)
    start_session(
        request,
        account,
        parse_id(pending.organization_id),
        method=pending.method,
        began_there=pending.began_there,
    )
    if not pending.proven_at:
        # A session at the provider may be old: that it let somebody in proves nothing about now.
        request.session.pop(PROVEN_KEY, None)
    else:
        note_proof(request, datetime.fromisoformat(pending.proven_at), with_factor=pending.has_factor)
    leads_to = pending.next_path if ORGANIZATION_KEY in request.session else "/choose-organization"
    response = HttpResponseRedirect(leads_to, status=303)
    trust_for = timedelta(days=rules.remember_device_days if pending.trusts_device else 0)
    remember_device(request, response, account, device, trust_for=trust_for)
    return response


def _with_factor(pending: Pending) -> Pending:
    return replace(pending, has_factor=True, proven_at=now().isoformat())


def _next_step(account: Account, pending: Pending, rules: SignInRules, device: str) -> str:
    # A passkey is both factors; a provider of single sign-on stands for the second one where its organization says so.
    if not pending.has_factor:
        trusted = is_trusted(account, device, longest=timedelta(days=rules.remember_device_days))
        if not factors_of(account).is_empty and not trusted:
            return FACTOR
        if factors_of(account).is_empty and needs_second_factor(account):
            return ENROL
    if pending.method == PASSWORD and is_expired(account.password_changed_at, rules=rules, at=now()):
        return NEW_PASSWORD
    return ""
