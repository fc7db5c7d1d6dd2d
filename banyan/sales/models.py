"""Pipelines, their stages, and opportunities on their way through them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Lower, Round
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.products.public import DocumentAmounts, DocumentLine
from banyan.sales.choices import Attitude, BuyingRole, CompetitorState, ForecastCategory, Influence, Outcome, Threat

LIVE = models.Q(deleted_at__isnull=True)


class Pipeline(Record):
    """A sales process: an ordered set of stages."""

    name = models.CharField(_("Pipeline"), max_length=80)
    is_default = models.BooleanField(_("Default pipeline"), default=False)
    position = models.PositiveIntegerField(_("Position"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        indexes: ClassVar = [*record_indexes("pipeline")]

    def __str__(self) -> str:
        return self.name


class Stage(Record):
    """A step of a pipeline; an opportunity in it for longer than ``stale_days`` counts as stuck.

    More than ``card_limit`` opportunities in it at a time are more than the team can look after; 0 is no limit.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="+", verbose_name=_("Pipeline"))
    name = models.CharField(_("Stage"), max_length=80)
    position = models.PositiveIntegerField(_("Position"), default=0)
    probability = models.PositiveIntegerField(_("Probability in %"), default=0, validators=[MaxValueValidator(100)])
    outcome = models.CharField(_("Meaning"), max_length=5, choices=Outcome.choices, default=Outcome.OPEN)
    stale_days = models.PositiveIntegerField(_("Stuck after days"), default=30)
    color = models.CharField(_("Colour"), max_length=20, blank=True)
    card_limit = models.PositiveIntegerField(_("Most at a time"), default=0)
    forecast_category = models.CharField(
        _("Forecast category"),
        max_length=10,
        choices=ForecastCategory.choices,
        blank=True,
        help_text=_("Empty: it follows from the probability."),
    )

    class Meta:
        ordering: ClassVar = ["position", "name"]
        indexes: ClassVar = [
            *record_indexes("stage"),
            models.Index(fields=["organization", "pipeline", "position"], name="stage_pipeline"),
        ]

    def __str__(self) -> str:
        return self.name


class Opportunity(DocumentAmounts):
    """A chance to sell: what, to whom, for how much, until when, and how far it has come.

    ``outcome`` and ``closed_on`` follow from the stage; ``stage_since`` tells how long it has been there.
    ``furthest_stage`` is the last open stage that it ever reached: won means all of them, and a lost one keeps
    the stage it was lost from. It is empty where nobody knows, as with what was imported as lost.
    ``probability`` is that of the stage unless somebody has set another one, which holds while the opportunity stays in
    the stage; a forecast category set by hand holds until it is closed. The database itself keeps ``weighted_amount``;
    ``risks`` and ``pushed_count`` follow from the history and from everything else.
    """

    name = models.CharField(_("Opportunity"), max_length=200, blank=True)
    product = models.CharField(_("Product or service"), max_length=120, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    pipeline = models.ForeignKey(
        Pipeline, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Pipeline")
    )
    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Stage")
    )
    expected_close_on = models.DateField(_("Expected close"), null=True, blank=True)
    started_on = models.DateField(_("Started"), null=True, blank=True)
    closed_on = models.DateField(_("Closed on"), null=True, blank=True)
    outcome = models.CharField(
        _("Outcome"), max_length=5, choices=Outcome.choices, default=Outcome.OPEN, editable=False
    )
    reason = models.CharField(_("Reason for winning or losing"), max_length=100, blank=True)
    competitor = models.CharField(_("Competitor"), max_length=120, blank=True)
    source = models.CharField(_("Source"), max_length=100, blank=True)
    next_step = models.CharField(_("Next step"), max_length=255, blank=True)
    next_step_on = models.DateField(_("Next step on"), null=True, blank=True)
    probability = models.PositiveIntegerField(_("Probability in %"), null=True, blank=True)
    is_probability_own = models.BooleanField(_("Probability set by hand"), default=False, editable=False)
    weighted_amount = models.GeneratedField(
        verbose_name=_("Weighted amount"),
        expression=Round(
            models.ExpressionWrapper(
                models.F("amount") * models.F("probability") / models.Value(100),
                output_field=models.DecimalField(max_digits=20, decimal_places=4),
            ),
            precision=2,
        ),
        output_field=models.DecimalField(max_digits=18, decimal_places=2),
        db_persist=True,
    )
    forecast_category = models.CharField(
        _("Forecast category"), max_length=10, choices=ForecastCategory.choices, blank=True
    )
    is_category_own = models.BooleanField(_("Category set by hand"), default=False, editable=False)
    risks: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=20), verbose_name=_("Signs of risk"), default=list, editable=False
    )
    pushed_count = models.PositiveIntegerField(_("Times put off"), default=0, editable=False)
    notes = models.TextField(_("Notes"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )
    stage_since = models.DateTimeField(_("In this stage since"), default=now, editable=False)
    furthest_stage = models.ForeignKey(
        Stage,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("Furthest stage"),
    )

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        indexes: ClassVar = [
            *record_indexes("opportunity"),
            models.Index(
                fields=["organization", "stage", "-updated_at", "-id"], name="opportunity_stage", condition=LIVE
            ),
            # Sums are read from the index alone: the board adds up every opportunity there is.
            models.Index(
                fields=["organization", "stage", "currency"],
                include=["amount"],
                name="opportunity_board",
                condition=LIVE,
            ),
            models.Index(fields=["organization", "customer"], name="opportunity_customer"),
            models.Index(
                fields=["organization", "outcome", "closed_on"],
                include=["currency", "amount", "owner"],
                name="opportunity_closed",
                condition=LIVE,
            ),
            models.Index(fields=["organization", "amount", "id"], name="opportunity_amount", condition=LIVE),
            models.Index(
                fields=["organization", "expected_close_on"],
                # Forecasts are added up from the index alone.
                include=["owner", "forecast_category", "currency", "amount", "weighted_amount"],
                name="opportunity_expected",
                condition=models.Q(outcome=Outcome.OPEN, deleted_at__isnull=True),
            ),
            GinIndex(fields=["organization", "tags"], name="opportunity_tags"),
        ]

    def __str__(self) -> str:
        return self.name


class OpportunityLine(DocumentLine):
    """One product, or any text, that an opportunity is about."""

    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, related_name="+", verbose_name=_("Opportunity")
    )

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            *record_indexes("opportunity_line"),
            models.Index(fields=["organization", "opportunity", "position"], name="opportunity_line_of"),
            models.Index(fields=["organization", "product"], name="opportunity_line_product"),
        ]


