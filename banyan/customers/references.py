"""What apps above tell the customers app: whose customer a record is, and what to say of a customer at a glance."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Model

from banyan.core.access.actor import Actor
from banyan.core.kernel.registry import Registry

#: The name of an object and the id of a record.
Reference = tuple[str, uuid.UUID]
CustomersOf = Mapping[uuid.UUID, uuid.UUID | None]
CustomerFinder = Callable[[Collection[uuid.UUID]], CustomersOf]
customer_finders: Registry[CustomerFinder] = Registry("customer finders")


@dataclass(frozen=True)
class Figure:
    """One thing to know of a customer while talking to it: ``url`` leads to the records behind it."""

    label: Any
    value: str
    url: str = ""
    hint: str = ""


@dataclass(frozen=True)
class FigureSource:
    """Where figures of a customer come from; ``load`` returns none when there is nothing to say.

    ``table`` is as in ``TimelineSource``.
    """

    name: str
    load: Callable[[Actor, uuid.UUID], list[Figure]]
    module: str = ""
    position: int = 100
    objects: tuple[str, ...] = ()
    table: type[Model] | None = None


customer_figures: Registry[FigureSource] = Registry("customer figures")


#: What is known of a customer over all the time that it has been one; shown beside its timeline.
lifetime_figures: Registry[FigureSource] = Registry("lifetime figures")


@dataclass(frozen=True)
class HealthReason:
    """One sign of how well business with a customer goes: ``points`` above zero are good, below zero bad.

    ``url`` leads to the records that show it.
    """

    points: int
    text: str
    url: str = ""


@dataclass(frozen=True)
class HealthSource:
    """Where signs of a customer's health come from; ``load`` returns those that the actor may know."""

    name: str
    load: Callable[[Actor, uuid.UUID], list[HealthReason]]
    module: str = ""
    position: int = 100
    objects: tuple[str, ...] = ()


health_sources: Registry[HealthSource] = Registry("health sources")


@dataclass(frozen=True)
class GroupFigure:
    """What is added up over a group of companies: an amount of the records of an object that fit all conditions.

    ``link`` is the field that names the customer.
    """

    name: str
    label: Any
    object_name: str
    conditions: tuple[dict[str, Any], ...] = ()
    amount: str = "amount"
    link: str = "customer"
    position: int = 100


group_figures: Registry[GroupFigure] = Registry("group figures")


#: Says of customers why nobody may take them out of a pool; given their ids, it returns a reason for some of them.
PoolGuard = Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, str]]
pool_guards: Registry[PoolGuard] = Registry("guards of customers in pools")


@dataclass(frozen=True)
class DealSource:
    """Where business with customers is written down, so that the rules of public pools can ask for it, set-based.

    Both return a condition on a query of customers: that there is something open, or that something was closed since
    a day. ``customer`` is the path of the customer's id in that query, ``since`` a day or an expression for one.
    """

    name: str
    closed: Callable[[str, Any], Exists]
    open: Callable[[str], Exists] | None = None
    module: str = ""
    position: int = 100
    objects: tuple[str, ...] = ()


deal_sources: Registry[DealSource] = Registry("deal sources")


@dataclass(frozen=True)
class ComposerKind:
    """A further kind of entry in the box above a timeline; ``save`` gets the record and the text.

    It returns the batch by which the entry can be undone.
    """

    value: str
    label: Any
    icon: str
    message: Any
    save: Callable[[Actor, str, str], uuid.UUID]
    may: Callable[[Actor], bool]
    changed: tuple[str, ...] = ()
    module: str = ""
    position: int = 100
    objects: tuple[str, ...] = ()


composer_kinds: Registry[ComposerKind] = Registry("composer kinds")


def customers_of(object_name: str, record_ids: Collection[uuid.UUID]) -> CustomersOf:
    """Return the customers that records of one object belong to, in one query; a customer belongs to itself."""
    if object_name == "customer":
        return {record_id: record_id for record_id in record_ids}
    finder = customer_finders.get(object_name)
    return finder(record_ids) if finder else {}


def customers_behind(references: Collection[Reference]) -> dict[Reference, uuid.UUID | None]:
    """Return the customers behind records of any objects, in one query for each object."""
    by_object: dict[str, list[uuid.UUID]] = {}
    for name, record_id in references:
        by_object.setdefault(name, []).append(record_id)
    return {
        (name, record_id): customer
        for name, ids in by_object.items()
        for record_id, customer in customers_of(name, ids).items()
    }
