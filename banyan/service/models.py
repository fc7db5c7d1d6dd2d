"""Tickets with what was said about them, articles of the knowledge base, and texts to answer with."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.contracts.public import Contract
from banyan.core.encryption.columns import SealedTextField
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.objects.columns import SealableCharField, SealableEmailField
from banyan.core.objects.models import Record, record_indexes
from banyan.core.tenancy.models import OrganizationOwned
from banyan.customers.public import Contact, Customer
from banyan.products.public import Product
from banyan.service.choices import (
    RUNNING,
    UNSOLVED,
    ArticleState,
    Audience,
    MailState,
    MessageKind,
    Priority,
    TicketChannel,
    TicketState,
)

LIVE = models.Q(deleted_at__isnull=True)
STILL = models.Q(state__in=[state.value for state in UNSOLVED])
BEST_SCORE = 5


class Ticket(Record):
    """Something a customer wants solved, with the times that were promised for it.

    The clock stands still while it is not new or open: ``stopped_at`` is since when, ``paused_seconds`` the service
    time that was waited before. ``due_at`` is what is promised next: the first reply, then the solution; ``warn_at``
    is when most of that time has passed. ``warned_at`` and ``told_at`` are when people were told of either.
    """

    name = models.CharField(pgettext_lazy("ticket", "Subject"), max_length=200)
    description = models.TextField(pgettext_lazy("ticket", "Description"), blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Contact")
    )
    requester = models.CharField(pgettext_lazy("ticket", "Asked by"), max_length=120, blank=True)
    email = SealableEmailField(_("E-mail"), max_length=254, blank=True)
    phone = SealableCharField(_("Phone"), max_length=40, blank=True)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("Product"),
    )  # fmt: skip
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("Contract"),
    )  # fmt: skip
    kind = models.CharField(pgettext_lazy("ticket", "Kind"), max_length=100, blank=True)
    priority = models.CharField(_("Priority"), max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    channel = models.CharField(
        pgettext_lazy("ticket", "Came in by"), max_length=8, choices=TicketChannel.choices, default=TicketChannel.PHONE
    )
    state = models.CharField(
        pgettext_lazy("ticket", "State"), max_length=8, choices=TicketState.choices, default=TicketState.NEW
    )
    team = models.CharField(pgettext_lazy("ticket", "Service team"), max_length=100, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=pgettext_lazy("ticket", "Part of"),
    )  # fmt: skip
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )
    received_at = models.DateTimeField(pgettext_lazy("ticket", "Came in at"), null=True, blank=True)
    due_at = models.DateTimeField(pgettext_lazy("ticket", "Due"), null=True, editable=False)
    reply_by = models.DateTimeField(_("First reply by"), null=True, editable=False)
    first_replied_at = models.DateTimeField(_("First reply at"), null=True, editable=False)
    reply_breached = models.BooleanField(_("First reply too late"), default=False, editable=False)
    solve_by = models.DateTimeField(_("Solution by"), null=True, editable=False)
    solved_at = models.DateTimeField(_("Solved at"), null=True, editable=False)
    solve_breached = models.BooleanField(_("Solution too late"), default=False, editable=False)
    reopened = models.PositiveIntegerField(_("Times reopened"), default=0, editable=False)
    score = models.PositiveSmallIntegerField(
        _("Satisfaction"), null=True, editable=False,
        validators=[MinValueValidator(1), MaxValueValidator(BEST_SCORE)],
    )  # fmt: skip
    remark = models.CharField(_("What the customer said"), max_length=1_000, blank=True, editable=False)
    rated_at = models.DateTimeField(_("Rated at"), null=True, editable=False)
    stopped_at = models.DateTimeField(null=True, editable=False)
    paused_seconds = models.PositiveIntegerField(default=0, editable=False)
    warn_at = models.DateTimeField(null=True, editable=False)
    warned_at = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            *record_indexes("ticket"),
            models.Index(fields=["organization", "customer", "-received_at"], name="ticket_customer"),
            models.Index(fields=["organization", "contact"], name="ticket_contact"),
            models.Index(fields=["organization", "state", "due_at"], name="ticket_due", condition=LIVE & STILL),
            models.Index(
                fields=["organization", "parent"], name="ticket_parent", condition=models.Q(parent__isnull=False)
            ),
            GinIndex(fields=["organization", "tags"], name="ticket_tags"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Say whether its clock runs."""
        return self.state in RUNNING


