"""Segments, campaigns, their members, mail to them, and addresses that get none."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.encryption.columns import SealedJSONField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.leads.public import Lead
from banyan.marketing.choices import (
    BlockReason,
    CampaignKind,
    CampaignStatus,
    DeliveryState,
    MailingState,
    MemberObject,
    MemberState,
    SegmentKind,
)
from banyan.sales.public import Opportunity
from banyan.teamwork.public import Task

LIVE = models.Q(deleted_at__isnull=True)


class Segment(Record):
    """A named group of customers, contacts or leads: by a rule (a filter tree), or a fixed list.

    ``excluded`` are the ids of segments of the same object whose members are left out. What somebody sees of a segment
    is what they may see of its records.
    """

    name = models.CharField(_("Segment"), max_length=120)
    object_name = models.CharField(
        _("Of which records"), max_length=10, choices=MemberObject.choices, default=MemberObject.CONTACT
    )
    kind = models.CharField(_("Kind"), max_length=7, choices=SegmentKind.choices, default=SegmentKind.DYNAMIC)
    notes = models.TextField(_("Notes"), blank=True)
    filter = SealedJSONField(default=dict, editable=False)
    excluded: ArrayField[list[uuid.UUID], list[uuid.UUID]] = ArrayField(
        models.UUIDField(), default=list, editable=False
    )

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [*record_indexes("segment")]

    def __str__(self) -> str:
        return self.name


class SegmentMember(OrganizationOwned):
    """A record in a fixed list."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+", db_index=False)
    record_id = models.UUIDField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "segment", "record_id"], name="segment_member_once")
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "record_id"], name="segment_member_record")]

    def __str__(self) -> str:
        return str(self.record_id)


