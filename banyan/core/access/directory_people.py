"""People of whom a company's directory tells by SCIM: added by thousands, changed, and let go."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.directory_lines import Lines, Superiors
from banyan.core.access.events import difference, tell_setup_changed, tell_setup_changes
from banyan.core.access.people import USER, deactivate_person, find_person, reactivate_person
from banyan.core.identity.events import SecurityKind
from banyan.core.identity.models import Department, User
from banyan.core.identity.policy.queries import policy_of
from banyan.core.identity.providers.models import ProvisionedPerson
from banyan.core.identity.security_events import record_security_events
from banyan.core.identity.visitors import Visitor
from banyan.core.kernel.errors import Conflict, DomainError, FieldError, Invalid, Refused
from banyan.core.kernel.ids import parse_id
from banyan.core.kernel.text.email import is_email, normalize_email


@dataclass(frozen=True)
class PersonFacts:
    """What a directory says of a person.

    ``manager`` is the id of whom they report to, empty for nobody and None when nothing is said. Of people who are told
    of together it may be the ``key`` of one of them.
    """

    email: str
    name: str = ""
    title: str = ""
    phone: str = ""
    department: str = ""
    is_active: bool = True
    external_id: str = ""
    manager: str | None = None
    key: str = ""


def provision_person(actor: Actor, facts: PersonFacts, visitor: Visitor) -> User:
    """Add a person, or take over one whom the organization has already and no directory manages.

    They have no role until a group gives one. Raises ``Conflict`` when the directory has told of them before.
    """
    (outcome,) = provision_people(actor, [facts], visitor)
    if isinstance(outcome, DomainError):
        raise outcome
    return find_person(outcome.pk)


@transaction.atomic
def provision_people(
    actor: Actor, told: Sequence[PersonFacts], visitor: Visitor, *, most_errors: int | None = None
) -> list[User | DomainError]:
    """Add people, thousands with a few statements; return for each the person, or why it could not be done.

    With the ``most_errors``-th error it stops, and the answer ends there.
    """
    batch = _Batch(actor, told, most_errors)
    batch.take_over()
    new = [position for position in batch.good() if position not in batch.known]
    people = [batch.people[position] for position in new]
    User.objects.bulk_create(people)
    ProvisionedPerson.objects.bulk_create(
        ProvisionedPerson(organization=actor.organization, user=person, external_id=told[position].external_id)
        for position, person in zip(new, people, strict=True)
    )
    superiors: Superiors = (
        batch.lines.save([batch.people[position].pk for position in batch.good()]) if batch.lines else {}
    )
    tell_setup_changes(actor, USER, "create", {person.pk: _described(person, superiors) for person in people})
    record_security_events(
        SecurityKind.PERSON_PROVISIONED,
        {person.pk: {"email": person.email, "way": "scim"} for person in people},
        visitor=visitor,
    )
    taken_over = {batch.people[position].pk for position in batch.known} & superiors.keys()
    tell_setup_changes(actor, USER, "update", {pk: {"superiors": superiors[pk]} for pk in taken_over})
    return batch.outcomes()


@transaction.atomic
def change_provisioned(actor: Actor, user_id: uuid.UUID, facts: PersonFacts) -> User:
    """Let a person be what the directory says; whoever is not active any more is signed out at once.

    Raises ``Conflict`` for an address in use or a circle of reporting lines, ``Refused`` for the last administrator.
    """
    lines = Lines(actor) if facts.manager is not None else None
    user = find_person(user_id)
    email = _address(facts)
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise _taken(email)
    department = Department.objects.filter(name=facts.department).first() if facts.department else user.department
    after = {
        "email": email,
        "name": facts.name or user.name,
        "title": facts.title,
        "phone": facts.phone,
        "department_id": department.pk if department else None,
    }
    changed = difference({name: getattr(user, name) for name in after}, after)
    for name in changed:
        setattr(user, name, after[name])
    shown: dict[str, tuple[Any, Any]] = {name: (str(old or ""), str(new or "")) for name, (old, new) in changed.items()}
    if changed:
        user.save(update_fields=list(changed))
    if lines is not None:
        lines.put(user.pk, _superior(facts.manager), user.name)
        superiors = lines.save([user.pk])
        shown |= {"superiors": superiors[user.pk]} if superiors else {}
    tell_setup_changed(actor, USER, user.pk, "update", values=shown)
    ProvisionedPerson.objects.update_or_create(
        user=user, defaults={"organization": actor.organization, "external_id": facts.external_id}
    )
    if user.is_active and not facts.is_active:
        let_go(actor, user)
    elif facts.is_active and not user.is_active:
        reactivate_person(actor, user.pk)
    return find_person(user_id)


def let_go(actor: Actor, user: User) -> None:
    """Deactivate a person; who is to help when providers fail does not depend on one."""
    if user.pk in policy_of(actor.organization_id).emergency_user_ids:
        message = _("%(name)s is named for emergencies and cannot be deactivated by a directory.")
        raise Refused("emergency_administrator", message % {"name": user.name})
    deactivate_person(actor, user.pk)


class _Batch:
    """People who are told of together; whatever is wrong is found before the first of them is added."""

    def __init__(self, actor: Actor, told: Sequence[PersonFacts], most_errors: int | None) -> None:
        self.actor = actor
        self.told = told
        self.most_errors = most_errors
        self.people: list[User] = []
        self.errors: list[DomainError | None] = []
        #: Positions of people whom the organization has already.
        self.known: list[int] = []
        self.lines: Lines | None = None
        self._within: dict[int, int] = {}
        self._find()
        if any(facts.manager is not None for facts in told):
            self.lines = Lines(actor)
            self._find_superiors()

    @property
    def end(self) -> int:
        """Return how many people are looked at before there are too many errors."""
        failed = [position for position, error in enumerate(self.errors) if error is not None]
        if self.most_errors is None or len(failed) < self.most_errors:
            return len(self.told)
        return failed[self.most_errors - 1] + 1

    def good(self) -> list[int]:
        """Return the positions of those for whom all is well."""
        return [position for position in range(self.end) if self.errors[position] is None]

    def outcomes(self) -> list[User | DomainError]:
        """Return the person or the error at each position."""
        return [error or person for person, error in zip(self.people[: self.end], self.errors, strict=False)]

    def take_over(self) -> None:
        """Let the directory manage people who were there before it."""
        for position in self.known:
            if self.errors[position] is not None or position >= self.end:
                continue
            try:
                with transaction.atomic():
                    person = self.people[position]
                    ProvisionedPerson.objects.create(organization=self.actor.organization, user=person)
                    change_provisioned(self.actor, person.pk, replace(self.told[position], manager=None))
            except DomainError as problem:
                self.errors[position] = problem
                self._fail_who_report_to_failures()

    def _find(self) -> None:
        emails = [normalize_email(facts.email) for facts in self.told]
        present = {user.email: user for user in User.objects.filter(email__in=emails)}
        managed = set(ProvisionedPerson.objects.filter(user__in=present.values()).values_list("user_id", flat=True))
        named = {facts.department for facts in self.told if facts.department}
        departments: dict[str, Department] = {}
        for department in Department.objects.filter(name__in=named) if named else ():
            departments.setdefault(department.name, department)
        seen: set[str] = set()
        for position, (facts, email) in enumerate(zip(self.told, emails, strict=True)):
            user = present.get(email)
            error: DomainError | None = None
            if not is_email(email):
                error = _no_address()
            elif email in seen or (user is not None and user.pk in managed):
                error = _taken(email)
            elif user is not None:
                self.known.append(position)
            seen.add(email)
            self.errors.append(error)
            self.people.append(user or self._new(facts, email, departments.get(facts.department)))

    def _new(self, facts: PersonFacts, email: str, department: Department | None) -> User:
        return User(
            organization=self.actor.organization,
            name=facts.name.strip() or email[:120],
            email=email,
            title=facts.title,
            phone=facts.phone,
            department=department,
            is_active=facts.is_active,
        )

    def _find_superiors(self) -> None:
        keys = {facts.key: position for position, facts in enumerate(self.told) if facts.key}
        ids = {one for facts in self.told if (one := parse_id(facts.manager or "")) is not None}
        there = set(User.objects.filter(pk__in=ids).values_list("pk", flat=True))
        for position, facts in enumerate(self.told):
            if facts.manager in keys:
                self._within[position] = keys[facts.manager]
            elif facts.manager and parse_id(facts.manager) not in there and self.errors[position] is None:
                self.errors[position] = _unknown_manager()
        self._fail_who_report_to_failures()
        for position in self.good():
            self._put(position)
        self._fail_who_report_to_failures()

    def _put(self, position: int) -> None:
        told = self.told[position].manager
        if told is None or self.lines is None:
            return
        within = self._within.get(position)
        superior_id = self.people[within].pk if within is not None else parse_id(told)
        person = self.people[position]
        try:
            self.lines.put(person.pk, superior_id, person.name)
        except Conflict as problem:
            self.errors[position] = problem

    def _fail_who_report_to_failures(self) -> None:
        is_settled = False
        while not is_settled:
            is_settled, end = True, self.end
            for position, superior in self._within.items():
                is_missing = superior >= end or self.errors[superior] is not None
                if position < end and is_missing and self.errors[position] is None:
                    self.errors[position] = Conflict("manager_not_added", _("Their manager could not be added."))
                    is_settled = False


def _address(facts: PersonFacts) -> str:
    email = normalize_email(facts.email)
    if not is_email(email):
        raise _no_address()
    return email


def _superior(told: str | None) -> uuid.UUID | None:
    if not told:
        return None
    found = parse_id(told)
    if found is None or not User.objects.filter(pk=found).exists():
        raise _unknown_manager()
    return found


def _described(person: User, superiors: Superiors) -> dict[str, tuple[Any, Any]]:
    told = {
        "email": person.email,
        "title": person.title,
        "phone": person.phone,
        "department": person.department.name if person.department else "",
    }
    values: dict[str, tuple[Any, Any]] = {name: (None, value) for name, value in told.items() if value}
    if person.pk in superiors:
        values["superiors"] = superiors[person.pk]
    return values if person.is_active else {**values, "is_active": (None, False)}


def _no_address() -> Invalid:
    return Invalid([FieldError("userName", "not_email", _("Write an e-mail address."))])


def _taken(email: str) -> Conflict:
    return Conflict("user_exists", _("%(email)s belongs to a colleague already.") % {"email": email})


def _unknown_manager() -> Invalid:
    return Invalid([FieldError("manager", "not_found", _("The manager is not a person of this organization."))])
