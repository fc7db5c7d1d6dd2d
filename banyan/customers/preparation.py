"""What the customers app derives and refuses while records pass the one door for writes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Model
from django.utils.translation import gettext as _

from banyan.core.identity.models import Department, User
from banyan.core.kernel.clock import now
from banyan.core.kernel.text.pinyin import sort_key
from banyan.core.objects.kinds import split_reference
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.locks import Locks, LockSource, Stored, locking, register_locks
from banyan.customers.keys import keys_to_keep
from banyan.customers.models import Contact, Customer
from banyan.customers.pools.queries import administers
from banyan.customers.references import customers_behind
from banyan.customers.rules import MATCHED_FIELDS, match_keys


def prepare_customers(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Derive sort name, match keys and since when it has its owner; refuse a company that would be above itself."""
    _derive_keys(drafts)
    _keep_ownership(drafts, context)
    for draft in drafts:
        if draft.changes("parent") and draft.get("parent") and _is_below(draft.get("parent"), draft.record_id):
            draft.refuse("parent", "circular", _("A company cannot stand above itself."))


def _keep_ownership(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Note since when a customer is with its owner, or in a pool; one in a pool gets an owner by claiming it.

    Those who administer the pool may also write down an owner directly.
    """
    at = now()
    for draft in drafts:
        if draft.changes("owner"):
            draft.columns["owned_since"] = at if draft.get("owner") else None
            if draft.get("owner") and draft.before("pool") and "pool" not in draft.values:
                if context.exempt or administers(context.actor, draft.before("pool")):
                    draft.set("pool", None)
                else:
                    draft.refuse("owner", "in_pool", _told_pool())
        if draft.changes("pool"):
            draft.set("pooled_at", at if draft.get("pool") else None)


def pooled_of(spec: ObjectSpec, records: Sequence[Stored], context: WriteContext) -> Mapping[uuid.UUID, Locks]:
    """Return which customers lie in a pool that the actor does not administer: they get an owner by being claimed.

    Drafts are judged where their pool is derived, since claiming writes both.
    """
    lock = locking(["owner"], "in_pool", _told_pool())
    return {
        record.record_id: lock
        for record in records
        if not isinstance(record, Draft)
        and record.before("pool")
        and not administers(context.actor, record.before("pool"))
    }


def _told_pool() -> str:
    return _("This customer lies in a public pool. Claim it there.")


def register_what_stays() -> None:
    """Let forms and programs know what of customers cannot change."""
    fields = frozenset({"owner"})
    register_locks(
        LockSource("customers.pools", lambda spec: spec.name == "customer", pooled_of, fields=fields, reads=("pool",))
    )


def prepare_pools(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse departments and people that are not there."""
    for name, model in (("departments", Department), ("administrators", User)):
        wanted = {pk for draft in drafts for pk in draft.values.get(name) or ()}
        known = set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()  # noqa: SLF001
        for draft in drafts:
            if not known.issuperset(draft.values.get(name) or ()):
                entry = draft.spec.all_fields[name]
                message = _("The record chosen for “%(label)s” was not found.") % {"label": entry.label}
                draft.refuse(name, "unknown_record", message)


def prepare_contacts(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Derive sort name and match keys."""
    _derive_keys(drafts)


def prepare_relationships(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Refuse a relationship of a customer with itself."""
    for draft in drafts:
        if draft.get("customer") == draft.get("related_customer"):
            draft.refuse("related_customer", "same_record", _("Choose another customer than the first one."))


def prepare_activities(drafts: Sequence[Draft], context: WriteContext) -> None:
    """Give a follow-up the customer of the record it is about, or of its contact."""
    # What is only being put back had no customer for a reason, such as a lead that is no customer any more.
    without = [draft for draft in drafts if draft.get("customer") is None and (draft.is_new or not context.exempt)]
    contacts = {draft.get("contact") for draft in without} - {None}
    by_contact = dict(Contact.objects.filter(pk__in=contacts).values_list("pk", "customer_id")) if contacts else {}
    pointed = {draft: split_reference(draft.get("about")) for draft in without if draft.get("contact") is None}
    by_reference = customers_behind([reference for reference in pointed.values() if reference])
    for draft in without:
        reference = pointed.get(draft)
        found = by_reference.get(reference) if reference else by_contact.get(draft.get("contact"))
        draft.set("customer", found)
    for draft in drafts:
        if draft.is_new and draft.get("happened_at") is None:
            draft.set("happened_at", now())


def _derive_keys(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        if draft.is_new or draft.changes("name"):
            draft.columns["sort_name"] = sort_key(draft.get("name") or "")[: _sort_length(draft.spec.model)]
        if draft.is_new or any(name in draft.values for name in MATCHED_FIELDS):
            values = {name: draft.get(name) for name in MATCHED_FIELDS if name in draft.spec.all_fields}
            draft.columns["match_keys"] = keys_to_keep(draft.spec, match_keys(values))


def _sort_length(model: type[Model]) -> int:
    return int(model._meta.get_field("sort_name").max_length or 0)  # type: ignore[union-attr]  # noqa: SLF001


def _is_below(customer_id: uuid.UUID | None, top: uuid.UUID) -> bool:
    """Say whether a company is ``top`` or stands somewhere below it; ends on any loop."""
    seen: set[uuid.UUID] = set()
    while customer_id is not None and customer_id not in seen:
        if customer_id == top:
            return True
        seen.add(customer_id)
        customer_id = Customer.objects.filter(pk=customer_id).values_list("parent_id", flat=True).first()
    return False
