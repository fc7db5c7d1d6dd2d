"""The papers of contracts and amendments."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from banyan.contracts.choices import AmendmentStatus, ContractStatus
from banyan.contracts.models import Contract, ContractAmendment
from banyan.contracts.queries import instalments_of, terms_of
from banyan.contracts.references import AMENDMENT, CONTRACT, MODULE
from banyan.contracts.services.amendments import changes_of
from banyan.contracts.services.wording import due_text, told_change
from banyan.core.access.actor import Actor
from banyan.customers.public import party_lines
from banyan.documents.public import (
    Column,
    DocumentKind,
    Paper,
    Party,
    Sum,
    Table,
    capitals_of,
    head_of,
    money_text,
    paper_day,
    percent_text,
    price_text,
)

Row = Mapping[str, Any]
ENDED = {ContractStatus.TERMINATED, ContractStatus.EXPIRED}


def contract_paper(actor: Actor, row: Row) -> Paper:
    """Return what stands on a contract: the sides, the period, the instalments and the terms, with places to sign."""
    contract = Contract.objects.select_related("customer", "our_signer").get(pk=row["id"])
    currency = contract.currency or actor.currency
    # Whoever may not see the amount gets a paper without it.
    worth = contract.amount if isinstance(row.get("amount"), Decimal) else None
    language = get_language() or actor.language
    tables = [_plan(contract, language, currency)] if worth is not None else []
    return Paper(
        title=str(contract.get_kind_display()),
        number=contract.number,
        subject=contract.name,
        facts=[
            (_("Starts on"), _day(contract.starts_on, language)),
            (_("Ends on"), _day(contract.ends_on, language)),
            (_("Signed on"), _day(contract.signed_on, language)),
            (_("At the end"), str(contract.get_renewal_display())),
        ],
        parties=_parties(actor, contract),
        tables=[table for table in tables if table.rows],
        sums=[Sum(_("Amount of the contract"), money_text(worth, currency), is_total=True)]
        if worth is not None
        else [],
        capitals=capitals_of(worth, currency),
        terms="\n\n".join(f"{index}. {term.title}\n{term.text}" for index, term in enumerate(terms_of(contract.pk), 1)),
        signatures=_signatures(contract),
        values={"customer": contract.customer.name},
        stamp=_stamp(contract.status),
        shows_bank=True,
        shows_seal=contract.status == ContractStatus.ACTIVE,
    )


def amendment_paper(actor: Actor, row: Row) -> Paper:
    """Return what stands on an amendment: what is agreed in words, and old beside new values."""
    amendment = ContractAmendment.objects.select_related("contract__customer", "contract__our_signer").get(pk=row["id"])
    contract = amendment.contract
    language = get_language() or actor.language
    sees_amounts = "new_amount" in row and (row["new_amount"] is None or isinstance(row["new_amount"], Decimal))
    changes = [
        told_change(actor, change, amendment.currency)
        for change in changes_of(amendment, contract)
        if sees_amounts or change["name"] not in {"amount", "instalments"}
    ]
    columns = (Column(_("What changes")), Column(_("Before"), is_wide=True), Column(_("From now on"), is_wide=True))
    table = Table(columns, [[change["label"], change["old"], change["new"]] for change in changes])
    return Paper(
        title=_("Amendment"),
        number=amendment.number,
        subject=_("Amendment to contract %(number)s") % {"number": contract.number},
        facts=[(_("Signed on"), _day(amendment.signed_on, language)), (_("Reason"), amendment.reason)],
        parties=_parties(actor, contract),
        tables=[table] if changes else [],
        intro=amendment.wording,
        signatures=_signatures(contract),
        values={"customer": contract.customer.name},
        stamp="" if amendment.status in {AmendmentStatus.SIGNED, AmendmentStatus.APPROVED} else _("Draft"),
        shows_seal=amendment.status == AmendmentStatus.SIGNED,
    )


def _plan(contract: Contract, language: str, currency: str) -> Table:
    columns = (
        Column(_("Instalment"), is_wide=True),
        Column(pgettext("payment", "Due")),
        Column(pgettext("instalment", "Share"), is_number=True),
        Column(f"{_('Amount')} ({currency})", is_number=True),
    )
    rows = [
        [
            entry.name,
            due_text(language, entry.due_on, entry.event, entry.days),
            percent_text(entry.share),
            price_text(entry.amount, currency),
        ]
        for entry in instalments_of(contract.pk)
    ]
    return Table(columns, rows, title=_("Instalments"))


def _parties(actor: Actor, contract: Contract) -> list[Party]:
    signer = contract.our_signer.name if contract.our_signer else ""
    return [
        Party(
            _("Supplier"),
            head_of(actor.organization, get_language() or actor.language).name,
            [signer] if signer else [],
        ),
        Party(_("Customer"), contract.customer.name, party_lines(actor, contract.customer_id)),
    ]


def _signatures(contract: Contract) -> list[str]:
    ours = contract.our_signer.name if contract.our_signer else ""
    sides = ((_("Supplier (signature and date)"), ours), (_("Customer (signature and date)"), contract.customer_signer))
    return [f"{label} {name}".strip() for label, name in sides]


def _stamp(status: str) -> str:
    if status in {ContractStatus.ACTIVE, ContractStatus.APPROVED, ContractStatus.RENEWED}:
        return ""
    return str(ContractStatus(status).label) if status in ENDED else _("Draft")


def _day(day: Any, language: str) -> str:
    return paper_day(day, language)


KINDS = (
    DocumentKind("contract", gettext_lazy("Contract"), CONTRACT, contract_paper, module=MODULE),
    DocumentKind("contract_amendment", gettext_lazy("Amendment"), AMENDMENT, amendment_paper, module=MODULE),
)
