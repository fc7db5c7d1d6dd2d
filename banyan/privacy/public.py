"""The front door of the privacy app for apps above it."""

from banyan.privacy.models import Consent, Purpose
from banyan.privacy.queries import purposes_in_use
from banyan.privacy.references import Keeper, Kept, PersonKind, Trace, keepers, person_kinds, traces
from banyan.privacy.rules import Verdict
from banyan.privacy.services.consents import MARKETING, give_consent, may_contact, may_contact_many, withdraw_consent

__all__ = [
    "MARKETING",
    "Consent",
    "Keeper",
    "Kept",
    "PersonKind",
    "Purpose",
    "Trace",
    "Verdict",
    "give_consent",
    "keepers",
    "may_contact",
    "may_contact_many",
    "person_kinds",
    "purposes_in_use",
    "traces",
    "withdraw_consent",
]
