"""Instalments, payments and what they pay, invoices, subscriptions, and what an organization decides about them."""

from __future__ import annotations

from banyan.billing.models.columns import MOST_DAYS
from banyan.billing.models.invoices import BuyerHeader, Invoice, InvoiceLine, InvoiceSeries
from banyan.billing.models.payments import Allocation, BankLine, OpenOrder, OrderEvent, Payment, PaymentPlan
from banyan.billing.models.subscriptions import Renewal, RevenueMovement, Subscription
from banyan.billing.models.terms import BillingSettings, CreditRelease, CustomerTerms, PlanTemplate, Reminder

__all__ = [
    "MOST_DAYS",
    "Allocation",
    "BankLine",
    "BillingSettings",
    "BuyerHeader",
    "CreditRelease",
    "CustomerTerms",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "OpenOrder",
    "OrderEvent",
    "Payment",
    "PaymentPlan",
    "PlanTemplate",
    "Reminder",
    "Renewal",
    "RevenueMovement",
    "Subscription",
]
