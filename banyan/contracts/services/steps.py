"""The steps of a contract: submit for approval, sign, take back to draft, terminate, expire."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.contracts.choices import ContractStatus
from banyan.contracts.events import ContractEnded
from banyan.contracts.models import Contract, ContractInstalment
from banyan.contracts.preparation import told_difference
from banyan.contracts.queries import fitting_flows, portions_of
from banyan.contracts.references import CONTRACT, step
from banyan.contracts.rules import PortionsDiffer, instalment_amounts
from banyan.core.access.actor import Actor
from banyan.core.access.decisions import require
from banyan.core.access.scopes import Action
from banyan.core.approvals.services import start_approval
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Conflict, FieldError, Invalid, Refused
from banyan.core.kernel.events import publish
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext

LONGEST_REASON = 500


def contract_spec(actor: Actor) -> ObjectSpec:
    """Return the object as the organization uses it."""
    return spec_for(actor.organization, CONTRACT)


def locked_contract(actor: Actor, contract_id: uuid.UUID, *, version: int | None = None) -> Contract:
    """Lock a contract that the actor may change and return it as it is now.

    Raises ``Missing``, ``NotAllowed``, or ``Stale`` when it is no longer at ``version``.
    """
    spec = contract_spec(actor)
    require(actor, spec, Action.EDIT)
    (found,) = door.lock(actor, spec, [contract_id], Action.EDIT)
    if version is not None and found.version != version:
        door.update(actor, spec, contract_id, {}, expected_version=version)
    if not isinstance(found, Contract):
        raise TypeError
    return found


def require_draft(contract: Contract) -> None:
    """Refuse to change parts of a contract that is no draft any more; say the way out."""
    if contract.status == ContractStatus.DRAFT:
        return
    if contract.status in {ContractStatus.IN_APPROVAL, ContractStatus.APPROVED}:
        raise Refused("agreed", _("The contract is being approved, or was. Take it back to draft to change it."))
    raise Refused("agreed", _("The contract was signed. It is changed by an amendment only."))


def check_complete(contract: Contract) -> None:
    """Refuse to go on with a contract whose instalments do not sum up to its amount."""
    rows = list(ContractInstalment.objects.filter(contract=contract).order_by("position", "id"))
    if not rows:
        return
    try:
        instalment_amounts(contract.amount or Decimal(0), portions_of(rows))
    except PortionsDiffer as difference:
        raise Invalid([FieldError("amount", "instalments_differ", told_difference(difference))]) from None


@transaction.atomic
def submit(actor: Actor, contract_id: uuid.UUID, *, reason: str = "") -> None:
    """Ask for the approval of a draft by the flow that is meant for it.

    Raises ``Conflict`` when the contract is no draft, ``Refused`` when no flow fits, and what starting a flow raises.
    """
    contract = locked_contract(actor, contract_id)
    if contract.status != ContractStatus.DRAFT:
        raise Conflict("not_draft", _("Only a draft is submitted for approval."))
    check_complete(contract)
    spec = contract_spec(actor)
    flows = fitting_flows(actor.organization, spec, contract)
    if not flows:
        raise Refused("no_flow", _("No approval is needed for this contract: sign it."))
    start_approval(actor, flows[0].id, spec, contract_id, reason=reason)


@transaction.atomic
def sign(actor: Actor, contract_id: uuid.UUID, values: Mapping[str, Any], *, version: int | None = None) -> Record:
    """Write down that both sides have signed: the contract is in force.

    ``values`` are ``signed_on`` (today when left out), ``our_signer`` and ``customer_signer``. Raises ``Conflict``
    when it was signed already, ``Invalid`` when approval is missing or something does not agree.
    """
    contract = locked_contract(actor, contract_id, version=version)
    if contract.status not in {ContractStatus.DRAFT, ContractStatus.APPROVED}:
        message = _("This contract cannot be signed: it is “%(status)s”.")
        raise Conflict("not_to_sign", message % {"status": contract.get_status_display()})
    given = {"signed_on": today(actor.time_zone), **{name: value for name, value in values.items() if value}}
    return door.update(actor, contract_spec(actor), contract_id, given, context=WriteContext.for_actor(actor))


@transaction.atomic
def reopen(actor: Actor, contract_id: uuid.UUID) -> Record:
    """Take an approved contract back to draft; it needs approval again then. Raises ``Conflict`` in any other state."""
    contract = locked_contract(actor, contract_id)
    if contract.status != ContractStatus.APPROVED:
        raise Conflict("not_approved", _("Only a contract that was approved and not signed goes back to draft."))
    return door.update(
        actor, contract_spec(actor), contract_id, {}, context=step(actor, status=ContractStatus.DRAFT.value)
    )


@transaction.atomic
def terminate(
    actor: Actor, contract_id: uuid.UUID, *, reason: str, ended_on: date | None = None, version: int | None = None
) -> Record:
    """End a contract in force before its time.

    Raises ``Conflict`` when it is not in force, ``Invalid`` without a reason or for a day before its start.
    """
    contract = locked_contract(actor, contract_id, version=version)
    if contract.status != ContractStatus.ACTIVE:
        raise Conflict("not_active", _("Only a contract in force can be terminated."))
    errors = []
    ended = ended_on or today(actor.time_zone)
    if not reason.strip():
        errors.append(FieldError("reason", "required", _("Say why the contract ends.")))
    if contract.starts_on and ended < contract.starts_on:
        errors.append(FieldError("ended_on", "before_start", _("A contract cannot end before it starts.")))
    if contract.ends_on and ended > contract.ends_on:
        message = _("The contract ends on %(day)s anyway.") % {"day": contract.ends_on}
        errors.append(FieldError("ended_on", "after_end", message))
    if errors:
        raise Invalid(errors)
    context = step(
        actor, status=ContractStatus.TERMINATED.value, ended_on=ended, end_reason=reason.strip()[:LONGEST_REASON]
    )
    record = door.update(actor, contract_spec(actor), contract_id, {}, context=context)
    publish(ContractEnded(actor.organization_id, (contract_id,), ContractStatus.TERMINATED.value))
    return record


def set_status(actor: Actor, ids: Sequence[uuid.UUID], status: str, **derived: Any) -> None:
    """Let contracts have a status that follows from something else; for the app's own jobs and reactions."""
    if not ids:
        return
    spec = contract_spec(actor)
    context = step(actor, status=status, **derived)
    door.update_many(actor, spec, {pk: {} for pk in ids}, context=context)
    if status in {ContractStatus.EXPIRED, ContractStatus.RENEWED}:
        publish(ContractEnded(actor.organization_id, tuple(ids), status))
