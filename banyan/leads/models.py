"""Leads, where they come from, how they are judged, and what became of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.access.models import Territory
from banyan.core.encryption.columns import SealedJSONField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.columns import SealableCharField, SealableEmailField
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import Organization, OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.leads.choices import OPEN_STATUSES, Arrival, Destination, Grade, LeadStatus, MovementKind, Rating
from banyan.sales.public import Opportunity

LIVE = models.Q(deleted_at__isnull=True)
OPEN = models.Q(status__in=[status.value for status in OPEN_STATUSES])
MOST_POINTS = 1_000


class Lead(Record):
    """Somebody who may become a customer: a person and a company in one, until it is known whether they buy.

    ``answer_by`` is when a first contact is due, ``response_minutes`` how long it took in working time; score and
    grade follow from the rules in the settings. A converted lead keeps links to what it became.
    """

    name = models.CharField(pgettext_lazy("lead", "Name"), max_length=200, blank=True)
    company = models.CharField(_("Company"), max_length=200, blank=True)
    job_title = models.CharField(_("Job title"), max_length=120, blank=True)
    phone = SealableCharField(_("Phone"), max_length=40, blank=True)
    email = SealableEmailField(_("E-mail"), max_length=254, blank=True)
    wechat = SealableCharField(_("WeChat"), max_length=60, blank=True)
    website = models.URLField(_("Website"), max_length=500, blank=True)
    address: models.JSONField[Any, Any] = models.JSONField(_("Address"), default=dict, blank=True)
    industry = models.CharField(_("Industry"), max_length=100, blank=True)
    employees = models.PositiveIntegerField(_("Employees"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=100, blank=True)
    campaign = models.CharField(_("Campaign"), max_length=200, blank=True)
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Territory"),
        db_index=False,
    )  # fmt: skip
    needs = models.TextField(pgettext_lazy("lead", "Needs"), blank=True)
    notes = models.TextField(_("Notes"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )
    status = models.CharField(_("Status"), max_length=12, choices=LeadStatus.choices, default=LeadStatus.NEW)
    rating = models.CharField(_("Rating"), max_length=4, choices=Rating.choices, blank=True)
    score = models.IntegerField(_("Score"), default=0, editable=False)
    grade = models.CharField(_("Grade"), max_length=1, choices=Grade.choices, blank=True, editable=False)
    next_step = models.CharField(_("Next step"), max_length=255, blank=True)
    next_follow_up_on = models.DateField(_("Next follow-up"), null=True, blank=True)
    reason = models.CharField(_("Why not"), max_length=100, blank=True)
    again_on = models.DateField(_("Contact again on"), null=True, blank=True)
    answer_by = models.DateTimeField(_("Answer by"), null=True, editable=False)
    first_contact_at = models.DateTimeField(_("First contact"), null=True, editable=False)
    response_minutes = models.PositiveIntegerField(_("Minutes to first contact"), null=True, editable=False)
    last_activity_at = models.DateTimeField(_("Last follow-up"), null=True, editable=False)
    owned_since = models.DateTimeField(_("With this owner since"), null=True, editable=False)
    warned_at = models.DateTimeField(null=True, editable=False)
    converted_at = models.DateTimeField(_("Converted at"), null=True, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("Customer")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("Contact")
    )
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name=_("Opportunity"),
    )  # fmt: skip
    sort_name = models.CharField(max_length=600, editable=False, default="")
    match_keys: ArrayField[list[str], list[str]] = ArrayField(models.TextField(), default=list, editable=False)

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        indexes: ClassVar = [
            *record_indexes("lead"),
            models.Index(fields=["organization", "sort_name", "id"], name="lead_sort_name", condition=LIVE),
            models.Index(fields=["organization", "status", "-updated_at", "-id"], name="lead_status", condition=LIVE),
            models.Index(fields=["organization", "score", "id"], name="lead_score", condition=LIVE),
            models.Index(
                fields=["organization", "answer_by", "id"],
                name="lead_answer",
                condition=LIVE & models.Q(status=LeadStatus.NEW, first_contact_at__isnull=True),
            ),
            models.Index(
                fields=["organization", "-score", "-created_at", "-id"],
                name="lead_pool",
                condition=LIVE & OPEN & models.Q(owner__isnull=True),
            ),
            models.Index(
                fields=["organization", "again_on"],
                name="lead_again",
                condition=LIVE & models.Q(status=LeadStatus.RECYCLED),
            ),
            models.Index(fields=["organization", "customer"], name="lead_customer"),
            models.Index(fields=["organization", "contact"], name="lead_contact"),
            models.Index(fields=["organization", "opportunity"], name="lead_opportunity"),
            models.Index(
                fields=["organization", "territory"],
                name="lead_territory",
                condition=LIVE & models.Q(territory__isnull=False),
            ),
            GinIndex(fields=["organization", "tags"], name="lead_tags"),
        ]

    def __str__(self) -> str:
        return self.name


class LeadKey(models.Model):
    """A match key of a lead, for exact look-ups; the rows follow their lead."""

    pk = models.CompositePrimaryKey("organization_id", "key", "lead_id")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = models.CharField(max_length=120)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_constraint=False)

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.key


class LeadMovement(OrganizationOwned):
    """A lead's way to an owner or away from one; ``batch_id`` joins those of one piece of work."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    from_owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    to_owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField(default=now)
    batch_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "lead", "-at"], name="lead_movement_lead"),
            models.Index(fields=["organization", "-at"], name="lead_movement_at"),
            models.Index(fields=["organization", "actor", "kind", "-at"], name="lead_movement_actor"),
            models.Index(fields=["organization", "batch_id"], name="lead_movement_batch"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class LeadForm(OrganizationOwned):
    """A form on a public page: what it asks in both languages, and what becomes of what people send.

    ``fields`` is a list of ``{name, required, zh, en}``, ``texts`` holds words by language: title, intro, button,
    thanks. ``key`` is the part of the public address that nobody can guess. ``sites`` are the origins of the web
    sites that may show the form in a frame or send to it.
    """

    name = models.CharField(max_length=120)
    key = models.CharField(max_length=40)
    is_active = models.BooleanField(default=True)
    fields: models.JSONField[Any, Any] = models.JSONField(default=list)
    texts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    source = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    destination = models.CharField(max_length=6, choices=Destination.choices, default=Destination.RULES)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    purpose_id = models.UUIDField(null=True)
    consent_required = models.BooleanField(default=True)
    sites: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=200), default=list)
    thanks_url = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now)
    received = models.PositiveIntegerField(default=0)
    turned_away = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "key"], name="lead_form_key")]

    def __str__(self) -> str:
        return self.name


