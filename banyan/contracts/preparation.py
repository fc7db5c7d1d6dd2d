"""What the contracts app derives and refuses while contracts and amendments pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from banyan.contracts.choices import AmendmentStatus, ContractStatus, ContractType, Renewal
from banyan.contracts.models import Contract, ContractInstalment
from banyan.contracts.queries import portions_of
from banyan.contracts.references import AMENDMENT, CONTRACT, StepContext
from banyan.contracts.rules import MOST_NOTICE_DAYS, MOST_RENEWAL_MONTHS, PortionsDiffer, instalment_amounts
from banyan.core.access.actor import Channel, system_actor
from banyan.core.approvals.live import live_flows
from banyan.core.kernel.clock import today
from banyan.core.kernel.errors import Invalid
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.fitting import Fitting
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.linked import LinkedValues
from banyan.core.records.locks import Locks, LockSource, Stored, locking, register_locks
from banyan.customers.public import Customer

#: What stays as it was agreed once a contract is no draft any more.
AGREED = (
    "name", "kind", "customer", "contact", "amount", "currency", "starts_on", "ends_on", "signed_on", "our_signer",
    "customer_signer", "renewal", "renewal_months",
)  # fmt: skip
#: What signing fills in; the rest of a contract that was approved stays as it was approved.
SIGNING = ("signed_on", "our_signer", "customer_signer")
AMENDED = ("contract", "name", "reason", "wording", "new_amount", "new_starts_on", "new_ends_on")
SMALLEST_YEAR, BIGGEST_YEAR = 1950, 2200


def prepare_contracts(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Name a contract, judge its period and amount, let a day of signature bring it into force, and keep what was agreed."""
    names = _customer_names(drafts)
    derived = context.derived if isinstance(context, StepContext) else {}
    for draft in drafts:
        for name, value in derived.items():
            draft.set(name, value)
        if not draft.get("name"):
            draft.set("name", _own_name(draft, names))
        _judge_values(draft)
        if context.exempt:
            _keep_status(draft)
    if not context.exempt and "status" not in derived:
        _sign([draft for draft in drafts if not draft.errors], context)


