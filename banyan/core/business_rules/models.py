"""What is kept of rules: their definitions, the keys by which duplicates are found, whose turn it is, and why."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from banyan.core.business_rules.choices import DuplicateAction, Moment, Reach, Severity, Way
from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Definition(OrganizationOwned):
    """Base of all rules: for which object, and whether in force. ``key`` names a rule for good, ``name`` for people."""

    object_name = models.CharField(max_length=40)
    key = models.CharField(max_length=60)
    name = models.CharField(_("Name"), max_length=120)
    is_active = models.BooleanField(_("In force"), default=True)
    position = models.PositiveIntegerField(default=0)
    condition: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["object_name", "position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "object_name", "key"], name="%(class)s_key_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class ValidationRule(Definition):
    """What must hold of a record: a condition or an expression, for the records that ``condition`` chooses.

    ``fields`` limit it to changes of these fields. ``messages`` are by language and may name fields in braces;
    ``field`` is where the message stands. People with one of the roles ``excepted_roles`` (ids) are free of it.
    """

    moment = models.CharField(max_length=8, choices=Moment.choices, default=Moment.BOTH)
    fields: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    requirement: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    expression = models.TextField(blank=True)
    messages: models.JSONField[Any, Any] = models.JSONField(default=dict)
    field = models.CharField(max_length=60, blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.REFUSE)
    excepted_roles: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=40), default=list, blank=True
    )


class RuleCheck(OrganizationOwned):
    """Which existing records break a validation rule; ``examples`` are the first of them, ``checked`` how far it is."""

    rule = models.OneToOneField(ValidationRule, on_delete=models.CASCADE, related_name="check_result")
    is_done = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)
    broken = models.PositiveIntegerField(default=0)
    examples: ArrayField[Any, Any] = ArrayField(models.UUIDField(), default=list)
    problem = models.TextField(blank=True)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.broken}"


class DuplicateRule(Definition):
    """Fields by which two records are the same: ``matches`` is ``[{"field", "kind"}]``, and all of them must agree.

    ``keys_made_at`` is when all records had their keys; before, the rule looks at newer records only.
    """

    matches: models.JSONField[Any, Any] = models.JSONField(default=list)
    action = models.CharField(max_length=8, choices=DuplicateAction.choices, default=DuplicateAction.WARN)
    reach = models.CharField(max_length=12, choices=Reach.choices, default=Reach.ORGANIZATION)
    keys_made_at = models.DateTimeField(null=True)


class DuplicateKey(OrganizationOwned):
    """A key of a record under a duplicate rule: records that share one are compared."""

    rule = models.ForeignKey(DuplicateRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    record_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["key"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "rule", "key"], name="duplicate_key_found"),
            models.Index(fields=["organization", "record_id"], name="duplicate_key_record"),
        ]

    def __str__(self) -> str:
        return self.key


class DeclaredDistinct(OrganizationOwned):
    """Two records that look like one, of which somebody has said that they are two; ``one`` is the smaller id."""

    object_name = models.CharField(max_length=40)
    one = models.UUIDField()
    other = models.UUIDField()
    declared_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["one"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "one", "other"], name="declared_distinct_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.one} is not {self.other}"


class AssignmentRule(Definition):
    """Who gets new records without an owner that come through ``sources``; its first fitting entry decides.

    ``fallback`` gets what no entry could place. Of the rules of an object, the first that fits the record decides.
    """

    sources: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    fallback = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")


class AssignmentEntry(OrganizationOwned):
    """One line of an assignment rule: for which records, to whom, in which way.

    ``takers`` is ``[{"kind", "id", "weight"}]``; ``most_open`` how many open records one person may have; ``link`` the
    linked record whose owner keeps it; ``skill_field`` the field that names the skill.
    """

    rule = models.ForeignKey(AssignmentRule, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField(default=0)
    condition: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.TURNS)
    takers: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    most_open = models.PositiveIntegerField(null=True, blank=True)
    link = models.CharField(max_length=60, blank=True)
    skill_field = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering: ClassVar = ["rule", "position"]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.position}"


class Turns(OrganizationOwned):
    """Whose turn it is at an entry: the row is locked while somebody is chosen.

    ``people`` maps ids to ``{"last": number of the turn, "credit": of the weights}``; ``taken`` counts the turns.
    """

    entry = models.OneToOneField(AssignmentEntry, on_delete=models.CASCADE, related_name="+")
    taken = models.PositiveBigIntegerField(default=0)
    people: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["entry"]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.taken}"


class Assignment(OrganizationOwned):
    """Why somebody got a record: by which rule and entry, in which way, and who was passed over."""

    object_name = models.CharField(max_length=40)
    record_id = models.UUIDField()
    rule = models.ForeignKey(AssignmentRule, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    rule_name = models.CharField(max_length=120)
    entry_number = models.PositiveIntegerField(default=0)
    way = models.CharField(max_length=10)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    passed_over: models.JSONField[Any, Any] = models.JSONField(default=list)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["organization", "record_id", "-at"], name="assignment_record")]

    def __str__(self) -> str:
        return f"{self.record_id} to {self.user_id}"


class Availability(OrganizationOwned):
    """When and how much somebody takes, and what they can; without a person it is what holds for all others.

    ``days`` are 0 for Monday to 6; without any, every day counts. ``most_open`` limits the open records of one object.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    skills: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    most_open = models.PositiveIntegerField(null=True, blank=True)
    days: ArrayField[list[int], list[int]] = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    starts_at = models.TimeField(null=True, blank=True)
    ends_at = models.TimeField(null=True, blank=True)
    takes_nothing = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["user"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user"], nulls_distinct=False, name="availability_of_user"),
        ]

    def __str__(self) -> str:
        return str(self.user_id)
