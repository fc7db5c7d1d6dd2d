"""What the privacy app derives and refuses while records pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from banyan.core.kernel.clock import now, today
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, LockSource, Stored, locking, register_locks
from banyan.core.tenancy.models import Organization
from banyan.customers.public import Contact
from banyan.privacy.choices import OPEN_STATES, ConsentState, RequestState
from banyan.privacy.models import Purpose
from banyan.privacy.rules import ANSWER_DAYS, due_after

SETTING = "privacy"


def answer_days(organization: Organization) -> int:
    """Return within how many working days an organization answers the requests of persons."""
    return int((organization.settings.get(SETTING) or {}).get("answer_days") or ANSWER_DAYS)


def prepare_consents(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Note the customer of the contact, the notice of then, and when it was withdrawn; refuse to revive one."""
    _take_customers(drafts)
    ids = {draft.get("purpose") for draft in drafts} - {None}
    purposes = {purpose.pk: purpose for purpose in Purpose.objects.filter(pk__in=ids)}
    for draft in drafts:
        if draft.is_new:
            purpose: Purpose | None = purposes.get(draft.get("purpose"))
            if draft.get("given_at") is None:
                draft.set("given_at", now())
            if purpose is not None and not draft.get("basis"):
                draft.set("basis", purpose.basis)
            if purpose is not None and not draft.get("notice_version"):
                draft.set("notice_version", purpose.notice_version)
        _keep_state(draft, context)


def withdrawn_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return that withdrawn consents stay so."""
    lock = locking(["state"], "withdrawn", _("A withdrawn consent stays so. Record the new one beside it."))
    return {
        record.record_id: lock
        for record in records
        if not context.exempt and record.before("state") == ConsentState.WITHDRAWN
    }


def register_what_stays() -> None:
    """Let forms, programs and the door know what of consents cannot change."""
    fields = frozenset({"state"})
    register_locks(
        LockSource(
            "privacy.withdrawn", lambda spec: spec.name == "consent", withdrawn_of, fields=fields, reads=("state",)
        )
    )


def _keep_state(draft: Draft, context: WriteContext) -> None:
    is_withdrawn = draft.get("state") == ConsentState.WITHDRAWN
    if not is_withdrawn and draft.values.get("withdrawn_at") is not None:
        draft.refuse("withdrawn_at", "not_withdrawn", _("Only a withdrawn consent has the time of it."))
    elif is_withdrawn and draft.get("withdrawn_at") is None:
        draft.set("withdrawn_at", now())
    elif not is_withdrawn and draft.get("withdrawn_at") is not None:
        draft.set("withdrawn_at", None)


def prepare_requests(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Note when a request came, by when it has to be answered, and when it was closed; ask for proof before that."""
    _take_customers(drafts, required=False)
    for draft in drafts:
        if draft.get("received_on") is None:
            draft.set("received_on", today(context.actor.time_zone))
        if draft.get("due_on") is None:
            draft.set("due_on", due_after(draft.get("received_on"), answer_days(context.actor.organization)))
        is_open = draft.get("state") in OPEN_STATES
        if is_open and draft.get("closed_at") is not None:
            draft.set("closed_at", None)
        elif not is_open and draft.get("closed_at") is None:
            draft.set("closed_at", now())
        needs_proof = draft.get("state") in {RequestState.CHECKED, RequestState.DONE}
        if needs_proof and not draft.get("identity_note") and not context.exempt:
            message = _("Write down how you know that it is this person who asks.")
            draft.refuse("identity_note", "required", message)


def _take_customers(drafts: Sequence[Draft], *, required: bool = True) -> None:
    ids = {draft.get("contact") for draft in drafts} - {None}
    customers: dict[uuid.UUID, uuid.UUID | None] = (
        dict(Contact.objects.filter(pk__in=ids).values_list("pk", "customer_id")) if ids else {}
    )
    for draft in drafts:
        contact = draft.get("contact")
        if contact is not None and draft.get("customer") != customers.get(contact):
            draft.set("customer", customers.get(contact))
        elif contact is None and draft.get("customer") is None and required:
            draft.refuse("contact", "required", _("Say whose consent this is: choose a contact or a customer."))
