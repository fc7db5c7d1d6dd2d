"""Purposes to start with, giving and withdrawing consent, and asking whether somebody may be contacted."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from banyan.core.access.actor import Actor, system_actor
from banyan.core.kernel.errors import Refused
from banyan.core.objects.models import Record
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.records.drafts import WriteContext
from banyan.core.tenancy.models import Organization
from banyan.customers.public import Customer
from banyan.privacy.choices import Channel, ConsentState, LegalBasis
from banyan.privacy.models import LIVE, Purpose
from banyan.privacy.queries import judge_many, restriction
from banyan.privacy.references import person_kinds
from banyan.privacy.rules import Verdict

CONTRACT, SERVICE, MARKETING = "contract", "service", "marketing"


def prepare_organization(organization: Organization) -> None:
    """Give an organization the usual purposes unless it has some; notices are its own business."""
    if Purpose.objects.filter(LIVE).exists():
        return
    with override(organization.language):
        rows = [
            _usual(CONTRACT, _("Preparing and fulfilling contracts"), LegalBasis.CONTRACT),
            _usual(SERVICE, _("Service and care of customers"), LegalBasis.CONTRACT),
            _usual(MARKETING, _("Advertising and events"), LegalBasis.CONSENT),
            _usual("third_party", _("Passing data on to partners"), LegalBasis.CONSENT, needs_separate=True),
        ]
    rows = [{**row, "position": position} for position, row in enumerate(rows)]
    door.create_many(system_actor(organization), spec_for(organization, "purpose"), rows)


def _usual(code: str, name: str, basis: LegalBasis, *, needs_separate: bool = False) -> dict[str, Any]:
    return {"code": code, "name": name, "basis": basis.value, "needs_separate": needs_separate}


def give_consent(
    actor: Actor,
    object_name: str,
    record_id: uuid.UUID,
    values: dict[str, Any],
    *,
    context: WriteContext | None = None,
) -> Record:
    """Record that a person agreed; ``values`` are those of a consent without the person.

    ``context`` joins it to a piece of work already begun.

    Raises ``Refused`` for what is no person, besides what ``door.create`` raises.
    """
    kind = person_kinds.get(object_name)
    if kind is None:
        raise Refused("not_a_person", _("Consents belong to contacts, and to customers who are persons."))
    spec = spec_for(actor.organization, "consent")
    given = {**values, kind.consents: str(record_id), "state": ConsentState.GIVEN.value}
    return door.create(actor, spec, given, context=context)


def withdraw_consent(actor: Actor, consent_id: uuid.UUID) -> Record:
    """Note that a consent is withdrawn from now on; done twice it is the same. Raises what ``door.update`` raises."""
    spec = spec_for(actor.organization, "consent")
    return door.update(actor, spec, consent_id, {"state": ConsentState.WITHDRAWN.value})


def may_contact(object_name: str, record_id: uuid.UUID, channel: Channel | str, purpose: str) -> Verdict:
    """Say whether a person may be contacted now by a way for a purpose, given by its code.

    Ask right before sending: a withdrawal counts at once. Runs within the organization's scope.
    """
    return may_contact_many(object_name, [record_id], channel, purpose)[record_id]


def may_contact_many(
    object_name: str, ids: Collection[uuid.UUID], channel: Channel | str, purpose: str
) -> dict[uuid.UUID, Verdict]:
    """Say the same of many persons of one object, in a handful of queries."""
    return judge_many(object_name, ids, str(channel), purpose)


def restricted_in_pools(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Say of customers who are persons and restricted what may be done with their data that nobody takes them on."""
    condition = restriction("customer")
    if condition is None:
        return {}
    reason = _("This person has restricted what may be done with the data: the customer stays in the pool.")
    return dict.fromkeys(Customer.objects.filter(condition, pk__in=ids).values_list("pk", flat=True), reason)
