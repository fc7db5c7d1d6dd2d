"""What follows when contracts change: events, renewed predecessors, standard terms, and the answers of approvals."""

from __future__ import annotations

import uuid

from banyan.contracts.choices import ContractStatus
from banyan.contracts.events import ContractSigned
from banyan.contracts.models import Contract
from banyan.contracts.queries import library
from banyan.contracts.references import AMENDMENT, CONTRACT, step
from banyan.contracts.services.steps import check_complete, set_status
from banyan.contracts.services.terms import take_over
from banyan.core.access.actor import Channel, system_actor
from banyan.core.approvals.choices import ActKind, ApprovalState
from banyan.core.approvals.events import ApprovalChanged, ApprovalEnded
from banyan.core.approvals.models import Approval
from banyan.core.kernel.events import publish
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.events import RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.tenancy.models import Organization
from banyan.customers.public import count_as_won

AGREED = "agreed"
#: After these the record waits for decisions again; after those its writer has it back.
BEGINNING = (ActKind.START.value, ActKind.RESUBMIT.value)
ENDING = (ActKind.RETURN.value, ActKind.RELEASE.value, ActKind.LAPSE.value)


def follow_contracts(event: RecordsChanged) -> None:
    """Give new contracts the standard terms; tell of those that came into force, and let those before them be renewed."""
    if event.object_name != CONTRACT or event.action not in {ChangeAction.CREATE, ChangeAction.UPDATE}:
        return
    ids = [record.record_id for record in event.records]
    if event.action == ChangeAction.CREATE:
        if event.channel != Channel.IMPORT.value:
            _add_standard_terms(ids)
        signed = list(Contract.objects.filter(pk__in=ids, status=ContractStatus.ACTIVE).values_list("pk", flat=True))
    else:
        signed = [
            record.record_id
            for record in event.records
            if record.values.get("status", ("", ""))[1] == ContractStatus.ACTIVE.value
        ]
    if signed:
        _tell_signed(event, signed)


def follow_approval(event: ApprovalChanged) -> None:
    """Let a contract or an amendment stand as in approval while people decide, and as a draft once it was returned."""
    if event.object_name not in {CONTRACT, AMENDMENT}:
        return
    if event.kind in BEGINNING:
        _move(event, ("draft",), "in_approval")
    elif event.kind in ENDING:
        state = Approval.objects.filter(pk=event.approval_id).values_list("state", flat=True).first()
        if state != ApprovalState.RUNNING:
            _move(event, ("in_approval", "approved"), "draft")


def end_approval(event: ApprovalEnded) -> None:
    """Let the outcome of an approval count: approved, or a draft again."""
    if event.object_name in {CONTRACT, AMENDMENT}:
        _move(event, ("in_approval",), "approved" if event.outcome == AGREED else "draft")


def _move(event: ApprovalChanged | ApprovalEnded, before: tuple[str, ...], status: str) -> None:
    """Set the status of a record that stands where the approval found it."""
    organization = Organization.objects.get(pk=event.organization_id)
    spec = spec_for(organization, event.object_name)
    record = spec.model._default_manager.filter(pk=event.record_id, deleted_at__isnull=True).first()  # noqa: SLF001
    if getattr(record, "status", "") in before:
        if status == ContractStatus.IN_APPROVAL and isinstance(record, Contract):
            check_complete(record)
        actor = system_actor(organization, channel=Channel.AUTOMATION)
        door.update(actor, spec, event.record_id, {}, context=step(actor, status=status))


def _add_standard_terms(ids: list[uuid.UUID]) -> None:
    clauses = list(library().filter(is_standard=True))
    if not clauses:
        return
    for contract in Contract.objects.filter(pk__in=ids, renewed_from__isnull=True):
        take_over(contract, clauses)


def _tell_signed(event: RecordsChanged, signed: list[uuid.UUID]) -> None:
    rows = Contract.objects.filter(pk__in=signed)
    before = list(rows.exclude(renewed_from=None).values_list("renewed_from_id", flat=True))
    organization = Organization.objects.get(pk=event.organization_id)
    actor = system_actor(organization, channel=Channel.AUTOMATION)
    count_as_won(actor, rows.values_list("customer_id", flat=True))
    open_before = Contract.objects.filter(
        pk__in=before, status__in=[ContractStatus.ACTIVE, ContractStatus.EXPIRED], deleted_at__isnull=True
    )
    set_status(actor, sorted(open_before.values_list("pk", flat=True)), ContractStatus.RENEWED.value)
    publish(ContractSigned(event.organization_id, tuple(signed), event.actor_id))
