"""Somebody who learns, and what they do where they practise."""

from __future__ import annotations

import re
from typing import Any

from banyan.core.access.actor import Actor
from banyan.core.access.standing import actor_for
from banyan.core.identity.models import User
from banyan.core.objects.registry import spec_for
from banyan.core.records import door
from banyan.core.tenancy.models import Organization
from banyan.core.tenancy.scope import organization_scope
from banyan.training.models import Progress, Sandbox
from tests.cast import Cast, sign_in

CLICK = {"HX-Request": "true", "HX-Target": "lesson-result"}


class Learning:
    """Somebody of the cast who learns."""

    def __init__(self, cast: Cast, name: str) -> None:
        self.cast, self.name = cast, name
        self.browser = sign_in(cast, name)

    def practise(self, course: str, lesson: str) -> Actor:
        """Press "Practise", and return the learner as they are there."""
        answer = self.browser.post(f"/training/{course}/{lesson}/practise")
        assert answer["Location"] == f"/training/{course}/{lesson}"
        organization = Organization.objects.get(pk=sandbox(self.cast).sandbox_id)
        with organization_scope(organization.pk):
            return actor_for(User.objects.select_related("organization").get(account__isnull=False))

    def check(self, course: str, lesson: str) -> list[str]:
        """Press "Check", and return what is said to be missing."""
        answer = self.browser.post(f"/training/{course}/{lesson}/check", headers=CLICK)
        assert answer.status_code in {200, 204}, answer.text
        return [
            re.sub(r"<.*?>", "", item).strip()
            for item in re.findall(r'<li class="is-missing">(.*?)</li>', answer.text, re.DOTALL)
        ]


def sandbox(home: Cast) -> Sandbox:
    with organization_scope(home.organization.pk):
        return Sandbox.objects.get()


def lessons_done(home: Cast) -> list[str]:
    with organization_scope(home.organization.pk):
        return list(Progress.objects.values_list("lesson", flat=True))


def write(actor: Actor, name: str, /, **values: Any) -> Any:
    with organization_scope(actor.organization_id):
        return door.create(actor, spec_for(actor.organization, name), values)


def change(actor: Actor, name: str, title: str, /, **values: Any) -> Any:
    with organization_scope(actor.organization_id):
        record = find(actor, name, title)
        return door.update(actor, spec_for(actor.organization, name), record.pk, values)


def rows(learning: Learning, plural: str) -> list[dict[str, Any]]:
    """Return the records of an object as the learner gets them from the interface, where they practise."""
    answer = learning.browser.get(f"/api/v1/{plural}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def find(actor: Actor, name: str, title: str) -> Any:
    with organization_scope(actor.organization_id):
        spec = spec_for(actor.organization, name)
        return spec.model._default_manager.get(**{spec.title: title, "deleted_at": None})
