"""A pool as pages show it: its table and its figures."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from banyan.core.access.actor import Actor
from banyan.core.access.scopes import Action
from banyan.core.listing.fields import open_fields
from banyan.core.listing.filters import parse_tree
from banyan.core.listing.query import ListRequest, list_rows
from banyan.core.objects.spec import Field, ObjectSpec
from banyan.core.web.menu import may
from banyan.core.web.presenting import ALIGNED_AT_END, presenter_for
from banyan.customers.models import Pool
from banyan.customers.pools.queries import Figures, administers, claimed_today, customers_held
from banyan.customers.pools.services import customer_spec
from banyan.customers.pools.viewing import SORT, actor_in_pool

TABLE_ID = "pool-table"
ROWS = 50
COLUMNS = ("name", "phone", "email", "level", "industry", "source", "last_activity_at", "pooled_at")
FILTERS = ("level", "industry", "source", "status")
PHONE_PLACES = {"name": "title", "level": "end", "phone": "meta", "pooled_at": "meta"}


@dataclass(frozen=True)
class PoolList:
    """What somebody asks of a pool's list: words, choices, order, and from where on."""

    actor: Actor
    pool: Pool
    parameters: Mapping[str, str]

    @property
    def spec(self) -> ObjectSpec:
        """Return the specification of customers."""
        return customer_spec(self.actor)

    @property
    def may_claim(self) -> bool:
        """Say whether the reader may claim customers here at all."""
        return self.pool.is_active and may(self.actor, self.spec, Action.EDIT)

    def url(self, path: str = "", **changes: str | None) -> str:
        """Return an address of this list with some parameters changed, and from its beginning."""
        wanted = {name: self.parameters.get(name, "") for name in ("search", "sort", *FILTERS)} | changes
        query = urlencode({name: value for name, value in wanted.items() if value})
        return f"/pools/{self.pool.pk}{path}{'?' + query if query else ''}"

    def table(self) -> dict[str, Any]:
        """Return the table with its first or next page of rows."""
        inside = actor_in_pool(self.actor, self.spec, self.pool)
        conditions = [
            {"field": name, "op": "eq", "value": self.parameters[name]} for name in FILTERS if self.parameters.get(name)
        ]
        sort = self.parameters.get("sort") or SORT
        request = ListRequest(
            filter=parse_tree({"all": conditions}) if conditions else None,
            search=self.parameters.get("search", ""),
            sort=(sort,),
            columns=COLUMNS
            if self.pool.contact_access != "hidden"
            else tuple(name for name in COLUMNS if name not in {"phone", "email"}),
            cursor=self.parameters.get("cursor", ""),
            limit=ROWS,
        )
        found = list_rows(inside, self.spec, request)
        presenter = presenter_for(inside, self.spec, found.rows, found.labels)
        entries = presenter.visible(request.columns)
        sortable = open_fields(inside, self.spec)
        return {
            "id": TABLE_ID,
            "label": self.pool.name,
            "object": "customers",
            "live_url": self.url("/rows"),
            "columns": [self._column(entry, sort, is_sortable=entry.name in sortable) for entry in entries],
            "rows": [
                {
                    "id": row["id"],
                    "url": self.card_url(row["id"]),
                    "label": presenter.title(row),
                    "cells": [self._cell(presenter.cell(entry, row), row["id"]) for entry in entries],
                    "actions": self._actions(row["id"]),
                }
                for row in found.rows
            ],
            "selectable": bool(self.bulk()),
            "bulk": self.bulk(),
            "next_url": self.url("/rows", cursor=found.next_cursor) if found.next_cursor else "",
        }

    def card_url(self, customer_id: Any) -> str:
        """Return the address of what a pool shows of a customer."""
        return f"/pools/{self.pool.pk}/customers/{customer_id}"

    def bulk(self) -> list[dict[str, Any]]:
        """Return what may be done with selected customers."""
        base = f"/pools/{self.pool.pk}"
        actions = []
        if self.may_claim:
            actions.append({"label": _("Claim"), "icon": "user-check", "url": "/pools/claim", "opens": ""})
        if administers(self.actor, self.pool):
            actions.append({"label": _("Assign"), "icon": "users", "url": f"{base}/assign", "opens": "dialog"})
            actions.append({"label": _("Move"), "icon": "arrows-move", "url": f"{base}/move", "opens": "dialog"})
        return actions

    def filters(self) -> list[dict[str, Any]]:
        """Return the choices by which the list can be limited."""
        inside = open_fields(actor_in_pool(self.actor, self.spec, self.pool), self.spec)
        return [
            {
                "name": name,
                "label": str(inside[name].label),
                "value": self.parameters.get(name, ""),
                "choices": [
                    {"value": option.code, "label": str(option.label)}
                    for option in inside[name].kind.options  # type: ignore[attr-defined]  # all are choices
                    if option.active
                ],
            }
            for name in FILTERS
            if name in inside
        ]

    def _actions(self, customer_id: Any) -> list[dict[str, Any]]:
        if not self.may_claim:
            return []
        return [{"icon": "user-check", "label": _("Claim"), "post": f"/pools/claim?ids={customer_id}"}]

    def _column(self, entry: Field, sort: str, *, is_sortable: bool) -> dict[str, Any]:
        order = {entry.name: "asc", f"-{entry.name}": "desc"}.get(sort, "")
        following = f"-{entry.name}" if order == "asc" else entry.name
        return {
            "name": entry.name,
            "label": str(entry.label),
            "kind": entry.kind.name,
            "align": "end" if entry.kind.widget in ALIGNED_AT_END else "",
            "sorted": order,
            "sort_url": self.url(sort=following) if is_sortable and entry.kind.sortable else "",
            "phone": PHONE_PLACES.get(entry.name, ""),
        }

    def _cell(self, cell: dict[str, Any], customer_id: uuid.UUID) -> dict[str, Any]:
        return {**cell, "href": self.card_url(customer_id), "readonly": True} if cell.get("kind") == "title" else cell


def tiles_of(figures: Figures | None) -> list[dict[str, Any]]:
    """Return the numbers of a pool; dots until they are counted."""
    labels = {
        "inside": _("In the pool"),
        "came": _("Came in, last 30 days"),
        "taken": _("Claimed or assigned, last 30 days"),
        "converted": _("Of these with a deal"),
    }
    return [
        {"label": label, "value": "…" if figures is None else f"{getattr(figures, name):,}"}
        for name, label in labels.items()
    ]


def limits_text(actor: Actor, pool: Pool) -> str:
    """Return how much of a pool's limits somebody has used; nothing where there are none."""
    parts = []
    if pool.hold_limit and actor.user_id:
        held = customers_held([actor.user_id]).get(actor.user_id, 0)
        parts.append(_("You hold %(held)d of at most %(limit)d customers.") % {"held": held, "limit": pool.hold_limit})
    if pool.claim_limit:
        claimed = claimed_today(actor, pool)
        parts.append(_("Claimed today: %(used)d of %(limit)d.") % {"used": claimed, "limit": pool.claim_limit})
    return " ".join(parts)
