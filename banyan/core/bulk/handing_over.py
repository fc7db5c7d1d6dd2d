"""Handing over what belongs to somebody who leaves or moves: to one colleague, or to several in turn."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import right_of
from banyan.core.access.scopes import Action
from banyan.core.bulk.models import BulkAction, BulkTask
from banyan.core.bulk.services import begin
from banyan.core.identity.models import User
from banyan.core.kernel.errors import FieldError, Invalid
from banyan.core.listing.counting import count_rows
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest
from banyan.core.objects.kinds import Person
from banyan.core.objects.modules import specs_on
from banyan.core.objects.spec import ObjectSpec


@dataclass(frozen=True)
class Holding:
    """What a person holds of one object by one field: how many records are under way, and how many there are."""

    spec: ObjectSpec
    field: str
    open: int
    all: int

    @property
    def key(self) -> str:
        """Return what tells it apart in a form."""
        return f"{self.spec.name}.{self.field}"


@dataclass(frozen=True)
class Succession:
    """Who gets what is held by one field of an object; ``finished`` says whether also what is over."""

    key: str
    people: tuple[uuid.UUID, ...]
    finished: bool = False


def holdings_of(actor: Actor, user: User) -> list[Holding]:
    """Return what a person holds of everything that the actor may hand over; two counts for each field."""
    found = []
    for spec, name in _fields(actor):
        whole = _request(spec, name, user.pk, finished=True)
        under_way = _request(spec, name, user.pk, finished=False)
        number = count_rows(actor, spec, whole, exact=True).value
        if number:
            opened = count_rows(actor, spec, under_way, exact=True).value if spec.open_filter else number
            found.append(Holding(spec, name, opened, number))
    return found


@transaction.atomic
def hand_over(actor: Actor, user: User, successions: Sequence[Succession]) -> list[BulkTask]:
    """Begin to hand over; each field of an object is one piece of work that can be stopped and taken back.

    Raises ``Invalid`` when nobody, the person themselves or a deactivated colleague is to get something,
    ``NotAllowed`` without the right to give such records away.
    """
    _check(user, successions)
    fields = {f"{spec.name}.{name}": (spec, name) for spec, name in _fields(actor)}
    tasks = []
    for succession in successions:
        if succession.key not in fields or not succession.people:
            continue
        spec, name = fields[succession.key]
        values: Mapping[str, Any] = {"field": name, "people": [str(pk) for pk in succession.people]}
        request = _request(spec, name, user.pk, finished=succession.finished)
        tasks.append(begin(actor, spec, BulkAction.HAND_OVER, request, values))
    if not tasks:
        raise Invalid([FieldError("", "required", _("Choose who gets what."))])
    return tasks


def _fields(actor: Actor) -> list[tuple[ObjectSpec, str]]:
    return [
        (spec, name)
        for spec in specs_on(actor.organization).values()
        if not spec.is_setting and right_of(actor, spec, Action.TRANSFER) and right_of(actor, spec, Action.BULK)
        for name in spec.own_fields
        if name in spec.writable_fields and isinstance(spec.all_fields[name].kind, Person)
    ]


def _request(spec: ObjectSpec, name: str, user_id: uuid.UUID, *, finished: bool) -> ListRequest:
    mine = {"field": name, "op": "eq", "value": str(user_id)}
    tree = [mine] if finished or not spec.open_filter else [mine, spec.open_filter]
    return ListRequest(filter=parse_tree({"all": tree}))


def _check(user: User, successions: Sequence[Succession]) -> None:
    wanted = {pk for succession in successions for pk in succession.people}
    known = dict(User.objects.filter(pk__in=wanted).values_list("pk", "is_active"))
    errors = [
        FieldError(
            succession.key, "unknown_record", _("Somebody chosen here is deactivated or does not exist any more.")
        )
        for succession in successions
        if any(not known.get(pk) for pk in succession.people)
    ]
    errors += [
        FieldError(succession.key, "same_person", _("Choose somebody else than %(name)s.") % {"name": user.name})
        for succession in successions
        if user.pk in succession.people
    ]
    if errors:
        raise Invalid(errors)
