"""Second factors of an account: which it has, whether it needs one, proving, removing and resetting them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.identity.events import SecurityKind
from banyan.core.identity.factors.devices import forget_devices
from banyan.core.identity.factors.models import Passkey, RecoveryCode, TotpFactor
from banyan.core.identity.factors.recovery import codes_left, make_recovery_codes, use_recovery_code
from banyan.core.identity.factors.totp import check_totp, confirm_totp, has_totp
from banyan.core.identity.models import Account, Role, UserRole
from banyan.core.identity.security_events import record_security_event
from banyan.core.identity.throttling import begin_attempt, end_attempt
from banyan.core.identity.visitors import Visitor
from banyan.core.kernel.errors import Refused
from banyan.core.tenancy.scope import organization_scope


@dataclass(frozen=True)
class Factors:
    """What an account can prove itself with besides its password."""

    has_totp: bool
    passkeys: list[Passkey]
    codes_left: int

    @property
    def is_empty(self) -> bool:
        """Say whether there is no second factor at all; recovery codes alone are none."""
        return not self.has_totp and not self.passkeys


def factors_of(account: Account) -> Factors:
    """Return the second factors of an account."""
    return Factors(has_totp(account), list(Passkey.objects.filter(account=account)), codes_left(account))


def needs_second_factor(account: Account) -> bool:
    """Say whether a role of the account asks for a second factor, in whichever organization."""
    return any(_asks(organization_id, account) for organization_id in account.organization_ids)


def prove_by_code(account: Account, code: str, visitor: Visitor) -> bool:
    """Say whether a code is the app's number or an unused recovery code; guessing is slowed down.

    Raises ``TooManyAttempts``.
    """
    counted = f"factor {account.email}"
    begin_attempt(email=counted, address=visitor.address)
    if check_totp(account, code):
        end_attempt(email=counted, address=visitor.address)
        return True
    if not factors_of(account).is_empty and use_recovery_code(account, code):
        end_attempt(email=counted, address=visitor.address)
        left = codes_left(account)
        record_security_event(SecurityKind.RECOVERY_CODE_USED, account=account, visitor=visitor, details={"left": left})
        return True
    record_security_event(SecurityKind.FACTOR_FAILED, account=account, visitor=visitor, details={"factor": "code"})
    return False


@transaction.atomic
def add_totp(account: Account, code: str, visitor: Visitor) -> bool:
    """Confirm the authenticator app by its number; say whether it was right."""
    if not confirm_totp(account, code):
        return False
    record_security_event(SecurityKind.FACTOR_ADDED, account=account, visitor=visitor, details={"factor": "totp"})
    return True


def tell_passkey_added(account: Account, passkey: Passkey, visitor: Visitor) -> None:
    """Tell that an account has a further passkey."""
    details = {"factor": "passkey", "name": passkey.name}
    record_security_event(SecurityKind.FACTOR_ADDED, account=account, visitor=visitor, details=details)


def fresh_recovery_codes(account: Account, visitor: Visitor) -> list[str]:
    """Return fresh recovery codes; earlier ones end."""
    codes = make_recovery_codes(account)
    record_security_event(SecurityKind.RECOVERY_CODES_MADE, account=account, visitor=visitor)
    return codes


@transaction.atomic
def remove_totp(account: Account, visitor: Visitor) -> None:
    """Remove the authenticator app; raise ``Refused`` when it is the last factor and a role asks for one."""
    _refuse_last(account, has_other=Passkey.objects.filter(account=account).exists())
    if TotpFactor.objects.filter(account=account).delete()[0]:
        _after_removal(account, visitor, {"factor": "totp"})


@transaction.atomic
def remove_passkey(account: Account, passkey_id: uuid.UUID, visitor: Visitor) -> None:
    """Remove a passkey; raise ``Refused`` when it is the last factor and a role asks for one."""
    passkey = Passkey.objects.filter(account=account, pk=passkey_id).first()
    if passkey is None:
        return
    others = Passkey.objects.filter(account=account).exclude(pk=passkey_id).exists()
    _refuse_last(account, has_other=others or has_totp(account))
    passkey.delete()
    _after_removal(account, visitor, {"factor": "passkey", "name": passkey.name})


@transaction.atomic
def reset_all_factors(account: Account) -> None:
    """Take all second factors and trusted devices from an account, because they are lost."""
    TotpFactor.objects.filter(account=account).delete()
    Passkey.objects.filter(account=account).delete()
    RecoveryCode.objects.filter(account=account).delete()
    forget_devices(account)


def _after_removal(account: Account, visitor: Visitor, details: dict[str, str]) -> None:
    if factors_of(account).is_empty:
        RecoveryCode.objects.filter(account=account).delete()
        forget_devices(account)
    record_security_event(SecurityKind.FACTOR_REMOVED, account=account, visitor=visitor, details=details)


def _refuse_last(account: Account, *, has_other: bool) -> None:
    if not has_other and needs_second_factor(account):
        message = _("Your role asks for a second factor. Add another one before you remove this one.")
        raise Refused("factor_needed", message)


def _asks(organization_id: uuid.UUID, account: Account) -> bool:
    with organization_scope(organization_id):
        held = UserRole.objects.filter(user__account=account, user__is_active=True)
        return Role.objects.filter(needs_second_factor=True, pk__in=held.values("role_id")).exists()
