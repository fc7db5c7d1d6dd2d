"""The front door of the contracts app for apps above it."""

from banyan.contracts.choices import SIGNED_STATUSES, ContractStatus, ContractType
from banyan.contracts.models import Contract, ContractAmendment
from banyan.contracts.queries import instalments_of, terms_of
from banyan.contracts.references import Instalment
from banyan.contracts.services.amendments import amend, sign_amendment
from banyan.contracts.services.instalments import replace_instalments
from banyan.contracts.services.steps import sign
from banyan.contracts.services.terms import save_clause

__all__ = [
    "SIGNED_STATUSES",
    "Contract",
    "ContractAmendment",
    "ContractStatus",
    "ContractType",
    "Instalment",
    "amend",
    "instalments_of",
    "replace_instalments",
    "save_clause",
    "sign",
    "sign_amendment",
    "terms_of",
]
