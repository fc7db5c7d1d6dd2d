"""The front door of the commissions app for apps above it."""

from banyan.commissions.models import CommissionPlan, CommissionStatement
from banyan.commissions.rules import Accelerator, Terms, Tier
from banyan.commissions.services.plans import assign, save_plan
from banyan.commissions.services.statements import approve, calculate_period, pay

__all__ = [
    "Accelerator",
    "CommissionPlan",
    "CommissionStatement",
    "Terms",
    "Tier",
    "approve",
    "assign",
    "calculate_period",
    "pay",
    "save_plan",
]
