"""Addresses that no campaign writes to, and how people outside get there."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor, Channel, system_actor
from banyan.core.access.events import tell_setup_changed
from banyan.core.access.guards import require_ability
from banyan.core.access.scopes import Ability
from banyan.core.kernel.clock import now
from banyan.core.kernel.errors import FieldError, Invalid, Missing
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.marketing.choices import BlockReason, MemberState
from banyan.marketing.models import BlockedAddress, CampaignMember, Delivery
from banyan.marketing.references import address_keys
from banyan.marketing.rules import hint_of
from banyan.privacy.choices import Channel as Way
from banyan.privacy.choices import ConsentState
from banyan.privacy.public import MARKETING, Consent, may_contact, purposes_in_use

MOST_AT_ONCE = 2_000


def block(organization_id: uuid.UUID, address: str, reason: str, **details: Any) -> bool:
    """Put an address on the block list; return whether it was not there yet."""
    key = address_keys(organization_id, address)[0]
    _row, is_new = BlockedAddress.objects.get_or_create(
        organization_id=organization_id,
        address_key=key,
        defaults={"hint": hint_of(address.strip().lower()), "reason": reason, **details},
    )
    return is_new


def blocked_keys(organization_id: uuid.UUID, addresses: set[str]) -> set[str]:
    """Return those of some addresses that are on the block list; one query."""
    keys = {key: address for address in addresses for key in address_keys(organization_id, address)}
    found = BlockedAddress.objects.filter(address_key__in=list(keys)).values_list("address_key", flat=True)
    return {keys[key] for key in found}


@transaction.atomic
def enter_addresses(actor: Actor, text: str) -> int:
    """Put addresses, one a line, on the block list; return how many are new. Raises ``Invalid`` before any is there."""
    require_ability(actor, Ability.CUSTOMISE)
    lines = list(dict.fromkeys(line.strip().lower() for line in text.replace(",", "\n").splitlines() if line.strip()))
    if not lines or len(lines) > MOST_AT_ONCE:
        message = _("Enter between one and %(most)s addresses, one a line.") % {"most": f"{MOST_AT_ONCE:,}"}
        raise Invalid([FieldError("addresses", "bad_count", message)])
    wrong = [line for line in lines if not is_address(line)]
    if wrong:
        message = _("“%(text)s” is no e-mail address. Nothing was entered.") % {"text": wrong[0][:80]}
        raise Invalid([FieldError("addresses", "bad_address", message)])
    entered = [block(actor.organization_id, line, BlockReason.ENTERED, added_by_id=actor.user_id) for line in lines]
    tell_setup_changed(actor, "blocked_address", actor.organization_id, "create", values={"count": ("", sum(entered))})
    return sum(entered)


@transaction.atomic
def unblock(actor: Actor, blocked_id: uuid.UUID) -> None:
    """Take an address off the list that a colleague entered or a server refused; a person's own word stays."""
    require_ability(actor, Ability.CUSTOMISE)
    row = BlockedAddress.objects.filter(pk=blocked_id).exclude(reason=BlockReason.UNSUBSCRIBED).first()
    if row is None:
        raise Missing("not_found", _("There is no such entry that could be taken off the list."))
    tell_setup_changed(actor, "blocked_address", row.pk, "delete", values={"hint": (row.hint, "")})
    row.delete()


@transaction.atomic
def unsubscribe(organization: Organization, delivery: Delivery, *, where: str) -> None:
    """Take an address out of all campaigns by the wish of whoever got a mail; twice it is the same.

    The address goes on the block list, and a person's consent is withdrawn with this as evidence.
    """
    member = CampaignMember.objects.select_for_update(of=("self",), no_key=True).get(pk=delivery.member_id)
    if member.unsubscribed_at is not None:
        return
    record: Any = member.contact or member.customer or member.lead
    if record.email:
        block(organization.pk, record.email, BlockReason.UNSUBSCRIBED, campaign_id=member.campaign_id)
    member.state, member.unsubscribed_at = MemberState.UNSUBSCRIBED, now()
    member.save(update_fields=["state", "unsubscribed_at"])
    if member.lead_id is None:
        _withdraw(organization, member, where)


def _withdraw(organization: Organization, member: CampaignMember, where: str) -> None:
    """Write down the withdrawal beside what was agreed before, so that phone and letters stay as they were."""
    purpose = next((row for row in purposes_in_use() if row.code == MARKETING), None)
    verdict = may_contact(member.object_name, member.record_id, Way.EMAIL, MARKETING)
    if purpose is None or verdict.reason in {"withdrawn", "unknown_person"}:
        return
    system, spec = system_actor(organization, channel=Channel.API), spec_for(organization, "consent")
    given = Consent.objects.filter(
        **{member.object_name: member.record_id}, purpose=purpose, channel=Way.EMAIL, state=ConsentState.GIVEN,
        deleted_at=None,
    )  # fmt: skip
    if member.object_name == "customer":
        given = given.filter(contact=None)
    for pk in given.values_list("pk", flat=True):
        door.update(system, spec, pk, {"state": ConsentState.WITHDRAWN.value})
    evidence = _("Unsubscribed by the link of a mail of the campaign “%(campaign)s”, from %(where)s.")
    values = {
        member.object_name: str(member.record_id),
        "purpose": str(purpose.pk),
        "channel": Way.EMAIL.value,
        "state": ConsentState.WITHDRAWN.value,
        "evidence": evidence % {"campaign": member.campaign.name, "where": where or "–"},
    }
    door.create(system, spec, values)


def is_address(text: str) -> bool:
    """Say whether a text is an e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