class Campaign(Record):
    """Something done to win customers: whom it is for, what it costs, and what is expected of it.

    ``code`` is what addresses carry as ``utm_campaign``; leads whose campaign is this code or the name have responded.
    """

    name = models.CharField(pgettext_lazy("campaign", "Campaign"), max_length=160)
    kind = models.CharField(_("Kind"), max_length=12, choices=CampaignKind.choices, default=CampaignKind.MAIL)
    status = models.CharField(
        _("Status"), max_length=10, choices=CampaignStatus.choices, default=CampaignStatus.PLANNED
    )
    starts_on = models.DateField(pgettext_lazy("campaign", "From"), null=True, blank=True)
    ends_on = models.DateField(pgettext_lazy("campaign", "Until"), null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    budget = models.DecimalField(
        _("Budget"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    actual_cost = models.DecimalField(
        _("Actual cost"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    expected_responses = models.PositiveIntegerField(_("Expected responses"), null=True, blank=True)
    expected_revenue = models.DecimalField(
        _("Expected revenue"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    segment = models.ForeignKey(
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Target segment")
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Parent campaign")
    )
    code = models.CharField(_("Tracking code"), max_length=80, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-starts_on", "name"]
        indexes: ClassVar = [
            *record_indexes("campaign"),
            models.Index(fields=["organization", "status", "-starts_on", "id"], name="campaign_status", condition=LIVE),
            models.Index(fields=["organization", "parent"], name="campaign_parent"),
            models.Index(fields=["organization", "segment"], name="campaign_segment"),
        ]

    @property
    def is_over(self) -> bool:
        """Say whether nobody is to be added or written to any more."""
        return self.status in {CampaignStatus.DONE, CampaignStatus.CANCELLED}

    def __str__(self) -> str:
        return self.name


class CampaignMember(OrganizationOwned):
    """Somebody a campaign is for: exactly one of a contact, a customer and a lead.

    ``state`` is the furthest they have come; the instants say when. ``reason`` is why nothing could be sent.
    ``made_lead`` and the like are what a response became.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    segment = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=MemberState.choices, default=MemberState.PLANNED)
    reason = models.CharField(max_length=20, blank=True)
    added_at = models.DateTimeField(default=now)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reached_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    clicks = models.PositiveIntegerField(default=0)
    responded_at = models.DateTimeField(null=True)
    response = models.TextField(blank=True)
    unsubscribed_at = models.DateTimeField(null=True)
    made_lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    made_task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    made_opportunity = models.ForeignKey(
        Opportunity, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["added_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "campaign", "contact"], name="campaign_contact_once",
                condition=models.Q(contact__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["organization", "campaign", "customer"], name="campaign_customer_once",
                condition=models.Q(customer__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["organization", "campaign", "lead"], name="campaign_lead_once",
                condition=models.Q(lead__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_member_one",
                condition=(
                    models.Q(contact__isnull=False, customer__isnull=True, lead__isnull=True)
                    | models.Q(contact__isnull=True, customer__isnull=False, lead__isnull=True)
                    | models.Q(contact__isnull=True, customer__isnull=True, lead__isnull=False)
                ),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["organization", "campaign", "state", "added_at"], name="campaign_member_state"),
            models.Index(fields=["organization", "contact"], name="campaign_member_contact"),
            models.Index(fields=["organization", "customer"], name="campaign_member_customer"),
            models.Index(fields=["organization", "lead"], name="campaign_member_lead"),
            models.Index(
                fields=["organization", "responded_at"], name="campaign_member_responded",
                condition=models.Q(responded_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.get_state_display())

    @property
    def object_name(self) -> str:
        """Return what the member is."""
        return "contact" if self.contact_id else "customer" if self.customer_id else "lead"

    @property
    def record_id(self) -> uuid.UUID:
        """Return the record that the member is."""
        found = self.contact_id or self.customer_id or self.lead_id
        assert found is not None  # noqa: S101 the table holds nothing else
        return found


class Mailing(OrganizationOwned):
    """A mail to the members of a campaign: text, settings of its own, and how far it is.

    ``links`` are the addresses in the text, in order: a counted link leads to nothing else.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    is_marked = models.BooleanField(default=True)
    counts_clicks = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=MailingState.choices, default=MailingState.DRAFT)
    links: models.JSONField[Any, Any] = models.JSONField(default=list)
    problem = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "campaign", "-created_at"], name="mailing_campaign"),
            models.Index(
                fields=["organization"], name="mailing_sending", condition=models.Q(state=MailingState.SENDING)
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class Delivery(OrganizationOwned):
    """A mail to one member. It is marked before it is sent and after: what lies between is told as "perhaps sent".

    ``address_key`` is the fingerprint of the address; a mailing sends to each address once.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(CampaignMember, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    reason = models.CharField(max_length=20, blank=True)
    address_key = models.CharField(max_length=64, blank=True)
    begun_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "mailing", "member"], name="delivery_once"),
            models.UniqueConstraint(
                fields=["organization", "mailing", "address_key"], name="delivery_address_once",
                condition=~models.Q(address_key=""),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["organization", "mailing", "state", "id"], name="delivery_state"),
            models.Index(fields=["organization", "member"], name="delivery_member"),
            models.Index(
                fields=["organization", "address_key", "-begun_at"], name="delivery_address",
                condition=~models.Q(address_key=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.get_state_display())


class BlockedAddress(OrganizationOwned):
    """An address that no campaign writes to; only its fingerprint is kept, and enough of it to be recognised."""

    address_key = models.CharField(max_length=64)
    hint = models.CharField(max_length=80)
    reason = models.CharField(max_length=12, choices=BlockReason.choices)
    campaign = models.ForeignKey(Campaign, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "address_key"], name="blocked_address_once")
        ]

    def __str__(self) -> str:
        return self.hint


class CampaignTask(OrganizationOwned):
    """Adding many records to a campaign in the background: how many were added, were there already, could not be."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    segment = models.ForeignKey(Segment, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    added = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "campaign", "-at"], name="campaign_task_campaign")]

    def __str__(self) -> str:
        return str(self.at)
