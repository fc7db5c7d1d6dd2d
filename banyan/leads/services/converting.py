"""Making a customer, a contact and an opportunity of a lead, and taking that back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, system_actor
from banyan.core.access.decisions import effective_scope, require, restrict
from banyan.core.access.scopes import Action, Scope
from banyan.core.files.models import Attachment
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid, NotAllowed, Refused
from banyan.core.kernel.events import publish
from banyan.core.kernel.ids import new_id, parse_id
from banyan.core.listing.filters import live_rows
from banyan.core.objects.kinds import reference_to
from banyan.core.objects.modules import module_is_on, specs_on
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door, recycle
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.records.duplicates import Candidate, rules_for
from banyan.customers.public import Activity, Contact
from banyan.leads.choices import LeadStatus, Target
from banyan.leads.events import LeadConverted
from banyan.leads.models import LIVE, Conversion, Lead, LeadConsent
from banyan.leads.preparation import CONVERSION
from banyan.leads.queries import conversion_of, lead_spec
from banyan.leads.services.mapping import mapped_values, targets
from banyan.privacy.public import give_consent
from banyan.teamwork.public import Task

MOST_AT_ONCE = 100
NEW, NONE = "new", "none"
#: What the pages of both sides show of one and the same history.
HISTORY: tuple[tuple[str, Any], ...] = (("activity", Activity), ("task", Task))


@dataclass(frozen=True)
class Choice:
    """What a lead becomes: each part is a record that is there, a new one, or none; ``values`` go into new ones."""

    customer: str = NEW
    contact: str = NEW
    opportunity: str = NEW
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Converted:
    """What a lead became."""

    lead_id: uuid.UUID
    customer_id: uuid.UUID
    contact_id: uuid.UUID | None
    opportunity_id: uuid.UUID | None
    batch_id: uuid.UUID


def candidates(actor: Actor, lead: Lead, target: str) -> list[Candidate]:
    """Return the customers or contacts that a lead may be, best first, as far as the actor may see them."""
    spec = specs_on(actor.organization)[target]
    rules = rules_for(spec)
    if rules is None:
        return []
    values = new_values(actor, lead, target)
    found = rules.candidates(actor, [values])[0]
    rows = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=[entry.record_id for entry in found])
    seen = set(rows.values_list("pk", flat=True))
    return [entry for entry in found if entry.record_id in seen]


def hidden_lines(actor: Actor, lead: Lead) -> list[dict[str, str]]:
    """Return what may be said of customers that are like the lead, but that the actor may not see."""
    spec = specs_on(actor.organization)[Target.CUSTOMER]
    rules = rules_for(spec)
    if rules is None or rules.hidden is None:
        return []
    found = [
        entry.record_id
        for entry in rules.candidates(actor, [new_values(actor, lead, Target.CUSTOMER)])[0]
        if entry.is_likely
    ]
    seen = set(restrict(live_rows(actor, spec), actor, spec).filter(pk__in=found).values_list("pk", flat=True))
    hidden = [pk for pk in found if pk not in seen]
    return rules.hidden(actor, hidden) if hidden else []


def new_values(actor: Actor, lead: Lead, target: str) -> dict[str, Any]:
    """Return the values that a new customer, contact or opportunity takes from a lead."""
    values = mapped_values(actor, lead, lead_spec(actor), target)
    if target == Target.CUSTOMER:
        values.setdefault("name", lead.company or lead.name)
        values["type"] = "company" if lead.company else "person"
    elif target == Target.CONTACT:
        values.setdefault("name", lead.name)
    else:
        values.setdefault("name", (lead.company or lead.name)[:200])
    if lead.owner_id:
        values["owner"] = str(lead.owner_id)
    return values


def proposal(actor: Actor, lead: Lead) -> Choice:
    """Return what most people would choose: who is likely the same is attached to, everything else is made."""
    chosen: dict[str, str] = {}
    for target in (Target.CUSTOMER, Target.CONTACT):
        likely = [entry for entry in candidates(actor, lead, target) if entry.is_likely]
        chosen[target.value] = str(likely[0].record_id) if likely else NEW
    if not lead.company and chosen["contact"] == NEW:
        # A person who buys for themselves is the customer.
        chosen["contact"] = NONE
    if chosen["contact"] not in {NEW, NONE}:
        owner = Contact.objects.filter(pk=chosen["contact"]).values_list("customer_id", flat=True).first()
        if owner is not None and chosen["customer"] == NEW and _is_seen(actor, Target.CUSTOMER, owner):
            chosen["customer"] = str(owner)
        elif owner is not None and str(owner) != chosen["customer"]:
            chosen["contact"] = NEW
    opportunity = NEW if may_create(actor, Target.OPPORTUNITY) else NONE
    return Choice(chosen["customer"], chosen["contact"], opportunity)


def may_create(actor: Actor, target: Target) -> bool:
    """Say whether somebody may make a customer, contact or opportunity, and whether there are such things at all."""
    spec = targets(actor).get(target.value)
    return spec is not None and effective_scope(actor, spec, Action.CREATE) is not Scope.NONE


def _is_seen(actor: Actor, target: str, record_id: uuid.UUID) -> bool:
    spec = specs_on(actor.organization)[target]
    return restrict(live_rows(actor, spec), actor, spec).filter(pk=record_id).exists()


@transaction.atomic
def convert(actor: Actor, lead_id: uuid.UUID, choice: Choice, *, context: WriteContext | None = None) -> Converted:
    """Make of a lead what was chosen, in one transaction and one batch, so that one undo takes all of it back.

    Raises ``Missing`` and ``NotAllowed`` as any change of the lead would, ``Conflict`` when somebody else was faster,
    ``NotAllowed`` when a part may not be created, ``Invalid`` when a part cannot be made of the values.
    """
    context = context or WriteContext.for_actor(actor)
    spec = lead_spec(actor)
    lead = door.lock(actor, spec, [lead_id], Action.EDIT)[0]
    if not isinstance(lead, Lead):
        raise TypeError(type(lead).__name__)
    if lead.status == LeadStatus.CONVERTED:
        done_by = conversion_of(lead.pk)
        name = done_by.actor.name if done_by and done_by.actor else _("The system")
        raise Conflict("converted", _("%(name)s has converted this lead already.") % {"name": name})
    _require_creating(actor, choice)
    made: list[list[str]] = []
    customer_id = _customer(context, lead, choice, made)
    contact_id = _contact(context, lead, choice, customer_id, made)
    opportunity_id = _opportunity(context, lead, choice, customer_id, contact_id, made)
    links = {"customer": customer_id, "contact": contact_id, "opportunity": opportunity_id}
    before = lead.status
    _close(context, spec, lead, links)
    _pass_on_history(context, lead, customer_id, contact_id)
    if contact_id is not None:
        _pass_on_consents(context, lead, contact_id)
    Conversion.objects.create(
        organization=actor.organization, lead=lead, batch_id=context.batch_id, actor=actor.user, status_before=before,
        made=made, copied=_copy_files(lead, links),
    )  # fmt: skip
    publish(LeadConverted(actor.organization_id, lead.pk, customer_id, contact_id, opportunity_id))
    return Converted(lead.pk, customer_id, contact_id, opportunity_id, context.batch_id)


def _require_creating(actor: Actor, choice: Choice) -> None:
    """Refuse what the actor may not create, saying what to do instead, before anything is written."""
    chosen = {Target.CUSTOMER: choice.customer, Target.CONTACT: choice.contact, Target.OPPORTUNITY: choice.opportunity}
    ways = {
        Target.CUSTOMER: _("You may not create customers: attach the lead to one that is there, or ask your manager."),
        Target.CONTACT: _("You may not create contacts: choose one that is there, or none."),
        Target.OPPORTUNITY: _("You may not create opportunities: convert without one."),
    }
    for target, value in chosen.items():
        if value == NEW and not may_create(actor, target):
            raise NotAllowed("not_allowed", ways[target])


def _customer(context: WriteContext, lead: Lead, choice: Choice, made: list[list[str]]) -> uuid.UUID:
    if choice.customer != NEW:
        return _existing(context.actor, Target.CUSTOMER, choice.customer)
    return _create(context, lead, Target.CUSTOMER, choice, {}, made)


def _contact(
    context: WriteContext, lead: Lead, choice: Choice, customer_id: uuid.UUID, made: list[list[str]]
) -> uuid.UUID | None:
    if choice.contact == NONE:
        return None
    if choice.contact == NEW:
        return _create(context, lead, Target.CONTACT, choice, {"customer": str(customer_id)}, made)
    found = _existing(context.actor, Target.CONTACT, choice.contact)
    belongs = Contact.objects.filter(pk=found).values_list("customer_id", flat=True).first()
    if belongs is None:
        spec = specs_on(context.actor.organization)["contact"]
        door.update(context.actor, spec, found, {"customer": str(customer_id)}, context=context)
    elif belongs != customer_id:
        message = _(
            "This contact belongs to another customer. Attach the lead to that customer, or make a new contact."
        )
        raise Invalid([FieldError("contact", "other_customer", message)])
    return found


def _opportunity(
    context: WriteContext,
    lead: Lead,
    choice: Choice,
    customer_id: uuid.UUID,
    contact_id: uuid.UUID | None,
    made: list[list[str]],
) -> uuid.UUID | None:
    if choice.opportunity != NEW:
        return None
    links: dict[str, Any] = {"customer": str(customer_id)}
    if contact_id is not None:
        links["contact"] = str(contact_id)
    return _create(context, lead, Target.OPPORTUNITY, choice, links, made)


def _existing(actor: Actor, target: Target, value: str) -> uuid.UUID:
    record_id = parse_id(value)
    if record_id is None or not _is_seen(actor, target, record_id):
        message = _("The record chosen for “%(label)s” was not found.") % {"label": target.label}
        raise Invalid([FieldError(target.value, "unknown_record", message)])
    return record_id


def _create(
    context: WriteContext,
    lead: Lead,
    target: Target,
    choice: Choice,
    links: Mapping[str, Any],
    made: list[list[str]],
) -> uuid.UUID:
    actor = context.actor
    spec = specs_on(actor.organization)[target]
    own = {name: value for name, value in choice.values.get(target, {}).items() if value not in (None, "")}
    values = {**new_values(actor, lead, target), **own, **links}
    try:
        record = door.create(actor, spec, values, context=context)
    except Invalid as problem:
        # Say of which part the complaint is: one dialog asks for all three.
        raise Invalid(
            [
                FieldError(f"{target.value}.{error.field}", error.code, f"{spec.label}: {error.message}")
                for error in problem.errors
            ]
        ) from problem
    made.append([target.value, str(record.pk)])
    return record.pk


def _close(context: WriteContext, spec: ObjectSpec, lead: Lead, links: Mapping[str, uuid.UUID | None]) -> None:
    draft = Draft(spec, existing=lead)
    draft.notes[CONVERSION] = True
    draft.set("status", LeadStatus.CONVERTED.value)
    draft.set("converted_at", now())
    for name, value in links.items():
        draft.set(name, value)
    _written(door.write_changes(context, spec, [draft]), lead.pk)


def _written(outcome: door.Outcome, record_id: uuid.UUID) -> None:
    if record_id in outcome.rejected:
        raise Invalid(outcome.rejected[record_id])


def _pass_on_history(
    context: WriteContext, lead: Lead, customer_id: uuid.UUID | None, contact_id: uuid.UUID | None
) -> None:
    """Let follow-ups and tasks of a lead belong to its customer, too, or no longer; they stay about the lead."""
    specs = specs_on(context.actor.organization)
    for name, model in HISTORY:
        if name not in specs:
            continue
        rows = model.objects.filter(LIVE, about=reference_to("lead", lead.pk))
        drafts = []
        for row in rows.select_for_update(of=("self",)).order_by("pk"):
            draft = Draft(specs[name], existing=row)
            draft.set("customer", customer_id)
            if "contact" in specs[name].all_fields:
                draft.set("contact", contact_id)
            drafts.append(draft)
        if drafts:
            door.write_changes(context, specs[name], drafts)


def _pass_on_consents(context: WriteContext, lead: Lead, contact_id: uuid.UUID) -> None:
    """Record what the lead agreed to as consents of the contact, with the proof of then."""
    organization = context.actor.organization
    if not module_is_on(organization, "privacy"):
        return
    for consent in LeadConsent.objects.filter(lead=lead).order_by("given_at"):
        values = {
            "purpose": str(consent.purpose_id), "channel": "any", "given_at": consent.given_at.isoformat(),
            "notice_version": consent.notice_version, "evidence": consent.evidence,
        }  # fmt: skip
        give_consent(system_actor(organization), "contact", contact_id, values, context=context)


def _copy_files(lead: Lead, links: Mapping[str, uuid.UUID | None]) -> list[uuid.UUID]:
    """Attach the lead's files to the customer as well, and to the opportunity; return the new attachments."""
    copied = []
    for found in Attachment.objects.filter(about=reference_to("lead", lead.pk), deleted_at=None):
        for name in ("customer", "opportunity"):
            record_id = links[name]
            if record_id is None:
                continue
            copied.append(
                Attachment.objects.create(
                    id=new_id(), organization_id=found.organization_id, file_id=found.file_id,
                    about=reference_to(name, record_id), version=found.version, attached_by_id=found.attached_by_id,
                    attached_at=found.attached_at,
                ).pk
            )  # fmt: skip
    return copied


