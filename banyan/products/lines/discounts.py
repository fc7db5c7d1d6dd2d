"""Documents whose discount needs approval: they are marked, approval is asked for, and until then they are not binding."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.models import ReportingLine
from banyan.core.access.standing import actor_for
from banyan.core.approvals.events import ApprovalEnded
from banyan.core.approvals.live import live_flows
from banyan.core.approvals.services import start_approval
from banyan.core.database.lookup import the_row
from banyan.core.identity.events import PeopleToTell
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid, Missing, NotAllowed
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import parse_id
from banyan.core.objects.registry import objects, spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.events import RecordsChanged
from banyan.core.records.models import ChangeAction
from banyan.core.tenancy.models import Organization
from banyan.products.choices import DiscountState, OverLimit
from banyan.products.lines.declaring import LineDocument, line_documents, live_lines, stored_documents
from banyan.products.lines.editing import plain
from banyan.products.lines.limits import DECIDING, GivenLine, Limits, discounts_of, limits_of
from banyan.products.models import DiscountAsked, DocumentAmounts

ASKED = gettext_noop("%(record)s has a discount of %(percent)s %%: please approve or refuse it.")
AGREED = gettext_noop("The discount of %(percent)s %% on %(record)s was approved.")
REFUSED = gettext_noop("The discount of %(percent)s %% on %(record)s was refused.")
WRITTEN = (ChangeAction.CREATE, ChangeAction.UPDATE, ChangeAction.RESTORE)

#: Documents whose lines are written in several steps right now: they are looked at when all are done.
_together: ContextVar[set[uuid.UUID] | None] = ContextVar("discounts_together", default=None)


def discount_of(object_name: str, record_id: uuid.UUID) -> DiscountAsked | None:
    """Return the discount of a document that is more than its writer may give; None where all is well."""
    return the_row(DiscountAsked.objects.filter(object_name=object_name, record_id=record_id))


def require_discount(object_name: str, record_id: uuid.UUID) -> None:
    """Raise ``Conflict`` while a document's discount still needs approval, or was refused."""
    asked = discount_of(object_name, record_id)
    if asked is not None and asked.state != DiscountState.AGREED:
        raise Conflict("discount_not_approved", told_block(asked))


def told_block(asked: DiscountAsked) -> str:
    """Return why a document cannot become binding yet, and the way out."""
    values = {"percent": plain(asked.percent), "allowed": plain(asked.allowed)}
    if asked.state == DiscountState.REFUSED:
        return _("Its discount of %(percent)s %% was refused. Lower it to %(allowed)s %% first.") % values
    return (
        _("Its discount of %(percent)s %% needs approval first. Lower it to %(allowed)s %%, or wait for it.") % values
    )


@contextmanager
def looked_at_together() -> Iterator[None]:
    """Look at the discounts of documents once, after the block that writes their lines in several steps."""
    if _together.get() is not None:
        yield
        return
    token = _together.set(set())
    try:
        yield
    finally:
        _together.reset(token)


def follow_lines(event: RecordsChanged) -> None:
    """Look at the discounts of documents whose lines were written; most organizations set no limits, and pay nothing."""
    document = next((each for each in line_documents if each.line == event.object_name), None)
    if document is None or document.binding is None or _together.get() is not None:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    if not limits_of(organization).limits:
        return
    if event.action in WRITTEN and not any(
        {*DECIDING, "quantity", "unit"} & record.values.keys() for record in event.records
    ):
        return
    user = User.objects.filter(pk=event.actor_id).select_related("organization").first() if event.actor_id else None
    actor = actor_for(user, channel=Channel(event.channel)) if user else system_actor(organization)
    lines = document_ids(document, [record.record_id for record in event.records])
    for document_id in lines:
        settle_discount(actor, document, document_id)


