"""Quotes with their lines, what customers said to them, what became of them, and sets of lines to begin with."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.encryption.columns import SealedJSONField
from banyan.core.files.models import File
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.kernel.languages import LANGUAGES
from banyan.core.objects.models import record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.products.public import DocumentAmounts, DocumentLine
from banyan.quotes.choices import DecisionKind, QuoteStatus
from banyan.sales.public import Opportunity

LIVE = models.Q(deleted_at__isnull=True)


class Quote(DocumentAmounts):
    """What is offered to a customer, for how much, and until when.

    A quote that was sent is not changed: revising makes the next ``revision``, whose ``previous`` it becomes. ``reference``
    is what customers know it by: the number of the first revision and which one it is.
    """

    name = models.CharField(_("Quote"), max_length=200, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Customer"))
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Opportunity")
    )
    status = models.CharField(
        _("Status"), max_length=10, choices=QuoteStatus.choices, default=QuoteStatus.DRAFT, editable=False
    )
    quoted_on = models.DateField(_("Quote date"), null=True, blank=True)
    valid_until = models.DateField(_("Valid until"), null=True, blank=True)
    language = models.CharField(_("Language of the document"), max_length=10, choices=LANGUAGES, blank=True)
    intro = models.TextField(_("Introduction"), blank=True)
    terms = models.TextField(_("Terms"), blank=True)
    notes = models.TextField(_("Internal notes"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )
    reference = models.CharField(_("Version of"), max_length=60, blank=True, editable=False)
    revision = models.PositiveIntegerField(_("Revision"), default=1, editable=False)
    previous = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("Previous version"),
    )
    sent_at = models.DateTimeField(_("Sent on"), null=True, editable=False)
    decided_at = models.DateTimeField(_("Answered on"), null=True, editable=False)
    decline_reason = models.CharField(_("Reason for declining"), max_length=400, blank=True, editable=False)
    reminded_on = models.DateField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-quoted_on"]
        indexes: ClassVar = [
            *record_indexes("quote"),
            models.Index(fields=["organization", "customer", "-quoted_on"], name="quote_customer"),
            models.Index(fields=["organization", "-quoted_on", "-id"], name="quote_quoted", condition=LIVE),
            models.Index(fields=["organization", "opportunity"], name="quote_opportunity"),
            models.Index(fields=["organization", "reference"], name="quote_reference"),
            models.Index(
                fields=["organization", "valid_until"],
                name="quote_valid",
                condition=models.Q(status=QuoteStatus.SENT, deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.number

    @property
    def known_as(self) -> str:
        """Return what customers know the quote by."""
        return self.reference or self.number


class QuoteLine(DocumentLine):
    """One line of a quote; ``counts`` says whether it is part of what is offered.

    An ``is_optional`` line may be taken or left by the customer; of lines with the same ``alternative`` one is chosen.
    """

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+", verbose_name=_("Quote"))
    description = models.TextField(_("Details"), blank=True)
    is_optional = models.BooleanField(_("Optional"), default=False)
    alternative = models.CharField(_("Alternative group"), max_length=20, blank=True)
    counts = models.BooleanField(_("Part of the offer"), default=True)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [
            *record_indexes("quote_line"),
            models.Index(fields=["organization", "quote", "position"], name="quote_line_quote"),
            models.Index(fields=["organization", "product"], name="quote_line_product"),
        ]


class QuoteDecision(OrganizationOwned):
    """What a customer said to a quote, kept as evidence.

    ``content`` is what was accepted, word by word, and ``content_hash`` its SHA-256. A decision that somebody of the
    organization wrote down for the customer has ``entered_by``.
    """

    quote = models.OneToOneField(Quote, on_delete=models.CASCADE, related_name="decision")
    kind = models.CharField(max_length=10, choices=DecisionKind.choices)
    signer = models.CharField(max_length=120)
    signature = models.ForeignKey(File, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField(default=now)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    link_id = models.UUIDField(null=True)
    content: SealedJSONField = SealedJSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.signer}"


class QuoteOutcome(OrganizationOwned):
    """A record that an accepted quote became: each kind once."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="outcomes", db_index=False)
    kind = models.CharField(max_length=40)
    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "quote", "kind"], name="quote_outcome_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "object_name", "record_id"], name="quote_outcome_record")
        ]

    def __str__(self) -> str:
        return self.kind


class QuoteTemplate(OrganizationOwned):
    """A set of lines and texts that quotes begin with; ``content`` has ``lines``, ``intro``, ``terms``, ``valid_days``."""

    name = models.CharField(_("Template"), max_length=120)
    content: models.JSONField[Any, Any] = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "name"], name="quote_template_name")]

    def __str__(self) -> str:
        return self.name
