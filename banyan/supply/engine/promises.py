"""Until when orders are promised: from stock, from goods on their way, or by the lead time of the supplier."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q

from banyan.core.kernel.clock import today
from banyan.core.records.changelog import tell_figures
from banyan.core.tenancy.models import Organization
from banyan.supply.choices import PromiseBasis
from banyan.supply.models import Demand, SupplierItem
from banyan.supply.queries import coming_lines
from banyan.supply.rules import Arrival, Need, promised_days
from banyan.supply.setting import supply_setting


def promise_again(organization: Organization, product_ids: Collection[uuid.UUID]) -> None:
    """Reckon anew until when the open needs of these products can be sent.

    Needs that are filled from stock can be sent after the handling days; others when goods on their way have come, each
    counting only on what those before leave; what is on nobody's way counts on the supplier's lead time.
    """
    day = today(organization.time_zone)
    handling = timedelta(days=supply_setting(organization).handling_days)
    # What has been promised from stock stands, whatever happens to others.
    open_need = (
        Q(quantity__gt=F("reserved") + F("delivered") + F("direct"))
        | ~Q(basis=PromiseBasis.STOCK)
        | Q(promised_on__isnull=True)
    )
    rows = list(
        Demand.objects.filter(open_need, product__in=product_ids, quantity__gt=F("delivered") + F("direct")).values(
            "id", "product_id", "quantity", "reserved", "delivered", "direct", "is_urgent", "wanted_on", "asked_at",
            "promised_on", "basis",
        )
    )  # fmt: skip
    waiting = [
        Need(
            row["id"],
            row["product_id"],
            missing,
            rank_of(row["is_urgent"], row["wanted_on"], row["asked_at"], row["id"]),
        )
        for row in rows
        if (missing := row["quantity"] - row["reserved"] - row["delivered"] - row["direct"]) > 0
    ]
    short = {need.product for need in waiting}
    coming = promised_days(waiting, incoming(short, day)) if waiting else {}
    late = {need.product for need in waiting if coming[need.key] is None}
    leads = lead_days(late) if late else {}
    changed: list[tuple[uuid.UUID, date | None, str]] = []
    for row in rows:
        basis, promised = PromiseBasis.STOCK, day + handling
        if row["id"] in coming:
            lead = leads.get(row["product_id"])
            found = coming[row["id"]]
            if found is not None:
                basis, promised = PromiseBasis.INCOMING, found + handling
            elif lead is not None:
                basis, promised = PromiseBasis.LEAD_TIME, day + timedelta(days=lead) + handling
            else:
                changed.append((row["id"], None, PromiseBasis.NONE.value))
                continue
        changed.append((row["id"], max(promised, row["wanted_on"] or promised), basis.value))
    known = {row["id"]: (row["promised_on"], row["basis"]) for row in rows}
    _write(organization.pk, [entry for entry in changed if known[entry[0]] != entry[1:]])


def incoming(product_ids: Iterable[uuid.UUID], day: date) -> list[Arrival]:
    """Return what is on its way to the warehouses: what suppliers owe, by the day that they, or we, named.

    What is late counts as coming today; what goes straight to a customer comes to nobody else.
    """
    found = []
    for product, coming, own, confirmed, expected in coming_lines(set(product_ids)).values_list(
        "product_id", "left", "expected_on", "purchase_order__confirmed_on", "purchase_order__expected_on"
    ):
        named = own or confirmed or expected
        found.append(Arrival(product, coming, max(named, day) if named else None))
    return found


def lead_days(product_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many days the first supplier of each product takes, where that is known."""
    rows = (
        SupplierItem.objects.filter(product__in=set(product_ids), supplier__is_active=True)
        .filter(Q(lead_days__isnull=False) | Q(supplier__lead_days__isnull=False))
        .order_by("-position", "-id")
        .values_list("product_id", "lead_days", "supplier__lead_days")
    )
    found = {product: own if own is not None else general for product, own, general in rows}
    return {product: days for product, days in found.items() if days is not None}


def rank_of(is_urgent: bool, wanted_on: date | None, asked_at: datetime, pk: uuid.UUID) -> tuple[Any, ...]:  # noqa: FBT001 one fact of a need
    """Return where a need stands among those that wait: urgent ones first, then by day, then as they came."""
    return (not is_urgent, wanted_on or date.max, asked_at, pk)


def _write(organization_id: uuid.UUID, changed: list[tuple[uuid.UUID, date | None, str]]) -> None:
    """Write promises, and the promised day of the lines of orders.

    A line with several needs, a bundle, is promised for the day of its last part, and for none while one of them has none.
    A line that somebody is changing at this moment is left alone, so that nobody waits in a circle: it gets its day when
    that change brings its need in line, or at night.
    """
    if not changed:
        return
    columns = [list(column) for column in zip(*changed, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE supply_demand need SET promised_on = given.day, basis = given.basis"
            "  FROM unnest(%s::uuid[], %s::date[], %s::text[]) AS given (id, day, basis) WHERE need.id = given.id",
            columns,
        )
        cursor.execute(
            """
            WITH given AS (SELECT need.order_line_id AS id, CASE WHEN bool_and(need.promised_on IS NOT NULL OR
                                      need.quantity <= need.delivered + need.direct) THEN max(need.promised_on) END AS day
                             FROM supply_demand need
                            WHERE need.order_line_id IN (SELECT order_line_id FROM supply_demand WHERE id = ANY(%s))
                            GROUP BY 1),
                 free AS (SELECT line.id, line.promised_on AS before, given.day FROM orders_orderline line
                            JOIN given ON given.id = line.id
                           WHERE line.promised_on IS DISTINCT FROM given.day
                           ORDER BY line.id FOR NO KEY UPDATE OF line SKIP LOCKED)
            UPDATE orders_orderline line SET promised_on = free.day FROM free WHERE line.id = free.id
            RETURNING line.id, free.before, line.promised_on
            """,
            columns[:1],
        )
        tell_figures(organization_id, "order_line", ("promised_on",), cursor.fetchall())
