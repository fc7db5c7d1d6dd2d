"""Customers, the people there, how they relate, and what was talked about."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.access.models import Territory
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.columns import SealableCharField, SealableEmailField
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import Organization, OrganizationOwned
from banyan.customers.choices import (
    ActivityType,
    ContactAccess,
    ContactRoleKind,
    CustomerLevel,
    CustomerStatus,
    CustomerType,
    DocumentLanguage,
    MovementKind,
    PreferredChannel,
    RelationshipKind,
)
from banyan.customers.rules import LONGEST_KEY

LIVE = models.Q(deleted_at__isnull=True)
MOST_DAYS, MOST_CUSTOMERS = 3_650, 1_000_000


class Customer(Record):
    """A company or person that buys, bought or may buy.

    It has an owner or lies in a public ``pool``; until ``protected_until`` no rule releases it. ``sort_name`` orders Latin and Chinese names by their letters, ``match_keys`` hold the normal
    forms by which duplicates are found; both are derived.
    """

    name = models.CharField(_("Customer name"), max_length=200)
    type = models.CharField(_("Type"), max_length=10, choices=CustomerType.choices, default=CustomerType.COMPANY)
    status = models.CharField(
        _("Status"), max_length=10, choices=CustomerStatus.choices, default=CustomerStatus.PROSPECT
    )
    level = models.CharField(_("Level"), max_length=1, choices=CustomerLevel.choices, blank=True)
    phone = SealableCharField(_("Phone"), max_length=40, blank=True)
    email = SealableEmailField(_("E-mail"), max_length=254, blank=True)
    further_contacts: models.JSONField[Any, Any] = models.JSONField(
        _("Further phones and e-mails"), default=list, blank=True
    )
    website = models.URLField(_("Website"), max_length=500, blank=True)
    address: models.JSONField[Any, Any] = models.JSONField(_("Address"), default=dict, blank=True)
    source = models.CharField(_("Source"), max_length=100, blank=True)
    industry = models.CharField(_("Industry"), max_length=100, blank=True)
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Territory"),
        db_index=False,
    )  # fmt: skip
    tax_number = SealableCharField(_("Tax number"), max_length=30, blank=True)
    employees = models.PositiveIntegerField(_("Employees"), null=True, blank=True)
    annual_revenue = models.DecimalField(_("Annual revenue"), max_digits=18, decimal_places=2, null=True, blank=True)
    founded_year = models.PositiveIntegerField(_("Founded in"), null=True, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Parent company")
    )
    preferred_channel = models.CharField(
        _("Preferred channel"), max_length=10, choices=PreferredChannel.choices, blank=True
    )
    preferred_time = models.CharField(_("Best time to reach"), max_length=100, blank=True)
    language = models.CharField(_("Language of documents"), max_length=10, choices=DocumentLanguage.choices, blank=True)
    preferences = models.TextField(_("Preferences"), blank=True)
    needs = models.TextField(_("Project needs"), blank=True)
    notes = models.TextField(_("Notes"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )
    next_follow_up_on = models.DateField(_("Next follow-up"), null=True, blank=True)
    last_activity_at = models.DateTimeField(_("Last follow-up"), null=True, editable=False)
    pool = models.ForeignKey(
        "customers.Pool",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("Public pool"),
    )
    pooled_at = models.DateTimeField(_("In the pool since"), null=True, editable=False)
    owned_since = models.DateTimeField(_("With this owner since"), null=True, editable=False)
    protected_until = models.DateTimeField(_("Protected until"), null=True, editable=False)
    sort_name = models.CharField(max_length=600, editable=False, default="")
    match_keys: ArrayField[list[str], list[str]] = ArrayField(models.TextField(), default=list, editable=False)

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        indexes: ClassVar = [
            *record_indexes("customer"),
            models.Index(fields=["organization", "sort_name", "id"], name="customer_sort_name", condition=LIVE),
            models.Index(fields=["organization", "next_follow_up_on", "id"], name="customer_next", condition=LIVE),
            models.Index(fields=["organization", "parent"], name="customer_parent"),
            models.Index(
                fields=["organization", "territory"],
                name="customer_territory",
                condition=LIVE & models.Q(territory__isnull=False),
            ),
            models.Index(
                fields=["organization", "pool", "-pooled_at", "-id"],
                name="customer_pool",
                condition=LIVE & models.Q(pool__isnull=False),
            ),
            GinIndex(fields=["organization", "tags"], name="customer_tags"),
        ]

    def __str__(self) -> str:
        return self.name


class Pool(Record):
    """A public pool (公海): customers without owner that its members may claim, and the rules by which they come back.

    ``departments`` (with all below them) say who its members are and whose customers it takes; none means
    everybody for whom no other pool is meant. Days and limits of 0 mean that there is no such rule.
    """

    name = models.CharField(_("Public pool"), max_length=80)
    position = models.PositiveIntegerField(_("Position"), default=0)
    is_active = models.BooleanField(_("In use"), default=True)
    departments: ArrayField[Any, Any] = ArrayField(
        models.UUIDField(), verbose_name=_("Departments"), default=list, blank=True
    )
    administrators: ArrayField[Any, Any] = ArrayField(
        models.UUIDField(), verbose_name=_("Pool administrators"), default=list, blank=True
    )
    contact_access = models.CharField(
        _("Phone and e-mail before claiming"), max_length=6, choices=ContactAccess.choices, default=ContactAccess.MASKED
    )
    follow_up_days = models.PositiveIntegerField(
        _("Release after days without follow-up"), default=0, validators=[MaxValueValidator(MOST_DAYS)]
    )
    deal_days = models.PositiveIntegerField(
        _("Release after days without a deal"), default=0, validators=[MaxValueValidator(MOST_DAYS)]
    )
    releases_leavers = models.BooleanField(_("Release customers of people who left"), default=False)
    notice_days = models.PositiveIntegerField(
        _("Tell the owner days ahead"), default=3, validators=[MaxValueValidator(MOST_DAYS)]
    )
    protection_days = models.PositiveIntegerField(
        _("Days of protection after claiming"), default=7, validators=[MaxValueValidator(MOST_DAYS)]
    )
    cooldown_days = models.PositiveIntegerField(
        _("Days before the former owner may claim again"), default=15, validators=[MaxValueValidator(MOST_DAYS)]
    )
    hold_limit = models.PositiveIntegerField(
        _("Most customers one may hold"), default=0, validators=[MaxValueValidator(MOST_CUSTOMERS)]
    )
    claim_limit = models.PositiveIntegerField(
        _("Most customers one may claim a day"), default=0, validators=[MaxValueValidator(MOST_CUSTOMERS)]
    )
    spares_open_deals = models.BooleanField(_("Keep customers with open opportunities"), default=True)
    spared_levels: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=1, choices=CustomerLevel.choices),
        verbose_name=_("Keep customers of these levels"),
        default=list,
        blank=True,
    )
    spared_tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Keep customers with these tags"), default=list, blank=True
    )

    class Meta:
        ordering: ClassVar = ["position", "name"]
        indexes: ClassVar = [*record_indexes("pool")]

    def __str__(self) -> str:
        return self.name


class PoolMovement(OrganizationOwned):
    """A customer's way into a pool, out of it, or from one pool to another; ``batch_id`` joins those of one piece of work."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    from_pool = models.ForeignKey(Pool, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    to_pool = models.ForeignKey(Pool, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    from_owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    to_owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField(default=now)
    batch_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "customer", "-at"], name="movement_customer"),
            models.Index(fields=["organization", "to_pool", "-at"], name="movement_to"),
            models.Index(fields=["organization", "from_pool", "-at"], name="movement_from"),
            models.Index(fields=["organization", "actor", "-at"], name="movement_actor"),
            models.Index(fields=["organization", "batch_id"], name="movement_batch"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Contact(Record):
    """A person at a customer; further companies of the same person are contact roles."""

    name = models.CharField(pgettext_lazy("person", "Name"), max_length=120)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )
    job_title = models.CharField(_("Job title"), max_length=120, blank=True)
    role = models.CharField(_("Role"), max_length=20, choices=ContactRoleKind.choices, blank=True)
    mobile = SealableCharField(_("Mobile"), max_length=40, blank=True)
    phone = SealableCharField(_("Phone"), max_length=40, blank=True)
    email = SealableEmailField(_("E-mail"), max_length=254, blank=True)
    wechat = SealableCharField(_("WeChat"), max_length=60, blank=True)
    further_contacts: models.JSONField[Any, Any] = models.JSONField(
        _("Further phones and e-mails"), default=list, blank=True
    )
    birthday = models.DateField(_("Birthday"), null=True, blank=True)
    address: models.JSONField[Any, Any] = models.JSONField(_("Address"), default=dict, blank=True)
    do_not_contact = models.BooleanField(_("Do not contact"), default=False)
    notes = models.TextField(_("Notes"), blank=True)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )
    sort_name = models.CharField(max_length=400, editable=False, default="")
    match_keys: ArrayField[list[str], list[str]] = ArrayField(models.TextField(), default=list, editable=False)

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        indexes: ClassVar = [
            *record_indexes("contact"),
            models.Index(fields=["organization", "sort_name", "id"], name="contact_sort_name", condition=LIVE),
            models.Index(fields=["organization", "customer", "-updated_at"], name="contact_customer"),
            GinIndex(fields=["organization", "tags"], name="contact_tags"),
        ]

    def __str__(self) -> str:
        return self.name


