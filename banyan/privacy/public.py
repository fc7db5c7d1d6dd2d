"""The front door of the privacy app for apps above it."""

from banyan.privacy.references import Keeper, Kept, PersonKind, keepers, person_kinds
from banyan.privacy.rules import Verdict
from banyan.privacy.services.consents import give_consent, may_contact, may_contact_many, withdraw_consent

__all__ = [
    "Keeper",
    "Kept",
    "PersonKind",
    "Verdict",
    "give_consent",
    "keepers",
    "may_contact",
    "may_contact_many",
    "person_kinds",
    "withdraw_consent",
]
