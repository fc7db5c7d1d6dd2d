"""Amendments: what a signed contract says otherwise from now on, with old and new values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.contracts.choices import AmendmentStatus, ContractStatus
from banyan.contracts.events import ContractAmended
from banyan.contracts.models import Contract, ContractAmendment, ContractTerm
from banyan.contracts.queries import fitting_flows
from banyan.contracts.references import AMENDMENT, step
from banyan.contracts.services.instalments import as_json, check_sum, lines_of, read_lines, store
from banyan.contracts.services.steps import contract_spec, locked_contract
from banyan.contracts.services.terms import read_terms, store_terms
from banyan.core.access.actor import Actor, system_actor
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

#: Which value of the contract each field of an amendment changes.
CHANGING = {"new_amount": "amount", "new_starts_on": "starts_on", "new_ends_on": "ends_on"}


def amendment_spec(actor: Actor) -> ObjectSpec:
    """Return the object as the organization uses it."""
    return spec_for(actor.organization, AMENDMENT)


@transaction.atomic
def amend(
    actor: Actor,
    contract_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    instalments: Sequence[Mapping[str, Any]] | None = None,
    terms: Sequence[Mapping[str, Any]] | None = None,
    context: WriteContext | None = None,
) -> Record:
    """Write the draft of an amendment; ``instalments`` and ``terms`` are the whole lists as they shall be.

    Raises ``Invalid`` for a contract that is not in force, and for what is wrong about the values.
    """
    context = context or WriteContext.for_actor(actor)
    made = door.create(actor, amendment_spec(actor), {**values, "contract": str(contract_id)}, context=context)
    if instalments is not None:
        propose_plan(actor, made.pk, instalments)
    if terms is not None:
        propose_terms(actor, made.pk, terms)
    made.refresh_from_db()
    return made


@transaction.atomic
def propose_plan(actor: Actor, amendment_id: uuid.UUID, lines: Sequence[Mapping[str, Any]] | None) -> None:
    """Let the draft of an amendment replace the instalments; None leaves them as they are."""
    amendment, contract = _locked(actor, amendment_id)
    _require_draft(amendment)
    checked = read_lines(actor, lines) if lines is not None else None
    if checked is not None:
        check_sum(_new(amendment, contract, "amount"), checked)
    ContractAmendment.objects.filter(pk=amendment.pk).update(plan=as_json(checked) if checked is not None else None)


@transaction.atomic
def propose_terms(actor: Actor, amendment_id: uuid.UUID, lines: Sequence[Mapping[str, Any]] | None) -> None:
    """Let the draft of an amendment replace the terms; None leaves them as they are."""
    amendment, _contract = _locked(actor, amendment_id)
    _require_draft(amendment)
    ContractAmendment.objects.filter(pk=amendment.pk).update(terms=read_terms(lines) if lines is not None else None)


@transaction.atomic
def submit_amendment(actor: Actor, amendment_id: uuid.UUID, *, reason: str = "") -> None:
    """Ask for the approval of an amendment; raises as for a contract."""
    amendment, contract = _locked(actor, amendment_id)
    _require_draft(amendment)
    _judge(amendment, contract)
    spec = amendment_spec(actor)
    flows = fitting_flows(actor.organization, spec, amendment)
    if not flows:
        raise Refused("no_flow", _("No approval is needed for this amendment: sign it."))
    start_approval(actor, flows[0].id, spec, amendment_id, reason=reason)


@transaction.atomic
def sign_amendment(actor: Actor, amendment_id: uuid.UUID, *, signed_on: date | None = None) -> Record:
    """Bring an amendment into force: contract, instalments and terms change, and what they were is kept.

    Raises ``Conflict`` when it is in force already or its contract no longer is, ``Refused`` without the approval that
    it needs, ``Invalid`` when the instalments do not fit the new amount.
    """
    amendment, contract = _locked(actor, amendment_id)
    if amendment.status not in {AmendmentStatus.DRAFT, AmendmentStatus.APPROVED}:
        message = _("This amendment cannot be signed: it is “%(status)s”.")
        raise Conflict("not_to_sign", message % {"status": amendment.get_status_display()})
    if amendment.status == AmendmentStatus.DRAFT:
        flows = fitting_flows(actor.organization, amendment_spec(actor), amendment)
        if flows:
            message = _("This amendment needs approval before it is signed (%(flow)s). Submit it first.")
            raise Refused("needs_approval", message % {"flow": flows[0].name})
    day = signed_on or today(actor.time_zone)
    if day > today(actor.time_zone):
        raise Invalid([FieldError("signed_on", "in_future", _("The day of signature lies in the future."))])
    plan = _judge(amendment, contract)
    changes = _changes(amendment, contract, plan)
    values = {name: getattr(amendment, own) for own, name in CHANGING.items() if getattr(amendment, own) is not None}
    revision = contract.revision + 1
    if plan is not None:
        store(contract, plan)
    if amendment.terms is not None:
        store_terms(contract, amendment.terms)
    door.update(actor, contract_spec(actor), contract.pk, {}, context=step(actor, **values, revision=revision))
    if "ends_on" in values:
        Contract.objects.filter(pk=contract.pk).update(reminded_on=None)
    ContractAmendment.objects.filter(pk=amendment.pk).update(changes=changes)
    derived = {
        "status": AmendmentStatus.SIGNED.value, "signed_on": day, "revision": revision, "old_amount": contract.amount,
        "old_starts_on": contract.starts_on, "old_ends_on": contract.ends_on,
    }  # fmt: skip
    record = door.update(actor, amendment_spec(actor), amendment.pk, {}, context=step(actor, **derived))
    publish(ContractAmended(actor.organization_id, contract.pk, amendment.pk, actor.user_id))
    return record


@transaction.atomic
def reopen_amendment(actor: Actor, amendment_id: uuid.UUID) -> Record:
    """Take an approved amendment back to draft."""
    amendment, _contract = _locked(actor, amendment_id)
    if amendment.status != AmendmentStatus.APPROVED:
        raise Conflict("not_approved", _("Only an amendment that was approved and not signed goes back to draft."))
    context = step(actor, status=AmendmentStatus.DRAFT.value)
    return door.update(actor, amendment_spec(actor), amendment_id, {}, context=context)


def changes_of(amendment: ContractAmendment, contract: Contract) -> list[dict[str, Any]]:
    """Return what an amendment changes, ``{name, old, new}`` each: as it was written down, or as it would be now."""
    if amendment.status == AmendmentStatus.SIGNED:
        return list(amendment.changes)
    return _changes(amendment, contract, [] if amendment.plan is not None else None)


def _locked(actor: Actor, amendment_id: uuid.UUID) -> tuple[ContractAmendment, Contract]:
    """Lock contract and amendment in this order, so that two signatures at once come one after the other."""
    contract_id = ContractAmendment.objects.filter(pk=amendment_id).values_list("contract_id", flat=True).first()
    spec = amendment_spec(actor)
    if contract_id is None:
        door.lock(actor, spec, [amendment_id], Action.EDIT)  # says that there is none
    contract = locked_contract(actor, contract_id or amendment_id)
    (amendment,) = door.lock(actor, spec, [amendment_id], Action.EDIT)
    if not isinstance(amendment, ContractAmendment):
        raise TypeError
    return amendment, contract


def _require_draft(amendment: ContractAmendment) -> None:
    if amendment.status == AmendmentStatus.SIGNED:
        raise Refused("agreed", _("The amendment is in force. Write another one to change the contract again."))
    if amendment.status != AmendmentStatus.DRAFT:
        raise Refused("agreed", _("The amendment is being approved, or was. Take it back to draft to change it."))


def _judge(amendment: ContractAmendment, contract: Contract) -> list[dict[str, Any]] | None:
    """Return the new instalments as checked lines, None when they stay; refuse what does not agree."""
    if contract.status != ContractStatus.ACTIVE:
        message = _("This contract is no longer in force (%(status)s). Renew it instead.")
        raise Conflict("ended", message % {"status": contract.get_status_display()})
    starts, ends = _new(amendment, contract, "starts_on"), _new(amendment, contract, "ends_on")
    if starts and ends and ends < starts:
        message = _("A contract cannot end before it starts. Change one of both days.")
        raise Invalid([FieldError("new_ends_on", "before_start", message)])
    total = _new(amendment, contract, "amount")
    plan = _plan(amendment)
    try:
        check_sum(total, plan if plan is not None else lines_of(contract.pk))
    except Invalid as problem:
        hint = _("Give the amendment instalments that sum up to the new amount.")
        errors = [FieldError("instalments", error.code, f"{error.message} {hint}") for error in problem.errors]
        raise Invalid(errors) from None
    if not _changes(amendment, contract, plan) and not amendment.wording.strip():
        message = _("This amendment changes nothing. Say what is agreed, or give new values.")
        raise Invalid([FieldError("wording", "nothing", message)])
    return plan


def _new(amendment: ContractAmendment, contract: Contract, name: str) -> Any:
    value = getattr(amendment, f"new_{name}")
    return getattr(contract, name) if value is None else value


def _plan(amendment: ContractAmendment) -> list[dict[str, Any]] | None:
    if amendment.plan is None:
        return None
    return read_lines(system_actor(amendment.organization), amendment.plan)


def _changes(
    amendment: ContractAmendment, contract: Contract, plan: Sequence[Mapping[str, Any]] | None
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "old": _plain(getattr(contract, name)), "new": _plain(getattr(amendment, own))}
        for own, name in CHANGING.items()
        if getattr(amendment, own) is not None and getattr(amendment, own) != getattr(contract, name)
    ]
    if plan is not None:
        before = as_json(lines_of(contract.pk))
        if before != amendment.plan:
            found.append({"name": "instalments", "old": before, "new": amendment.plan})
    if amendment.terms is not None:
        terms = [
            {"title": title, "text": text}
            for title, text in ContractTerm.objects.filter(contract=contract)
            .order_by("position", "id")
            .values_list("title", "text")
        ]
        if terms != amendment.terms:
            found.append({"name": "terms", "old": terms, "new": amendment.terms})
    return found


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)