class TicketMessage(OrganizationOwned):
    """Something said about a ticket: to the customer, by the customer, or among colleagues."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=MessageKind.choices)
    channel = models.CharField(max_length=8, choices=TicketChannel.choices, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    at = models.DateTimeField(default=now)
    mailed_to = models.EmailField(blank=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["at"]
        indexes: ClassVar = [models.Index(fields=["organization", "ticket", "at"], name="ticket_message_ticket")]

    def __str__(self) -> str:
        return self.text[:80]


class Article(Record):
    """What is known already: an answer that serves again, for colleagues or for customers as well."""

    name = models.CharField(pgettext_lazy("article", "Title"), max_length=200)
    text = models.TextField(pgettext_lazy("article", "Text"))
    state = models.CharField(
        pgettext_lazy("article", "State"), max_length=10, choices=ArticleState.choices, default=ArticleState.DRAFT
    )
    audience = models.CharField(_("For whom"), max_length=10, choices=Audience.choices, default=Audience.INTERNAL)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("Product"),
    )  # fmt: skip
    review_on = models.DateField(_("Review on"), null=True, blank=True)
    used = models.PositiveIntegerField(pgettext_lazy("article", "Used in replies"), default=0, editable=False)
    tags: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=60), verbose_name=_("Tags"), default=list, blank=True
    )

    class Meta:
        ordering: ClassVar = ["-updated_at"]
        indexes: ClassVar = [
            *record_indexes("article"),
            models.Index(fields=["organization", "review_on"], name="article_review", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name


class CannedAnswer(OrganizationOwned):
    """A text to answer with; ``{customer}``, ``{contact}`` and others are filled in for the ticket."""

    name = models.CharField(max_length=80)
    text = models.TextField()
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        indexes: ClassVar = [models.Index(fields=["organization", "position"], name="canned_answer_position")]

    def __str__(self) -> str:
        return self.name


class Mailbox(OrganizationOwned):
    """A mailbox whose mails become tickets, and what new ones are given; ``uid`` is the last mail that was looked at."""

    address = models.EmailField(_("Address"), max_length=254)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    account = models.CharField(max_length=254)
    secret = SealedTextField(max_length=500)
    folder = models.CharField(max_length=200, default="INBOX")
    authority = models.TextField(blank=True)
    is_on = models.BooleanField(default=True)
    team = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=100, blank=True)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    confirms = models.BooleanField(default=True)
    confirmation = models.TextField(blank=True)
    since = models.DateField()
    validity = models.BigIntegerField(default=0)
    uid = models.BigIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["address"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "address"], name="mailbox_address_unique")
        ]

    def __str__(self) -> str:
        return self.address


class IncomingMail(OrganizationOwned):
    """A mail that was looked at, and what became of it; each mail of a mailbox exactly once."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    key = models.CharField(max_length=64)
    message_id = models.CharField(max_length=255, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=MailState.choices)
    reason = models.CharField(max_length=300, blank=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "mailbox", "validity", "uid"], name="incoming_mail_uid_unique"
            ),
            models.UniqueConstraint(fields=["organization", "mailbox", "key"], name="incoming_mail_key_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "message_id"], name="incoming_mail_message"),
            models.Index(fields=["organization", "sender", "-at"], name="incoming_mail_sender"),
            models.Index(fields=["organization", "ticket"], name="incoming_mail_ticket"),
            models.Index(fields=["organization", "-at"], name="incoming_mail_at"),
        ]

    def __str__(self) -> str:
        return self.subject
