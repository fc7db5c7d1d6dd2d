"""Contracts with their terms, instalments and amendments, and the library of clauses."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.contracts.choices import AmendmentStatus, ContractStatus, ContractType, InstalmentEvent, Renewal
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.sales.public import Opportunity

LIVE = models.Q(deleted_at__isnull=True)


class Contract(Record):
    """What was agreed with a customer, for how much and until when; once signed, only amendments change it.

    ``revision`` counts the amendments in force. ``reminded_on`` is the day on which the owner was told of the end.
    """

    name = models.CharField(_("Contract"), max_length=200, blank=True)
    kind = models.CharField(_("Type"), max_length=10, choices=ContractType.choices, default=ContractType.SALES)
    status = models.CharField(
        _("Status"), max_length=12, choices=ContractStatus.choices, default=ContractStatus.DRAFT, editable=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Customer"))
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Opportunity")
    )
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True)
    starts_on = models.DateField(_("Starts on"), null=True, blank=True)
    ends_on = models.DateField(_("Ends on"), null=True, blank=True)
    signed_on = models.DateField(_("Signed on"), null=True, blank=True)
    our_signer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("Signed by us"),
    )  # fmt: skip
    customer_signer = models.CharField(_("Signed by the customer"), max_length=120, blank=True)
    renewal = models.CharField(_("At the end"), max_length=10, choices=Renewal.choices, default=Renewal.NONE)
    notice_days = models.PositiveIntegerField(_("Days of notice"), default=30)
    renewal_months = models.PositiveIntegerField(_("Renewed for months"), default=12)
    renewed_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("Renewal of"),
    )  # fmt: skip
    ended_on = models.DateField(_("Ended on"), null=True, blank=True, editable=False)
    end_reason = models.CharField(_("Reason of the end"), max_length=500, blank=True, editable=False)
    revision = models.PositiveIntegerField(_("Amendments"), default=0, editable=False)
    reminded_on = models.DateField(null=True, blank=True, editable=False)
    notes = models.TextField(_("Notes"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            *record_indexes("contract"),
            models.Index(fields=["organization", "customer"], name="contract_customer"),
            models.Index(fields=["organization", "opportunity"], name="contract_opportunity"),
            models.Index(fields=["organization", "status", "ends_on"], name="contract_end", condition=LIVE),
            models.Index(fields=["organization", "renewed_from"], name="contract_renewed"),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class ContractAmendment(Record):
    """What a signed contract says otherwise from a day on: old and new values, with approval and paper of its own.

    ``plan`` and ``terms`` are the whole lists as they shall be, None where they stay. ``changes`` is what changed
    when the amendment came into force: ``{name, old, new}`` each.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+", verbose_name=_("Contract"))
    name = models.CharField(_("Amendment"), max_length=200, blank=True)
    status = models.CharField(
        _("Status"), max_length=12, choices=AmendmentStatus.choices, default=AmendmentStatus.DRAFT, editable=False
    )
    reason = models.CharField(_("Reason"), max_length=500)
    wording = models.TextField(_("What is agreed"), blank=True)
    new_amount = models.DecimalField(_("New amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    new_starts_on = models.DateField(_("New start"), null=True, blank=True)
    new_ends_on = models.DateField(_("New end"), null=True, blank=True)
    currency = models.CharField(_("Currency"), max_length=3, blank=True, editable=False)
    old_amount = models.DecimalField(
        _("Amount before"), max_digits=18, decimal_places=2, null=True, blank=True, editable=False
    )
    old_starts_on = models.DateField(_("Start before"), null=True, blank=True, editable=False)
    old_ends_on = models.DateField(_("End before"), null=True, blank=True, editable=False)
    signed_on = models.DateField(_("Signed on"), null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(_("Revision"), default=0, editable=False)
    plan: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True, editable=False)
    terms: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True, editable=False)
    changes: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            *record_indexes("contract_amendment"),
            models.Index(fields=["organization", "contract"], name="contract_amendment_of"),
        ]

    def __str__(self) -> str:
        return self.name or self.number


class ContractInstalment(OrganizationOwned):
    """One payment of a contract: a share of its amount or a fixed sum, due on a day or days after an event."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(_("Instalment"), max_length=100)
    share = models.DecimalField(_("Share in %"), max_digits=7, decimal_places=4, null=True, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    due_on = models.DateField(_("Due on"), null=True, blank=True)
    event = models.CharField(_("Due after"), max_length=12, choices=InstalmentEvent.choices, blank=True)
    days = models.PositiveIntegerField(_("Days after"), default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [models.Index(fields=["organization", "contract", "position"], name="contract_instalment")]

    def __str__(self) -> str:
        return self.name


class Clause(OrganizationOwned):
    """A text of the library that contracts take over; changing it makes a new version."""

    name = models.CharField(_("Clause"), max_length=120)
    category = models.CharField(_("Category"), max_length=60, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("In use"), default=True)
    is_standard = models.BooleanField(_("In every new contract"), default=False)
    latest = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["category", "position", "name"]
        indexes: ClassVar = [models.Index(fields=["organization", "category", "position"], name="clause_order")]

    def __str__(self) -> str:
        return self.name


class ClauseVersion(OrganizationOwned):
    """The text of a clause from a day on; what contracts took over stays as it was."""

    clause = models.ForeignKey(Clause, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(default=1)
    text = models.TextField(pgettext_lazy("clause", "Text"))
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "clause", "number"], name="clause_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.clause_id} {self.number}"


class ContractTerm(OrganizationOwned):
    """A clause as one contract has it: the text of a version of the library, or one of its own."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveIntegerField(default=0)
    title = models.CharField(_("Heading"), max_length=120)
    text = models.TextField(pgettext_lazy("clause", "Text"))
    clause = models.ForeignKey(
        Clause, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    clause_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        indexes: ClassVar = [models.Index(fields=["organization", "contract", "position"], name="contract_term")]

    def __str__(self) -> str:
        return self.title
