"""The company as somebody sees it: departments with the people whose figures are open to the reader."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import right_of
from banyan.core.access.scopes import Action
from banyan.core.access.standing import reports_of
from banyan.core.identity.models import Department, User
from banyan.core.objects.registry import spec_for

#: Somebody whose figures nobody else has: what belongs to no person.
NOBODY = None


@dataclass(frozen=True)
class Team:
    """A department as a page shows it; the whole company has no ``id``."""

    id: uuid.UUID | None
    name: str
    path: tuple[uuid.UUID, ...] = ()
    parent: uuid.UUID | None = None


@dataclass(frozen=True)
class Member:
    """Somebody with figures of their own."""

    id: uuid.UUID
    name: str
    department: uuid.UUID | None
    is_active: bool


@dataclass(frozen=True)
class People:
    """Whom a right reaches: everybody, or these."""

    everybody: bool
    ids: frozenset[uuid.UUID]

    def __contains__(self, person: uuid.UUID) -> bool:
        return self.everybody or person in self.ids

    @property
    def limit(self) -> list[uuid.UUID] | None:
        """The ids as queries take them; None for everybody."""
        return None if self.everybody else sorted(self.ids)


def people_of(actor: Actor, object_name: str, action: Action = Action.VIEW) -> People:
    """Return whose figures an actor may see, or change: those a right to the object reaches, and whoever reports to them.

    What a right reaches by territories or conditions is about single records and opens nobody's figures.
    """
    right = right_of(actor, spec_for(actor.organization, object_name), action)
    if right.everything:
        return People(everybody=True, ids=frozenset())
    if not right:
        return People(everybody=False, ids=frozenset())
    own = frozenset({actor.user_id} - {None}) if actor.user_id else frozenset()
    reports = reports_of(actor.user) if actor.user else frozenset()
    return People(everybody=False, ids=right.people | reports | own)


def led_by(actor: Actor) -> People:
    """Return whose figures an actor may judge: whoever reports to them, and others whose targets they may set."""
    people = people_of(actor, "target", Action.EDIT)
    return People(people.everybody, people.ids - {actor.user_id} if actor.user_id else people.ids)


class Company:
    """Departments and people, as far as somebody may see their figures."""

    def __init__(self, actor: Actor, people: People) -> None:
        self.actor, self.people = actor, people
        rows = Department.objects.order_by("position", "name").values_list("pk", "name", "path", "parent_id")
        self.teams = {pk: Team(pk, name, tuple(path), parent) for pk, name, path, parent in rows}
        found = User.objects.order_by("name", "pk").values_list("pk", "name", "department_id", "is_active")
        everyone = [Member(*row) for row in found]
        self.members = {member.id: member for member in everyone if member.id in people}
        self._hidden = {member.department for member in everyone if member.id not in people and member.is_active}

    def team(self, department: uuid.UUID | None) -> Team | None:
        """Return a department that the reader sees anybody of, or the whole company for None."""
        if department is None:
            return Team(None, self.actor.organization.name)
        team = self.teams.get(department)
        return team if team is not None and self.below(department) else None

    def below(self, department: uuid.UUID | None) -> list[uuid.UUID]:
        """Return the people of a department and of all below it; all of the company for None."""
        if department is None:
            return list(self.members)
        return [member.id for member in self.members.values() if department in self.path_of(member)]

    def path_of(self, member: Member) -> tuple[uuid.UUID, ...]:
        """Return the departments that somebody belongs to, from the top down."""
        return self.teams[member.department].path if member.department in self.teams else ()

    def sees_all_of(self, department: uuid.UUID | None) -> bool:
        """Say whether nobody of a department, or below it, is hidden from the reader."""
        if department is None:
            return self.people.everybody or not self._hidden
        hidden = (self.teams[own].path for own in self._hidden if own in self.teams)
        return not any(department in path for path in hidden)

    def teams_in(self, department: uuid.UUID | None) -> list[Team]:
        """Return the departments directly below one in which the reader sees anybody; they come in order."""
        peopled = {step for member in self.members.values() for step in self.path_of(member)}
        return [team for team in self.teams.values() if team.parent == department and team.id in peopled]

    def members_in(self, department: uuid.UUID | None, figured: Iterable[uuid.UUID] = ()) -> list[Member]:
        """Return the people directly in a department; those who have left only when they are among ``figured``."""
        kept = set(figured)
        return [
            member
            for member in self.members.values()
            if (member.department if member.department in self.teams else None) == department
            and (member.is_active or member.id in kept)
        ]

    def crumbs(self, department: uuid.UUID | None) -> Sequence[Team]:
        """Return the departments above one, from the top down, as far as the reader sees anybody of them."""
        if department is None or department not in self.teams:
            return []
        above = [self.teams[step] for step in self.teams[department].path[:-1] if step in self.teams]
        return [Team(None, self.actor.organization.name), *above]

    def own_team(self) -> uuid.UUID | None:
        """Return where the reader's page opens: the own department, or the lowest one that holds all whom they see."""
        user = self.actor.user
        paths = [self.path_of(member) for member in self.members.values() if member.is_active]
        if user is None or not paths or self.people.everybody:
            return user.department_id if user and user.department_id in self.teams and self._leads_below(user) else None
        shared: list[uuid.UUID] = []
        for steps in zip(*paths, strict=False):
            if len(set(steps)) > 1:
                break
            shared.append(steps[0])
        return shared[-1] if shared else None

    def _leads_below(self, user: User) -> bool:
        return len(self.below(user.department_id)) > 1