class MatchKey(models.Model):
    """Base of match keys, one in each row, for exact look-ups by the thousand while an import writes.

    An index over the records' arrays would do, were the planner not tempted to read all records of an
    organization that it has no statistics of yet. The rows follow their record: ``reactions.keep_match_keys``.
    They are made from its row, whose organization has been checked, so nothing is checked for them again.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    key = models.CharField(max_length=LONGEST_KEY)

    class Meta:
        abstract = True
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.key


class CustomerKey(MatchKey):
    """A match key of a customer."""

    pk = models.CompositePrimaryKey("organization_id", "key", "customer_id")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False)


class ContactKey(MatchKey):
    """A match key of a contact."""

    pk = models.CompositePrimaryKey("organization_id", "key", "contact_id")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_constraint=False)


class ContactRole(Record):
    """What a person is at a further customer, with the job title held there."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", verbose_name=_("Contact"))
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Customer"))
    role = models.CharField(_("Role"), max_length=20, choices=ContactRoleKind.choices, default=ContactRoleKind.OTHER)
    job_title = models.CharField(_("Job title"), max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        indexes: ClassVar = [
            *record_indexes("contact_role"),
            models.Index(fields=["organization", "contact"], name="contact_role_contact"),
            models.Index(fields=["organization", "customer"], name="contact_role_customer"),
        ]

    def __str__(self) -> str:
        return self.job_title or self.get_role_display()


class Relationship(Record):
    """How one customer relates to another, read from left to right."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Customer"))
    kind = models.CharField(_("Relationship"), max_length=20, choices=RelationshipKind.choices)
    related_customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", verbose_name=_("Related customer")
    )
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        indexes: ClassVar = [
            *record_indexes("relationship"),
            models.Index(fields=["organization", "customer"], name="relationship_customer"),
            models.Index(fields=["organization", "related_customer"], name="relationship_related"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Activity(Record):
    """A follow-up: what was talked about, and what comes next and when."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    about = models.CharField(_("About"), max_length=90, blank=True)
    type = models.CharField(
        pgettext_lazy("follow-up", "Type"), max_length=10, choices=ActivityType.choices, default=ActivityType.CALL
    )
    text = models.TextField(_("What was said"))
    happened_at = models.DateTimeField(pgettext_lazy("follow-up", "When"), default=now)
    next_step = models.CharField(_("Next step"), max_length=255, blank=True)
    next_on = models.DateField(_("Next follow-up"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-happened_at"]
        indexes: ClassVar = [
            *record_indexes("activity"),
            models.Index(
                fields=["organization", "customer", "-happened_at", "-id"], name="activity_customer", condition=LIVE
            ),
            models.Index(fields=["organization", "-happened_at", "-id"], name="activity_happened", condition=LIVE),
            models.Index(fields=["organization", "contact"], name="activity_contact"),
            models.Index(fields=["organization", "about"], name="activity_about", condition=~models.Q(about="")),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class DistinctPair(OrganizationOwned):
    """Two records that look alike and that somebody has declared to be different; the smaller id comes first."""

    object_name = models.CharField(max_length=40)
    first_id = models.UUIDField()
    second_id = models.UUIDField()
    declared_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    declared_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-declared_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "first_id", "second_id"], name="distinct_pair_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "second_id"], name="distinct_pair_second")]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"
