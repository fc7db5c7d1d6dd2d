"""Groups of companies: a customer with everything above and below it, and what they add up to."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from banyan.core.access.actor import Actor
from banyan.core.access.decisions import effective_scope, restrict
from banyan.core.access.scopes import Action, Scope
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import live_rows, parse_tree
from banyan.core.listing.groups import group_by
from banyan.core.listing.query import ListRequest
from banyan.core.objects.modules import specs_on
from banyan.core.objects.registry import spec_for
from banyan.core.objects.spec import ObjectSpec
from banyan.customers.references import GroupFigure, group_figures

#: Companies of a group that are read; larger groups are cut off, level by level.
MOST_MEMBERS = 500
DEEPEST = 30

Sums = dict[str, Decimal]

_MEMBERS = """
    WITH RECURSIVE above AS (
        SELECT id, parent_id, 0 AS height FROM customers_customer
         WHERE organization_id = %(organization)s AND id = %(customer)s AND deleted_at IS NULL
        UNION ALL
        SELECT customer.id, customer.parent_id, above.height + 1
          FROM customers_customer AS customer JOIN above ON customer.id = above.parent_id
         WHERE customer.deleted_at IS NULL AND above.height < %(deepest)s
    ), below AS (
        (SELECT id, NULL::uuid AS parent_id, 0 AS depth FROM above ORDER BY height DESC LIMIT 1)
        UNION ALL
        SELECT customer.id, customer.parent_id, below.depth + 1
          FROM customers_customer AS customer JOIN below ON customer.parent_id = below.id
         WHERE customer.organization_id = %(organization)s AND customer.deleted_at IS NULL
           AND below.depth < %(deepest)s
    )
    SELECT id, parent_id FROM below ORDER BY depth LIMIT %(most)s
"""


@dataclass
class Member:
    """A company of a group: ``children`` are the companies right below, ``sums`` what it and all below add up to."""

    id: uuid.UUID
    name: str
    parent_id: uuid.UUID | None = None
    children: list[Member] = field(default_factory=list)
    sums: dict[str, Sums] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def ids(self) -> list[uuid.UUID]:
        """Return the ids of the company and of all below it."""
        return [self.id, *(found for child in self.children for found in child.ids())]


def group_of(actor: Actor, customer_id: uuid.UUID) -> list[Member]:
    """Return the group that a customer belongs to as a tree, of the companies that the actor may see.

    One recursive query finds the companies, one the names of those that may be seen; a company below one
    that may not be seen stands where that one would. Usually there is one root. A customer that belongs to
    no group is a root without children.
    """
    parents = dict(_members(actor, customer_id))
    spec = spec_for(actor.organization, "customer")
    rows = restrict(live_rows(actor, spec), actor, spec).filter(pk__in=list(parents))
    members = {pk: Member(pk, name) for pk, name in rows.order_by("sort_name", "name", "pk").values_list("pk", "name")}
    roots: list[Member] = []
    for member in members.values():
        above = parents[member.id]
        while above is not None and above not in members:
            above = parents[above]
        member.parent_id = above
        (roots if above is None else members[above].children).append(member)
    return roots


def add_up(actor: Actor, roots: Sequence[Member]) -> list[GroupFigure]:
    """Add the figures of each company to all above it, and return the figures that the actor may see.

    Costs one query for each figure.
    """
    ids = [found for root in roots for found in root.ids()]
    shown = []
    for figure, spec in figures_for(actor):
        shown.append(figure)
        request = ListRequest(filter=parse_tree(figure_tree(figure, ids)))
        groups = group_by(actor, spec, request, by=figure.link, measures=("count", f"sum:{figure.amount}"))
        own = {group.keys[0]: group.values for group in groups}
        for root in roots:
            _roll_up(root, figure, own)
    return shown


def figures_for(actor: Actor) -> list[tuple[GroupFigure, ObjectSpec]]:
    """Return the figures whose objects are on and whose fields the actor sees, in their order."""
    specs, found = specs_on(actor.organization), []
    for figure in sorted(group_figures, key=lambda entry: entry.position):
        spec = specs.get(figure.object_name)
        if spec is None or effective_scope(actor, spec, Action.VIEW) is Scope.NONE:
            continue
        needed = {figure.link, figure.amount, *(condition["field"] for condition in figure.conditions)}
        if needed <= open_fields(actor, spec).keys():
            found.append((figure, spec))
    return found


def figure_tree(figure: GroupFigure, ids: Iterable[uuid.UUID]) -> dict[str, Any]:
    """Return the filter of the records that a figure adds up for companies."""
    among = {"field": figure.link, "op": "in", "value": [str(member) for member in ids]}
    return {"all": [among, *figure.conditions]}


def _roll_up(member: Member, figure: GroupFigure, own: dict[uuid.UUID, dict[str, object]]) -> None:
    values = own.get(member.id, {})
    sums: Sums = dict(values.get(f"sum:{figure.amount}") or {})  # type: ignore[call-overload]  # amounts by currency
    count = int(str(values.get("count") or 0))
    for child in member.children:
        _roll_up(child, figure, own)
        count += child.counts[figure.name]
        for currency, amount in child.sums[figure.name].items():
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    member.sums[figure.name], member.counts[figure.name] = sums, count


def _members(actor: Actor, customer_id: uuid.UUID) -> list[tuple[uuid.UUID, uuid.UUID | None]]:
    with connection.cursor() as cursor:
        given: dict[str, Any] = {
            "organization": actor.organization_id,
            "customer": customer_id,
            "deepest": DEEPEST,
            "most": MOST_MEMBERS,
        }
        cursor.execute(_MEMBERS, given)
        return list(cursor.fetchall())
