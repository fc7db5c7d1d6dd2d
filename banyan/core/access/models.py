"""What decides beside roles: posts and levels, reporting lines, deputies, territories, and what is shared."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from banyan.core.identity.models import Department, Role, TreeNode, User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Level(OrganizationOwned):
    """A level (职级) of posts: whoever stands higher has the greater ``rank``.

    Its roles are those of everybody whose post is of this level.
    """

    name = models.CharField(_("Name"), max_length=60)
    rank = models.PositiveSmallIntegerField(
        _("Rank"), default=1, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    roles: models.ManyToManyField[Role, LevelRole] = models.ManyToManyField(Role, through="LevelRole", related_name="+")

    class Meta:
        ordering: ClassVar = ["-rank", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "name"], name="level_name_unique")]

    def __str__(self) -> str:
        return self.name


class LevelRole(OrganizationOwned):
    """A role that a level brings."""

    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "level", "role"], name="level_role_unique")
        ]

    def __str__(self) -> str:
        return f"{self.level_id}: {self.role_id}"


class Post(OrganizationOwned):
    """A post (岗位), such as regional sales director, with its level and the roles it brings."""

    name = models.CharField(pgettext_lazy("post", "Name"), max_length=120)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    roles: models.ManyToManyField[Role, PostRole] = models.ManyToManyField(Role, through="PostRole", related_name="+")

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["organization", "name"], name="post_name_unique")]

    def __str__(self) -> str:
        return self.name


class PostRole(OrganizationOwned):
    """A role that a post brings."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "post", "role"], name="post_role_unique")
        ]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.role_id}"


class PostHolding(OrganizationOwned):
    """A post that somebody holds, in their own department or in another one: one person may hold several."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "user", "post", "department"],
                nulls_distinct=False,
                name="post_holding_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.post_id}"


class ReportingLine(OrganizationOwned):
    """Whom somebody reports to; in a matrix there are several, of which one is the main one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    superior = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    is_main = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user", "superior"], name="reporting_line_unique"),
            models.UniqueConstraint(
                fields=["organization", "user"], condition=models.Q(is_main=True), name="reporting_line_one_main"
            ),
            models.CheckConstraint(condition=~models.Q(user=models.F("superior")), name="reporting_line_to_another"),
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "superior"], name="reporting_line_superior")]

    def __str__(self) -> str:
        return f"{self.user_id} reports to {self.superior_id}"


class Deputyship(OrganizationOwned):
    """Somebody stands in for a colleague who is away, from one day to another, both included.

    The deputy reaches what belongs to the colleague; ``with_rights`` lends the colleague's roles as well,
    though never the rights that belong to no object, such as managing people.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    deputy = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"))
    with_rights = models.BooleanField(_("With the colleague's roles"), default=False)
    note = models.CharField(_("Note"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-starts_on"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(user=models.F("deputy")), name="deputyship_of_another"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="deputyship_ends_after_start"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "deputy", "ends_on"], name="deputyship_deputy"),
            models.Index(fields=["organization", "user", "ends_on"], name="deputyship_user"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy_id} for {self.user_id} until {self.ends_on}"


class Territory(TreeNode):
    """A region or territory: a second tree beside the departments."""


class TerritoryMember(OrganizationOwned):
    """Somebody who works in a territory, which includes all below it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user", "territory"], name="territory_member_unique")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.territory_id}"


class GranteeKind(models.TextChoices):
    """With whom something is shared; a department includes those below it, a level those above it."""

    PERSON = "person", pgettext_lazy("colleague", "Person")
    DEPARTMENT = "department", _("Department")
    ROLE = "role", _("Role")
    POST = "post", pgettext_lazy("position", "Post")
    LEVEL = "level", _("Level and above")


class SharedAccess(models.TextChoices):
    """What sharing allows."""

    VIEW = "view", _("May see")
    EDIT = "edit", _("May change")


class Share(OrganizationOwned):
    """A record that somebody besides its owner may see or change; with ``team_role`` they are on its team."""

    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    grantee_kind = models.CharField(max_length=12, choices=GranteeKind.choices)
    grantee_id = models.UUIDField()
    access = models.CharField(max_length=8, choices=SharedAccess.choices, default=SharedAccess.VIEW)
    team_role = models.CharField(_("Role in the team"), max_length=60, blank=True)
    ends_on = models.DateField(_("Until"), null=True, blank=True)
    shared_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "record_id", "grantee_id"], name="share_unique")
        ]
        indexes: ClassVar = [
            # Everything that decides lies in the index: the table itself is never read.
            models.Index(
                fields=["organization", "grantee_id", "object_name"],
                include=["record_id", "access", "ends_on"],
                name="share_grantee",
            )
        ]

    def __str__(self) -> str:
        return f"{self.object_name} {self.record_id} with {self.grantee_id}"


class SharingRule(OrganizationOwned):
    """Records that fit a condition are shared by themselves, as long as they fit it.

    ``condition`` is a filter as the interface writes it; ``grantees`` lists ``{"kind", "id"}``.
    """

    name = models.CharField(_("Name"), max_length=120)
    object_name = models.CharField(max_length=40)
    condition: models.JSONField[Any, Any] = models.JSONField(default=dict)
    grantees: models.JSONField[Any, Any] = models.JSONField(default=list)
    access = models.CharField(max_length=8, choices=SharedAccess.choices, default=SharedAccess.VIEW)
    ends_on = models.DateField(_("Until"), null=True, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "name"], name="sharing_rule_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class ReviewDecision(models.TextChoices):
    """What was decided about somebody's rights."""

    OPEN = "", _("Not decided yet")
    CONFIRMED = "confirmed", _("Confirmed")
    REDUCED = "reduced", _("Roles to be taken away")
    ENDED = "ended", _("Access to be ended")


class AccessReview(OrganizationOwned):
    """A review of who may do what: each person's rights are confirmed or taken away, one at a time."""

    started_at = models.DateTimeField(default=now)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(finished_at=None), name="access_review_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"


class AccessReviewRow(OrganizationOwned):
    """A person within a review; ``facts`` are what was known of them when it was decided."""

    review = models.ForeignKey(AccessReview, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=ReviewDecision.choices, blank=True)
    #: Ids of the roles to be taken away.
    taken: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    remark = models.CharField(_("Remark"), max_length=300, blank=True)
    facts: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["user__name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "review", "user"], name="access_review_row_unique")
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.user_id}"


class AccessSnapshot(OrganizationOwned):
    """How rights stood when a review was finished (see ``review_snapshots``); its document is made from it."""

    review = models.OneToOneField(AccessReview, on_delete=models.CASCADE, related_name="+")
    state: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.review_id}"
