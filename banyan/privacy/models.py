"""Purposes of processing, consents, requests of persons, certificates of erasure, retention rules and the register."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.encryption.columns import SealedTextField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.privacy.choices import (
    Channel,
    ConsentState,
    ErasureState,
    IdleSince,
    LegalBasis,
    Reach,
    RequestKind,
    RequestState,
    RetentionAction,
)

LIVE = models.Q(deleted_at__isnull=True)
MOST_MONTHS, MOST_A_NIGHT = 600, 10_000


class Purpose(Record):
    """What personal data is used for: why that is lawful, and the notice that people are given.

    ``code`` is how programs name it; ``needs_separate`` asks for a consent of its own, not bundled with others (单独同意).
    """

    name = models.CharField(_("Purpose"), max_length=120)
    code = models.CharField(pgettext_lazy("purpose", "Code"), max_length=40)
    basis = models.CharField(_("Legal basis"), max_length=12, choices=LegalBasis.choices, default=LegalBasis.CONSENT)
    needs_separate = models.BooleanField(_("Needs separate consent"), default=False)
    notice_version = models.CharField(_("Version of the notice"), max_length=40, blank=True)
    notice = models.TextField(_("Notice"), blank=True)
    is_active = models.BooleanField(_("In use"), default=True)
    position = models.PositiveIntegerField(_("Position"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        indexes: ClassVar = [*record_indexes("purpose")]

    def __str__(self) -> str:
        return self.name


class Consent(Record):
    """That a person agreed to be contacted, or to something else, for a purpose and by a way; or no longer does.

    It is about a contact, or about a customer who is a person. ``notice_version`` and ``basis`` are those of then.
    """

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+", verbose_name=_("Purpose"))
    channel = models.CharField(
        pgettext_lazy("consent", "Way"), max_length=10, choices=Channel.choices, default=Channel.ANY
    )
    state = models.CharField(
        pgettext_lazy("consent", "State"), max_length=10, choices=ConsentState.choices, default=ConsentState.GIVEN
    )
    is_separate = models.BooleanField(_("Separate consent"), default=False)
    given_at = models.DateTimeField(_("Given at"), default=now)
    withdrawn_at = models.DateTimeField(_("Withdrawn at"), null=True, blank=True)
    basis = models.CharField(_("Legal basis"), max_length=12, choices=LegalBasis.choices, blank=True)
    notice_version = models.CharField(_("Version of the notice"), max_length=40, blank=True)
    evidence = models.TextField(_("Evidence"), blank=True)

    class Meta:
        ordering: ClassVar = ["-given_at"]
        indexes: ClassVar = [
            *record_indexes("consent"),
            models.Index(fields=["organization", "contact"], name="consent_contact"),
            models.Index(fields=["organization", "customer"], name="consent_customer"),
            models.Index(fields=["organization", "purpose"], name="consent_purpose"),
        ]

    def __str__(self) -> str:
        return self.number


class PersonRequest(Record):
    """What a person asked for about their own data, by when it has to be answered, and what became of it."""

    kind = models.CharField(pgettext_lazy("request", "Kind"), max_length=10, choices=RequestKind.choices)
    state = models.CharField(
        pgettext_lazy("request", "State"), max_length=10, choices=RequestState.choices, default=RequestState.NEW
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )
    requester = models.CharField(_("Who asks"), max_length=200)
    details = models.TextField(_("What was asked"), blank=True)
    received_on = models.DateField(_("Received on"), null=True, blank=True)
    due_on = models.DateField(_("Answer by"), null=True, blank=True)
    identity_note = models.TextField(_("How the identity was checked"), blank=True)
    answer = models.TextField(_("Answer to the person"), blank=True)
    closed_at = models.DateTimeField(_("Closed at"), null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["due_on"]
        indexes: ClassVar = [
            *record_indexes("person_request"),
            models.Index(fields=["organization", "due_on", "id"], name="person_request_due", condition=LIVE),
            models.Index(fields=["organization", "contact"], name="person_request_contact"),
            models.Index(fields=["organization", "customer"], name="person_request_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class Erasure(OrganizationOwned):
    """The certificate that a person was made anonymous: who asked, when, what was done. It holds no erased value.

    ``counts`` maps tables to what was done there; ``kept`` says what stays, why and until when. On ``review_on`` the
    first of these reasons ends.
    """

    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    pseudonym = models.CharField(max_length=60)
    request = models.ForeignKey(PersonRequest, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    reach = models.CharField(max_length=12, choices=Reach.choices, default=Reach.LINKED)
    clears_texts = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=ErasureState.choices, default=ErasureState.RUNNING)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    kept: models.JSONField[Any, Any] = models.JSONField(default=list)
    review_on = models.DateField(null=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-at"], name="erasure_latest"),
            models.Index(fields=["organization", "record_id"], name="erasure_record"),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class Inquiry(OrganizationOwned):
    """That somebody looks for everything about a person, who is a record or known by a phone, an address or a name.

    ``found`` keeps ids by table, no values; it is forgotten after some hours.
    """

    object_name = models.CharField(max_length=40, blank=True)
    record_id = models.UUIDField(null=True)
    typed = SealedTextField(blank=True)
    found: models.JSONField[Any, Any] = models.JSONField(default=dict)
    actor = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "record_id", "-at"], name="inquiry_record")]

    def __str__(self) -> str:
        return str(self.pk)


class RetentionRule(OrganizationOwned):
    """How long records of an object are kept that fit a condition; off until somebody has seen what it would do."""

    object_name = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    condition: models.JSONField[Any, Any] = models.JSONField(default=dict)
    idle_since = models.CharField(max_length=20, choices=IdleSince.choices, default=IdleSince.UPDATED)
    months = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)])
    action = models.CharField(max_length=10, choices=RetentionAction.choices, default=RetentionAction.ANONYMISE)
    is_active = models.BooleanField(default=False)
    most_a_night = models.PositiveIntegerField(
        default=100, validators=[MinValueValidator(1), MaxValueValidator(MOST_A_NIGHT)]
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["object_name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "name"], name="retention_rule_name")]

    def __str__(self) -> str:
        return self.name


class RetentionRun(OrganizationOwned):
    """What one night brought for one rule; which records is in the audit log."""

    rule = models.ForeignKey(RetentionRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    due = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "rule", "-at"], name="retention_run_rule")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.done}"


class ProcessingNote(OrganizationOwned):
    """What people write into the register of processing about one object; the rest of it the product knows."""

    object_name = models.CharField(max_length=40)
    purposes = models.TextField(blank=True)
    recipients = models.TextField(blank=True)
    abroad = models.TextField(blank=True)
    remarks = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["object_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name"], name="processing_note_object"),
        ]

    def __str__(self) -> str:
        return self.object_name
