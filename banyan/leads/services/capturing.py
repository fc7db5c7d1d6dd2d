"""Taking in what strangers send: a lead is made, or what was sent joins the one that is there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.identity.events import PeopleToTell
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import Conflict, FieldError, Invalid
from banyan.core.kernel.events import publish
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.core.records import door
from banyan.core.records.drafts import Draft, WriteContext
from banyan.core.tenancy.models import Organization
from banyan.customers.public import keys_to_look_up, match_keys
from banyan.leads.choices import GIVEN_UP, Arrival, Destination, LeadStatus
from banyan.leads.events import FormSubmitted
from banyan.leads.models import Lead, LeadConsent, LeadForm, LeadSubmission
from banyan.leads.queries import open_lead_by_keys
from banyan.leads.services.forms import askable, words
from banyan.privacy.public import purposes_in_use

#: What identifies somebody beyond doubt: the same phone, or the same e-mail.
EXACT = ("p:", "e:")
LONGEST_VALUE = 5_000


@dataclass(frozen=True)
class Captured:
    """The lead behind what was sent, and whether it is a new one."""

    lead: Lead
    is_new: bool


@transaction.atomic
def submit(
    organization: Organization, form: LeadForm, given: Mapping[str, str], *, agreed: bool, where: str, language: str
) -> Captured:
    """Take what somebody has filled in, already cleared of spam.

    ``where`` is the network address, kept as evidence of a consent. Raises ``Invalid`` with what is wrong, for fields
    that the form does not ask for as well.
    """
    actor = system_actor(organization, channel=Channel.API)
    spec = spec_for(organization, "lead")
    values = _accepted(spec, form, given)
    if form.purpose_id is not None and form.consent_required and not agreed:
        raise Invalid([FieldError("consent", "required", _("Please agree, so that we may answer you."))])
    captured = _capture(actor, spec, values, _beside(form), into_pool=form.destination == Destination.POOL)
    _note(captured, form=form, arrival=Arrival.FORM, title=form.name, values=values)
    if form.purpose_id is not None and agreed:
        _note_consent(captured.lead, form, where=where, language=language)
    LeadForm.objects.filter(pk=form.pk).update(received=F("received") + 1)
    _tell_owner(captured)
    publish(FormSubmitted(organization.pk, form.pk, captured.lead.pk, captured.is_new))
    return captured


@transaction.atomic
def receive(actor: Actor, values: Mapping[str, Any], *, title: str, text: str, key: str) -> Captured:
    """Take an e-mail: its sender becomes a lead, or it joins the lead of this sender; the same message counts once."""
    spec = spec_for(actor.organization, "lead")
    if key and LeadSubmission.objects.filter(key=key).exists():
        raise Conflict("received_already", _("This message was received already."))
    captured = _capture(actor, spec, values, {}, into_pool=False)
    try:
        with transaction.atomic():
            sent = {"subject": title, "text": text}
            _note(captured, form=None, arrival=Arrival.EMAIL, title=title, values=sent, key=key)
    except IntegrityError:
        raise Conflict("received_already", _("This message was received already.")) from None
    _tell_owner(captured)
    return captured


def turn_away(form: LeadForm) -> None:
    """Count what a machine has sent; nothing else is kept of it."""
    LeadForm.objects.filter(pk=form.pk).update(turned_away=F("turned_away") + 1)


def _accepted(spec: ObjectSpec, form: LeadForm, given: Mapping[str, str]) -> dict[str, str]:
    known = askable(spec)
    asked = {entry["name"]: entry for entry in form.fields if entry["name"] in known}
    errors = [
        FieldError(name[:60], "unknown_field", _("This form does not ask for “%(name)s”.") % {"name": name[:60]})
        for name in given
        if name not in asked
    ]
    values = {}
    for name, entry in asked.items():
        value = str(given.get(name) or "").strip()
        if len(value) > LONGEST_VALUE:
            message = _("At most %(count)d characters.") % {"count": LONGEST_VALUE}
            errors.append(FieldError(name, "too_long", message))
        elif value:
            values[name] = value
        elif entry.get("required"):
            errors.append(FieldError(name, "required", _("Please fill this in.")))
    if errors:
        raise Invalid(errors)
    return values


def _beside(form: LeadForm) -> dict[str, Any]:
    beside: dict[str, Any] = {}
    if form.source:
        beside["source"] = form.source
    if form.campaign:
        beside["campaign"] = form.campaign
    if form.destination == Destination.PERSON and form.owner_id and form.owner and form.owner.is_active:
        beside["owner"] = str(form.owner_id)
    return beside


def _capture(
    actor: Actor, spec: ObjectSpec, values: Mapping[str, Any], beside: Mapping[str, Any], *, into_pool: bool
) -> Captured:
    keys = [key for key in match_keys(values) if key[:2] in EXACT]
    known = open_lead_by_keys(keys_to_look_up(spec, keys))
    context = WriteContext.for_actor(actor)
    if known is not None:
        return Captured(_join(context, spec, known, {**values, **beside}), is_new=False)
    made = door.create(actor, spec, {**values, **beside}, context=context)
    if into_pool and made.owner_id is not None:
        made = door.update(actor, spec, made.pk, {"owner": None}, context=context)
    return Captured(made, is_new=True)  # type: ignore[arg-type]  # what the specification of leads makes


def _join(context: WriteContext, spec: ObjectSpec, lead: Lead, values: Mapping[str, Any]) -> Lead:
    """Fill in what is not known of a lead yet, and take it up again where it was given up.

    A stranger never overwrites what colleagues have written down.
    """
    draft = Draft(spec, existing=Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk))
    empty = {
        name: value
        for name, value in values.items()
        if name != "owner" and spec.all_fields[name].kind.is_empty(draft.get(name))
    }
    if lead.status in GIVEN_UP:
        empty["status"] = LeadStatus.NEW.value
    if not empty:
        return lead
    return door.update(context.actor, spec, lead.pk, empty, context=context)  # type: ignore[return-value]  # a lead


def _note(
    captured: Captured, *, form: LeadForm | None, arrival: Arrival, title: str, values: Mapping[str, Any], key: str = ""
) -> None:
    LeadSubmission.objects.create(
        organization_id=captured.lead.organization_id, lead=captured.lead, form=form, arrival=arrival,
        title=title[:255], values=dict(values), is_first=captured.is_new, key=key,
    )  # fmt: skip


def _note_consent(lead: Lead, form: LeadForm, *, where: str, language: str) -> None:
    purpose = next((row for row in purposes_in_use() if row.pk == form.purpose_id), None)
    if purpose is None:
        return
    text = words(form, "consent", language)
    evidence = _("Form “%(form)s”, from %(where)s. Agreed to: %(text)s") % {
        "form": form.name, "where": where or "–", "text": text,
    }  # fmt: skip
    LeadConsent.objects.create(
        organization_id=lead.organization_id, lead=lead, purpose_id=purpose.pk, notice_version=purpose.notice_version,
        text=text, evidence=evidence, given_at=now(),
    )  # fmt: skip


def _tell_owner(captured: Captured) -> None:
    lead = captured.lead
    if lead.owner_id is None:
        return
    text = (
        gettext_noop("New lead for you: %(name)s")
        if captured.is_new
        else gettext_noop("Your lead wrote again: %(name)s")
    )
    publish(PeopleToTell(lead.organization_id, (lead.owner_id,), text, f"/leads/{lead.pk}", {"name": lead.name}))
