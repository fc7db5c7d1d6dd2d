"""What customers see of their invoices and of their account at a link, without an account of the company."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from banyan.billing.choices import InvoiceState
from banyan.billing.models import BuyerHeader, CustomerTerms
from banyan.billing.objects import MODULE
from banyan.core.access.actor import Actor
from banyan.customers.public import Contact, Customer
from banyan.portal.public import PortalPage, give_paper, show_paper

INVOICE_PAGE, STATEMENT_PAGE = "invoice", "statement"


def recipient_of(customer_id: Any) -> tuple[str, str, str]:
    """Return to whom bills of a customer go: the address for invoices, that for reminders, or a contact's."""
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        return "", "", ""
    headers = BuyerHeader.objects.filter(customer=customer_id).exclude(email="")
    terms = CustomerTerms.objects.filter(customer=customer_id).exclude(email="")
    email = headers.values_list("email", flat=True).first() or terms.values_list("email", flat=True).first() or ""
    language = str(getattr(customer, "language", "") or "")
    if email:
        return customer.name, email, language
    contact = Contact.objects.filter(customer=customer_id, deleted_at__isnull=True).exclude(email="").first()
    return (contact.name, contact.email, language) if contact else (customer.name, customer.email or "", language)


def _of_invoice(_actor: Actor, row: Any) -> tuple[str, str, str]:
    return recipient_of(row.get("customer"))


def _of_customer(_actor: Actor, row: Any) -> tuple[str, str, str]:
    return recipient_of(row.get("id"))


PAGES = (
    PortalPage(
        INVOICE_PAGE,
        "invoice",
        MODULE,
        gettext_lazy("The customer reads the invoice and takes its PDF"),
        lambda visit: show_paper(visit, "invoice"),
        downloads={"pdf": lambda visit: give_paper(visit, "invoice")},
        has_comments=True,
        valid_days=180,
        may_be_made=lambda _actor, row: row.get("state") == InvoiceState.ISSUED,
        recipient=_of_invoice,
    ),
    PortalPage(
        STATEMENT_PAGE,
        "customer",
        MODULE,
        gettext_lazy("The customer sees the statement of account"),
        lambda visit: show_paper(visit, "account_statement"),
        downloads={"pdf": lambda visit: give_paper(visit, "account_statement")},
        valid_days=90,
        recipient=_of_customer,
    ),
)