@dataclass
class Several:
    """What became of several leads, as one batch, and why nothing became of the others."""

    batch_id: uuid.UUID
    done: list[Converted] = field(default_factory=list)
    refused: dict[uuid.UUID, DomainError] = field(default_factory=dict)


@transaction.atomic
def convert_many(
    actor: Actor, lead_ids: Sequence[uuid.UUID], *, with_opportunity: bool, attaches: bool = True
) -> Several:
    """Convert leads row by row as most people would; what cannot be converted stays as it is, with the reason.

    ``attaches`` attaches leads to customers and contacts that are likely the same, instead of making new ones.
    """
    if len(lead_ids) > MOST_AT_ONCE:
        raise Refused("too_many", _("At most %(count)d leads at a time.") % {"count": MOST_AT_ONCE})
    context = WriteContext.for_actor(actor)
    outcome = Several(context.batch_id)
    for lead_id in dict.fromkeys(lead_ids):
        try:
            with transaction.atomic():
                lead = door.lock(actor, lead_spec(actor), [lead_id], Action.EDIT)[0]
                choice = proposal(actor, lead) if attaches else Choice()  # type: ignore[arg-type]  # locked as a lead
                opportunity = NEW if with_opportunity else NONE
                wanted = Choice(choice.customer, choice.contact, opportunity)
                outcome.done.append(convert(actor, lead_id, wanted, context=context))
        except DomainError as problem:
            outcome.refused[lead_id] = problem
    return outcome