def document_ids(document: LineDocument, line_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Return the documents of lines, those of lines in the recycle bin among them."""
    model = live_lines(document, ()).model
    rows: Iterable[Any] = model._default_manager.filter(pk__in=line_ids)  # noqa: SLF001
    return sorted({getattr(row, f"{document.link}_id") for row in rows})


def settle_discount(actor: Actor, document: LineDocument, document_id: uuid.UUID, *, is_new: bool = False) -> None:
    """Mark a document whose greatest discount is more than the actor may give, and ask for approval.

    Lines that others wrote are theirs to answer for. What was approved stays so while the discount does not grow. A new document that would be binding becomes a draft;
    an older one is refused, so that nothing others rely on changes under them. Raises ``Invalid``.
    """
    limits = limits_of(actor.organization)
    if not limits.limits or document.binding is None:
        return
    known = DiscountAsked.objects.select_for_update().filter(object_name=document.parent, record_id=document_id).first()
    if known is not None and _greatest(actor.organization, document, document_id) <= known.allowed:
        known.delete()
        known = None
    allowed = limits.of(actor)
    if allowed is None or limits.over != OverLimit.APPROVE:
        return
    percent = _greatest(actor.organization, document, document_id, by=actor.user)
    if percent <= allowed:
        return
    if known is not None and known.state == DiscountState.AGREED and percent <= known.percent:
        return
    if known is not None and known.state == DiscountState.WAITING and percent == known.percent:
        return
    _leave_binding(actor, document, document_id, percent, allowed, is_new=is_new)
    asked, _made = DiscountAsked.objects.update_or_create(
        organization_id=actor.organization_id, object_name=document.parent, record_id=document_id,
        defaults={
            "state": DiscountState.WAITING, "percent": percent, "allowed": allowed, "asked_by": actor.user,
            "asked_at": now(), "decided_by": None, "decided_at": None, "approval_id": None,
        },
    )  # fmt: skip
    _ask(actor, limits, document, asked)


def decide_discount(actor: Actor, object_name: str, record_id: uuid.UUID, *, agree: bool) -> DiscountAsked:
    """Approve or refuse a discount by hand, where no approval flow does; for those who may give as much themselves.

    Raises ``Missing``, ``NotAllowed``, or ``Conflict`` when it was decided already.
    """
    asked = DiscountAsked.objects.select_for_update().filter(object_name=object_name, record_id=record_id).first()
    if asked is None:
        raise Missing("not_found", _("This discount needs no approval any more."))
    if asked.state != DiscountState.WAITING:
        raise Conflict("decided", _("This discount was decided already."))
    if asked.approval_id is not None:
        raise Conflict("in_approval", _("An approval is under way for it: decide there."))
    if not may_decide(actor, asked):
        raise NotAllowed("not_allowed", _("Only who may give this much discount themselves can approve it."))
    _decided(actor.organization, asked, agree=agree, by=actor.user)
    return asked


def may_decide(actor: Actor, asked: DiscountAsked) -> bool:
    """Say whether somebody may approve a discount by hand: nobody their own."""
    allowed = limits_of(actor.organization).of(actor)
    return actor.user_id != asked.asked_by_id and (allowed is None or allowed >= asked.percent)


def end_with_approval(event: ApprovalEnded) -> None:
    """Let a discount be approved or refused as the approval that was started for it."""
    asked = DiscountAsked.objects.select_for_update().filter(approval_id=event.approval_id).first()
    if asked is None or asked.state != DiscountState.WAITING:
        return
    organization = Organization.objects.get(pk=event.organization_id)
    if event.outcome == "withdrawn":
        asked.approval_id = None
        asked.save(update_fields=["approval_id"])
        return
    _decided(organization, asked, agree=event.outcome == "agreed", by=None)


def judge_binding(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse that documents become binding while their discount needs approval; a policy of the one door."""
    document = line_documents[drafts[0].spec.name]
    if context.exempt or document.binding is None:
        return
    becoming = {
        draft.record_id: draft
        for draft in drafts
        if not draft.is_new
        and draft.changes(document.binding.field)
        and draft.get(document.binding.field) in document.binding.values
        and draft.before(document.binding.field) not in document.binding.values
    }
    if not becoming:
        return
    waiting = DiscountAsked.objects.filter(object_name=document.parent, record_id__in=list(becoming))
    for asked in waiting.exclude(state=DiscountState.AGREED):
        becoming[asked.record_id].refuse(document.binding.field, "discount_not_approved", told_block(asked))


def is_bound(spec: ObjectSpec) -> bool:
    """Say whether an object is a document that can become binding."""
    document = line_documents.get(spec.name)
    return document is not None and document.binding is not None


def _greatest(
    organization: Organization, document: LineDocument, document_id: uuid.UUID, *, by: User | None = None
) -> Decimal:
    """Return the greatest discount of a document in %, of all lines or of those that somebody wrote last."""
    parent: DocumentAmounts | None = stored_documents(document).filter(pk=document_id).first()
    rows = live_lines(document, [document_id])
    if document.counted:
        rows = rows.filter(**{document.counted: True})
    given = [
        (parent, GivenLine(row.product_id, row.quantity, row.unit, row.unit_price, row.discount_percent))
        for row in rows
    ]
    return max(discounts_of(organization, document, given), default=Decimal(0))


def _leave_binding(
    actor: Actor, document: LineDocument, document_id: uuid.UUID, percent: Decimal, allowed: Decimal, *, is_new: bool
) -> None:  # fmt: skip
    """Keep a document from being binding without approval."""
    binding = document.binding
    if binding is None:
        return
    row = stored_documents(document).get(pk=document_id)
    if getattr(row, binding.field) not in binding.values:
        return
    if is_new:
        spec = spec_for(actor.organization, document.parent)
        door.update(system_actor(actor.organization), spec, document_id, {binding.field: binding.before},
                    context=WriteContext.for_actor(actor))  # fmt: skip
        return
    message = _(
        "A discount of %(percent)s %% needs approval; you may give %(allowed)s %%. Set this back to draft first, or lower"
        " the discount."
    )
    values = {"percent": plain(percent), "allowed": plain(allowed)}
    raise Invalid([FieldError("", "over_limit", message % values)])


def _ask(actor: Actor, limits: Limits, document: LineDocument, asked: DiscountAsked) -> None:
    spec = spec_for(actor.organization, document.parent)
    flow_id = parse_id((limits.flows or {}).get(document.parent, ""))
    if actor.user is None:
        return
    if flow_id is not None and any(flow.id == flow_id for flow in live_flows(spec)):
        asker = replace(actor, channel=Channel.AUTOMATION)
        reason = _("Discount of %(percent)s %%; %(allowed)s %% are allowed.") % {
            "percent": plain(asked.percent), "allowed": plain(asked.allowed),
        }  # fmt: skip
        try:
            approval = start_approval(asker, flow_id, spec, asked.record_id, reason=reason)
        except DomainError:
            approval = None
        if approval is not None:
            asked.refresh_from_db()
            asked.approval_id = approval.pk
            asked.save(update_fields=["approval_id"])
            return
    superiors = ReportingLine.objects.filter(user=actor.user).values_list("superior_id", flat=True)
    _tell(actor.organization, asked, list(superiors), ASKED, actor.user_id)


def _decided(organization: Organization, asked: DiscountAsked, *, agree: bool, by: User | None) -> None:
    asked.state = DiscountState.AGREED if agree else DiscountState.REFUSED
    asked.decided_by, asked.decided_at = by, now()
    asked.save(update_fields=["state", "decided_by", "decided_at"])
    people = [asked.asked_by_id] if asked.asked_by_id else []
    _tell(organization, asked, people, AGREED if agree else REFUSED, by.pk if by else None)


def _tell(
    organization: Organization, asked: DiscountAsked, people: Sequence[uuid.UUID], text: str, actor_id: uuid.UUID | None
) -> None:  # fmt: skip
    document = line_documents[asked.object_name]
    row = stored_documents(document).filter(pk=asked.record_id).first()
    values: Mapping[str, str] = {"record": str(row or ""), "percent": plain(asked.percent)}
    if people and row is not None:
        place = f"/{objects[asked.object_name].plural}/{asked.record_id}"
        publish(PeopleToTell(organization.pk, tuple(people), text, place, dict(values), actor_id))
