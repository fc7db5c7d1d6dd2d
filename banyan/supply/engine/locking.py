"""The lock of a product's stock: its row of ``StockedProduct``, taken in order of the products."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from banyan.core.kernel.ids import new_id


@dataclass(frozen=True)
class Stocked:
    """How stock of a locked product is kept."""

    is_stocked: bool
    tracking: str
    warranty_months: int | None
    name: str


def lock_products(
    organization_id: uuid.UUID, product_ids: Iterable[uuid.UUID], *, adds: bool = False
) -> dict[uuid.UUID, Stocked]:
    """Lock what is known of the stock of products until the transaction ends, and return it by product.

    Everybody takes these locks in the same order, so that nobody waits in a circle; take all that one needs at once.
    With ``adds`` products of which no stock was kept so far are stocked from now on.
    """
    ids = sorted(set(product_ids))
    if not ids:
        return {}
    with connection.cursor() as cursor:
        if adds:
            cursor.execute(
                """
                INSERT INTO supply_stockedproduct (id, organization_id, product_id, is_stocked, tracking)
                SELECT given.id, %(organization)s, given.product, true, 'none'
                  FROM unnest(%(new)s::uuid[], %(ids)s::uuid[]) AS given (id, product)
                 WHERE NOT EXISTS (SELECT FROM supply_stockedproduct kept WHERE kept.product_id = given.product)
                    ON CONFLICT (product_id) DO NOTHING
                """,
                {"organization": organization_id, "new": [new_id() for _ in ids], "ids": ids},
            )
        cursor.execute(
            """
            SELECT kept.product_id, kept.is_stocked, kept.tracking, kept.warranty_months, product.name
              FROM supply_stockedproduct kept JOIN products_product product ON product.id = kept.product_id
             WHERE kept.product_id = ANY(%(ids)s) ORDER BY kept.product_id FOR NO KEY UPDATE OF kept
            """,
            {"ids": ids},
        )
        return {row[0]: Stocked(*row[1:]) for row in cursor.fetchall()}