def prepare_amendments(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Judge what an amendment would change, and keep it as it is once it left the hands of its writer."""
    contracts = Contract.objects.in_bulk([pk for pk in {draft.get("contract") for draft in drafts} if pk])
    derived = context.derived if isinstance(context, StepContext) else {}
    for draft in drafts:
        for name, value in derived.items():
            draft.set(name, value)
        contract = contracts.get(draft.get("contract"))
        if contract is None:
            continue
        if draft.is_new and not context.exempt and context.channel is not Channel.IMPORT:
            _judge_contract(draft, contract)
        if draft.is_new:
            draft.set("currency", contract.currency)
        if not draft.get("name"):
            draft.set("name", _("Amendment to %(contract)s") % {"contract": str(contract)[:150]})
        _judge_amended(draft, contract)


def _own_name(draft: Draft, names: dict[uuid.UUID, str]) -> str:
    kind = dict(ContractType.choices).get(draft.get("kind") or ContractType.SALES, "")
    return f"{names.get(draft.get('customer'), '')} · {kind}"[:200]


def _customer_names(drafts: Sequence[Draft]) -> dict[uuid.UUID, str]:
    ids = {draft.get("customer") for draft in drafts if not draft.get("name")}
    return dict(Customer.objects.filter(pk__in=ids - {None}).values_list("pk", "name")) if ids else {}


def _judge_values(draft: Draft) -> None:
    amount = draft.get("amount")
    if amount is not None and amount < 0:
        draft.refuse("amount", "negative", _("A contract cannot have a negative amount."))
    starts, ends = draft.get("starts_on"), draft.get("ends_on")
    for name in ("starts_on", "ends_on", "signed_on"):
        day = draft.get(name)
        if day and draft.changes(name) and not SMALLEST_YEAR <= day.year <= BIGGEST_YEAR:
            draft.refuse(name, "out_of_range", _("This day lies too far away. Check the year."))
    if starts and ends and ends < starts and (draft.is_new or draft.changes("starts_on", "ends_on")):
        draft.refuse("ends_on", "before_start", _("A contract cannot end before it starts. Change one of both days."))
    if (draft.get("notice_days") or 0) > MOST_NOTICE_DAYS:
        message = _("At most %(most)d days of notice.") % {"most": MOST_NOTICE_DAYS}
        draft.refuse("notice_days", "out_of_range", message)
    if not 1 <= (draft.get("renewal_months") or 0) <= MOST_RENEWAL_MONTHS:
        message = _("A renewal lasts between 1 and %(most)d months.") % {"most": MOST_RENEWAL_MONTHS}
        draft.refuse("renewal_months", "out_of_range", message)
    if draft.get("renewal") == Renewal.AUTOMATIC and ends is None and draft.changes("renewal", "ends_on"):
        draft.refuse("ends_on", "required", _("A contract that renews itself needs the day on which it ends."))


def _keep_status(draft: Draft) -> None:
    """Let nobody take back a step by undoing: others may have acted on it."""
    if not draft.is_new and draft.before("status") == ContractStatus.DRAFT and draft.changes("signed_on"):
        # Two contracts that are brought together: the day of the other one signs nothing here.
        draft.set("signed_on", draft.before("signed_on"))
    if not draft.is_new and draft.changes("status"):
        message = _("A step of a contract cannot be undone. Terminate the contract, or agree on an amendment.")
        draft.refuse("", "not_undone", message)


def agreed_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return what cannot change of contracts that are being approved, were approved or signed; each with the way out."""
    if _is_free(context):
        return {}
    found: dict[uuid.UUID, Locks] = {}
    for record in records:
        status = record.before("status")
        if status != ContractStatus.DRAFT:
            kept = set(AGREED) - set(SIGNING) if status == ContractStatus.APPROVED else set(AGREED)
            found[record.record_id] = locking(kept, "agreed", _way_out(status))
    return found


def amended_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return what cannot change of amendments: their contract, and all that they say once they left their writer's hands."""
    if _is_free(context):
        return {}
    return {record.record_id: _amended(record.before("status")) for record in records}


def _amended(status: str) -> Locks:
    if status == AmendmentStatus.DRAFT:
        return locking(
            ["contract"],
            "fixed",
            _("An amendment belongs to its contract. Write another one instead."),
            of_record=False,
        )
    if status == AmendmentStatus.SIGNED:
        return locking(
            AMENDED, "agreed", _("The amendment is in force. Write another one to change the contract again.")
        )
    return locking(AMENDED, "agreed", _("The amendment is being approved, or was. Take it back to draft to change it."))


def _is_free(context: WriteContext) -> bool:
    """Say whether a write is the step of a service, or puts back what was before."""
    return context.exempt or (isinstance(context, StepContext) and bool(context.derived))


def register_what_is_agreed() -> None:
    """Let forms, programs and the door know what of contracts and amendments cannot change any more."""
    register_locks(LockSource("contracts.agreed", lambda spec: spec.name == CONTRACT, agreed_of, reads=("status",)))
    register_locks(LockSource("contracts.amended", lambda spec: spec.name == AMENDMENT, amended_of, reads=("status",)))


def _way_out(status: str) -> str:
    if status == ContractStatus.IN_APPROVAL:
        return _("The contract is being approved. Withdraw the request first.")
    if status == ContractStatus.APPROVED:
        return _("The contract was approved as it is. Take it back to draft to change it.")
    return _("The contract was signed. It is changed by an amendment only.")


def _sign(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Bring the contracts into force that got a day of signature."""
    signed = [
        draft
        for draft in drafts
        if draft.get("signed_on")
        and draft.changes("signed_on")
        and (draft.is_new or draft.before("status") in {ContractStatus.DRAFT, ContractStatus.APPROVED})
    ]
    if not signed:
        return
    day = today(context.actor.time_zone)
    if context.channel is not Channel.IMPORT:
        _need_approval([draft for draft in signed if draft.get("status") != ContractStatus.APPROVED], context)
    plans = _plans([draft.record_id for draft in signed if not draft.is_new])
    for draft in signed:
        if draft.get("signed_on") > day:
            draft.refuse("signed_on", "in_future", _("The day of signature lies in the future."))
        draft.set("starts_on", draft.get("starts_on") or draft.get("signed_on"))
        if draft.get("ends_on") and draft.get("ends_on") < draft.get("starts_on"):
            draft.refuse(
                "ends_on", "before_start", _("A contract cannot end before it starts. Change one of both days.")
            )
        check_plan(draft, plans.get(draft.record_id, []))
        is_over = bool(draft.get("ends_on") and draft.get("ends_on") < day)
        draft.set("status", ContractStatus.EXPIRED if is_over else ContractStatus.ACTIVE)


def check_plan(draft: Draft, rows: Sequence[ContractInstalment]) -> None:
    """Refuse a contract whose instalments do not sum up to its amount."""
    if not rows:
        return
    try:
        instalment_amounts(draft.get("amount") or Decimal(0), portions_of(rows))
    except PortionsDiffer as difference:
        draft.refuse("amount", "instalments_differ", told_difference(difference))


def told_difference(difference: PortionsDiffer) -> str:
    """Return in words by how much instalments miss the amount of their contract."""
    if difference.missing > 0:
        return _("The instalments are %(missing)s short of the amount of the contract.") % {
            "missing": difference.missing
        }
    return _("The instalments exceed the amount of the contract by %(surplus)s.") % {"surplus": -difference.missing}


def _need_approval(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse to sign what a flow in force is meant for: it has to be approved first."""
    flows = live_flows(drafts[0].spec) if drafts else ()
    for flow in flows:
        condition = flow.definition.start.condition
        actor = system_actor(context.actor.organization)
        try:
            fitting = Fitting(parse_tree(condition) if condition else None, drafts[0].spec, actor)
        except Invalid:
            continue  # A field of the condition is gone; the settings say so.
        values = LinkedValues(actor, drafts[0].spec, drafts, fitting.paths)
        for draft in drafts:
            if fitting.holds(values.of(draft)):
                message = _("This contract needs approval before it is signed (%(flow)s). Submit it first.")
                draft.refuse("signed_on", "needs_approval", message % {"flow": flow.name})


def _plans(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ContractInstalment]]:
    found: dict[uuid.UUID, list[ContractInstalment]] = {}
    if ids:
        for row in ContractInstalment.objects.filter(contract__in=ids).order_by("position", "id"):
            found.setdefault(row.contract_id, []).append(row)
    return found


def _judge_contract(draft: Draft, contract: Contract) -> None:
    if contract.status in {ContractStatus.DRAFT, ContractStatus.IN_APPROVAL, ContractStatus.APPROVED}:
        message = _("This contract is not signed yet: change the contract itself instead of amending it.")
        draft.refuse("contract", "not_signed", message)
    elif contract.status != ContractStatus.ACTIVE:
        message = _("This contract is no longer in force (%(status)s). Renew it instead.")
        draft.refuse("contract", "ended", message % {"status": contract.get_status_display()})


def _judge_amended(draft: Draft, contract: Contract) -> None:
    amount = draft.get("new_amount")
    if amount is not None and amount < 0:
        draft.refuse("new_amount", "negative", _("A contract cannot have a negative amount."))
    starts: date | None = draft.get("new_starts_on") or contract.starts_on
    ends: date | None = draft.get("new_ends_on") or contract.ends_on
    if not draft.changes("new_starts_on", "new_ends_on"):
        return
    if starts and ends and ends < starts:
        name = "new_ends_on" if draft.get("new_ends_on") else "new_starts_on"
        draft.refuse(name, "before_start", _("A contract cannot end before it starts. Change one of both days."))
    for name in ("new_starts_on", "new_ends_on"):
        day: Any = draft.get(name)
        if day and not SMALLEST_YEAR <= day.year <= BIGGEST_YEAR:
            draft.refuse(name, "out_of_range", _("This day lies too far away. Check the year."))
