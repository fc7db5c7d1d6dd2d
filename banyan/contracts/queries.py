"""What the contracts app looks up."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from banyan.contracts.choices import SIGNED_STATUSES, ContractStatus
from banyan.contracts.models import (
    Clause,
    ClauseVersion,
    Contract,
    ContractAmendment,
    ContractInstalment,
    ContractTerm,
)
from banyan.contracts.references import Instalment
from banyan.contracts.rules import Portion, estimated_amounts, notice_day
from banyan.core.access.actor import Actor
from banyan.core.approvals.live import LiveFlow, live_flows
from banyan.core.approvals.services import fits
from banyan.core.objects.models import Record
from banyan.core.objects.spec import ObjectSpec
from banyan.core.tenancy.models import Organization
from banyan.privacy.public import Kept

#: Years for which a contract is kept after its end.
KEPT_YEARS = 10
#: What a contract would mean nothing without: with whom it was made.
PARTY_FIELDS = frozenset({"name", "address", "tax_number"})


def instalments_of(contract_id: uuid.UUID) -> list[Instalment]:
    """Return the instalments of a contract in order, with amounts that sum to the contract's once it is signed."""
    contract = Contract.objects.filter(pk=contract_id).only("amount", "currency").first()
    if contract is None:
        return []
    rows = list(ContractInstalment.objects.filter(contract_id=contract_id).order_by("position", "id"))
    amounts = estimated_amounts(contract.amount, portions_of(rows))
    return [
        Instalment(
            row.pk, row.position, row.name, amount, contract.currency, row.due_on, row.event, row.days, row.share
        )
        for row, amount in zip(rows, amounts, strict=True)
    ]


def portions_of(rows: Iterable[ContractInstalment]) -> list[Portion]:
    """Return instalments as the rules take them."""
    return [Portion(row.share, row.amount) for row in rows]


def terms_of(contract_id: uuid.UUID) -> list[ContractTerm]:
    """Return the terms of a contract in order."""
    return list(ContractTerm.objects.filter(contract_id=contract_id).order_by("position", "id"))


def library(*, all_of_them: bool = False) -> QuerySet[Clause]:
    """Return the clauses of the library, those in use unless all are wanted."""
    rows = Clause.objects.order_by("category", "position", "name")
    return rows if all_of_them else rows.filter(is_active=True)


def latest_texts(clauses: Collection[Clause]) -> dict[uuid.UUID, str]:
    """Return the current text of each clause."""
    wanted = {clause.pk: clause.latest for clause in clauses}
    rows = ClauseVersion.objects.filter(clause__in=list(wanted)).values_list("clause_id", "number", "text")
    return {pk: text for pk, number, text in rows if wanted[pk] == number}


def due_for_reminder(day: date) -> list[Contract]:
    """Return the contracts in force of whose end nobody was told yet, although the time of notice has begun."""
    rows = Contract.objects.filter(
        status=ContractStatus.ACTIVE, deleted_at__isnull=True, ends_on__gte=day, reminded_on__isnull=True,
        notice_days__gt=0,
    ).order_by("ends_on", "pk")  # fmt: skip
    return [row for row in rows if row.ends_on and notice_day(row.ends_on, row.notice_days) <= day]


def ended_by(day: date) -> QuerySet[Contract]:
    """Return the contracts in force whose last day lies before a day."""
    return Contract.objects.filter(status=ContractStatus.ACTIVE, deleted_at__isnull=True, ends_on__lt=day).order_by(
        "pk"
    )


def successor_of(contract_id: uuid.UUID) -> Contract | None:
    """Return the contract by which another one was, or shall be, renewed."""
    return Contract.objects.filter(renewed_from=contract_id, deleted_at__isnull=True).order_by("-created_at").first()


def amendments_of(contract_id: uuid.UUID) -> Sequence[ContractAmendment]:
    """Return the amendments of a contract, oldest first."""
    return list(
        ContractAmendment.objects.filter(contract_id=contract_id, deleted_at__isnull=True).order_by("created_at")
    )


def fitting_flows(organization: Organization, spec: ObjectSpec, record: Record) -> list[LiveFlow]:
    """Return the approval flows in force whose condition a record fits."""
    return [flow for flow in live_flows(spec) if fits(organization, spec, record, flow.definition.start.condition)]


def signed_since(customer: str, since: Any) -> Exists:
    """Return the condition that a customer, named by the path of its id, has signed a contract since a day."""
    rows = Contract.objects.filter(
        customer_id=OuterRef(customer), deleted_at__isnull=True, status__in=SIGNED_STATUSES, signed_on__gte=since
    )
    return Exists(rows)


def kept_for_law(actor: Actor, object_name: str, ids: Collection[uuid.UUID]) -> list[Kept]:
    """Return the signed contracts of a person that have to be kept with their amendments, and with whom they were made."""
    if object_name not in {"customer", "contact"}:
        return []
    rows = Contract.objects.filter(**{f"{object_name}__in": ids}, status__in=SIGNED_STATUSES)
    until = {
        pk: date((ended or ends or signed or localdate(created)).year + KEPT_YEARS, 12, 31)
        for pk, ended, ends, signed, created in rows.values_list("pk", "ended_on", "ends_on", "signed_on", "created_at")
    }
    kept = frozenset(pk for pk, day in until.items() if day >= localdate())
    if not kept:
        return []
    amendments = frozenset(ContractAmendment.objects.filter(contract__in=kept).values_list("pk", flat=True))
    last = max(until[pk] for pk in kept)
    reason = _("Contracts are kept for ten years after their end.")
    law = _("Civil Code (民法典), Measures for accounting archives (会计档案管理办法)")
    fields = PARTY_FIELDS if object_name == "customer" else frozenset()
    return [
        Kept("contract", kept, reason, law, last, fields),
        Kept("contract_amendment", amendments, reason, law, last),
    ]