class LeadSubmission(OrganizationOwned):
    """What somebody outside sent: by a form, or by e-mail; ``key`` keeps the same message from counting twice."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_index=False)
    form = models.ForeignKey(LeadForm, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    arrival = models.CharField(max_length=5, choices=Arrival.choices)
    title = models.CharField(max_length=255, blank=True)
    values = SealedJSONField(default=dict)
    is_first = models.BooleanField(default=True)
    key = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "lead", "-at"], name="lead_submission_lead"),
            models.Index(fields=["organization", "form", "-at"], name="lead_submission_form"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "key"], name="lead_submission_key", condition=~models.Q(key="")
            )
        ]

    def __str__(self) -> str:
        return self.title


class LeadConsent(OrganizationOwned):
    """That a lead agreed to be contacted; it becomes a consent of the contact when the lead is converted."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_index=False)
    purpose_id = models.UUIDField()
    notice_version = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    evidence = models.TextField()
    given_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-given_at"]
        indexes: ClassVar = [models.Index(fields=["organization", "lead"], name="lead_consent_lead")]

    def __str__(self) -> str:
        return self.text[:80]


class ScoreRule(OrganizationOwned):
    """So many points for a lead that fits a condition (a filter tree); ``key`` names it in the configuration file."""

    key = models.CharField(max_length=40)
    name = models.CharField(max_length=120, blank=True)
    condition: models.JSONField[Any, Any] = models.JSONField(default=dict)
    points = models.IntegerField(validators=[MinValueValidator(-MOST_POINTS), MaxValueValidator(MOST_POINTS)])
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        indexes: ClassVar = [models.Index(fields=["organization", "position"], name="score_rule_position")]

    def __str__(self) -> str:
        return self.name


class LeadQuestion(OrganizationOwned):
    """A question of the qualification checklist; a lead is qualified when the needed ones are ticked."""

    key = models.CharField(max_length=40)
    text = models.CharField(max_length=200)
    hint = models.CharField(max_length=255, blank=True)
    is_needed = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        indexes: ClassVar = [models.Index(fields=["organization", "position"], name="lead_question_position")]

    def __str__(self) -> str:
        return self.text


class LeadTick(OrganizationOwned):
    """Who ticked which question of a lead, and when."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_index=False)
    question = models.ForeignKey(LeadQuestion, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "lead", "question"], name="lead_tick_once")
        ]

    def __str__(self) -> str:
        return str(self.at)


class Conversion(OrganizationOwned):
    """What a lead became, as one batch; ``made`` names what was created, ``copied`` the files that are there as well."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", db_index=False)
    batch_id = models.UUIDField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    status_before = models.CharField(max_length=12)
    made: models.JSONField[Any, Any] = models.JSONField(default=list)
    copied: ArrayField[Any, Any] = ArrayField(models.UUIDField(), default=list)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "lead", "-at"], name="lead_conversion_lead")]

    def __str__(self) -> str:
        return str(self.at)
