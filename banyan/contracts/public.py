"""The front door of the contracts app for apps above it."""

from banyan.contracts.choices import SIGNED_STATUSES, ContractStatus, ContractType
from banyan.contracts.models import Contract, ContractAmendment
from banyan.contracts.queries import instalments_of, terms_of
from banyan.contracts.references import Instalment
from banyan.contracts.services.instalments import replace_instalments
from banyan.contracts.services.steps import sign

__all__ = [
    "SIGNED_STATUSES",
    "Contract",
    "ContractAmendment",
    "ContractStatus",
    "ContractType",
    "Instalment",
    "instalments_of",
    "replace_instalments",
    "sign",
    "terms_of",
]
