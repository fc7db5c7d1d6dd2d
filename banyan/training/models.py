"""What each person has learned, and the organizations in which they practise."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from banyan.core.identity.models import User
from banyan.core.kernel.clock import now
from banyan.core.tenancy.models import OrganizationOwned


class Sandbox(OrganizationOwned):
    """The organization that a person practises in; ``sandbox_id`` is its id."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    sandbox_id = models.UUIDField()
    made_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(default=now)
    is_closing = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "user"], condition=models.Q(is_closing=False), name="training_one_sandbox"
            ),
        ]

    def __str__(self) -> str:
        return str(self.sandbox_id)


class Progress(OrganizationOwned):
    """A lesson that a person has done."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    course = models.CharField(max_length=40)
    lesson = models.CharField(max_length=40)
    done_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user", "course", "lesson"], name="training_lesson_once"),
        ]

    def __str__(self) -> str:
        return f"{self.course}/{self.lesson}"


class Certificate(OrganizationOwned):
    """That a person has completed a course, and when."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    course = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    issued_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "user", "course"], name="training_certificate_once"),
        ]

    def __str__(self) -> str:
        return self.number
