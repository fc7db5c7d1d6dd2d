"""Renewal: the contract that follows one, with its terms and instalments carried over."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.contracts.choices import ContractStatus, Renewal
from banyan.contracts.models import Contract, ContractInstalment, ContractTerm
from banyan.contracts.queries import successor_of
from banyan.contracts.references import step
from banyan.contracts.rules import add_months, next_period
from banyan.contracts.services.steps import contract_spec, locked_contract
from banyan.core.access.actor import Actor
from banyan.core.kernel.errors import Conflict
from banyan.core.objects.models import Record
from banyan.core.records import door

#: What the next contract takes over from the one before.
CARRIED = (
    "name", "kind", "customer", "contact", "opportunity", "amount", "currency", "renewal", "notice_days",
    "renewal_months", "our_signer", "customer_signer", "tags", "owner",
)  # fmt: skip
RENEWABLE = (ContractStatus.ACTIVE, ContractStatus.EXPIRED)


def proposal(contract: Contract) -> dict[str, Any]:
    """Return what a renewal would begin with: the period after this one, and the same amount."""
    starts, ends = next_period(contract.starts_on, contract.ends_on, contract.renewal_months)
    return {"starts_on": starts, "ends_on": ends, "amount": contract.amount}


@transaction.atomic
def renew(actor: Actor, contract_id: uuid.UUID, values: Mapping[str, Any] | None = None) -> Record:
    """Create the draft of the contract that follows one; the old one counts as renewed once the new one is signed.

    ``values`` may change ``starts_on``, ``ends_on`` and ``amount``. Raises ``Conflict`` when the contract was never in
    force or was ended, or when there is a renewal already.
    """
    contract = locked_contract(actor, contract_id)
    _require_renewable(contract)
    given = {**_carried(contract), **proposal(contract), **(values or {})}
    context = step(actor, renewed_from=contract.pk)
    made = door.create(actor, contract_spec(actor), given, context=context)
    carry_over(contract, made.pk)
    return made


@transaction.atomic
def renew_by_itself(actor: Actor, contract: Contract) -> Record | None:
    """Let a contract that renews itself be followed by the next one, in force at once; None when somebody did it before."""
    contract = locked_contract(actor, contract.pk)
    if contract.status != ContractStatus.ACTIVE or contract.renewal != Renewal.AUTOMATIC:
        return None
    if successor_of(contract.pk) is not None:
        return None
    given = {**_carried(contract), **proposal(contract)}
    context = step(actor, renewed_from=contract.pk, status=ContractStatus.ACTIVE.value, signed_on=given["starts_on"])
    made = door.create(actor, contract_spec(actor), given, context=context)
    carry_over(contract, made.pk)
    return made


def carry_over(contract: Contract, made: uuid.UUID) -> None:
    """Copy terms and instalments; instalments that are due on a day are due as much later as the period begins later."""
    new = Contract.objects.only("starts_on", "organization_id").get(pk=made)
    months = 0
    if contract.starts_on and new.starts_on:
        months = (new.starts_on.year - contract.starts_on.year) * 12 + new.starts_on.month - contract.starts_on.month
    terms = list(ContractTerm.objects.filter(contract=contract))
    instalments = list(ContractInstalment.objects.filter(contract=contract))
    ContractTerm.objects.bulk_create(
        ContractTerm(
            organization_id=new.organization_id, contract=new, position=row.position, title=row.title, text=row.text,
            clause_id=row.clause_id, clause_version=row.clause_version,
        )
        for row in terms
    )  # fmt: skip
    ContractInstalment.objects.bulk_create(
        ContractInstalment(
            organization_id=new.organization_id, contract=new, position=row.position, name=row.name, share=row.share,
            amount=row.amount, due_on=add_months(row.due_on, months) if row.due_on else None, event=row.event,
            days=row.days,
        )
        for row in instalments
    )  # fmt: skip


def _carried(contract: Contract) -> dict[str, Any]:
    found = {}
    for name in CARRIED:
        attribute = Contract._meta.get_field(name).attname  # type: ignore[union-attr]  # noqa: SLF001 Django's own name
        value = getattr(contract, attribute)
        if value not in (None, "", []):
            found[name] = value
    return found


def _require_renewable(contract: Contract) -> None:
    if contract.status not in RENEWABLE:
        message = _("Only a contract in force or expired is renewed; this one is “%(status)s”.")
        raise Conflict("not_renewable", message % {"status": contract.get_status_display()})
    found = successor_of(contract.pk)
    if found is not None:
        message = _("This contract has a renewal already: %(number)s.")
        raise Conflict("renewed_already", message % {"number": found.number}, record_id=found.pk)
