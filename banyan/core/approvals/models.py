"""Flows with their versions, and approvals with their steps, the people in them, and what they did."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.approvals.choices import OPEN_STATES, ActKind, ApprovalState, SeatState, StepState
from banyan.core.approvals.definitions import in_language
from banyan.core.encryption.columns import SealedJSONField, SealedTextField
from banyan.core.identity.models import Department, User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Flow(OrganizationOwned):
    """An approval flow of one object.

    ``draft`` is what is being worked on; what holds is the version with the number ``version``, none when zero.
    ``key`` names the flow in documents and in the interface.
    """

    key = models.SlugField(max_length=60)
    object_name = models.CharField(max_length=40)
    names: models.JSONField[Any, Any] = models.JSONField(default=dict)
    is_active = models.BooleanField(_("In force"), default=False)
    draft: models.JSONField[Any, Any] = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["object_name", "position", "created_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "key"], name="approval_flow_key")]

    def __str__(self) -> str:
        return self.key

    @property
    def name(self) -> str:
        """Return what the flow is called in the language of the moment."""
        return in_language(self.names) or self.key


class FlowVersion(OrganizationOwned):
    """A flow as it was put in force once; approvals begun under it go on under it."""

    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition: models.JSONField[Any, Any] = models.JSONField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "flow", "number"], name="approval_flow_version")
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} v{self.number}"


class DepartmentHead(OrganizationOwned):
    """Who leads a department; approvals ask them."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "department"], name="approval_head_department")
        ]

    def __str__(self) -> str:
        return f"{self.department_id}: {self.user_id}"


class Approval(OrganizationOwned):
    """One record on its way through one version of a flow.

    ``snapshot`` keeps the values that are decided about, ``lines`` those of its lines by their object, ``title`` the
    record's name then. ``path`` names the steps
    that are taken, ``stage`` is the place of those that run now, ``round`` counts how often it was submitted.
    ``chosen`` maps steps to the people that the starter chose. ``locked`` are the fields that may not be changed,
    while ``is_locking``; ``*`` means all that people may write.
    """

    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(FlowVersion, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    title = SealedTextField(default="", blank=True)
    snapshot = SealedJSONField(default=dict)
    lines = SealedJSONField(default=dict)
    state = models.CharField(max_length=10, choices=ApprovalState.choices, default=ApprovalState.RUNNING)
    path: models.JSONField[Any, Any] = models.JSONField(default=list)
    chosen: models.JSONField[Any, Any] = models.JSONField(default=dict)
    stage = models.PositiveIntegerField(default=0)
    round = models.PositiveIntegerField(default=1)
    is_locking = models.BooleanField(default=True)
    locked: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=60), default=list)
    reason = SealedTextField(default="", blank=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "record_id", "flow"],
                condition=models.Q(state__in=[state.value for state in OPEN_STATES]),
                name="approval_one_open",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "record_id"], name="approval_record"),
            models.Index(fields=["organization", "started_by", "-started_at"], name="approval_started"),
            models.Index(
                fields=["organization", "object_name"], name="approval_locking", condition=models.Q(is_locking=True)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StepRun(OrganizationOwned):
    """A step of a flow that an approval came to."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="runs")
    key = models.CharField(max_length=60)
    stage = models.PositiveIntegerField(default=0)
    round = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.OPEN)
    started_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "approval"], name="approval_step_of"),
            models.Index(
                fields=["organization", "due_at"], name="approval_step_due", condition=models.Q(state=StepState.OPEN)
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Seat(OrganizationOwned):
    """The part of one person in a step: who decides, in which voice and at which place of it.

    ``decided_by`` is who did so, the deputy of ``user`` perhaps. ``added_by`` put the person there.
    ``taken_from`` had the part before; ``batch_id`` is the hand-over by which it came, so that it can be taken back.
    ``share_id`` is the share by which the person sees the record as long as they have to decide.
    """

    run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    voice = models.PositiveIntegerField()
    place = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=SeatState.choices, default=SeatState.WAITING)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    comment = SealedTextField(default="", blank=True)
    signed_as = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    share_id = models.UUIDField(null=True)
    taken_from = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    batch_id = models.UUIDField(null=True)

    class Meta:
        ordering: ClassVar = ["voice", "place", "id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "run"], name="approval_seat_of"),
            models.Index(fields=["organization", "user", "state"], name="approval_seat_user"),
            models.Index(fields=["organization", "decided_by", "-decided_at"], name="approval_seat_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"


class Act(OrganizationOwned):
    """Something that somebody did with an approval; ``by`` is None for the product itself.

    ``on_behalf_of`` is the person whose deputy acted, ``people`` are names of those whom the act is about.
    """

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="acts")
    kind = models.CharField(max_length=12, choices=ActKind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    step = models.CharField(max_length=60, blank=True)
    round = models.PositiveIntegerField(default=1)
    comment = SealedTextField(default="", blank=True)
    people: models.JSONField[Any, Any] = models.JSONField(default=list)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["organization", "approval"], name="approval_act_of")]

    def __str__(self) -> str:
        return self.kind


class Copy(OrganizationOwned):
    """Somebody who got a copy (抄送) of an approval: they read it, and decide nothing."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="copies")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "approval", "user"], name="approval_copy_once")
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "user", "-at"], name="approval_copy_user")]

    def __str__(self) -> str:
        return f"{self.approval_id}: {self.user_id}"


class MailLink(OrganizationOwned):
    """A link in an e-mail that leads to one decision, until it is used or its time is over; only its hash is kept."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "token_hash"], name="approval_mail_link_token")
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "seat"], name="approval_mail_link_seat")]

    def __str__(self) -> str:
        return str(self.seat_id)
