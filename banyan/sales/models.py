"""Pipelines, their stages, and opportunities on their way through them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.customers.public import Contact, Customer
from banyan.sales.choices import Outcome

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

    class Meta:
        ordering: ClassVar = ["position", "name"]
        indexes: ClassVar = [
            *record_indexes("stage"),
            models.Index(fields=["organization", "pipeline", "position"], name="stage_pipeline"),
        ]

    def __str__(self) -> str:
        return self.name


class Opportunity(Record):
    """A chance to sell: what, to whom, for how much, until when, and how far it has come.

    ``outcome`` and ``closed_on`` follow from the stage; ``stage_since`` tells how long it has been there.
    ``furthest_stage`` is the last open stage that it ever reached: won means all of them, and a lost one keeps
    the stage it was lost from. It is empty where nobody knows, as with what was imported as lost.
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
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
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
                include=["currency", "amount"],
                name="opportunity_closed",
                condition=LIVE,
            ),
            models.Index(fields=["organization", "amount", "id"], name="opportunity_amount", condition=LIVE),
            models.Index(
                fields=["organization", "expected_close_on"],
                name="opportunity_expected",
                condition=models.Q(outcome=Outcome.OPEN, deleted_at__isnull=True),
            ),
            GinIndex(fields=["organization", "tags"], name="opportunity_tags"),
        ]

    def __str__(self) -> str:
        return self.name


class Target(Record):
    """What one person, or with no ``person`` everybody together, wants to win in the month of the day ``month``.

    Several of the same month and person add up.
    """

    name = models.CharField(_("Target"), max_length=120, blank=True, editable=False)
    person = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=pgettext_lazy("colleague", "Person"),
        help_text=_("Empty for the target of the whole team."),
    )
    month = models.DateField(pgettext_lazy("target", "Month"), help_text=_("Any day of the month."))
    amount = models.DecimalField(_("Amount to win"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)

    class Meta:
        ordering: ClassVar = ["-month"]
        indexes: ClassVar = [
            *record_indexes("target"),
            models.Index(fields=["organization", "month"], name="target_month"),
        ]

    def __str__(self) -> str:
        return self.name