class OpportunityState(OrganizationOwned):
    """How an opportunity stood from ``since`` until ``until``: a row for every change of what forecasts are made of.

    The row without ``until`` is how it stands now; one in the recycle bin, or merged into another, has none.
    """

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    stage = models.ForeignKey(Stage, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    outcome = models.CharField(max_length=5, choices=Outcome.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    probability = models.PositiveIntegerField(null=True)
    forecast_category = models.CharField(max_length=10, choices=ForecastCategory.choices, blank=True)
    expected_close_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    changed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["since"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "opportunity", "since"], name="opportunity_state"),
            models.Index(
                fields=["organization", "opportunity"],
                name="opportunity_state_now",
                condition=models.Q(until__isnull=True),
            ),
            models.Index(fields=["organization", "until", "since"], name="opportunity_state_at"),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id} since {self.since:%Y-%m-%d}"


class RiskLimits(OrganizationOwned):
    """From when on an opportunity counts as being at risk; 0 switches a sign off."""

    quiet_days = models.PositiveIntegerField(_("Days without a follow-up"), default=14)
    pushes = models.PositiveIntegerField(_("Times the close was put off"), default=2)
    shrink_percent = models.PositiveIntegerField(_("Amount shrank by %"), default=20)
    decider_probability = models.PositiveIntegerField(_("Decision maker known from a probability of %"), default=50)
    wants_next_step = models.BooleanField(_("Every open opportunity has a next step"), default=True)
    wants_close_date = models.BooleanField(_("Every open opportunity has an expected close"), default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization"], name="risk_limits_unique")]

    def __str__(self) -> str:
        return f"quiet after {self.quiet_days} days"


class Competitor(OrganizationOwned):
    """Somebody who sells to our customers too: what they are good at, and how to beat them."""

    name = models.CharField(_("Competitor"), max_length=120)
    website = models.URLField(_("Website"), blank=True)
    strengths = models.TextField(_("Strengths"), blank=True)
    weaknesses = models.TextField(_("Weaknesses"), blank=True)
    notes = models.TextField(_("How to win against them"), blank=True)
    is_active = models.BooleanField(_("Offered for choice"), default=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint("organization", Lower("name"), name="competitor_name")]

    def __str__(self) -> str:
        return self.name


class OpportunityCompetitor(OrganizationOwned):
    """A competitor in an opportunity, how dangerous it is, and how it ended."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="+", db_index=False)
    competitor = models.ForeignKey(Competitor, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=CompetitorState.choices, default=CompetitorState.IN_PLAY)
    threat = models.CharField(max_length=6, choices=Threat.choices, default=Threat.MEDIUM)
    notes = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["competitor__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "opportunity", "competitor"], name="opportunity_competitor_unique"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "competitor", "state"], name="opportunity_competitor_state")
        ]

    def __str__(self) -> str:
        return f"{self.competitor_id} in {self.opportunity_id}"


class OpportunityMember(OrganizationOwned):
    """A colleague who works on an opportunity, with the credit for it.

    ``share`` is part of the hundred per cent that all divide, whose rest is the owner's; ``overlay`` is credit besides.
    """

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=60, blank=True)
    share = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    overlay = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    class Meta:
        ordering: ClassVar = ["-share", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "opportunity", "person"], name="opportunity_member_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "person"], name="opportunity_member_person")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.opportunity_id}"


class OpportunityContact(Record):
    """A person at the customer who has a say in an opportunity."""

    name = models.CharField(pgettext_lazy("decision maker", "Person"), max_length=120, blank=True, editable=False)
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("Opportunity")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("Contact")
    )
    role = models.CharField(
        _("Part in the decision"), max_length=14, choices=BuyingRole.choices, default=BuyingRole.INFLUENCER
    )
    attitude = models.CharField(_("Attitude"), max_length=2, choices=Attitude.choices, default=Attitude.NEUTRAL)
    influence = models.CharField(_("Influence"), max_length=6, choices=Influence.choices, default=Influence.MEDIUM)
    reports_to = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("Reports to"),
    )
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["created_at"]
        indexes: ClassVar = [
            *record_indexes("opportunity_contact"),
            models.Index(fields=["organization", "opportunity"], name="opportunity_contact_of", condition=LIVE),
            models.Index(fields=["organization", "contact"], name="opportunity_contact_who", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name
