"""Whom people report to, as a company's directory tells: judged for many people at once, before anything is written."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.guards import lock_organization
from banyan.core.access.models import ReportingLine
from banyan.core.identity.models import User
from banyan.core.kernel.errors import Conflict

#: The names of the main superiors of people before and after a change.
Superiors = Mapping[uuid.UUID, tuple[list[str], list[str]]]


class Lines:
    """The main reporting lines of an organization, as they are and as they would be.

    Further lines of a matrix stay as they are: a directory knows one superior only.
    """

    def __init__(self, actor: Actor) -> None:
        lock_organization(actor)
        self._actor = actor
        self._superiors: dict[uuid.UUID, list[uuid.UUID]] = {}
        self._main: dict[uuid.UUID, uuid.UUID] = {}
        self._further: dict[uuid.UUID, set[uuid.UUID | None]] = {}
        self._wanted: dict[uuid.UUID, uuid.UUID | None] = {}
        for user_id, superior_id, is_main in ReportingLine.objects.values_list("user_id", "superior_id", "is_main"):
            self._superiors.setdefault(user_id, []).append(superior_id)
            if is_main:
                self._main[user_id] = superior_id
            else:
                self._further.setdefault(user_id, set()).add(superior_id)

    def put(self, user_id: uuid.UUID, superior_id: uuid.UUID | None, name: str) -> None:
        """Let a person report to somebody, or to nobody; raise ``Conflict`` when it led back to them."""
        if superior_id is not None and self._leads_to(superior_id, user_id):
            raise Conflict("circular", _("%(name)s would report to themselves over others.") % {"name": name})
        former = self._main.get(user_id)
        if former == superior_id:
            return
        others = [one for one in self._superiors.get(user_id, []) if one not in {former, superior_id}]
        self._superiors[user_id] = [*others, *([superior_id] if superior_id else [])]
        self._wanted[user_id] = superior_id

    def save(self, user_ids: Collection[uuid.UUID]) -> Superiors:
        """Write the lines of these people; return the names of the main superiors before and after of those that change."""
        changed = {user_id: self._wanted[user_id] for user_id in user_ids if user_id in self._wanted}
        if not changed:
            return {}
        ReportingLine.objects.filter(user_id__in=changed, is_main=True).delete()
        for user_id, superior_id in changed.items():
            # What was a further line becomes the main one.
            if superior_id in self._further.get(user_id, ()):
                ReportingLine.objects.filter(user_id=user_id, superior_id=superior_id).delete()
        ReportingLine.objects.bulk_create(
            ReportingLine(organization_id=self._actor.organization_id, user_id=user_id, superior_id=superior_id)
            for user_id, superior_id in changed.items()
            if superior_id is not None
        )
        concerned = {*changed.values(), *(self._main.get(user_id) for user_id in changed)} - {None}
        names = dict(User.objects.filter(pk__in=concerned).values_list("pk", "name"))

        def named(superior_id: uuid.UUID | None) -> list[str]:
            return [names[superior_id]] if superior_id in names else []

        return {user_id: (named(self._main.get(user_id)), named(one)) for user_id, one in changed.items()}

    def _leads_to(self, start: uuid.UUID, goal: uuid.UUID) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            current = waiting.pop()
            if current == goal:
                return True
            above = [one for one in self._superiors.get(current, []) if one not in seen]
            seen.update(above)
            waiting += above
        return False
