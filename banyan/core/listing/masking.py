"""Values that somebody may know of, but not read in full."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from banyan.core.objects.kinds import BankAccount, Email, IdentityNumber, Kind, Phone

HIDDEN_TEXT = "***"
_SHORTEST_MASKED_PHONE = 7
_SHORTEST_MASKED_ACCOUNT = 8


class Masked(str):
    """A value as the actor may see it; it is text whatever the kind of the field, and shown as it is."""

    __slots__ = ()


def mask(kind: Kind, value: Any) -> Masked | None:
    """Return what may be seen of a masked value; what is empty stays empty.

    Phone numbers keep their beginning and end (138****1234), e-mail addresses the first letter and
    the domain (a***@example.com), identity numbers the region and the end, bank accounts the end; of everything else only that there is something.
    """
    if kind.is_empty(value):
        return None
    masked = next((rule for base, rule in _RULES if isinstance(kind, base)), None)
    return Masked(masked(str(value)) if masked else HIDDEN_TEXT)


def _mask_phone(value: str) -> str:
    digits = re.sub(r"\D", "", value.removeprefix("+86"))
    if len(digits) < _SHORTEST_MASKED_PHONE:
        return HIDDEN_TEXT
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 10 else f"{digits[:2]}****{digits[-2:]}"


def _mask_email(value: str) -> str:
    name, at, domain = value.partition("@")
    return f"{name[:1]}***{at}{domain}"


def _mask_identity_number(value: str) -> str:
    return f"{value[:3]}***********{value[-4:]}"


def _mask_bank_account(value: str) -> str:
    return f"**** {value[-4:]}" if len(value) > _SHORTEST_MASKED_ACCOUNT else HIDDEN_TEXT


_RULES: tuple[tuple[type[Kind], Callable[[str], str]], ...] = (
    (Phone, _mask_phone),
    (Email, _mask_email),
    (IdentityNumber, _mask_identity_number),
    (BankAccount, _mask_bank_account),
)
