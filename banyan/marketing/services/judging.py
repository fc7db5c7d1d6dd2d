"""Whether a mail may go to members now: asked before it is started, and of each right before it is sent."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count

from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import Organization
from banyan.leads.public import LeadConsent
from banyan.marketing.choices import DeliveryState, Hindrance, MemberState
from banyan.marketing.models import CampaignMember, Delivery
from banyan.marketing.references import address_keys
from banyan.marketing.services.refusals import blocked_keys, is_address
from banyan.marketing.setting import marketing_setting
from banyan.privacy.choices import Channel, LegalBasis
from banyan.privacy.public import MARKETING, Verdict, may_contact_many, purposes_in_use

#: What counts towards how often somebody is written to.
COUNTED = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)
PERSON = "person"
REASONS = {
    "do_not_contact": Hindrance.DO_NOT_CONTACT,
    "restricted": Hindrance.RESTRICTED,
    "withdrawn": Hindrance.WITHDRAWN,
    "unknown_person": Hindrance.GONE,
}


def address_of(member: CampaignMember) -> str:
    """Return the address of a member as it is now, in small letters."""
    record: Any = member.contact or member.customer or member.lead
    return str(record.email or "").strip().lower()


def judge_members(organization: Organization, members: Sequence[CampaignMember]) -> dict[uuid.UUID, str]:
    """Return why each member may not be written to now; an empty text where nothing speaks against it.

    The members come with their records. Costs a handful of queries, whatever their number. The word of a person and
    the block list come before everything else.
    """
    addresses = {member.pk: address_of(member) for member in members}
    blocked = blocked_keys(organization.pk, {address for address in addresses.values() if address})
    verdicts = _verdicts(members)
    often = _written_often(organization, {address for address in addresses.values() if address})
    found: dict[uuid.UUID, str] = {}
    for member in members:
        address = addresses[member.pk]
        record: Any = member.contact or member.customer or member.lead
        if record.deleted_at is not None:
            found[member.pk] = Hindrance.GONE.value
        elif member.unsubscribed_at is not None or address in blocked:
            found[member.pk] = Hindrance.BLOCKED.value
        elif verdicts[member.pk]:
            found[member.pk] = verdicts[member.pk]
        elif not address or not is_address(address):
            found[member.pk] = (Hindrance.BAD_ADDRESS if address else Hindrance.NO_ADDRESS).value
        else:
            found[member.pk] = Hindrance.TOO_OFTEN.value if address in often else ""
    return found


def _verdicts(members: Sequence[CampaignMember]) -> dict[uuid.UUID, str]:
    contacts = {member.contact_id for member in members if member.contact_id is not None}
    persons = {m.customer_id for m in members if m.customer_id and m.customer and m.customer.type == PERSON}
    leads = {member.lead_id for member in members if member.lead_id}
    said: dict[uuid.UUID, Verdict] = {}
    if contacts:
        said.update(may_contact_many("contact", contacts, Channel.EMAIL, MARKETING))
    if persons:
        said.update(may_contact_many("customer", persons, Channel.EMAIL, MARKETING))
    if leads:
        said.update(_verdicts_of_leads(leads))
    # The mailbox of a company is nobody's personal data: only the block list speaks for it.
    nothing = Verdict(True, "company")
    return {member.pk: _hindrance(said.get(member.record_id, nothing)) for member in members}


def _verdicts_of_leads(ids: set[uuid.UUID]) -> Mapping[uuid.UUID, Verdict]:
    purpose = next((row for row in purposes_in_use() if row.code == MARKETING), None)
    if purpose is None:
        return dict.fromkeys(ids, Verdict(False, "unknown_purpose"))
    if purpose.basis != LegalBasis.CONSENT:
        return dict.fromkeys(ids, Verdict(True, "other_basis"))
    given = LeadConsent.objects.filter(lead_id__in=ids, purpose_id=purpose.pk).values_list("lead_id", flat=True)
    agreed = set(given)
    return {pk: Verdict(pk in agreed, "consent" if pk in agreed else "no_consent") for pk in ids}


def _hindrance(verdict: Verdict) -> str:
    return "" if verdict.allowed else REASONS.get(verdict.reason, Hindrance.NO_CONSENT).value


def _written_often(organization: Organization, addresses: set[str]) -> set[str]:
    """Return the addresses that got as many mails in the last days as the organization lets them get."""
    setting = marketing_setting(organization)
    if not setting.cap_mails or not setting.cap_days or not addresses:
        return set()
    keys = {key: address for address in addresses for key in address_keys(organization.pk, address)}
    since = now() - timedelta(days=setting.cap_days)
    rows = Delivery.objects.filter(address_key__in=list(keys), state__in=COUNTED, begun_at__gt=since)
    counts: Counter[str] = Counter()
    for key, count in rows.order_by().values_list("address_key").annotate(count=Count("pk")):
        counts[keys[key]] += count
    return {address for address, count in counts.items() if count >= setting.cap_mails}


def with_records(rows: Any) -> Any:
    """Return members with what judging and writing need of their records."""
    return rows.exclude(state=MemberState.UNSUBSCRIBED).select_related(
        "contact__customer__owner", "contact__owner", "customer__owner", "lead__owner", "campaign"
    )