@transaction.atomic
def reverse(actor: Actor, lead_id: uuid.UUID, *, removes: bool = False) -> uuid.UUID:
    """Take a conversion back: the lead is open again and its links are gone. Return the batch, which can be undone.

    ``removes`` puts what the conversion made into the recycle bin. Raises ``Missing``, ``NotAllowed`` and, for a lead
    that is no customer, ``Conflict``.
    """
    spec = lead_spec(actor)
    lead = door.lock(actor, spec, [lead_id], Action.EDIT)[0]
    conversion = conversion_of(lead_id)
    if not isinstance(lead, Lead) or lead.status != LeadStatus.CONVERTED or conversion is None:
        raise Conflict("not_converted", _("This lead is not converted."))
    require(actor, spec, Action.EDIT)
    context = WriteContext.for_actor(actor)
    draft = Draft(spec, existing=lead)
    draft.notes[CONVERSION] = True
    back = conversion.status_before if conversion.status_before != LeadStatus.NEW else LeadStatus.CONTACTED.value
    draft.set("status", back)
    for name in ("converted_at", "customer", "contact", "opportunity"):
        draft.set(name, None)
    # The past is put back: the checklist was ticked, or not needed, when the lead was converted.
    exempt = WriteContext.for_actor(actor, batch_id=context.batch_id, exempt=True)
    _pass_on_history(exempt, lead, None, None)
    _written(door.write_changes(exempt, spec, [draft]), lead.pk)
    if removes:
        specs = specs_on(actor.organization)
        for name, record_id in reversed(conversion.made):
            target = specs.get(name)
            if target is not None and live_rows(actor, target).filter(pk=record_id).exists():
                recycle.delete(actor, target, [uuid.UUID(record_id)], context=context)
    return context.batch_id
