"""The front door of the privacy app for apps above it."""

from banyan.privacy.models import Purpose
from banyan.privacy.queries import purposes_in_use
from banyan.privacy.references import Keeper, Kept, PersonKind, keepers, person_kinds
from banyan.privacy.rules import Verdict
from banyan.privacy.services.consents import give_consent, may_contact, may_contact_many, withdraw_consent

__all__ = [
    "Keeper",
    "Kept",
    "PersonKind",
    "Purpose",
    "Verdict",
    "give_consent",
    "keepers",
    "may_contact",
    "may_contact_many",
    "person_kinds",
    "purposes_in_use",
    "withdraw_consent",
]
